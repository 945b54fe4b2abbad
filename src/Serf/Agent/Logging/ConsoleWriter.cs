using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Threading;
using Serf.Primitives;

namespace Serf.Agent.Logging;

/// <summary>
/// The agent's standard output. Lines wait in a bounded queue for a thread of their own, so that a terminal
/// that has stopped taking them never stops gossip; what does not fit is counted. A closed output is not an
/// error: the agent goes on without one. Any thread.
/// </summary>
internal sealed class ConsoleWriter : IDisposable
{
    private const int BatchSizeMax = 64 * 1024;
    private const string OutputPrefix = "==> ";
    private const string InformationPrefix = "    ";

    private readonly object _lock = new();
    private readonly Stream _stream;
    private readonly int _lineCountMax;
    private readonly Action<long>? _reportLoss;
    private readonly Func<DateTime> _localTime;
    private readonly Queue<string> _waiting = new();
    private readonly Thread _thread;
    private long _lostCount;
    private bool _started;
    private bool _writing;
    private bool _broken;
    private bool _stopping;
    private volatile bool _isJson;

    /// <param name="stream">Written by the writer's own thread only.</param>
    /// <param name="reportLoss">
    /// Told how many lines were lost, when there is room again; on the writer's own thread.
    /// </param>
    /// <param name="localTime">For lines that are JSON; null for the machine's.</param>
    public ConsoleWriter(
        Stream stream, Action<long>? reportLoss = null, int lineCountMax = Limits.ConsoleLineCountMax,
        Func<DateTime>? localTime = null)
    {
        _localTime = localTime ?? (static () => DateTime.Now);
        _stream = stream;
        _reportLoss = reportLoss;
        _lineCountMax = lineCountMax;
        _thread = new Thread(Run) { IsBackground = true, Name = "console" };
    }

    /// <summary>Lines that were lost and not yet told.</summary>
    public long LostCount
    {
        get
        {
            lock (_lock)
            {
                return _lostCount;
            }
        }
    }

    /// <summary>Text, or JSON for every line from now on; then there are no empty lines.</summary>
    public LogFormat Format
    {
        get => _isJson ? LogFormat.Json : LogFormat.Text;
        set => _isJson = value == LogFormat.Json;
    }

    /// <summary>An output line: <c>==> text</c>. Empty text is an empty line.</summary>
    public void Output(string text) => Enqueue(OutputPrefix, LogLevel.Info, text);

    /// <summary>The same, of something that the operator should mend.</summary>
    public void Warning(string text) => Enqueue(OutputPrefix, LogLevel.Warn, text);

    /// <summary>An error line; it looks the same, and goes to the same place.</summary>
    public void Error(string text) => Enqueue(OutputPrefix, LogLevel.Err, text);

    /// <summary>An information line: four spaces, then the text.</summary>
    public void Information(string text) => Enqueue(InformationPrefix, LogLevel.Info, text);

    /// <summary>A log line, in the form that was chosen.</summary>
    public void Log(string line) => Enqueue(Shown(line));

    /// <summary>What <see cref="Log"/> would print.</summary>
    public string Shown(string line) => _isJson ? line + "\n" : Joined(InformationPrefix, line);

    /// <summary>What <see cref="Information"/> would print.</summary>
    public string ShownInformation(string text) => Shaped(InformationPrefix, LogLevel.Info, text);

    /// <summary>Waits until everything is written, but no longer than <paramref name="timeout"/>.</summary>
    /// <returns>Whether it is.</returns>
    public bool Flush(TimeSpan timeout)
    {
        long end = Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        lock (_lock)
        {
            while (_waiting.Count > 0 || _writing)
            {
                long left = end - Environment.TickCount64;
                if (left <= 0 || !Monitor.Wait(_lock, (int)left))
                {
                    return _waiting.Count == 0 && !_writing;
                }
            }
        }

        return true;
    }

    /// <summary>Writes what still waits, for as long as the limits allow, and ends the thread.</summary>
    public void Dispose()
    {
        Flush(TimeSpan.FromMilliseconds(Limits.ConsoleFlushMillisecondsMax));
        lock (_lock)
        {
            _stopping = true;
            Monitor.PulseAll(_lock);
        }
    }

    private static string Joined(string prefix, string text) =>
        text.Length == 0 ? "\n" : prefix + text + "\n";

    // Empty for an empty line of JSON.
    private string Shaped(string prefix, LogLevel level, string text) =>
        !_isJson ? Joined(prefix, text)
        : text.Length > 0 ? JsonLine.OfOutput(_localTime(), level, text) + "\n"
        : "";

    private void Enqueue(string prefix, LogLevel level, string text)
    {
        string line = Shaped(prefix, level, text);
        if (line.Length > 0)
        {
            Enqueue(line);
        }
    }

    private void Enqueue(string line)
    {
        lock (_lock)
        {
            if (_broken || _stopping)
            {
                return;
            }

            if (_waiting.Count >= _lineCountMax)
            {
                _lostCount++;
                return;
            }

            _waiting.Enqueue(line);
            if (!_started)
            {
                _started = true;
                _thread.Start();
            }

            Monitor.PulseAll(_lock);
        }
    }

    private void Run()
    {
        StringBuilder batch = new();
        while (TakeBatch(batch))
        {
            bool written = Write(batch.ToString());
            long lost;
            lock (_lock)
            {
                if (!written)
                {
                    _broken = true;
                    _waiting.Clear();
                }

                lost = _waiting.Count < _lineCountMax ? _lostCount : 0;
                _lostCount -= lost;
            }

            if (lost > 0 && written)
            {
                _reportLoss?.Invoke(lost);
            }

            // Only now: a flush waits for the report of a loss too, or an exit could come between.
            lock (_lock)
            {
                _writing = false;
                Monitor.PulseAll(_lock);
            }
        }
    }

    private bool TakeBatch(StringBuilder batch)
    {
        batch.Clear();
        lock (_lock)
        {
            while (_waiting.Count == 0)
            {
                if (_stopping)
                {
                    return false;
                }

                Monitor.Wait(_lock);
            }

            while (batch.Length < BatchSizeMax && _waiting.TryDequeue(out string? line))
            {
                batch.Append(line);
            }

            _writing = true;
            return true;
        }
    }

    private bool Write(string text)
    {
        try
        {
            _stream.Write(ByteText.ToBytes(text));
            _stream.Flush();
            return true;
        }
        catch (Exception exception) when (
            exception is IOException or ObjectDisposedException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
