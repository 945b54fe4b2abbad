using System;
using System.Globalization;
using System.Threading;
using Serf.Primitives;

namespace Serf.Agent.Logging;

/// <summary>
/// The agent's log (spec agent 18.3): every line goes to the history, those of the configured level and
/// above to the console and to syslog as well. Unlike the contract of <see cref="ILog"/> asks, any thread
/// may write.
/// </summary>
internal sealed class AgentLog : ILog
{
    private readonly Lock _lock = new();
    private readonly Func<DateTime> _localTime;
    private LogFilter _filter;
    private SyslogWriter? _syslog;

    /// <param name="output">Standard output.</param>
    /// <param name="localTime">The time to be written in front of lines; null for the machine's.</param>
    public AgentLog(
        System.IO.Stream output,
        LogLevel level,
        Func<DateTime>? localTime = null,
        int consoleLineCountMax = Limits.ConsoleLineCountMax)
    {
        Console = new ConsoleWriter(output, ReportLoss, consoleLineCountMax, localTime);
        Gate = new GatedLog(Console);
        _localTime = localTime ?? (static () => DateTime.Now);
        _filter = new LogFilter(level);
    }

    /// <summary>For the lines that are not log lines.</summary>
    public ConsoleWriter Console { get; }

    public GatedLog Gate { get; }

    public LogRing History { get; } = new();

    /// <summary>The lowest level on the console; may be changed at any time.</summary>
    public LogLevel Level
    {
        get
        {
            lock (_lock)
            {
                return _filter.Minimum;
            }
        }

        set
        {
            lock (_lock)
            {
                _filter = new LogFilter(value);
            }
        }
    }

    /// <summary>From now on the lines that the console gets go there too.</summary>
    public void CopyTo(SyslogWriter syslog)
    {
        lock (_lock)
        {
            _syslog = syslog;
        }
    }

    public void Write(LogLevel level, string text)
    {
        // One lock around all of it: times never step back, and every reader sees the same order.
        lock (_lock)
        {
            DateTime time = _localTime();
            string line = LogLine.Format(time, level, text);
            History.Add(level, line);
            if (_filter.Passes(line))
            {
                bool isJson = Console.Format == LogFormat.Json;
                Gate.Write(isJson ? JsonLine.OfLog(time, level, text) : line);
                _syslog?.Write(level, text);
            }
        }
    }

    private void ReportLoss(long count) => Write(
        LogLevel.Warn,
        string.Create(
            CultureInfo.InvariantCulture,
            $"agent: {count} lines were lost: the console does not take them"));
}
