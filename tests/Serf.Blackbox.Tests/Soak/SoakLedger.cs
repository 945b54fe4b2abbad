using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;

namespace Serf.Blackbox.Soak;

/// <summary>All events that an agent has taken, and what became of them on each node.</summary>
public sealed class SoakLedger
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, TimeSpan> _taken = [];

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _taken.Count;
            }
        }
    }

    /// <param name="payload">Of its own.</param>
    /// <param name="at">When it was taken.</param>
    public void Add(string payload, TimeSpan at)
    {
        lock (_gate)
        {
            _taken.Add(payload, at);
        }
    }

    /// <summary>What a node's handler has recorded, beside what it owed.</summary>
    public SoakAccount AccountOf(SoakNode node)
    {
        string[] lines = File.Exists(node.RecordPath) ? File.ReadAllLines(node.RecordPath) : [];
        (string Life, string Payload)[] handled = [.. lines.Select(line => line.Split(' ', 2))
            .Select(parts => (parts[0], parts.Length > 1 ? parts[1] : string.Empty))];
        HashSet<string> heard = [.. handled.Select(record => record.Payload)];
        string[] twice = [.. handled.GroupBy(record => record).Where(same => same.Count() > 1)
            .Select(same => $"{same.Key.Payload} in life {same.Key.Life}")];
        List<string> missing = [];
        int excusedCount = 0;
        int passedCount = 0;
        lock (_gate)
        {
            Dictionary<string, TimeSpan> latest = handled.GroupBy(record => record.Life).ToDictionary(
                life => life.Key,
                life => life.Max(record => _taken.GetValueOrDefault(record.Payload)));
            foreach ((string payload, TimeSpan at) in _taken.Where(taken => !heard.Contains(taken.Key)))
            {
                if (node.IsExcused(at))
                {
                    excusedCount++;
                }
                else if (node.EndedSoonAfter(at).Any(life => latest.GetValueOrDefault($"{life}") > at))
                {
                    passedCount++;
                }
                else
                {
                    missing.Add($"{payload} of {at.TotalSeconds:0.0} s");
                }
            }

            string[] strange = [.. heard.Where(payload => !_taken.ContainsKey(payload))];
            return new SoakAccount(
                handled.Length, handled.Length - heard.Count - twice.Length, excusedCount, passedCount, [.. missing], twice, strange);
        }
    }
}

/// <summary>What became of the events on one node.</summary>
/// <param name="HandledCount">Runs of the handler.</param>
/// <param name="AgainCount">Of these, for an event that an earlier life had handled.</param>
/// <param name="ExcusedCount">Never handled, and not owed.</param>
/// <param name="PassedCount">Never heard before a stop, when a later one had been heard: passed over since then.</param>
/// <param name="Missing">Never handled, though owed.</param>
/// <param name="Twice">Handled twice in one life.</param>
/// <param name="Strange">Handled, though no agent said that it took them.</param>
public sealed record SoakAccount(
    int HandledCount,
    int AgainCount,
    int ExcusedCount,
    int PassedCount,
    string[] Missing,
    string[] Twice,
    string[] Strange)
{
    /// <summary>An event whose sender lost its connection may have been taken.</summary>
    public bool IsComplete => Missing.Length == 0 && Twice.Length == 0;
}
