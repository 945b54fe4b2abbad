using System;
using System.Threading;
using Serf.Primitives;

namespace Serf.Agent.Telemetry;

/// <summary>
/// Hands values to a statsite or statsd server, on a thread of its own (spec agent 19.1): each a tenth of a
/// second after the first one that waits. What finds no room is dropped, and so is everything for five
/// seconds after a failure: metrics are worth no memory and no hurry.
/// </summary>
internal sealed class MetricSink : IDisposable
{
    private const int FlushMilliseconds = 100;
    private const int PauseMilliseconds = 5000;
    private const int StopMilliseconds = 300;
    private const int StackSize = 128 * 1024;

    // The same failure is told again after this.
    private const int SilenceMilliseconds = 10 * 60 * 1000;

    private readonly object _gate = new();
    private readonly IMetricTransport _transport;
    private readonly Action<string> _report;
    private readonly int _pauseMilliseconds;
    private readonly Thread _thread;

    // Under the gate.
    private Value[] _waiting;
    private int _waitingCount;
    private bool _isPausing;
    private bool _isStopping;

    // The thread's own.
    private readonly byte[] _packet = new byte[Limits.MetricPacketSizeMax];
    private Value[] _taken;
    private int _packetSize;
    private string _toldFailure = "";
    private long _toldMilliseconds;

    /// <param name="transport">Owned from now on.</param>
    /// <param name="report">Told of failures, on the sink's thread.</param>
    public MetricSink(
        IMetricTransport transport, Action<string> report, int countMax = Limits.MetricQueueCountMax,
        int pauseMilliseconds = PauseMilliseconds)
    {
        _transport = transport;
        _report = report;
        _pauseMilliseconds = pauseMilliseconds;
        _waiting = new Value[countMax];
        _taken = new Value[countMax];
        _thread = new Thread(Run, StackSize) { IsBackground = true, Name = "metrics" };
    }

    public void Start() => _thread.Start();

    /// <summary>Any thread; never blocks.</summary>
    /// <param name="key">As a line begins with it; not changed any more.</param>
    public void Offer(byte[] key, double value, MetricKind kind)
    {
        lock (_gate)
        {
            if (_isPausing || _waitingCount == _waiting.Length)
            {
                return;
            }

            _waiting[_waitingCount++] = new Value(key, value, kind);

            // The first one sets the time; a burst does not wait for it.
            if (_waitingCount == 1 || _waitingCount == _waiting.Length / 2)
            {
                Monitor.Pulse(_gate);
            }
        }
    }

    /// <summary>Writes what waits, if the server takes it at once, and ends the thread.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isStopping = true;
            Monitor.PulseAll(_gate);
        }

        if (_thread.IsAlive)
        {
            _thread.Join(StopMilliseconds);
        }
    }

    private void Run()
    {
        while (!IsStopping())
        {
            string? failure = _transport.Open() ?? Serve();
            _transport.Close();
            if (failure is not null && !IsStopping())
            {
                Tell(failure);
                Pause();
            }
        }
    }

    private bool IsStopping()
    {
        lock (_gate)
        {
            return _isStopping;
        }
    }

    /// <returns>Why it has ended; null when it was stopped.</returns>
    private string? Serve()
    {
        while (true)
        {
            int count = TakeBatch(out bool isLast);
            for (int index = 0; index < count; index++)
            {
                if (Append(_taken[index]) is { } failure)
                {
                    _packetSize = 0;
                    return failure;
                }
            }

            string? lastFailure = Flush();
            if (lastFailure is not null || isLast)
            {
                return isLast ? null : lastFailure;
            }
        }
    }

    private int TakeBatch(out bool isLast)
    {
        lock (_gate)
        {
            while (_waitingCount == 0 && !_isStopping)
            {
                Monitor.Wait(_gate);
            }

            long end = Environment.TickCount64 + FlushMilliseconds;
            long left = FlushMilliseconds;
            while (left > 0 && _waitingCount < _waiting.Length / 2 && !_isStopping)
            {
                Monitor.Wait(_gate, (int)left);
                left = end - Environment.TickCount64;
            }

            (_taken, _waiting) = (_waiting, _taken);
            int count = _waitingCount;
            _waitingCount = 0;
            isLast = _isStopping;
            return count;
        }
    }

    private string? Append(in Value value)
    {
        int size = MetricText.WriteLine(_packet.AsSpan(_packetSize), value.Key, value.Number, value.Kind);
        if (size == 0)
        {
            if (Flush() is { } failure)
            {
                return failure;
            }

            size = MetricText.WriteLine(_packet, value.Key, value.Number, value.Kind);
        }

        _packetSize += size;
        return null;
    }

    private string? Flush()
    {
        int size = _packetSize;
        _packetSize = 0;
        return size == 0 ? null : _transport.Send(_packet.AsSpan(0, size));
    }

    private void Pause()
    {
        lock (_gate)
        {
            _isPausing = true;
            _waitingCount = 0;
            long end = Environment.TickCount64 + _pauseMilliseconds;
            long left = _pauseMilliseconds;
            while (left > 0 && !_isStopping)
            {
                Monitor.Wait(_gate, (int)left);
                left = end - Environment.TickCount64;
            }

            _isPausing = false;
        }
    }

    private void Tell(string failure)
    {
        long now = Environment.TickCount64;
        if (failure != _toldFailure || now - _toldMilliseconds > SilenceMilliseconds)
        {
            _toldFailure = failure;
            _toldMilliseconds = now;
            _report(failure);
        }
    }

    private readonly record struct Value(byte[] Key, double Number, MetricKind Kind);
}
