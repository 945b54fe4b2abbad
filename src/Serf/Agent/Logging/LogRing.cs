using System.Collections.Generic;
using System.Threading;
using Serf.Primitives;

namespace Serf.Agent.Logging;

/// <summary>Someone who wants every log line, such as a monitor.</summary>
internal interface ILogListener
{
    /// <summary>
    /// One line of any level, without its final line feed. Called with the log locked, by whoever logs: must
    /// neither block nor log.
    /// </summary>
    void Accept(LogLevel level, string line);
}

/// <summary>
/// The last lines of the log, all levels, and those who follow it (spec agent 18.4). Any thread.
/// </summary>
internal sealed class LogRing
{
    private readonly Lock _lock = new();
    private readonly (LogLevel Level, string Line)[] _lines;
    private readonly List<ILogListener> _listeners = [];
    private int _count;
    private int _next;

    public LogRing(int capacity = Limits.LogHistoryCount) => _lines = new (LogLevel, string)[capacity];

    public void Add(LogLevel level, string line)
    {
        lock (_lock)
        {
            _lines[_next] = (level, line);
            _next = (_next + 1) % _lines.Length;
            _count += _count < _lines.Length ? 1 : 0;
            foreach (ILogListener listener in _listeners)
            {
                listener.Accept(level, line);
            }
        }
    }

    /// <summary>
    /// Hands over the stored lines, oldest first, then every new one; none is missed or doubled.
    /// </summary>
    public void Subscribe(ILogListener listener)
    {
        lock (_lock)
        {
            int start = (_next - _count + _lines.Length) % _lines.Length;
            for (int index = 0; index < _count; index++)
            {
                (LogLevel level, string line) = _lines[(start + index) % _lines.Length];
                listener.Accept(level, line);
            }

            _listeners.Add(listener);
        }
    }

    /// <summary>Once this returns the listener hears nothing more. Unknown ones are ignored.</summary>
    public void Unsubscribe(ILogListener listener)
    {
        lock (_lock)
        {
            _listeners.Remove(listener);
        }
    }
}
