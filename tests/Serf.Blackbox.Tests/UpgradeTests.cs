using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using Serf.Blackbox.Harness;
using Xunit;
using Xunit.Abstractions;

namespace Serf.Blackbox;

/// <summary>
/// docs/upgrade.md, followed to the letter: its blocks are run on each node of a cluster of the original that has
/// everything, while events stream in; then the way back.
/// </summary>
public sealed class UpgradeTests(ITestOutputHelper output) : BlackboxTest
{
    private const int PerSecond = 20;
    private const string Token = "token of the control port";

    private static readonly string[] _forth = ["variables", "before", "keep", "settings", "swap", "after"];
    private static readonly string[] _back = ["variables", "before", "back", "after", "done"];

    private readonly Runbook _runbook = new(Path.Combine(Binaries.RepositoryRoot(), "docs", "upgrade.md"));
    private readonly List<Node> _nodes = [];

    [PeerFact]
    public void A_cluster_is_replaced_node_by_node_and_put_back_without_losing_an_event_or_seeing_a_failure()
    {
        Assert.Equal(_forth.Union(_back).Order(), _runbook.Names.Order());
        foreach (string name in new[] { "n1", "n2", "n3" })
        {
            _nodes.Add(Create(name));
        }

        StartCluster();
        MemberWatch[] watches = [.. _nodes.Select(node => Keep(new MemberWatch(node.Connect)))];
        using EventStream stream = new("job", PerSecond, _nodes.Count, number => _nodes[number].Connect());
        Walk(stream, _forth, "0.10");
        RotateKey();
        Walk(stream, _back, "0.8");
        Assert.Contains(Keys.Second, File.ReadAllText(_nodes[0].PathOf("files", "keyring.json")), StringComparison.Ordinal);
        stream.Dispose();

        string[] taken = stream.Taken;
        foreach (Node node in _nodes)
        {
            AwaitAll(node, taken);
        }

        Assert.All(watches, watch => Assert.True(watch.LookCount > 50, $"{watch.LookCount} looks"));
        Assert.All(watches, watch => Assert.DoesNotContain(
            watch.Seen, seen => seen.EndsWith("=failed", StringComparison.Ordinal)));
        Assert.All(_nodes, node => Assert.DoesNotContain("member-failed", Recorded($"{node.Name}.members")));
    }

    private Node Create(string name)
    {
        Node node = new(PathOf(name), name, NextAddress());
        foreach (string folder in new[] { "config", "files", "bin" })
        {
            Directory.CreateDirectory(node.PathOf(folder));
        }

        File.Copy(Binaries.Peer, node.Binary);
        File.WriteAllText(node.PathOf("files", "keyring.json"), $"[\"{Keys.First}\"]");
        Dictionary<string, object> configuration = new()
        {
            ["node_name"] = name,
            ["bind"] = $"{node.Address}:{Agent.GossipPort}",
            ["rpc_addr"] = node.Rpc,
            ["rpc_auth"] = Token,
            ["keyring_file"] = node.PathOf("files", "keyring.json"),
            ["tags_file"] = node.PathOf("files", "tags.json"),
            ["snapshot_path"] = node.PathOf("files", "snapshot"),
            ["retry_join"] = _nodes.Select(other => $"{other.Address}:{Agent.GossipPort}").ToArray(),
            ["retry_interval"] = "1s",
            ["event_handlers"] = new[]
            {
                $"user:job={Recorder($"{name}.jobs")}",
                $"member-join,member-leave,member-failed,member-update=echo $SERF_EVENT >> '{PathOf($"{name}.members")}'",
                "query:whoami=echo \"$SERF_SELF_NAME $SERF_TAG_STEP\"",
            },
        };
        File.WriteAllText(node.PathOf("config", "serf.json"), JsonSerializer.Serialize(configuration));
        node.Service = Keep(new Service(node.PathOf("service"), node.Binary, "agent", $"-config-dir={node.PathOf("config")}"));
        return node;
    }

    /// <summary>Every node has a tag that it got while it ran, so that only the tags file knows it.</summary>
    private void StartCluster()
    {
        foreach (Node node in _nodes)
        {
            node.Service.Start();
            node.Cli("tags", "-set", "step=original");
        }

        foreach (Node node in _nodes)
        {
            Eventually.True(
                $"{node.Name} sees three with their tags",
                TimeSpan.FromSeconds(20),
                () => Lines(node.Cli("members", "-status=alive", "-tag", "step=original")) == _nodes.Count);
        }
    }

    /// <summary>Follows the runbook on one node after the other; nothing is sent through the one that is at work.</summary>
    private void Walk(EventStream stream, string[] steps, string version)
    {
        for (int number = 0; number < _nodes.Count; number++)
        {
            Node node = _nodes[number];
            int sent = stream.Taken.Length;
            Eventually.True("events are sent", TimeSpan.FromSeconds(20), () => stream.Taken.Length > sent + PerSecond);
            string step = $"{steps[2]}-{number}";
            node.Cli("tags", "-set", $"step={step}");
            stream.Close(number);
            _runbook.Run(node.Variables, steps);
            stream.Open(number);
            Assert.StartsWith(version, node.Cli("version"), StringComparison.Ordinal);
            Assert.All(_nodes, other => Assert.Equal(1, Lines(other.Cli("members", "-tag", $"step={step}"))));
            Assert.All(_nodes, other => Assert.Contains(
                $"{node.Name} {step}", other.Cli("query", "-timeout=2s", "whoami"), StringComparison.Ordinal));
        }
    }

    /// <summary>While all are ours: the original must read what is in the keyring files afterwards.</summary>
    private void RotateKey()
    {
        _nodes[1].Cli("keys", "-install", Keys.Second);
        _nodes[2].Cli("keys", "-use", Keys.Second);
        _nodes[0].Cli("keys", "-remove", Keys.First);
    }

    private void AwaitAll(Node node, string[] taken)
    {
        string[] Missing() => [.. taken.Except(Recorded($"{node.Name}.jobs").Select(line => line.Split('|')[3]))];
        Eventually.True(
            $"the handler of {node.Name} has run for all of {taken.Length} events",
            TimeSpan.FromSeconds(60),
            () => Missing().Length == 0,
            () => $"{Missing().Length} are missing: {string.Join(' ', Missing())}\n{node.Service.Process.Describe()}",
            TimeSpan.FromMilliseconds(200));
        int count = Recorded($"{node.Name}.jobs").Length;
        output.WriteLine($"{node.Name}: {taken.Length} events, {count - taken.Length} of them handled twice");
    }

    private static int Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;

    private sealed record Node(string Folder, string Name, string Address)
    {
        public Service Service { get; set; } = null!;

        public string Binary => PathOf("bin", "serf");

        public string Rpc => $"{Address}:{Agent.RpcPort}";

        public Dictionary<string, string> Variables => new()
        {
            ["SERF"] = Binary,
            ["NEW"] = Binaries.Ours,
            ["KEEP"] = PathOf("keep"),
            ["CONFIG"] = PathOf("config"),
            ["FILES"] = PathOf("files"),
            ["NODE"] = Name,
            ["START"] = Service.StartCommand,
            ["STOP"] = Service.StopCommand,
            ["SERF_RPC_ADDR"] = Rpc,
            ["SERF_RPC_AUTH"] = Token,
        };

        public string PathOf(params string[] parts) => Path.Combine([Folder, .. parts]);

        public RpcConnection Connect()
        {
            RpcConnection connection = RpcConnection.Open(Address, Agent.RpcPort);
            Assert.Equal(string.Empty, connection.Call("auth", new() { ["AuthKey"] = Token }).Error);
            return connection;
        }

        public string Cli(params string[] arguments)
        {
            CliResult result = CliResult.Of(Binary, Variables, arguments);
            Assert.True(result.ExitCode == 0, $"{string.Join(' ', arguments)}: {result.Output}{result.Error}");
            return result.Output;
        }
    }
}
