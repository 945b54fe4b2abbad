using System;

namespace Serf.Primitives;

/// <summary>
/// Log lines that a peer can cause at will: a few per second are written, the rest is counted, and the
/// count reported later.
/// </summary>
public sealed class RefusalLog(ILog log, string subsystem)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);
    private Instant _windowEnd = new(long.MinValue);
    private int _count;
    private long _suppressed;

    /// <summary>Asked before a line is even put together.</summary>
    public bool Allows(Instant now)
    {
        if (now >= _windowEnd)
        {
            Report(now);
            _windowEnd = now + Window;
            _count = 0;
        }

        if (_count < Limits.RefusalLogCountMax)
        {
            _count++;
            return true;
        }

        _suppressed++;
        return false;
    }

    public void Write(LogLevel level, string text) => log.Write(level, text);

    /// <summary>Writes how many lines were left out, once their second is over.</summary>
    public void Report(Instant now)
    {
        if (_suppressed > 0 && now >= _windowEnd)
        {
            log.Write(
                LogLevel.Warn, $"{subsystem}: {_suppressed} more lines about refused input were left out");
            _suppressed = 0;
        }
    }
}
