using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Simulation.Scale;

/// <summary>Counts what happens to all nodes, and knows when what is waited for has happened everywhere.</summary>
internal sealed class ScaleMeasure(int nodeCount)
{
    private readonly bool[] _isCrashed = new bool[nodeCount];
    private readonly bool[] _isWronglySuspected = new bool[nodeCount];
    private readonly bool[] _isWronglyDead = new bool[nodeCount];
    private readonly Instant[] _firstSuspicion = new Instant[nodeCount];
    private readonly Instant[] _firstDead = new Instant[nodeCount];

    // Of all packets and streams, lost ones included.
    public long PacketCount { get; set; }

    public long PacketSize { get; set; }

    public long StreamCount { get; set; }

    public long StreamSize { get; set; }

    /// <summary>Pairs of nodes of which one has come to know the other, or itself.</summary>
    public ScaleCurve? Joins { get; set; }

    /// <summary>Nodes that have got the message.</summary>
    public ScaleCurve? Spread { get; set; }

    /// <summary>Pairs of a live and a crashed node of which one holds the other for dead.</summary>
    public ScaleCurve? Deaths { get; set; }

    /// <summary>What the run waits for.</summary>
    public ScaleCurve? Awaited { get; set; }

    public bool IsComplete => Awaited is { IsComplete: true };

    /// <summary>Live nodes that some prober came to suspect.</summary>
    public int WronglySuspectedCount { get; private set; }

    /// <summary>Live nodes that some live node held for dead.</summary>
    public int WronglyDeadCount { get; private set; }

    public void Joined(Instant now) => Joins?.Add(now);

    public void Informed(Instant now) => Spread?.Add(now);

    public void Crashed(int subject) => _isCrashed[subject] = true;

    public void Suspected(int subject, Instant now)
    {
        if (!_isCrashed[subject])
        {
            WronglySuspectedCount += _isWronglySuspected[subject] ? 0 : 1;
            _isWronglySuspected[subject] = true;
        }
        else if (_firstSuspicion[subject] == default)
        {
            _firstSuspicion[subject] = now;
        }
    }

    public void Left(int subject, Instant now)
    {
        if (!_isCrashed[subject])
        {
            WronglyDeadCount += _isWronglyDead[subject] ? 0 : 1;
            _isWronglyDead[subject] = true;
            Joins?.Remove();
            return;
        }

        Deaths?.Add(now);
        if (_firstDead[subject] == default)
        {
            _firstDead[subject] = now;
        }
    }

    /// <summary>Seconds until somebody suspected each crashed node, in order.</summary>
    public double[] FirstSuspicions(Instant start) => Sorted(_firstSuspicion, start);

    /// <summary>Seconds until somebody held each crashed node for dead, in order.</summary>
    public double[] FirstDeaths(Instant start) => Sorted(_firstDead, start);

    private static double[] Sorted(Instant[] instants, Instant start)
    {
        List<double> times = [];
        foreach (Instant instant in instants)
        {
            if (instant != default)
            {
                times.Add((instant - start).TotalSeconds);
            }
        }

        times.Sort();
        return [.. times];
    }
}
