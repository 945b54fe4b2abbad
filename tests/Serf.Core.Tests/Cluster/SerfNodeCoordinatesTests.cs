using System;
using System.Collections.Generic;
using System.Linq;
using Serf.Cluster;
using Serf.Coordinates;
using Serf.Core.Tests.Coordinates;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Cluster;

/// <summary>Coordinates in the acks of a Serf node (spec serf 9.6, 9.7, 14.9 items 9 to 11).</summary>
public sealed class SerfNodeCoordinatesTests
{
    private const int AckPayloadSize = 130;
    private static readonly Instant Start = new(1_000_000_000);
    private static readonly TimeSpan RoundTrip = TimeSpan.FromMilliseconds(40);

    [Fact]
    public void Two_nodes_learn_from_pings_how_far_apart_they_are()
    {
        Pair pair = new(new(), new());
        pair.Run(TimeSpan.FromSeconds(60));

        foreach ((TestNode node, TestNode peer) in new[] { (pair.Left, pair.Right), (pair.Right, pair.Left) })
        {
            Coordinate own = node.Node.GetCoordinate()!;
            Coordinate cached = node.Node.GetCachedCoordinate(peer.Name.Span)!;
            Assert.NotEqual(new double[8], own.Vector.ToArray());
            Assert.InRange(own.NanosecondsTo(peer.Node.GetCoordinate()!), 30_000_000, 50_000_000);
            Assert.InRange(own.NanosecondsTo(cached), 30_000_000, 50_000_000);
            Assert.Equal(Describe(own), Describe(node.Node.GetCachedCoordinate(node.Name.Span)));
            Assert.True(own.Error < 1.5);
            Assert.Equal(0, node.Node.RejectedCoordinateCount);
            Assert.Equal("0", node.Stat("coordinate_resets"));
        }
    }

    [Fact]
    public void A_node_without_coordinates_neither_gives_nor_takes_any()
    {
        Pair pair = new(new(), new() { DisableCoordinates = true });
        pair.Run(TimeSpan.FromSeconds(20));

        Assert.Null(pair.Right.Node.GetCoordinate());
        Assert.Null(pair.Right.Node.GetCachedCoordinate(pair.Right.Name.Span));
        Assert.Null(pair.Right.Node.GetCachedCoordinate(pair.Left.Name.Span));
        Assert.Null(pair.Right.Stat("coordinate_resets"));
        Assert.Equal(0, pair.Right.Observer.WriteAckPayload(new byte[AckPayloadSize]));
        Assert.Equal(new double[8], pair.Left.Node.GetCoordinate()!.Vector.ToArray());
        Assert.Null(pair.Left.Node.GetCachedCoordinate(pair.Right.Name.Span));
        Assert.DoesNotContain(
            pair.Left.Effects.Lines, line => line.Contains("coordinate", StringComparison.Ordinal));
        Assert.True(pair.Pings > 10);
    }

    [Fact]
    public void A_fresh_node_acks_with_the_origin_and_has_it_under_its_own_name()
    {
        TestNode node = new("left", new());
        byte[] payload = new byte[AckPayloadSize];

        Assert.Equal(AckPayloadSize, node.Observer.WriteAckPayload(payload));

        Assert.Equal(
            "0184aa41646a7573746d656e74cb0000000000000000a54572726f72cb3ff8000000000000a6486569676874"
            + "cb3ee4f8b588e368f1a356656398" + string.Concat(Enumerable.Repeat("cb0000000000000000", 8)),
            Convert.ToHexStringLower(payload));
        Assert.Equal(Describe(node.Node.GetCoordinate()), Describe(node.Node.GetCachedCoordinate("left"u8)));
        Assert.Null(node.Node.GetCachedCoordinate("nobody"u8));
    }

    [Fact]
    public void The_reset_counter_stands_first_among_the_ordered_statistics()
    {
        TestNode node = new("left", new());
        string[] keys = [.. node.Node.Stats().Select(entry => entry.Key)];

        Assert.Equal("coordinate_resets", keys[0]);
        Assert.Equal(keys.Order(StringComparer.Ordinal), keys);
    }

    [Theory]
    [InlineData("0280", "Err serf: Unsupported ping version: 2", 0)]
    [InlineData("01", "Err serf: Failed to decode coordinate from ping: NeedMore", 0)]
    [InlineData("01a178", "Err serf: Failed to decode coordinate from ping: Mismatch", 0)]
    [InlineData("0181a3566563dc7fff", "Err serf: Failed to decode coordinate from ping: TooLarge", 0)]
    [InlineData("0180", "Trace serf: Rejected coordinate from peer: dimensions aren't compatible", 1)]
    [InlineData(
        "0181a3566563dc001000000000000000000000000000000000",
        "Trace serf: Rejected coordinate from peer: dimensions aren't compatible", 1)]
    [InlineData(
        "0182a3566563980000000000000000a54572726f72ca7f800000",
        "Trace serf: Rejected coordinate from peer: coordinate is invalid", 1)]
    public void What_is_no_coordinate_of_ours_is_logged_and_changes_nothing(
        string hex, string line, int rejected)
    {
        TestNode node = new("left", new());
        Member peer = node.Meet("peer");
        byte[] before = new byte[AckPayloadSize];
        byte[] after = new byte[AckPayloadSize];
        node.Observer.WriteAckPayload(before);

        node.Observer.PingCompleted(peer, RoundTrip, Convert.FromHexString(hex), Start);

        Assert.Equal(line, node.Effects.Lines[^1]);
        Assert.Equal(rejected, node.Node.RejectedCoordinateCount);
        Assert.Null(node.Node.GetCachedCoordinate("peer"u8));
        Assert.Equal(AckPayloadSize, node.Observer.WriteAckPayload(after));
        Assert.Equal(before, after);
    }

    [Fact]
    public void A_round_trip_that_is_too_long_is_rejected_and_a_flood_of_them_is_not_all_logged()
    {
        TestNode node = new("left", new());
        Member peer = node.Meet("peer");
        int before = node.Effects.Lines.Count;
        for (int count = 0; count < 100; count++)
        {
            node.Observer.PingCompleted(peer, TimeSpan.FromSeconds(10.5), Payload(0.01), Start);
        }

        Assert.Equal(
            "Trace serf: Rejected coordinate from peer: round trip time not in valid range, "
            + "duration 10.5s is not a positive value less than 10s ",
            node.Effects.Lines[before]);
        Assert.Equal(before + Limits.RefusalLogCountMax, node.Effects.Lines.Count);
        Assert.Equal(100, node.Node.RejectedCoordinateCount);
        Assert.Null(node.Node.GetCachedCoordinate("peer"u8));
    }

    [Fact]
    public void Nothing_is_learned_from_an_empty_payload_or_from_a_stranger()
    {
        TestNode node = new("left", new());
        Member peer = node.Meet("peer");
        string before = Describe(node.Node.GetCoordinate());
        int lines = node.Effects.Lines.Count;

        node.Observer.PingCompleted(peer, RoundTrip, default, Start);
        Member stranger = new(ByteString.FromText("stranger"));
        node.Observer.PingCompleted(stranger, RoundTrip, Payload(0.01), Start);

        Assert.Equal(before, Describe(node.Node.GetCoordinate()));
        Assert.Null(node.Node.GetCachedCoordinate("stranger"u8));
        Assert.Equal(lines, node.Effects.Lines.Count);
    }

    [Fact]
    public void What_is_accepted_is_cached_and_counted()
    {
        TestNode node = new("left", new());
        Member peer = node.Meet("peer");

        node.Observer.PingCompleted(peer, TimeSpan.Zero, Payload(0.01), Start);
        Assert.Equal(1, node.Node.ZeroRoundTripCount);
        node.Observer.PingCompleted(peer, RoundTrip, Payload(0.02), Start);

        Coordinate cached = node.Node.GetCachedCoordinate("peer"u8)!;
        Assert.Equal(0.02, cached.Vector[0]);
        Assert.Equal((1.5, 0.0, 1e-5), (cached.Error, cached.Adjustment, cached.Height));
        Assert.Equal((1, 0), (node.Node.ZeroRoundTripCount, node.Node.RejectedCoordinateCount));
        Assert.True(node.Node.LastCoordinateMoveMilliseconds > 0.0);

        // What was handed out does not move with later pings.
        node.Observer.PingCompleted(peer, RoundTrip, Payload(0.03), Start);
        Assert.Equal(0.02, cached.Vector[0]);
        Assert.Equal(0.03, node.Node.GetCachedCoordinate("peer"u8)!.Vector[0]);
    }

    [Fact]
    public void A_reaped_member_takes_its_coordinate_and_its_latencies_along()
    {
        TestNode node = new("left", new() { ReconnectTimeout = TimeSpan.FromMinutes(1) });
        Member peer = node.Meet("peer");
        for (int count = 0; count < 3; count++)
        {
            node.Observer.PingCompleted(peer, TimeSpan.FromSeconds(1), Payload(0.01), Start);
        }

        node.Observer.MemberLeft(peer, Start);
        Assert.NotNull(node.Node.GetCachedCoordinate("peer"u8));
        node.Node.Advance(Start + TimeSpan.FromMinutes(2));

        Assert.DoesNotContain(node.Node.Members(), member => member.Name == peer.Name);
        Assert.Null(node.Node.GetCachedCoordinate("peer"u8));

        // Back again, one short round trip counts at once: the long ones would still be the median.
        node.Meet("peer");
        Coordinate own = node.Node.GetCoordinate()!;
        node.Observer.PingCompleted(peer, TimeSpan.FromMilliseconds(1), Payload(0.01), Start);
        Coordinate place = node.Node.GetCachedCoordinate("peer"u8)!;
        Assert.True(node.Node.GetCoordinate()!.RawSecondsTo(place) < own.RawSecondsTo(place));
    }

    [Fact]
    public void A_steady_exchange_of_coordinates_allocates_nothing()
    {
        TestNode node = new("left", new());
        Member peer = node.Meet("peer");
        byte[] received = Payload(0.01);
        byte[] sent = new byte[Limits.AckPayloadSizeMax];
        Exchange(node, peer, received, sent, count: 100);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Exchange(node, peer, received, sent, count: 1000);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);
        Assert.Equal(0, node.Node.RejectedCoordinateCount);
    }

    private static void Exchange(TestNode node, Member peer, byte[] received, byte[] sent, int count)
    {
        for (int index = 0; index < count; index++)
        {
            node.Observer.PingCompleted(peer, RoundTrip, received, Start);
            node.Observer.WriteAckPayload(sent);
        }
    }

    private static string Describe(Coordinate? coordinate) => CoordinateVectors.Describe(coordinate!);

    private static byte[] Payload(double first)
    {
        CoordinateMessage message = new()
        {
            Vector = [first, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
            Error = 1.5,
            Height = 1e-5,
        };
        byte[] payload = new byte[1 + CoordinateCodec.SizeOf(message)];
        payload[0] = 1;
        CoordinateCodec.Write(message, payload.AsSpan(1));
        return payload;
    }

    /// <summary>One started node whose effects are recorded.</summary>
    private sealed class TestNode
    {
        public TestNode(string name, SerfOptions options)
        {
            Name = ByteString.FromText(name);
            Address = NodeAddress.FromIPv4(0x7F000000 + (uint)name.Length, 7946);
            SwimOptions swim = new() { Name = Name, AdvertiseAddress = Address };
            Node = new SerfNode(options, swim, Effects, Effects, (ulong)name.Length);
            Node.Start(Start);
        }

        public ByteString Name { get; }

        public NodeAddress Address { get; }

        public RecordingEffects Effects { get; } = new();

        public SerfNode Node { get; }

        public ISwimObserver Observer => Node;

        public string? Stat(string key) => Node.Stats().FirstOrDefault(entry => entry.Key == key).Value;

        /// <summary>A member the gossip layer tells of.</summary>
        public Member Meet(string name)
        {
            Member member = new(ByteString.FromText(name))
            {
                Address = NodeAddress.FromIPv4(0x7F000009, 7946),
                Versions = new NodeVersions(1, 5, 2, 2, 5, 5),
                State = MemberState.Alive,
            };
            Observer.MemberJoined(member, Start);
            return member;
        }

        /// <summary>A packet that tells of this node.</summary>
        public byte[] Announcement()
        {
            Alive alive = new()
            {
                Incarnation = 1,
                Node = Name.Span,
                Address = [127, 0, 0, (byte)Name.Length],
                Port = 7946,
                Meta = Observer.LocalMeta,
                Versions = [1, 5, 2, 2, 5, 5],
            };
            byte[] packet = new byte[SwimCodec.SizeOf(alive)];
            SwimCodec.Write(alive, packet);
            return packet;
        }
    }

    /// <summary>Two nodes, and packets that take half a round trip. Streams lead nowhere.</summary>
    private sealed class Pair
    {
        private readonly PriorityQueue<(TestNode To, TestNode From, byte[] Packet), (long At, long Order)>
            _packets = new();

        private long _order;

        public Pair(SerfOptions left, SerfOptions right)
        {
            Left = new TestNode("left", left);
            Right = new TestNode("right", right);
            Left.Node.Swim.Receive(Right.Address, Right.Announcement(), Start);
            Right.Node.Swim.Receive(Left.Address, Left.Announcement(), Start);
        }

        public TestNode Left { get; }

        public TestNode Right { get; }

        public int Pings { get; private set; }

        public void Run(TimeSpan time)
        {
            Instant now = Start;
            Instant end = Start + time;
            while (now <= end)
            {
                while (_packets.TryPeek(out _, out (long At, long Order) due) && due.At <= now.Nanoseconds)
                {
                    (TestNode target, TestNode source, byte[] packet) = _packets.Dequeue();
                    target.Node.Swim.Receive(source.Address, packet, now);
                }

                Left.Node.Advance(now);
                Right.Node.Advance(now);
                Take(Left, Right, now);
                Take(Right, Left, now);
                Instant next = Instant.Min(Left.Node.NextDeadline, Right.Node.NextDeadline);
                if (_packets.TryPeek(out _, out (long At, long Order) first))
                {
                    next = Instant.Min(next, new(first.At));
                }

                now = next > now ? next : now + TimeSpan.FromTicks(1);
            }
        }

        private void Take(TestNode source, TestNode target, Instant now)
        {
            foreach ((NodeAddress address, byte[] packet) in source.Effects.Packets)
            {
                Assert.Equal(target.Address, address);
                Pings++;
                _packets.Enqueue(
                    (target, source, packet), ((now + (RoundTrip / 2)).Nanoseconds, _order++));
            }

            source.Effects.Packets.Clear();
        }
    }
}
