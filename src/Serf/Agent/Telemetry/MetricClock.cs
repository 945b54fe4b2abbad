using System;

namespace Serf.Agent.Telemetry;

/// <summary>
/// The wall clock for metrics: read at each value, so it is the kernel's coarse counter, set right now and
/// then. Never steps back. One thread at a time.
/// </summary>
internal sealed class MetricClock
{
    private readonly Func<long> _counter;
    private readonly Func<long> _wall;
    private long _offset;

    public MetricClock()
        : this(
            static () => Environment.TickCount64,
            static () => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds())
    {
    }

    /// <param name="counter">Milliseconds from any origin, never set.</param>
    /// <param name="wall">Milliseconds of the Unix clock.</param>
    internal MetricClock(Func<long> counter, Func<long> wall)
    {
        _counter = counter;
        _wall = wall;
        _offset = wall() - counter();
    }

    /// <summary>Milliseconds of the Unix clock.</summary>
    public long Now => _counter() + _offset;

    /// <summary>The wall clock may have been set: follows it, but never back.</summary>
    public void Adjust() => _offset = Math.Max(_offset, _wall() - _counter());
}
