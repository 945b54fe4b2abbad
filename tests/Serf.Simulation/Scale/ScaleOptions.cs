using System;
using Serf.Swim;

namespace Serf.Simulation.Scale;

/// <summary>What a large cluster is like, and how it comes to be.</summary>
public sealed class ScaleOptions
{
    /// <summary>Of one crash in a hundred there must be one.</summary>
    public const int NodeCountMin = 4;

    /// <summary>As many as five digits name.</summary>
    public const int NodeCountMax = 100_000;

    public required int NodeCount { get; init; }

    public ulong Seed { get; init; } = 1;

    /// <summary>All know each other at the start; otherwise they join, one after the other.</summary>
    public bool IsConverged { get; init; }

    /// <summary>Converged: one table for all of them. Without it each node has its own, which must make no
    /// difference to anything but memory.</summary>
    public bool IsShared { get; init; } = true;

    public SwimOptions Swim { get; init; } = SwimOptions.Lan;

    /// <summary>Probability that a packet is lost.</summary>
    public double Loss { get; init; }

    /// <summary>Every packet and every write to a stream takes a time drawn evenly from here...</summary>
    public TimeSpan LatencyMin { get; init; } = TimeSpan.FromMilliseconds(0.5);

    /// <summary>... to here.</summary>
    public TimeSpan LatencyMax { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>From the start of one node to that of the next, when they join.</summary>
    public TimeSpan StartInterval { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>How long traffic is counted while nothing happens.</summary>
    public TimeSpan RestTime { get; init; } = TimeSpan.FromSeconds(10);

    public int CrashCount => Math.Max(1, NodeCount / 100);
}
