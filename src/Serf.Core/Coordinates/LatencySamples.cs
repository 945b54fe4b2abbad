using System;
using Serf.Primitives;

namespace Serf.Coordinates;

/// <summary>
/// The last round trips to one node; their median keeps single slow answers out (spec serf 9.4).
/// </summary>
public sealed class LatencySamples
{
    // They are sorted on the stack.
    private const int SizeMax = 64;

    private readonly double[] _samples;
    private int _count;
    private int _next;

    /// <param name="size">Round trips kept: a handful.</param>
    public LatencySamples(int size)
    {
        Invariant.Holds(size is > 0 and <= SizeMax);
        _samples = new double[size];
    }

    /// <summary>Adds one round trip, in seconds.</summary>
    /// <returns>The median, of an even number the greater of the two in the middle.</returns>
    public double Filter(double seconds)
    {
        _samples[_next] = seconds;
        _next = (_next + 1) % _samples.Length;
        _count = Math.Min(_count + 1, _samples.Length);
        Span<double> sorted = stackalloc double[_count];
        _samples.AsSpan(0, _count).CopyTo(sorted);
        sorted.Sort();
        return sorted[_count / 2];
    }
}
