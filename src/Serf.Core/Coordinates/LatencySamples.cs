using System;
using Serf.Primitives;

namespace Serf.Coordinates;

/// <summary>
/// The last round trips to one node; their median keeps single slow answers out (spec serf 9.4).
/// </summary>
public sealed class LatencySamples
{
    private readonly double[] _samples;
    private readonly double[] _sorted;
    private int _count;
    private int _next;

    /// <param name="size">Round trips kept.</param>
    public LatencySamples(int size)
    {
        Invariant.Holds(size > 0);
        _samples = new double[size];
        _sorted = new double[size];
    }

    /// <summary>Adds one round trip, in seconds.</summary>
    /// <returns>The median, of an even number the greater of the two in the middle.</returns>
    public double Filter(double seconds)
    {
        _samples[_next] = seconds;
        _next = (_next + 1) % _samples.Length;
        _count = Math.Min(_count + 1, _samples.Length);
        Span<double> sorted = _sorted.AsSpan(0, _count);
        _samples.AsSpan(0, _count).CopyTo(sorted);
        sorted.Sort();
        return sorted[_count / 2];
    }
}
