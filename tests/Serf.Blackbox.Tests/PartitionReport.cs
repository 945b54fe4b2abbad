using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Serf.Blackbox.Harness;
using Xunit.Sdk;

namespace Serf.Blackbox;

/// <summary>
/// How long clusters of six need to be whole again after a cut of minutes: of ours, of originals and of both, side by
/// side, each on a network of its own. The default profile; what may be set comes through the environment.
/// </summary>
public sealed class PartitionReport : BlackboxTest
{
    // Six agents over one reconnect interval of half a minute, so that their tries do not fall together.
    private static readonly TimeSpan _stagger = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(120);

    private static readonly TimeSpan _cut = Seconds("SERF_CUT", 120);
    private static readonly TimeSpan _limit = Seconds("SERF_LIMIT", 180);
    private static readonly TimeSpan _reap = Seconds("SERF_REAP", 0);
    private static readonly int _roundCount = (int)Seconds("SERF_ROUNDS", 3).TotalSeconds;

    [ByHandFact("partition")]
    public async Task The_times_to_wholeness_side_by_side()
    {
        string ours = Binaries.Ours;
        string peer = Binaries.Peer;
        List<(string Kind, string[] Binaries)> clusters =
        [
            ("six of ours", [ours, ours, ours, ours, ours, ours]),
            ("six originals", [peer, peer, peer, peer, peer, peer]),
            ("three and three", [ours, ours, peer, ours, peer, peer]),
        ];

        IEnumerable<Task<string>> rows = clusters.Select(cluster => Task.Factory.StartNew(
            () => Row(cluster.Kind, cluster.Binaries), TaskCreationOptions.LongRunning));
        string[] table = await Task.WhenAll(rows.ToArray());

        string reaped = _reap > TimeSpan.Zero ? $", reconnect_timeout {_reap.TotalSeconds} s" : string.Empty;
        File.WriteAllLines(Environment.GetEnvironmentVariable("SERF_REPORT")!,
        [
            $"Cut for {_cut.TotalSeconds} s{reaped}; seconds, looked at for {_limit.TotalSeconds} s at most:",
            string.Empty,
            "| cluster | cut noticed by all, median | whole again, median | each |",
            "| --- | --- | --- | --- |",
            .. table,
        ]);
    }

    private string Row(string kind, string[] binaries)
    {
        string timeout = $$"""{ "reconnect_timeout": "{{_reap.TotalSeconds}}s" }""";
        string[] flags = _reap > TimeSpan.Zero ? [$"-config-file={Write($"{kind}.json", timeout)}"] : [];
        using SplitCluster cluster = new(binaries, _stagger, _ => flags);
        List<TimeSpan> noticed = [];
        List<TimeSpan> whole = [];
        for (int round = 0; round < _roundCount; round++)
        {
            cluster.Cut();
            Task over = Task.Delay(_cut);
            noticed.Add(TimeOf(() => cluster.AwaitSplit(_cut)));
            over.Wait();
            cluster.Heal();
            whole.Add(TimeOf(() => cluster.AwaitWhole(_limit)));
            if (whole[^1] == TimeSpan.MaxValue)
            {
                cluster.First[0].Run("join", cluster.Second[0].Gossip);
                cluster.AwaitWhole(_patience);
            }
        }

        return $"| {kind} | {Median(noticed)} | {Median(whole)} | {string.Join(", ", whole.Select(Text))} |";
    }

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
    private static string Median(List<TimeSpan> times)
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
