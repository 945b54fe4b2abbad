using System;
using Serf.Primitives;

namespace Serf.Agent.Handlers;

/// <summary>What runs of handlers may take.</summary>
/// <param name="Timeout">The longest run; zero or less for no limit, as in the original.</param>
/// <param name="Concurrency">
/// Runs at the same time; zero or less for the highest, <see cref="Limits.HandlerCountMax"/>.
/// </param>
internal readonly record struct HandlerLimits(TimeSpan Timeout, int Concurrency)
{
    /// <summary>0 for no limit; at least 1 otherwise.</summary>
    public long TimeoutMilliseconds =>
        Timeout > TimeSpan.Zero ? (long)Math.Ceiling(Timeout.TotalMilliseconds) : 0;

    /// <summary>At least 1.</summary>
    public int ProcessCountMax => Concurrency is > 0 and < Limits.HandlerCountMax
        ? Concurrency
        : Limits.HandlerCountMax;
}
