using System;
using System.Globalization;
using System.Text;

namespace Serf.Simulation;

/// <summary>What was seen, in one world or in all worlds of a campaign.</summary>
public sealed class SimReport
{
    private readonly long[] _counts = new long[Enum.GetValues<Sight>().Length];

    public int WorldCount { get; set; }

    public long NodeCount { get; set; }

    public TimeSpan VirtualTime { get; set; }

    /// <summary>The longest time of calm until all agreed, as a part of the bound.</summary>
    public double AgreementShareMax { get; set; }

    /// <summary>The longest time from the end of a long partition to wholeness, as a part of the bound.</summary>
    public double HealingShareMax { get; set; }

    /// <summary>The longest examination, as a part of its bound.</summary>
    public double ExamShareMax { get; set; }

    /// <summary>Nodes that a query in calm was meant for, where the profile is not the local one.</summary>
    public long AskedCount { get; set; }

    /// <summary>Those of them whom gossip did not bring it.</summary>
    public long MissedCount { get; set; }

    public long this[Sight sight] => _counts[(int)sight];

    public void See(Sight sight) => _counts[(int)sight]++;

    public void Add(SimReport other)
    {
        WorldCount += other.WorldCount;
        NodeCount += other.NodeCount;
        VirtualTime += other.VirtualTime;
        AgreementShareMax = Math.Max(AgreementShareMax, other.AgreementShareMax);
        HealingShareMax = Math.Max(HealingShareMax, other.HealingShareMax);
        ExamShareMax = Math.Max(ExamShareMax, other.ExamShareMax);
        AskedCount += other.AskedCount;
        MissedCount += other.MissedCount;
        for (int index = 0; index < _counts.Length; index++)
        {
            _counts[index] += other._counts[index];
        }
    }

    public override string ToString()
    {
        StringBuilder text = new();
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"{WorldCount} worlds, {NodeCount} nodes, {VirtualTime.TotalHours:F2} virtual hours, "
            + $"agreement after {AgreementShareMax:P0} of the bound at the latest");
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"long partitions healed after {HealingShareMax:P0}, examination passed after {ExamShareMax:P0} of its bound at the latest, "
            + $"queries in calm missed {MissedCount} of {AskedCount} nodes");
        foreach (Sight sight in Enum.GetValues<Sight>())
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {sight,-28} {this[sight],12}");
        }

        return text.ToString();
    }
}
