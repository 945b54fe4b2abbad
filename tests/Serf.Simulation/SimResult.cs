using System;
using System.Globalization;

namespace Serf.Simulation;

/// <summary>How one seed ended.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="At">Virtual time since the start.</param>
/// <param name="Failure">Null when nothing was wrong.</param>
/// <param name="Trace">Hash over everything delivered.</param>
/// <param name="Report">What was seen.</param>
public sealed record SimResult(ulong Seed, TimeSpan At, string? Failure, ulong Trace, SimReport Report)
{
    /// <summary>One line: seed, virtual time, reason, and the command that replays it.</summary>
    public string FailureLine => string.Create(
        CultureInfo.InvariantCulture,
        $"seed {Seed} failed after {At.TotalSeconds:F3}s: {Failure} (replay: serf-sim -seed {Seed})");
}
