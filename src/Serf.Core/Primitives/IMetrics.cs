using System;

namespace Serf.Primitives;

/// <summary>
/// Who is told what happens, in numbers. Nothing that a node does depends on it. Calls neither block nor
/// re-enter the node; they come from the node thread, and in the shell from other threads too.
/// </summary>
public interface IMetrics
{
    /// <param name="value">How often for a counter, else the value itself.</param>
    void Add(Metric metric, double value);

    /// <param name="name">Borrowed. As peers send it: any bytes, and as many names as they please.</param>
    /// <param name="value">As for the other.</param>
    void Add(MetricFamily family, ReadOnlySpan<byte> name, double value);

    /// <summary>Begins to measure work that is over before its caller returns.</summary>
    /// <returns>Means something to <see cref="Stop"/> only.</returns>
    long Start();

    /// <summary>Adds the time since <see cref="Start"/>.</summary>
    void Stop(Metric metric, long start);
}

/// <summary>Nobody wants to know.</summary>
public sealed class NoMetrics : IMetrics
{
    public static readonly NoMetrics Instance = new();

    private NoMetrics()
    {
    }

    public void Add(Metric metric, double value)
    {
    }

    public void Add(MetricFamily family, ReadOnlySpan<byte> name, double value)
    {
    }

    public long Start() => 0;

    public void Stop(Metric metric, long start)
    {
    }
}
