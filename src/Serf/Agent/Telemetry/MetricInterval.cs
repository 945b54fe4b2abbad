using System;
using Serf.Primitives;

namespace Serf.Agent.Telemetry;

/// <summary>All metrics over ten seconds; used again for later ones.</summary>
internal sealed class MetricInterval
{
    public const int Milliseconds = 10_000;

    private readonly MetricTotals[] _fixed = new MetricTotals[MetricKey.All.Count];
    private MetricTotals[] _named = [];

    /// <summary>Intervals since the Unix clock's origin.</summary>
    public long Number { get; private set; }

    public long StartMilliseconds => Number * Milliseconds;

    /// <summary>Forgets what was in it.</summary>
    public void Begin(long number)
    {
        Number = number;
        Array.Clear(_fixed);
        Array.Clear(_named);
    }

    public void Add(Metric metric, double value, long nowMilliseconds) =>
        _fixed[(int)metric].Add(value, nowMilliseconds);

    /// <param name="place">From <see cref="MetricNames"/>.</param>
    public void AddNamed(int place, double value, long nowMilliseconds)
    {
        if (place >= _named.Length)
        {
            Array.Resize(ref _named, Math.Max(place + 1, 2 * _named.Length));
        }

        _named[place].Add(value, nowMilliseconds);
    }

    public MetricInterval Clone()
    {
        MetricInterval clone = new() { Number = Number, _named = [.. _named] };
        _fixed.CopyTo(clone._fixed, 0);
        return clone;
    }

    public MetricTotals Totals(Metric metric) => _fixed[(int)metric];

    public MetricTotals NamedTotals(int place) => place < _named.Length ? _named[place] : default;
}
