using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace Serf.Simulation.Scale;

/// <summary>How a large cluster did.</summary>
public sealed class ScaleResult
{
    public required ScaleOptions Options { get; init; }

    /// <summary>Null when all that was waited for happened.</summary>
    public string? Failure { get; set; }

    /// <summary>Hash over everything delivered.</summary>
    public ulong Trace { get; set; }

    /// <summary>Since the start of the first node; null for a cluster that began converged.</summary>
    public ScaleCurve? Joins { get; set; }

    /// <summary>From the start of the last node until all knew all.</summary>
    public double JoinSecondsAfterLast { get; set; }

    public ScaleCurve? Spread { get; set; }

    public ScaleCurve? Deaths { get; set; }

    /// <summary>Seconds after the crash, in order.</summary>
    public IReadOnlyList<double> FirstSuspicions { get; set; } = [];

    public IReadOnlyList<double> FirstDeaths { get; set; } = [];

    public int WronglySuspectedCount { get; set; }

    public int WronglyDeadCount { get; set; }

    public List<ScaleTraffic> Traffic { get; } = [];

    public double VirtualSeconds { get; set; }

    /// <summary>All but what the machine decides: the same for the same seed.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"{Options.NodeCount} nodes, {(Options.IsConverged ? "converged" : "joining")}, seed {Options.Seed}, "
            + $"latency {Options.LatencyMin.TotalMilliseconds} to {Options.LatencyMax.TotalMilliseconds} ms, "
            + $"loss {Options.Loss:P1}, gossip every {Options.Swim.GossipInterval.TotalSeconds} s to "
            + $"{Options.Swim.GossipNodes}, probe every {Options.Swim.ProbeInterval.TotalSeconds} s");
        if (Joins is not null)
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"join: {Shares(Joins)} of all pairs know each other; {JoinSecondsAfterLast:F2} s after "
                + $"the last start");
        }

        if (Spread is not null)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"broadcast: {Shares(Spread)} informed");
        }

        if (Deaths is not null)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{Options.CrashCount} crashes");
            text.AppendLine(
                CultureInfo.InvariantCulture, $"  first suspicion of each: {Range(FirstSuspicions)}");
            text.AppendLine(CultureInfo.InvariantCulture, $"  first held for dead: {Range(FirstDeaths)}");
            text.AppendLine(CultureInfo.InvariantCulture, $"  known to be dead by {Shares(Deaths)} of the others");
        }

        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"false positives: {WronglyDeadCount} live nodes held for dead, {WronglySuspectedCount} suspected");
        Traffic.ForEach(part => text.AppendLine(part.ToString()));
        text.AppendLine(
            CultureInfo.InvariantCulture, $"{VirtualSeconds:F1} virtual seconds, trace {Trace:x16}");
        return text.ToString();
    }

    private static string Shares(ScaleCurve curve) => string.Create(
        CultureInfo.InvariantCulture,
        $"50 % {Text(curve.TimeOf(0.5))}, 99 % {Text(curve.TimeOf(0.99))}, "
        + $"99.99 % {Text(curve.TimeOf(0.9999))}, 100 % {Text(curve.TimeOf(1))}");

    private static string Range(IReadOnlyList<double> times) => times.Count == 0
        ? "never"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{times[0]:F2} s to {times[^1]:F2} s, median {times[times.Count / 2]:F2} s, "
                + $"mean {times.Average():F2} s");

    private static string Text(double? seconds) =>
        seconds is { } known ? known.ToString("F3", CultureInfo.InvariantCulture) + " s" : "never";
}
