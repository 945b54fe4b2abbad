using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

/// <summary>Metrics: what statsd and statsite servers get, and the dump (spec agent 19).</summary>
public sealed class TelemetryTests : BlackboxTest
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(90);

    /// <summary>What a small cluster must show, whichever program its first node runs.</summary>
    private static readonly string[] _required =
    [
        "c agent.ipc.accept", "c agent.ipc.command", "c memberlist.msg.alive", "c memberlist.msg.dead",
        "c memberlist.msg.suspect", "c memberlist.tcp.accept", "c memberlist.tcp.connect", "c memberlist.tcp.sent",
        "c memberlist.udp.received", "c memberlist.udp.sent", "c serf.events", "c serf.events.deploy",
        "c serf.events.with_space_colon", "c serf.member.failed", "c serf.member.flap", "c serf.member.join",
        "c serf.member.left", "c serf.member.update", "c serf.queries", "c serf.queries.load", "c serf.query_acks",
        "c serf.query_responses", "g HOST.runtime.alloc_bytes", "g HOST.runtime.free_count",
        "g HOST.runtime.heap_objects", "g HOST.runtime.malloc_count", "g HOST.runtime.num_goroutines",
        "g HOST.runtime.sys_bytes", "g HOST.runtime.total_gc_pause_ns", "g HOST.runtime.total_gc_runs",
        "ms agent.invoke.cat__>/dev/null;_echo_a_b", "ms memberlist.gossip", "ms memberlist.probeNode",
        "ms memberlist.pushPullNode", "ms serf.coordinate.adjustment-ms", "ms serf.msgs.received",
        "ms serf.msgs.sent", "ms serf.queue.Event", "ms serf.queue.Intent", "ms serf.queue.Query",
        "ms serf.snapshot.appendLine",
    ];

    /// <summary>Keys that one of the two may have alone, and why.</summary>
    private static readonly Dictionary<string, string> _mayDiffer = new()
    {
        ["ms runtime.gc_pause_ns"] = "one for each collection, of which a small agent has none for hours",
        ["ms memberlist.queue.broadcasts"] = "came after 0.9.4",
        ["g HOST.memberlist.node.instances.alive"] = "came after 0.9.4",
        ["g HOST.memberlist.node.instances.suspect"] = "came after 0.9.4",
        ["g HOST.memberlist.node.instances.dead"] = "came after 0.9.4",
        ["g HOST.memberlist.node.instances.left"] = "came after 0.9.4",
        ["g HOST.memberlist.size.local"] = "came after 0.9.4",
        ["g HOST.memberlist.health.score"] = "a probe under load may be late for either",
        ["c memberlist.degraded.probe"] = "likewise",
        ["c memberlist.degraded.timeout"] = "likewise",
        ["c serf.query_duplicate_acks"] = "ours answers twice, in case an answer was lost",
        ["c serf.query_duplicate_responses"] = "likewise",
    };

    [PeerFact]
    public void A_cluster_shows_the_keys_that_the_original_shows()
    {
        using Collector ourStatsd = Server(SocketType.Dgram, out string ourAddress);
        using Collector theirStatsd = Server(SocketType.Dgram, out string theirAddress);
        Task<string> ours = Task.Run(() => Live(Binaries.Ours, "ours", ourAddress, ourStatsd));
        Task<string> theirs = Task.Run(() => Live(Binaries.Peer, "theirs", theirAddress, theirStatsd));

        Assert.Empty(Differences(Keys(ours.Result), Keys(theirs.Result)));

        // Counts of what cannot differ.
        string[] certain =
            ["serf.events.deploy", "serf.events", "serf.queries", "serf.member.update", "serf.query_responses"];
        Assert.All(certain, key => Assert.Equal(SumOf(key, theirs.Result), SumOf(key, ours.Result)));
        Assert.All(ourStatsd.Pieces, piece => Assert.InRange(piece.Length, 1, 1400));
    }

    [PeerFact]
    public void The_dump_has_the_originals_lines()
    {
        Agent ours = Start("ours", "-profile=local");
        Agent theirs = StartPeer("theirs", "-profile=local");
        ours.Run("join", theirs.Gossip);
        ours.Run("event", "deploy");
        theirs.Run("members");

        string[] ourLines = Dump(ours);
        string[] theirLines = Dump(theirs);

        Assert.All(ourLines, line => Assert.Matches(DumpLine(tail: ""), line));
        Assert.All(theirLines, line => Assert.Matches(DumpLine(tail: " m=[+][0-9.]+"), line));
        Assert.Contains(ourLines, line => line.Contains("[C] 'serf-agent.serf.events.deploy': Count: 1 Sum: 1.000 ", Utf16));
        Assert.Contains(theirLines, line => line.Contains("[C] 'serf-agent.serf.events.deploy': Count: 1 Sum: 1.000 ", Utf16));
        Assert.Contains(ourLines, line => line.Contains("[G] 'serf-agent.runtime.num_goroutines': ", Utf16));

        // Without sinks the host is in no key.
        Assert.Equal(
            theirLines.Select(KeyOf).Where(key => key.StartsWith("serf-agent.runtime.t", Utf16)).Distinct().Order(),
            ourLines.Select(KeyOf).Where(key => key.StartsWith("serf-agent.runtime.t", Utf16)).Distinct().Order());
        ours.Process.Send(Signal.Interrupt);
        Assert.Equal(0, ours.Process.WaitForExit());
    }

    [Fact]
    public void A_statsite_server_gets_a_stream_of_whole_lines()
    {
        using Collector first = Server(SocketType.Stream, out string address);
        string config = Write("c.json", $$"""{"statsite_addr":"{{address}}"}""");
        Agent agent = Start("a", $"-config-file={config}");
        Eventually.True(
            "values come", _patience, () => first.Text.Contains(".runtime.num_goroutines:", Utf16));
        agent.Run("event", "deploy");
        Eventually.True(
            "the event comes", _patience, () => first.Text.Contains("serf-agent.serf.events.deploy:1.000000|c\n", Utf16));
        Assert.Empty(Regex.Replace(first.Text, "serf-agent[.][^:|\n ]+:[0-9]+[.][0-9]{6}[|](c|g|ms)\n", string.Empty));
    }

    [Fact]
    public void A_server_that_is_not_there_is_told_of_and_the_agent_goes_on()
    {
        using Socket reserved = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        reserved.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        string config = Write(
            "c.json", $$"""{"statsite_addr":"{{reserved.LocalEndPoint}}","statsd_addr":"nowhere"}""");
        Agent agent = Start("a", $"-config-file={config}");

        agent.Process.WaitForOutput(
            " [WARN] agent: Failed to start statsd sink. Got: address nowhere: missing port in address\n");
        agent.Process.WaitForOutput(
            $" [WARN] agent: Metrics are lost, statsite at {reserved.LocalEndPoint} does not take them: "
            + "connect: connection refused\n");
        Assert.Equal("a=alive", agent.Statuses());
        agent.Process.Send(Signal.Interrupt);
        Assert.Equal(0, agent.Process.WaitForExit());
    }

    [Fact]
    public void A_dump_may_be_asked_for_while_the_agent_still_starts_and_ignored_signals_stay_so_till_then()
    {
        // Whoever accepts and says nothing holds up the start.
        using TcpListener silent = new(IPAddress.Loopback, 0);
        silent.Start();
        string address = NextAddress();
        using SerfProcess agent = new(
            "sh",
            [
                "-c", "trap '' HUP INT; exec \"$@\"", "sh", Binaries.Ours, "agent", "-node=x", $"-bind={address}:17946",
                $"-rpc-addr={address}:17373", $"-join={silent.LocalEndpoint}",
            ]);
        agent.WaitForOutput("==> Joining cluster...");
        using Socket accepted = silent.AcceptSocket();
        agent.Send(Signal.User1);
        agent.Send(Signal.Hangup);
        agent.Send(Signal.Interrupt);
        accepted.Close();

        Assert.Equal(1, agent.WaitForExit());
        Assert.Contains("\n==> 1 error occurred:\n", agent.Output, Utf16);
    }

    private static StringComparison Utf16 => StringComparison.Ordinal;

    private static Collector Server(SocketType type, out string address)
    {
        Socket socket = new(
            AddressFamily.InterNetwork, type, type == SocketType.Stream ? ProtocolType.Tcp : ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        address = socket.LocalEndPoint!.ToString()!;
        return new Collector(socket);
    }

    private static string DumpLine(string tail)
    {
        string time = "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}([.][0-9]{1,9})? [+-][0-9]{4} [A-Z0-9+-]+";
        string number = "-?[0-9]+[.][0-9]{3}";
        string spread = $"(Min: {number} Mean: {number} Max: {number} Stddev: {number} )?";
        return $"^\\[{time}\\](\\[G\\] '[^']+': {number}|\\[[CS]\\] '[^']+': Count: [0-9]+ {spread}Sum: {number} "
            + $"LastUpdated: {time}{tail})$";
    }

    private static string KeyOf(string line) => line.Split('\'')[1];

    // Nothing is printed until an interval of ten seconds has ended; then everything of it. What the runtime
    // tells comes every second, so that a first, short interval may be without it.
    private static string[] Dump(Agent agent)
    {
        Eventually.True(
            "a dump",
            _patience,
            () =>
            {
                agent.Process.Send(Signal.User1);
                string error = agent.Process.Error;
                return error.Contains("serf.events.deploy", Utf16) && error.Contains("total_gc_runs", Utf16);
            },
            agent.Process.Describe,
            TimeSpan.FromSeconds(1));
        string told = agent.Process.Error;
        return told[..told.LastIndexOf('\n')].Split('\n');
    }

    private static IEnumerable<string> Differences(HashSet<string> ours, HashSet<string> theirs)
    {
        IEnumerable<string> onlyOurs = ours.Except(theirs).Select(key => "only ours: " + key);
        IEnumerable<string> onlyTheirs = theirs.Except(ours).Select(key => "only theirs: " + key);
        return onlyOurs.Concat(onlyTheirs).Where(line => !_mayDiffer.ContainsKey(line.Split(": ", 2)[1]));
    }

    // Kind and key of each line, the host's name masked.
    private static HashSet<string> Keys(string text) =>
    [
        .. Regex.Matches(text, "(?m)^serf-agent[.](.*):[0-9.]+[|](c|g|ms)$").Select(
            line => line.Groups[2].Value + " " + (line.Groups[2].Value == "g"
                ? Regex.Replace(line.Groups[1].Value, "^.*?[.](runtime|memberlist)[.]", "HOST.$1.")
                : line.Groups[1].Value)),
    ];

    private static double SumOf(string key, string text) =>
        Regex.Matches(text, $"(?m)^serf-agent[.]{Regex.Escape(key)}:([0-9]+)[.]").Sum(line => int.Parse(line.Groups[1].Value));

    /// <summary>A cluster of three in which the first node sees everything that is counted.</summary>
    private string Live(string binary, string name, string statsd, Collector server)
    {
        string config = Write(name + ".json", $$"""{"statsd_addr":"{{statsd}}"}""");
        Agent first = StartOf(
            binary, name + "1", "-profile=local", $"-config-file={config}", $"-snapshot={PathOf(name + ".snap")}",
            "-event-handler=query=cat  >/dev/null; echo a b");
        Agent second = StartOf(binary, name + "2", "-profile=local", "-event-handler=query=echo x");
        Agent third = StartOf(binary, name + "3", "-profile=local");
        first.Run("join", second.Gossip, third.Gossip);
        first.AwaitStatuses($"{name}1=alive {name}2=alive {name}3=alive");
        first.Run("event", "deploy");
        first.Run("event", "with space:colon", "x");
        first.Run("query", "load");
        first.Run("tags", "-set", "k=v");
        third.Process.Send(Signal.Kill);
        first.AwaitStatuses($"{name}1=alive {name}2=alive {name}3=failed", _patience);
        Agent back = Keep(new Agent(
            binary, name + "3", third.Address, ["-profile=local", $"-join={first.Gossip}"])).Started();
        first.AwaitStatuses($"{name}1=alive {name}2=alive {name}3=alive", _patience);
        back.Process.Send(Signal.Interrupt);
        back.Process.WaitForExit();
        second.Run("leave");
        Eventually.True(
            $"{first.Name} shows what is required",
            _patience,
            () => _required.All(Keys(server.Text).Contains),
            () => "missing: " + string.Join(", ", _required.Except(Keys(server.Text))) + "\n" + first.Process.Describe());
        return server.Text;
    }
}
