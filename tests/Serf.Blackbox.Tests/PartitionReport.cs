using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Serf.Blackbox.Harness;
using Xunit.Sdk;

namespace Serf.Blackbox;

/// <summary>
/// How long clusters of six need to be whole again after a cut of minutes: of ours, of originals and of both, side by
/// side, each on a network of its own, and for each round new ones. The default profile; what may be set comes through
/// the environment. All that the agents wrote lies beside the report.
/// </summary>
public sealed class PartitionReport : BlackboxTest
{
    // What a node does every half a minute depends on when it started: at random, so that the tries of a cluster
    // neither fall together nor are spread better than by chance. The same goes for its cut.
    private static readonly TimeSpan _spread = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _staggerMax = TimeSpan.FromSeconds(10);

    // A look is a process, and all the clusters are looked at by one machine.
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan _cut = Seconds("SERF_CUT", 120);
    private static readonly TimeSpan _reap = Seconds("SERF_REAP", 0);

    // docs/healing.md: the bound of two halves of whom nobody else is gone, after any cut.
    private static readonly TimeSpan _limit = Seconds("SERF_LIMIT", 396);
    private static readonly int _roundCount = (int)Seconds("SERF_ROUNDS", 3).TotalSeconds;

    [ByHandFact("partition")]
    public async Task The_times_to_wholeness_side_by_side()
    {
        string ours = Binaries.Ours;
        string peer = Binaries.Peer;
        (string Kind, string[] Binaries)[] clusters =
        [
            ("six of ours", [ours, ours, ours, ours, ours, ours]),
            ("six originals", [peer, peer, peer, peer, peer, peer]),
            ("three and three", [ours, ours, peer, ours, peer, peer]),
        ];

        List<Task<(TimeSpan Noticed, TimeSpan Whole)>> rounds = [];
        for (int number = 0; number < clusters.Length * _roundCount; number++)
        {
            (string kind, string[] binaries) = clusters[number % clusters.Length];
            string name = $"{kind.Replace(' ', '-')}-{1 + (number / clusters.Length)}";
            rounds.Add(Task.Factory.StartNew(() => Round(name, binaries), TaskCreationOptions.LongRunning));
        }

        (TimeSpan Noticed, TimeSpan Whole)[] times = await Task.WhenAll(rounds);
        string reaped = _reap > TimeSpan.Zero ? $", reconnect_timeout {_reap.TotalSeconds} s" : string.Empty;
        File.WriteAllLines(Report,
        [
            $"Cut for {_cut.TotalSeconds} s{reaped}; seconds, looked at for {_limit.TotalSeconds} s at most:",
            string.Empty,
            "| cluster | cut noticed by all, median | whole again, median | each |",
            "| --- | --- | --- | --- |",
            .. clusters.Select((cluster, first) =>
            {
                (TimeSpan Noticed, TimeSpan Whole)[] own =
                    [.. times.Where((_, number) => number % clusters.Length == first)];
                TimeSpan[] whole = [.. own.Select(round => round.Whole).Order()];
                return $"| {cluster.Kind} | {Median(own.Select(round => round.Noticed))} | {Median(whole)} "
                    + $"| {string.Join(", ", whole.Select(Text))} |";
            }),
        ]);
    }

    private static string Report => Environment.GetEnvironmentVariable("SERF_REPORT")!;

    private (TimeSpan Noticed, TimeSpan Whole) Round(string name, string[] binaries)
    {
        string timeout = $$"""{ "reconnect_timeout": "{{_reap.TotalSeconds}}s" }""";
        string[] flags = _reap > TimeSpan.Zero ? [$"-config-file={Write($"{name}.json", timeout)}"] : [];
        Thread.Sleep(Random.Shared.NextDouble() * _spread);
        using SplitCluster cluster = new(binaries, _ => Random.Shared.NextDouble() * _staggerMax, _ => flags, _pause);
        cluster.Cut();
        string cut = Now();
        Task over = Task.Delay(_cut);
        TimeSpan noticed = TimeOf(() => cluster.AwaitSplit(_cut));
        over.Wait();
        cluster.Heal();
        string healed = Now();
        TimeSpan whole = TimeOf(() => cluster.AwaitWhole(_limit));
        Directory.CreateDirectory(Path.ChangeExtension(Report, null));
        File.WriteAllLines(
            Path.Combine(Path.ChangeExtension(Report, null), $"{name}.log"),
            [
                $"cut at {cut}, noticed after {Text(noticed)}, healed at {healed}, whole after {Text(whole)}",
                .. cluster.Agents.Select(agent => $"--- {agent.Process.Description}\n{agent.Process.Output}"),
            ]);
        return (noticed, whole);
    }

    private static string Now() => DateTime.Now.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);

    private static TimeSpan TimeOf(Func<TimeSpan> wait)
    {
        try
        {
            return wait();
        }
        catch (XunitException)
        {
            return TimeSpan.MaxValue;
        }
    }

    /// <summary>Of an even number the later one of the middle, since it may be never.</summary>
    private static string Median(IEnumerable<TimeSpan> times)
    {
        TimeSpan[] sorted = [.. times.Order()];
        return Text(sorted[sorted.Length / 2]);
    }

    private static string Text(TimeSpan time)
    {
        return time == TimeSpan.MaxValue ? "never" : time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
    }

    private static TimeSpan Seconds(string variable, int otherwise)
    {
        string? text = Environment.GetEnvironmentVariable(variable);
        return TimeSpan.FromSeconds(string.IsNullOrEmpty(text) ? otherwise : int.Parse(text, CultureInfo.InvariantCulture));
    }
}
