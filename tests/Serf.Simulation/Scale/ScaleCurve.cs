using System;
using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Simulation.Scale;

/// <summary>How something spreads: the part of all that know, against time.</summary>
public sealed class ScaleCurve(long total, Instant start)
{
    private const int PointCount = 400;

    private readonly List<(double Seconds, double Share)> _points = [(0, 0)];
    private readonly (double Share, long Count, double? Seconds)[] _marks =
        Array.ConvertAll([0.5, 0.99, 0.9999, 1.0], share => (share, CountOf(share, total), (double?)null));

    private long _count;

    public bool IsComplete => _count == total;

    /// <summary>A few hundred at the most.</summary>
    public IReadOnlyList<(double Seconds, double Share)> Points => _points;

    /// <summary>When that part knew, if it ever did: 0.5, 0.99, 0.9999 or 1.</summary>
    public double? TimeOf(double share) => Array.Find(_marks, mark => mark.Share == share).Seconds;

    public void Add(Instant now)
    {
        _count++;
        double seconds = (now - start).TotalSeconds;
        foreach (ref (double Share, long Count, double? Seconds) mark in _marks.AsSpan())
        {
            mark.Seconds = mark.Count == _count ? seconds : mark.Seconds;
        }

        double share = (double)_count / total;
        if (share >= _points[^1].Share + (1.0 / PointCount) || _count == total)
        {
            _points.Add((seconds, share));
        }
    }

    /// <summary>One knows no longer.</summary>
    public void Remove() => _count--;

    private static long CountOf(double share, long total) => (long)Math.Ceiling((decimal)share * total);
}
