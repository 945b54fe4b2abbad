using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using Serf.Blackbox.Harness;
using Serf.Blackbox.Soak;
using Xunit;
using Xunit.Abstractions;

namespace Serf.Blackbox;

/// <summary>
/// Ten agents for a long time, under events, queries, changes of tags, joins, leaves, kills and control clients that come
/// and go: what they hold must not grow, and no event may be lost or handled twice.
/// </summary>
public sealed class SoakReport(ITestOutputHelper output) : BlackboxTest
{
    private const int SteadyCount = 5;
    private const int GuestCount = 4;

    /// <summary>What a node with a snapshot may miss around its restarts. They take up more than half of its time.</summary>
    private const double ExcusedShareMax = 0.01;

    /// <summary>What gossip has not brought before a stop: so few, on all nodes together, or it is no exception.</summary>
    private const double PassedShareMax = 0.001;

    // Until then the agent's buffers fill for the first time, and nothing has been collected yet.
    private static readonly TimeSpan _lengthMin = TimeSpan.FromMinutes(20);
    private static readonly TimeSpan _length = TimeSpan.FromMinutes(Number("SERF_MINUTES", 30));
    private static readonly int _seed = (int)Number("SERF_SEED", 1);

    [ByHandFact("soak")]
    public void Nothing_grows_and_every_event_is_accounted_for()
    {
        string logs = Directory.CreateDirectory(Path.ChangeExtension(Report, null)).FullName;
        SoakNode[] nodes = Cluster(logs);
        SoakNode[] steady = [.. nodes.Where(node => node.Kind == SoakKind.Steady)];
        SoakLedger ledger = new();
        SoakMeter meter = new();
        using SoakClock clock = new(_length);
        SoakLoad load = new(nodes, clock, ledger, _seed);
        load.Start();
        TimeSpan interval = _length / 360 > TimeSpan.FromSeconds(1) ? _length / 360 : TimeSpan.FromSeconds(1);
        while (clock.Pause(interval))
        {
            foreach (SoakNode node in nodes)
            {
                meter.Look(node, clock.Now);
            }
        }

        clock.End();
        load.Join();
        TimeSpan over = clock.Now;
        SoakAccount[] accounts = Settle(nodes, ledger);
        (string Line, bool IsFlat)[] verdicts = [.. steady.Select(node => meter.Judge(node, over))];
        bool isComplete = nodes.Zip(accounts).All(
            pair => pair.Second.IsComplete && (pair.First.Kind == SoakKind.Stranger
                || pair.Second.ExcusedCount <= ledger.Count * ExcusedShareMax));
        isComplete &= accounts.Sum(account => account.PassedCount) <= Math.Ceiling(ledger.Count * PassedShareMax);
        bool isFlat = verdicts.All(verdict => verdict.IsFlat);
        bool isLong = over >= _lengthMin;
        string[] text =
        [
            string.Create(CultureInfo.InvariantCulture, $"Soak of {over.TotalMinutes:0.0} minutes, seed {_seed}: ")
                + $"{load.Summary}.",
            string.Empty,
            "What a steady node holds: median (and lowest) of the second quarter → of the last one.",
            string.Empty,
            SoakMeter.Head,
            .. verdicts.Select(verdict => verdict.Line),
            string.Empty,
            "Over the time, medians of the steady nodes:",
            string.Empty,
            SoakMeter.CourseHead,
            .. meter.Course(steady, over, sliceCount: 15),
            string.Empty,
            "Events:",
            string.Empty,
            "| node | lives | ended by | handled | again in a later life | not owed | passed over | missing | twice in a life |",
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
            .. nodes.Zip(accounts, Line),
            string.Empty,
            $"Memory, descriptors and threads: {(isFlat ? "flat" : isLong ? "NOT FLAT" : "too short to tell")}. "
                + $"Events: {(isComplete ? "all accounted for" : "NOT ALL ACCOUNTED FOR")}.",
            .. load.Faults.Select(fault => $"\nFAULT: {fault}"),
            .. nodes.Zip(accounts, Complaint).Where(complaint => complaint.Length > 0),
        ];
        File.WriteAllLines(Report, text);
        output.WriteLine(string.Join('\n', text));
        Assert.Empty(load.Faults);
        Assert.True(isComplete && (isFlat || !isLong), text.Last(line => line.StartsWith("Memory", StringComparison.Ordinal)));
    }

    private static string Report => Environment.GetEnvironmentVariable("SERF_REPORT")!;

    private SoakNode[] Cluster(string logs)
    {
        foreach (string old in Directory.GetFiles(logs))
        {
            File.Delete(old);
        }

        List<SoakNode> nodes = [];
        for (int number = 0; number < SteadyCount + GuestCount + 1; number++)
        {
            SoakKind kind = number < SteadyCount ? SoakKind.Steady
                : number < SteadyCount + GuestCount ? SoakKind.Guest
                : SoakKind.Stranger;
            SoakNode node = Keep(new SoakNode(logs, $"{kind.ToString().ToLowerInvariant()}{number}", NextAddress(), kind));
            node.Start(nodes);
            nodes.Add(node);
        }

        string all = string.Join(
            ' ', nodes.Select(node => $"{node.Name}=alive").Order(StringComparer.Ordinal));
        foreach (SoakNode node in nodes)
        {
            node.Running!.AwaitStatuses(all, TimeSpan.FromSeconds(60));
            node.Open();
        }

        return [.. nodes];
    }

    /// <summary>What gossip did not bring comes with the next exchange of states, twice half a minute at most.</summary>
    private static SoakAccount[] Settle(SoakNode[] nodes, SoakLedger ledger)
    {
        SoakAccount[] accounts = [];
        for (int look = 0; look < 65; look++)
        {
            accounts = [.. nodes.Select(ledger.AccountOf)];
            if (accounts.All(account => account.IsComplete))
            {
                break;
            }

            Thread.Sleep(1000);
        }

        return accounts;
    }

    private static string Line(SoakNode node, SoakAccount account)
    {
        string ends = string.Join(", ", node.Ends.OrderBy(end => end.Key).Select(end => $"{end.Value} {end.Key}"));
        return $"| {node.Name} | {node.Life} | {ends} | {account.HandledCount} | {account.AgainCount} "
            + $"| {account.ExcusedCount} | {account.PassedCount} | {account.Missing.Length} | {account.Twice.Length} |";
    }

    private static string Complaint(SoakNode node, SoakAccount account)
    {
        return string.Concat(
            Some($"\n{node.Name} misses: ", account.Missing),
            Some($"\n{node.Name} handled twice: ", account.Twice),
            Some($"\n{node.Name} handled what nobody took: ", account.Strange));
    }

    private static string Some(string title, string[] items)
    {
        return items.Length == 0 ? string.Empty : title + string.Join("; ", items.Take(20));
    }

    private static double Number(string variable, double otherwise)
    {
        string? text = Environment.GetEnvironmentVariable(variable);
        return string.IsNullOrEmpty(text) ? otherwise : double.Parse(text, CultureInfo.InvariantCulture);
    }
}
