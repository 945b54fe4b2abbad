using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace Serf.Blackbox.Soak;

/// <summary>What a process holds at one moment.</summary>
public readonly record struct SoakSample(TimeSpan At, long Resident, long Dirty, int Descriptors, int Threads);

/// <summary>Looks at what the processes hold, over time, and says whether it grows.</summary>
public sealed class SoakMeter
{
    private const double Share = 0.05;

    private readonly Dictionary<string, List<SoakSample>> _samples = [];

    /// <summary>
    /// What may lie between the two quarters: of memory a twentieth, or the megabyte of garbage between two collections;
    /// its lowest values, right after one, tell as well whether something stays. Descriptors and threads are the same but
    /// for what is open at the moment, so their medians and lowest values do not move at all.
    /// </summary>
    private static readonly (string Name, Func<SoakSample, double> Of, double Slack, double LowSlack)[] _quantities =
    [
        ("RSS KiB", sample => sample.Resident / 1024.0, 1024, 1024),
        ("dirty KiB", sample => sample.Dirty / 1024.0, 1024, 1024),
        ("descriptors", sample => sample.Descriptors, 0, 0),
        ("threads", sample => sample.Threads, 0, 0),
    ];

    /// <summary>The head of the table: for each quantity the medians and lowest of two quarters, and the highest.</summary>
    public static string Head => "| node | " + string.Join(" | ", _quantities.Select(quantity => quantity.Name)) + " | |\n"
        + "| --- |" + string.Concat(_quantities.Select(_ => " --- |")) + " --- |";

    public static string CourseHead =>
        "| minutes | " + string.Join(" | ", _quantities.Select(quantity => quantity.Name)) + " |\n"
        + "| --- |" + string.Concat(_quantities.Select(_ => " --- |"));

    public void Look(SoakNode node, TimeSpan at)
    {
        if (node.Running is { } agent && TrySample(agent.Process.Id, at) is { } sample)
        {
            lock (_samples)
            {
                (_samples.TryGetValue(node.Name, out List<SoakSample>? list) ? list : _samples[node.Name] = []).Add(sample);
            }
        }
    }

    /// <returns>A line of the table, and whether nothing has grown.</returns>
    public (string Line, bool IsFlat) Judge(SoakNode node, TimeSpan length)
    {
        List<SoakSample> samples = _samples.GetValueOrDefault(node.Name) ?? [];
        SoakSample[] second = [.. samples.Where(sample => sample.At >= length / 4 && sample.At < length / 2)];
        SoakSample[] last = [.. samples.Where(sample => sample.At >= length * 0.75)];
        if (second.Length == 0 || last.Length == 0)
        {
            return ($"| {node.Name} | too few samples |", false);
        }

        bool isFlat = true;
        List<string> cells = [];
        foreach ((_, Func<SoakSample, double> of, double slack, double lowSlack) in _quantities)
        {
            (double before, double after) = (Median(second.Select(of)), Median(last.Select(of)));
            (double low, double lowAfter) = (second.Min(of), last.Min(of));
            isFlat &= after <= before + Math.Max(before * Share, slack);
            isFlat &= lowAfter <= low + Math.Max(low * Share, lowSlack);
            cells.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{before:0} ({low:0}) → {after:0} ({lowAfter:0}), most {samples.Max(of):0}"));
        }

        return ($"| {node.Name} | {string.Join(" | ", cells)} | {(isFlat ? "flat" : "GROWS")} |", isFlat);
    }

    /// <summary>How it went: a line for each slice of the time, with the medians over all samples of some nodes.</summary>
    public IEnumerable<string> Course(IReadOnlyList<SoakNode> nodes, TimeSpan length, int sliceCount)
    {
        SoakSample[] samples = [.. nodes.SelectMany(node => _samples.GetValueOrDefault(node.Name) ?? [])];
        for (int slice = 0; slice < sliceCount; slice++)
        {
            TimeSpan from = slice * length / sliceCount;
            TimeSpan to = (slice + 1) * length / sliceCount;
            SoakSample[] own = [.. samples.Where(sample => sample.At >= from && sample.At < to)];
            if (own.Length > 0)
            {
                IEnumerable<string> cells = _quantities.Select(
                    quantity => Median(own.Select(quantity.Of)).ToString("0", CultureInfo.InvariantCulture));
                yield return string.Create(
                    CultureInfo.InvariantCulture, $"| {to.TotalMinutes:0.0} | {string.Join(" | ", cells)} |");
            }
        }
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    /// <returns>Null where the process has ended.</returns>
    private static SoakSample? TrySample(int id, TimeSpan at)
    {
        try
        {
            string[] status = File.ReadAllLines($"/proc/{id}/status");
            string[] memory = File.ReadAllLines($"/proc/{id}/smaps_rollup");
            return new SoakSample(
                at,
                1024 * Number(status, "VmRSS:"),
                1024 * Number(memory, "Private_Dirty:"),
                Directory.GetFileSystemEntries($"/proc/{id}/fd").Length,
                (int)Number(status, "Threads:"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return null;
        }
    }

    private static long Number(string[] lines, string key)
    {
        string line = lines.First(line => line.StartsWith(key, StringComparison.Ordinal));
        return long.Parse(line[key.Length..].Replace("kB", string.Empty, StringComparison.Ordinal), CultureInfo.InvariantCulture);
    }
}
