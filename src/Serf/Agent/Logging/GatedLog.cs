using System.Collections.Generic;
using System.Globalization;
using System.Text;
using System.Threading;
using Serf.Primitives;

namespace Serf.Agent.Logging;

/// <summary>
/// Holds the console's log lines back until the start is over (spec agent 18.2). Where it fails they are
/// there for standard error; the original loses them just then. Any thread.
/// </summary>
internal sealed class GatedLog(ConsoleWriter console)
{
    private readonly Lock _lock = new();
    private readonly ConsoleWriter _console = console;
    private readonly List<string> _held = [];
    private long _lostCount;
    private bool _open;

    /// <summary>One line without its line feed, already filtered.</summary>
    public void Write(string line)
    {
        lock (_lock)
        {
            if (_open)
            {
                _console.Log(line);
            }
            else if (_held.Count < Limits.ConsoleLineCountMax / 2)
            {
                // Half of what the console holds, so that releasing them loses none.
                _held.Add(line);
            }
            else
            {
                _lostCount++;
            }
        }
    }

    /// <summary>
    /// Prints the held lines in order; from now on lines go straight out. Doing it twice does no harm.
    /// </summary>
    public void Release()
    {
        lock (_lock)
        {
            if (_open)
            {
                return;
            }

            _open = true;
            foreach (string line in _held)
            {
                _console.Log(line);
            }

            if (_lostCount > 0)
            {
                _console.Information(NotKept());
            }

            _held.Clear();
            _held.TrimExcess();
        }
    }

    /// <summary>
    /// The held lines as the console would have shown them; nothing if they were released. What comes later
    /// goes to the console.
    /// </summary>
    public string Spill()
    {
        lock (_lock)
        {
            StringBuilder text = new();
            foreach (string line in _held)
            {
                text.Append(_console.Shown(line));
            }

            if (!_open && _lostCount > 0)
            {
                text.Append(_console.ShownInformation(NotKept()));
            }

            _open = true;
            _held.Clear();
            return text.ToString();
        }
    }

    private string NotKept() => string.Create(
        CultureInfo.InvariantCulture, $"{_lostCount} more log lines of the start were not kept");
}
