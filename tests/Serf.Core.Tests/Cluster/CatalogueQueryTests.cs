using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Serf.Cluster;
using Serf.Core.Tests.Swim;
using Serf.Core.Tests.Wire;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Cluster;

/// <summary>Rules of queries one by one (spec serf 6, 14.6).</summary>
public sealed class CatalogueQueryTests
{
    private static readonly QueryParameters _load = new() { Name = ByteString.FromText("load"), RequestAck = true };

    [Fact]
    public void Two_nodes_of_which_one_answers_make_two_acks_and_one_answer()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 1);
        RecordingSink sink = Ask(world.Hosts[0], _load);
        world.Run(1);
        Answer(world, world.Hosts[1], "1.5");
        world.Run(3);
        Assert.True(sink.IsEnded);
        Assert.Equal(["n0", "n1"], sink.Acks);
        Assert.Equal(["n1=1.5"], sink.Answers);
    }

    [Fact]
    public void One_node_of_three_asked_with_a_relay_makes_one_ack_and_one_answer()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 2);
        int relays = 0;
        world.Net.PacketPasses = (from, to) =>
        {
            relays += from == world.Hosts[1] && to == world.Hosts[2] ? 1 : 0;
            return true;
        };
        RecordingSink sink = Ask(world.Hosts[0], _load with
        {
            FilterNodes = [ByteString.FromText("n1")], RelayFactor = 1,
        });
        world.Run(0.5);
        Assert.True(relays > 0);
        Answer(world, world.Hosts[1], "x");
        world.Run(3);
        Assert.Equal(["n1"], sink.Acks);
        Assert.Equal(["n1=x"], sink.Answers);
        Assert.Equal(2, sink.Lines.Count);
        Assert.Empty(world.Hosts[2].Events);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(2)]
    public void A_node_of_an_old_protocol_asks_nothing_and_answers_all_the_same(int version)
    {
        ClusterWorld world = ClusterWorld.Joined(1, 3);
        SerfHost old = world.Add(
            "old", ClusterWorld.Plain with { ProtocolVersion = version },
            SwimOptions.Lan with { Versions = new(1, 5, 2, 2, 5, (byte)version) });
        old.Join([world.Hosts[0]]);
        world.Run(5);
        Assert.Equal("Feature not supported", old.BeginQuery(_load, new RecordingSink()));
        RecordingSink sink = Ask(world.Hosts[0], _load with { FilterNodes = [ByteString.FromText("old")] });
        world.Run(1);
        Answer(world, old, "yes");
        world.Run(1);
        Assert.Equal(["ack old", "old=yes"], sink.Lines);
        Assert.True(sink.IsEnded);
    }

    [Theory]
    [InlineData(9, 3.2)]
    [InlineData(10, 6.4)]
    [InlineData(99, 6.4)]
    [InlineData(100, 9.6)]
    [InlineData(999, 9.6)]
    [InlineData(1000, 12.8)]
    [InlineData(1, 3.2)]
    public void The_default_time_is_that_of_the_table(int nodes, double seconds) => Assert.Equal(
        TimeSpan.FromSeconds(seconds), SerfNode.QueryTimeout(TimeSpan.FromMilliseconds(200), 16, nodes));

    [Fact]
    public void A_raised_limit_is_honoured_by_queries_and_by_answers()
    {
        SerfOptions options = ClusterWorld.Plain with { QuerySizeMax = 1200, QueryResponseSizeMax = 1200 };
        ClusterWorld world = ClusterWorld.Joined(2, 4, options);
        RecordingSink sink = Ask(world.Hosts[0], _load with { Payload = new byte[1050] });
        Assert.Equal(
            "query exceeds limit of 1200 bytes",
            world.Hosts[0].BeginQuery(_load with { Payload = new byte[1200] }, new RecordingSink()));
        world.Run(1);
        Answer(world, world.Hosts[1], new string('x', 1100));
        world.Run(0.1);
        Assert.Equal("n1=" + new string('x', 1100), Assert.Single(sink.Answers));
        Assert.Equal("response exceeds limit of 1200 bytes", world.Hosts[0].Serf.Respond(
            world.Hosts[0].Delivered.OfType<QueryEvent>().Last(), new byte[1200], world.Now));
    }

    [Fact]
    public void An_answer_after_the_end_is_nobodys()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 5);
        SerfHost host = world.Hosts[0];
        RecordingSink timedOut = Ask(host, _load with { Timeout = TimeSpan.FromSeconds(1) });
        QueryEvent query = host.Delivered.OfType<QueryEvent>().Last();
        world.Run(1);
        Assert.True(timedOut.IsEnded);
        int before = timedOut.Lines.Count;
        host.Hear(Response(query, "n1"));
        world.Run(0.1);
        Assert.Equal(before, timedOut.Lines.Count);

        RecordingSink abandoned = Ask(host, _load);
        host.Serf.AbandonQuery(abandoned);
        host.Hear(Response(host.Delivered.OfType<QueryEvent>().Last(), "n1"));
        world.Run(4);
        Assert.Empty(abandoned.Lines);
        Assert.False(abandoned.IsEnded);
    }

    [Fact]
    public void An_old_query_is_dropped_and_not_passed_on()
    {
        ClusterWorld world = new(6);
        SerfHost host = world.Add("n0");
        host.Hear(Query("new", 1511));
        Assert.Equal("1", host.Stat("query_queue"));
        host.Hear(Query("old", 1));
        host.Hear(Query("below", 999));
        Assert.Equal("1", host.Stat("query_queue"));
        host.Hear(Query("edge", 1000));
        Assert.Equal("2", host.Stat("query_queue"));
        Assert.Equal(["query: new", "query: edge"], host.Events.Skip(1));
        Assert.Contains(host.Lines, line => line.Contains("received old query old from time 1 (current: 1512)"));
    }

    [Fact]
    public void Relays_are_living_members_that_know_how_each_drawn_once()
    {
        ClusterWorld world = ClusterWorld.Joined(8, 7, swim: SwimOptions.Lan with { SuspicionMultiplier = 1 });
        SerfHost host = world.Hosts[0];
        SerfHost failed = world.Hosts[7];
        world.Kill(failed);
        world.Run(40);
        Assert.Equal(MemberStatus.Failed, host.StatusOf("n7"));
        SerfHost old = world.Add("old", swim: SwimOptions.Lan with { Versions = new(1, 4, 2, 2, 5, 5) });
        old.Join([host]);
        world.Run(5);
        AdmitAsker(world, host);
        Dictionary<NodeAddress, int> counts = [];
        HashSet<string> drawings = [];
        List<NodeAddress> drawn = [];
        world.Net.PacketPasses = (from, to) =>
        {
            if (from == host && to.Address != _asker)
            {
                drawn.Add(to.Address);
                counts[to.Address] = counts.GetValueOrDefault(to.Address) + 1;
            }

            return true;
        };
        for (uint id = 1; id <= 60; id++)
        {
            drawn.Clear();
            host.Hear(Query("ask", 50, id, QueryMessage.FlagAck | QueryMessage.FlagNoBroadcast, relays: 3));
            Assert.Equal(3, drawn.Count);
            Assert.Equal(3, drawn.Distinct().Count());
            drawings.Add(string.Join(' ', drawn.Select(one => one.ToString()).Order()));
        }

        Assert.True(drawings.Count > 5);
        Assert.Equal(6, counts.Count);
        Assert.DoesNotContain(failed.Address, counts.Keys);
        Assert.DoesNotContain(old.Address, counts.Keys);
        Assert.DoesNotContain(host.Address, counts.Keys);

        // Ten records are enough for eight relays, but only six of the members will do.
        drawn.Clear();
        host.Hear(Query("ask", 50, 100, QueryMessage.FlagAck | QueryMessage.FlagNoBroadcast, relays: 8));
        Assert.Equal(6, drawn.Distinct().Count());
        Assert.Equal(6, drawn.Count);
    }

    [Fact]
    public void An_answer_too_long_for_its_relays_goes_the_direct_way_alone()
    {
        ClusterWorld world = ClusterWorld.Joined(4, 8);
        SerfHost host = world.Hosts[0];
        AdmitAsker(world, host);
        int relayed = 0;
        world.Net.PacketPasses = (from, to) =>
        {
            relayed += from == host && to is SerfHost ? 1 : 0;
            return true;
        };
        host.Hear(Query("ask", 50, 1, QueryMessage.FlagNoBroadcast, relays: 2));
        QueryEvent query = host.Delivered.OfType<QueryEvent>().Single();
        QueryResponseMessage response = new() { LamportTime = 50, Id = 1, From = "n0"u8, Payload = new byte[900] };
        RelayHeader header = new() { Ip = [10, 0, 0, 250], Port = 7946, DestinationName = "asker"u8 };
        int most = 1024 - SerfCodec.SizeOf(header) - (SerfCodec.SizeOf(response) - 900);
        Assert.Null(host.Serf.Respond(query, new byte[most + 1], world.Now));
        Assert.Equal(0, relayed);

        host.Hear(Query("ask", 50, 2, QueryMessage.FlagNoBroadcast, relays: 2));
        Assert.Null(host.Serf.Respond(
            host.Delivered.OfType<QueryEvent>().Last(), new byte[most], world.Now));
        Assert.Equal(2, relayed);
    }

    [Theory]
    [InlineData("_serf_install-key", "")]
    [InlineData("_serf_use-key", "")]
    [InlineData("_serf_remove-key", "")]
    [InlineData("_serf_remove-key", "0781a34b6579a0")]
    [InlineData("_serf_remove-key", "0781a34b6579a3010203")]
    [InlineData("_serf_list-keys", "")]
    public void Key_queries_without_a_key_and_with_an_empty_ring_are_answered(string name, string payload)
    {
        ClusterWorld world = new(9);
        SerfHost host = world.Add("n0", swim: SwimOptions.Lan with
        {
            Encryption = new Encryption(new Keyring(), new CountingEntropy(1), 1),
        });
        RecordingSink sink = Ask(host, new()
        {
            Name = ByteString.FromText(name), Payload = Convert.FromHexString(payload),
        });
        world.Run(1);
        Assert.True(sink.IsEnded);
        Assert.StartsWith("n0=\b", Assert.Single(sink.Lines));
        Assert.Equal("true", host.Stat("encrypted"));
    }

    [Theory]
    [InlineData(1, 130, 1)]
    [InlineData(3, 130, 0)]
    [InlineData(1, 60, 0)]
    public void A_key_list_of_which_not_one_key_fits_is_not_sent(int keyCount, int limit, int answers)
    {
        ClusterWorld world = new(10);
        Keyring ring = new();
        for (byte number = 1; number <= keyCount; number++)
        {
            byte[] key = new byte[16];
            key[0] = number;
            ring.Add(key);
        }

        SerfHost host = world.Add(
            "n0", ClusterWorld.Plain with { QueryResponseSizeMax = limit },
            SwimOptions.Lan with { Encryption = new Encryption(ring, new CountingEntropy(1), 1) });
        RecordingSink sink = Ask(host, new() { Name = ByteString.FromText("_serf_list-keys") });
        world.Run(4);
        Assert.True(sink.IsEnded);
        Assert.Equal(answers, sink.Lines.Count);
        Assert.Equal(answers == 0, host.Lines.Exists(
            line => line.Contains("Failed to respond to query '_serf_list-keys': response exceeds limit of")));
    }

    [Fact]
    public void The_expressions_of_the_last_queries_are_kept_and_no_more()
    {
        ExpressionCache cache = new();
        Assert.True(cache.TryGet("^(a|b)$"u8, out Expression? first, out string? error));
        Assert.Null(error);
        Assert.True(cache.TryGet("^(a|b)$"u8, out Expression? again, out _));
        Assert.Same(first, again);
        Assert.False(cache.TryGet("("u8, out _, out error));
        Assert.Equal("error parsing regexp: missing closing ): `(`", error);
        for (int number = 0; number < Limits.ExpressionsKept; number++)
        {
            Assert.True(cache.TryGet(Encoding.ASCII.GetBytes($"(x){number}"), out Expression? other, out _));
            Assert.True(other.Matches(Encoding.ASCII.GetBytes($"x{number}")));
            Assert.False(other.Matches("a"u8));
        }

        Assert.True(cache.TryGet("^(a|b)$"u8, out Expression? anew, out _));
        Assert.NotSame(first, anew);
        Assert.True(anew.Matches("a"u8));
        Assert.True(cache.TryGet(""u8, out Expression? empty, out _));
        Assert.True(empty.Matches("anything"u8));
    }

    [Fact]
    public void A_query_by_tag_that_concerns_others_costs_no_memory_when_it_is_asked_again()
    {
        ClusterWorld world = new(11);
        SerfHost host = world.Add("n0", ClusterWorld.Plain with { Tags = SerfHost.TagsOf(("role", "web-1")) });
        host.Metrics.Records = false;
        byte[] filters = QuerySelection.Encode(_load with
        {
            FilterTags = SerfHost.TagsOf(("role", "^(db|cache)-[0-9]+$")),
        });
        byte[][] queries = [.. Enumerable.Range(0, 1500).Select(
            number => Query("ask", 100 + (ulong)number, 1, QueryMessage.FlagNoBroadcast, filters: filters))];
        ISwimObserver observer = host.Serf;
        foreach (byte[] query in queries.AsSpan(0, 1000))
        {
            observer.UserMessage(query, world.Now);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        foreach (byte[] query in queries.AsSpan(1000))
        {
            observer.UserMessage(query, world.Now);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal("1600", host.Stat("query_time"));
        Assert.Equal(0, host.CountOf("query: ask"));
    }

    private static readonly NodeAddress _asker = NodeAddress.FromIPv4(0x0A0000FA, 7946);

    /// <summary>Answers are relayed for members only. This one is no relay itself: it is too old.</summary>
    private static void AdmitAsker(ClusterWorld world, SerfHost host) =>
        host.Node.Receive(_asker, SwimMessage.Alive("asker", _asker, versions: [1, 4, 2, 2, 5, 5]), world.Now);

    private static RecordingSink Ask(SerfHost host, QueryParameters parameters)
    {
        RecordingSink sink = new();
        Assert.Null(host.BeginQuery(parameters, sink));
        return sink;
    }

    private static void Answer(ClusterWorld world, SerfHost host, string text) => Assert.Null(host.Serf.Respond(
        host.Delivered.OfType<QueryEvent>().Last(), Encoding.ASCII.GetBytes(text), world.Now));

    private static byte[] Query(
        string name, ulong time, uint id = 1, uint flags = 0, byte relays = 0, byte[]? filters = null) =>
        ClusterQueryTests.Message(new()
        {
            LamportTime = time, Id = id, Address = [10, 0, 0, 0xFA], Port = 7946, SourceNode = "asker"u8,
            Flags = flags, RelayFactor = relays, Timeout = 5_000_000_000, Name = Encoding.ASCII.GetBytes(name),
            Filters = filters,
        });

    private static byte[] Response(QueryEvent query, string from)
    {
        QueryResponseMessage response = new()
        {
            LamportTime = query.LamportTime, Id = query.Id, From = Encoding.ASCII.GetBytes(from), Payload = "x"u8,
        };
        byte[] message = new byte[SerfCodec.SizeOf(response)];
        SerfCodec.Write(response, message);
        return message;
    }
}
