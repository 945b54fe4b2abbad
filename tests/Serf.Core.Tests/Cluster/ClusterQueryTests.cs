using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Serf.Cluster;
using Serf.Core.Tests.Swim;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Cluster;

/// <summary>Queries of a stranger to a cluster: filters, answers, relays (spec serf 6.5 to 6.9).</summary>
public sealed class ClusterQueryTests
{
    private static readonly NodeAddress AskerAddress = NodeAddress.FromIPv4(0x0A0000FA, 7946);

    /// <summary>The message, type byte first.</summary>
    public static byte[] Message(in QueryMessage query)
    {
        byte[] message = new byte[SerfCodec.SizeOf(query)];
        SerfCodec.Write(query, message);
        return message;
    }

    [Fact]
    public void Every_node_acknowledges_and_the_application_answers_once()
    {
        ClusterWorld world = ClusterWorld.Joined(4, 1);
        SwimHost asker = Asker(world);
        world.Hosts[0].Hear(Ask("load", QueryMessage.FlagAck));
        world.Run(3);

        Assert.Equal(["n0", "n1", "n2", "n3"], Answers(asker).Where(one => one.IsAck).Select(one => one.From).Order());
        Assert.All(world.Hosts, host => Assert.Equal(["query: load"], host.Events));
        SerfHost responder = world.Hosts[2];
        QueryEvent query = Assert.IsType<QueryEvent>(Assert.Single(responder.Delivered));
        Assert.Equal("payload", Encoding.ASCII.GetString(query.Payload!));
        Assert.Null(responder.Serf.Respond(query, "42"u8, world.Now));
        Assert.Equal("response already sent", responder.Serf.Respond(query, "43"u8, world.Now));
        world.Run(1);
        Answer only = Assert.Single(Answers(asker), one => !one.IsAck);
        Assert.Equal(("n2", "42", 7UL, 99U), (only.From, only.Payload, only.Time, only.Id));
    }

    [Fact]
    public void Without_the_flag_nobody_acknowledges()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 2);
        SwimHost asker = Asker(world);
        world.Hosts[0].Hear(Ask("load", 0));
        world.Run(3);
        Assert.Empty(asker.RawMessages);
        Assert.All(world.Hosts, host => Assert.Equal(["query: load"], host.Events));
    }

    [Fact]
    public void A_query_not_to_be_passed_on_stays_where_it_came_to()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 3);
        Asker(world);
        world.Hosts[0].Hear(Ask("load", QueryMessage.FlagNoBroadcast));
        world.Run(3);
        Assert.Equal(["query: load"], world.Hosts[0].Events);
        Assert.Empty(world.Hosts[1].Events);
    }

    [Fact]
    public void An_answer_at_the_limit_goes_out_above_it_or_late_it_does_not()
    {
        ClusterWorld world = ClusterWorld.Joined(1, 4);
        SwimHost asker = Asker(world);
        SerfHost host = world.Hosts[0];
        host.Hear(Ask("load", 0));
        QueryEvent query = (QueryEvent)host.Delivered[0];
        QueryResponseMessage response = new()
        {
            LamportTime = 7, Id = 99, From = "n0"u8, Payload = new byte[900],
        };
        int most = 900 + 1024 - SerfCodec.SizeOf(response);
        Assert.Equal(
            "response exceeds limit of 1024 bytes", host.Serf.Respond(query, new byte[most + 1], world.Now));
        Assert.Null(host.Serf.Respond(query, new byte[most], world.Now));
        world.Run(0.1);
        Assert.Equal(1024, Assert.Single(asker.RawMessages).Length);

        host.Hear(Ask("again", 0, id: 100));
        QueryEvent late = (QueryEvent)host.Delivered[1];
        world.Run(5);
        Assert.Equal(late.Deadline, world.Now);
        world.Run(0.001);
        Assert.Equal("response is past the deadline", host.Serf.Respond(late, default, world.Now));
        Assert.False(late.Responded);
    }

    [Fact]
    public void A_refused_send_may_be_tried_again()
    {
        ClusterWorld world = ClusterWorld.Joined(1, 5);
        SwimHost asker = Asker(world);
        SerfHost host = world.Hosts[0];
        QueryEvent query = (QueryEvent)Ask(host, 1);
        host.RefusesPackets = true;
        Assert.Contains("failed to send", host.Serf.Respond(query, "x"u8, world.Now));
        host.RefusesPackets = false;
        Assert.Null(host.Serf.Respond(query, "x"u8, world.Now));
        world.Run(1);
        Assert.Single(asker.RawMessages);
    }

    [Fact]
    public void A_query_is_recognised_by_time_and_id_within_the_window()
    {
        ClusterWorld world = ClusterWorld.Joined(1, 6);
        SerfHost host = world.Hosts[0];
        host.Hear(Ask("a", 0, id: 1));
        host.Hear(Ask("a", 0, id: 1));
        host.Hear(Ask("b", 0, id: 2));
        host.Hear(Ask("c", 0, id: 3, time: 1511));
        host.Hear(Ask("d", 0, id: 4, time: 1000));
        host.Hear(Ask("e", 0, id: 5, time: 999));
        Assert.Equal(["query: a", "query: b", "query: c", "query: d"], host.Events);
        Assert.Equal("1512", host.Stat("query_time"));
        for (uint id = 100; id < 100 + (2 * Limits.QueriesPerTimeMax); id++)
        {
            host.Hear(Ask("flood", 0, id, time: 1600));
        }

        Assert.Equal(Limits.QueriesPerTimeMax, host.CountOf("query: flood"));
    }

    [Theory]
    [InlineData("00 91 a2 6e30", true)] // node filter: n0
    [InlineData("00 92 a1 78 a2 6e30", true)]
    [InlineData("00 91 a2 6e31", false)]
    [InlineData("00 90", false)]
    [InlineData("00 c0", false)]
    [InlineData("00 91 05", false)]
    [InlineData("00", false)]
    [InlineData("", false)]
    [InlineData("01 82 a4 45787072 a3 776562 a3 546167 a4 726f6c65", true)] // Expr web, Tag role
    [InlineData("01 82 a3 546167 a4 726f6c65 a4 45787072 a2 5e77", true)] // ^w
    [InlineData("01 82 a4 45787072 a2 6462 a3 546167 a4 726f6c65", false)] // db
    [InlineData("01 82 a4 45787072 a2 5e24 a3 546167 a4 6e6f6e65", true)] // ^$ on a missing tag
    [InlineData("01 82 a4 45787072 a1 28 a3 546167 a4 726f6c65", false)] // (
    [InlineData("01 c1", false)]
    [InlineData("02 90", false)]
    [InlineData("ff", false)]
    public void A_filter_decides_who_is_concerned_but_not_who_passes_on(string hex, bool concerned)
    {
        ClusterWorld world = new(7);
        SerfHost host = world.Add(
            "n0", ClusterWorld.Plain with { Tags = SerfHost.TagsOf(("role", "web")) });
        byte[] filter = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        host.Hear(Ask("load", 0, filters: [0x91, 0xC4, (byte)filter.Length, .. filter]));
        Assert.Equal(concerned ? 1 : 0, host.CountOf("query: load"));
        Assert.Equal("1", host.Stat("query_queue"));
    }

    [Fact]
    public void All_filters_have_to_pass()
    {
        ClusterWorld world = new(8);
        SerfHost host = world.Add("n0");
        byte[] mine = [0xC4, 5, 0, 0x91, 0xA2, .. "n0"u8];
        byte[] other = [0xC4, 5, 0, 0x91, 0xA2, .. "n1"u8];
        host.Hear(Ask("both", 0, id: 1, filters: [0x92, .. mine, .. mine]));
        host.Hear(Ask("one", 0, id: 2, filters: [0x92, .. mine, .. other]));
        Assert.Equal(["member-join n0", "query: both"], host.Events);
    }

    [Fact]
    public void Answers_are_relayed_by_other_members_as_often_as_asked()
    {
        ClusterWorld world = ClusterWorld.Joined(6, 9);
        SwimHost asker = Asker(world);
        SerfHost host = world.Hosts[0];
        host.Node.Receive(AskerAddress, SwimMessage.Alive("asker", AskerAddress), world.Now);
        List<NodeAddress> targets = [];
        world.Net.PacketPasses = (from, to) =>
        {
            if (from == host && to != asker)
            {
                targets.Add(to.Address);
            }

            return true;
        };
        host.Hear(Ask("load", QueryMessage.FlagNoBroadcast | QueryMessage.FlagAck, relay: 3));

        // No time has passed: what went out is the ack and its copies.
        Assert.Equal(3, targets.Distinct().Count());
        Assert.Equal(3, targets.Count);
        Assert.DoesNotContain(host.Address, targets);

        // The relaying nodes do not know the asker yet, so nothing of theirs arrives.
        world.Run(0.01);
        Assert.Single(asker.RawMessages);
        Assert.Equal(3, world.Hosts.Sum(other => other.Lines.Count(line => line.Contains("Refusing to relay"))));
    }

    [Fact]
    public void A_relayed_answer_reaches_a_member_that_the_direct_one_does_not()
    {
        ClusterWorld world = ClusterWorld.Joined(4, 10, swim: SwimOptions.Lan with
        {
            GossipNodes = 0,
            ProbeInterval = TimeSpan.Zero,
        });
        SerfHost host = world.Hosts[0];
        SerfHost asker = world.Hosts[3];
        List<string> arrivals = [];
        world.Net.PacketPasses = (from, to) =>
        {
            if (from == host && to == asker)
            {
                return false;
            }

            arrivals.Add(from.Address + " " + to.Address);
            return true;
        };
        host.Hear(Message(new()
        {
            LamportTime = 7,
            Id = 99,
            Name = "load"u8,
            Address = [10, 0, 0, 4],
            Port = 7946,
            SourceNode = "n3"u8,
            Flags = QueryMessage.FlagNoBroadcast | QueryMessage.FlagAck,
            RelayFactor = 3,
            Timeout = 5_000_000_000,
        }));
        world.Run(0.01);
        Assert.Equal(
            ["10.0.0.1:7946 10.0.0.2:7946", "10.0.0.1:7946 10.0.0.3:7946",
                "10.0.0.2:7946 10.0.0.4:7946", "10.0.0.3:7946 10.0.0.4:7946"],
            arrivals.Order());
    }

    [Fact]
    public void An_answer_that_is_too_long_to_be_relayed_goes_out_all_the_same()
    {
        ClusterWorld world = ClusterWorld.Joined(4, 16);
        (SerfHost host, SerfHost asker) = (world.Hosts[0], world.Hosts[3]);
        host.Hear(Message(new()
        {
            LamportTime = 7, Id = 99, Name = "load"u8, Address = [10, 0, 0, 4], Port = 7946, SourceNode = "n3"u8,
            Flags = QueryMessage.FlagNoBroadcast, RelayFactor = 2, Timeout = 5_000_000_000,
        }));
        QueryEvent query = (QueryEvent)host.Delivered[^1];
        host.Records = true;
        Assert.Null(host.Serf.Respond(query, new byte[950], world.Now));
        Assert.Equal("response already sent", host.Serf.Respond(query, new byte[950], world.Now));
        Assert.Equal([asker.Address], host.Sent.ConvertAll(packet => packet.Target));
    }

    [Fact]
    public void With_too_few_members_nothing_is_relayed()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 11);
        SwimHost asker = Asker(world);
        SerfHost host = world.Hosts[0];
        host.Node.Receive(AskerAddress, SwimMessage.Alive("asker", AskerAddress), world.Now);
        int sent = 0;
        world.Net.PacketPasses = (from, to) =>
        {
            sent += from == host && to != asker ? 1 : 0;
            return true;
        };
        host.Hear(Ask("load", QueryMessage.FlagNoBroadcast | QueryMessage.FlagAck, id: 1, relay: 3));
        Assert.Equal(0, sent);
        host.Hear(Ask("load", QueryMessage.FlagNoBroadcast | QueryMessage.FlagAck, id: 2, relay: 2));
        Assert.Equal(1, sent);
        host.Hear(Ask("load", QueryMessage.FlagNoBroadcast | QueryMessage.FlagAck, id: 3, relay: 255));
        Assert.Equal(1, sent);
    }

    [Theory]
    [InlineData("n1", 2, 5, true)]
    [InlineData("", 2, 5, true)]
    [InlineData("n1", 9, 5, false)]
    [InlineData("nobody", 2, 5, false)]
    [InlineData("", 9, 5, false)]
    [InlineData("n1", 2, 3, false)]
    [InlineData("n1", 2, 0, false)]
    [InlineData("n1", 2, 9, false)]
    public void Only_answers_to_members_are_relayed(string name, byte lastByte, byte innerType, bool forwarded)
    {
        ClusterWorld world = ClusterWorld.Joined(2, 12);
        SerfHost host = world.Hosts[0];
        int sent = 0;
        world.Net.PacketPasses = (from, to) =>
        {
            sent += from == host && to.Address.Equals(world.Hosts[1].Address) ? 1 : 0;
            return true;
        };
        RelayHeader header = new()
        {
            Ip = [10, 0, 0, lastByte],
            Port = 7946,
            DestinationName = Encoding.ASCII.GetBytes(name),
        };
        byte[] head = new byte[SerfCodec.SizeOf(header)];
        SerfCodec.Write(header, head);
        host.Hear([.. head, innerType, 0x80]);
        Assert.Equal(forwarded ? 1 : 0, sent);
        Assert.Equal(!forwarded, host.Lines.Exists(line => line.Contains("Refusing to relay")));
    }

    [Fact]
    public void A_ping_is_acknowledged_and_kept_from_the_application()
    {
        Assert.Equal(
            ["ack"], Internal("_serf_ping", [], QueryMessage.FlagAck).Select(one => one.IsAck ? "ack" : "answer"));
        Assert.Empty(Internal("_serf_ping", [], 0));
        Assert.Empty(Internal("_serf_unheard-of", [], 0));
    }

    [Fact]
    public void A_conflict_query_is_answered_with_the_member_or_nil_and_not_about_oneself()
    {
        Assert.Empty(Internal("_serf_conflict", "n0"u8.ToArray(), 0));
        Answer unknown = Assert.Single(Internal("_serf_conflict", "who"u8.ToArray(), 0));
        Assert.Equal([6, 0xC0], unknown.Bytes);
        Answer known = Assert.Single(Internal("_serf_conflict", "n1"u8.ToArray(), 0));
        Assert.Equal(6, known.Bytes[0]);
        string text = Encoding.Latin1.GetString(known.Bytes);
        Assert.Contains("\u00a4Name\u00a2n1", text);
        Assert.Contains("\u00a6Status\u0001", text);
        Assert.Contains("\u00a4Addr\u00a4\u000a\0\0\u0002", text);
    }

    [Theory]
    [InlineData("_serf_install-key", "0781a34b6579a0", "No keyring to modify (encryption not enabled)")]
    [InlineData("_serf_use-key", "0781a34b6579a0", "No keyring to modify (encryption not enabled)")]
    [InlineData("_serf_remove-key", "ff81a34b6579a0", "No keyring to modify (encryption not enabled)")]
    [InlineData("_serf_install-key", "", "")]
    [InlineData("_serf_use-key", "07", "")]
    [InlineData("_serf_remove-key", "0793", "")]
    [InlineData("_serf_list-keys", "", "Keyring is empty (encryption not enabled)")]
    [InlineData("_serf_list-keys", "ffff", "Keyring is empty (encryption not enabled)")]
    public void Key_queries_are_answered_with_their_refusal(string name, string payload, string message)
    {
        Answer answer = Assert.Single(Internal(name, Convert.FromHexString(payload), 0));
        Assert.Equal(8, answer.Bytes[0]);
        Assert.Equal(ReadStatus.Ok, SerfCodec.TryRead(answer.Bytes.AsSpan(1), out KeyResponse response));
        Assert.False(response.Result);
        Assert.Equal(message, Encoding.ASCII.GetString(response.Message));
    }

    [Fact]
    public void A_query_without_a_place_to_answer_to_is_passed_on_and_nothing_more()
    {
        ClusterWorld world = new(13);
        SerfHost host = world.Add("n0");
        host.Hear(Message(new() { LamportTime = 3, Name = "a"u8, Port = 1, Address = [1, 2, 3] }));
        host.Hear(Message(new() { LamportTime = 4, Name = "a"u8, Port = 0, Address = [1, 2, 3, 4] }));
        Assert.Equal(0, host.CountOf("query: a"));
        Assert.Equal("2", host.Stat("query_queue"));
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(-1_000_000_000L)]
    [InlineData(long.MaxValue)]
    public void Strange_time_outs_give_a_deadline_and_nothing_else(long timeout)
    {
        ClusterWorld world = new(14);
        SerfHost host = world.Add("n0");
        host.Hear(Message(new()
        {
            LamportTime = 3, Name = "a"u8, Port = 1, Address = [1, 2, 3, 4], Timeout = timeout,
        }));
        QueryEvent query = (QueryEvent)host.Delivered[^1];
        Assert.Equal(timeout > 0, host.Serf.Respond(query, default, world.Now) is null);
    }

    private static SwimHost Asker(ClusterWorld world) =>
        world.Net.Add("asker", SwimOptions.Lan with { AdvertiseAddress = AskerAddress });

    private static SerfEvent Ask(SerfHost host, uint id)
    {
        host.Hear(Ask("ask", 0, id));
        return host.Delivered[^1];
    }

    private static byte[] Ask(
        string name, uint flags, uint id = 99, ulong time = 7, byte relay = 0, byte[]? filters = null,
        byte[]? payload = null) => Message(new()
        {
            LamportTime = time,
            Id = id,
            Address = [10, 0, 0, 0xFA],
            Port = 7946,
            SourceNode = "asker"u8,
            Filters = filters,
            Flags = flags,
            RelayFactor = relay,
            Timeout = 5_000_000_000,
            Name = Encoding.ASCII.GetBytes(name),
            Payload = payload ?? "payload"u8.ToArray(),
        });

    private static List<Answer> Internal(string name, byte[] payload, uint flags)
    {
        ClusterWorld world = ClusterWorld.Joined(2, 15);
        SwimHost asker = Asker(world);
        SerfHost host = world.Hosts[0];
        host.Hear(Ask(name, flags | QueryMessage.FlagNoBroadcast, payload: payload));
        world.Run(1);
        Assert.Empty(host.Delivered);
        return [.. Answers(asker)];
    }

    private static IEnumerable<Answer> Answers(SwimHost asker) => asker.RawMessages.Select(message =>
    {
        Assert.Equal((byte)SerfMessageType.QueryResponse, message[0]);
        Assert.Equal(ReadStatus.Ok, SerfCodec.TryRead(message.AsSpan(1), out QueryResponseMessage response));
        return new Answer(
            Encoding.UTF8.GetString(response.From),
            (response.Flags & QueryResponseMessage.FlagAck) != 0,
            response.Payload.ToArray(),
            response.LamportTime,
            response.Id);
    });

    private sealed record Answer(string From, bool IsAck, byte[] Bytes, ulong Time, uint Id)
    {
        public string Payload => Encoding.UTF8.GetString(Bytes);
    }
}
