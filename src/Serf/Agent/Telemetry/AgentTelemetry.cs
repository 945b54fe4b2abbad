using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using Serf.Posix;
using Serf.Primitives;

namespace Serf.Agent.Telemetry;

/// <summary>
/// The metrics of an agent with everything that takes them (spec agent 19): the configured sinks, and the
/// dump on SIGUSR1. Without sinks it has no thread.
/// </summary>
internal sealed class AgentTelemetry : IDisposable
{
    private const int RuntimeMilliseconds = 1000;
    private const int StackSize = 64 * 1024;

    private readonly object _gate = new();
    private readonly ILog _log;
    private readonly TextWriter _dump;
    private readonly PosixSignalRegistration _signal;
    private readonly MetricSink? _statsite;
    private readonly MetricSink? _statsd;
    private bool _isStopping;

    private AgentTelemetry(AgentOptions options, ILog log, TextWriter dump)
    {
        _log = log;
        _dump = dump;
        _statsite = Open("statsite", options.StatsiteAddress, isStream: true);
        _statsd = Open("statsd", options.StatsdAddress, isStream: false);
        bool hasSink = _statsite is not null || _statsd is not null;
        Metrics = new AgentMetrics(hasSink ? Libc.HostName(out _) : "");
        Start(_statsite);
        Start(_statsd);
        if (hasSink)
        {
            new Thread(WatchRuntime, StackSize) { IsBackground = true, Name = "runtime" }.Start();
        }

        IgnoredSignals.Reset();
        _signal = PosixSignalRegistration.Create((PosixSignal)Libc.SignalUser1, Dump);
        IgnoredSignals.Hold(Libc.SignalUser1);
    }

    public AgentMetrics Metrics { get; }

    /// <summary>An address that is none is logged; the agent starts all the same.</summary>
    /// <param name="log">May be written to by any thread.</param>
    /// <param name="dump">Standard error.</param>
    public static AgentTelemetry Start(AgentOptions options, ILog log, TextWriter dump) =>
        new(options, log, dump);

    /// <summary>From here on SIGUSR1 has its own effect again, and sinks get nothing more.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isStopping = true;
            Monitor.PulseAll(_gate);
        }

        _statsite?.Dispose();
        _statsd?.Dispose();
        _signal.Dispose();
    }

    private MetricSink? Open(string kind, string address, bool isStream)
    {
        if (address.Length == 0)
        {
            return null;
        }

        if (MetricConnection.TryCreate(address, isStream, out MetricConnection? connection) is { } fault)
        {
            _log.Write(LogLevel.Warn, "agent: " + AgentMessages.NoMetricSink(kind, fault));
            return null;
        }

        return new MetricSink(connection!, reason => _log.Write(
            LogLevel.Warn, AgentMessages.MetricSinkFailed(kind, address, reason)));
    }

    private void Start(MetricSink? sink)
    {
        if (sink is not null)
        {
            Metrics.Attach(sink);
            sink.Start();
        }
    }

    private void WatchRuntime()
    {
        while (true)
        {
            lock (_gate)
            {
                if (_isStopping || (Monitor.Wait(_gate, RuntimeMilliseconds) && _isStopping))
                {
                    return;
                }
            }

            Metrics.TakeRuntime();
        }
    }

    private void Dump(PosixSignalContext context)
    {
        context.Cancel = true;
        string text = Metrics.Dump();
        if (text.Length > 0)
        {
            _dump.Write(text);
        }
    }
}
