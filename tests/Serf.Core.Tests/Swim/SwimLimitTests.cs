using System;
using System.Linq;
using System.Text;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Swim;

public sealed class SwimLimitTests
{
    private static readonly NodeAddress Stranger = NodeAddress.FromIPv4(0x0A0000FE, 7946);

    [Fact]
    public void An_indirect_ping_for_a_name_longer_than_a_packet_is_refused()
    {
        PacketLog log = new();
        SwimNode node = log.Start();
        Receive(node, new IndirectPing { Node = new byte[70_000], Target = [10, 0, 0, 9], Port = 7946 });
        Receive(node, new IndirectPing { Node = new byte[1025], Target = [10, 0, 0, 9], Port = 7946 });
        Assert.Equal(0, log.Count);

        Receive(node, new IndirectPing { Node = new byte[1024], Target = [10, 0, 0, 9], Port = 7946 });
        Assert.Equal(1, log.Count);
    }

    [Theory]
    [InlineData(65_534, true)]
    [InlineData(65_535, false)]
    [InlineData(3_000_000, false)]
    public void A_user_message_larger_than_any_packet_is_not_sent(int size, bool sent)
    {
        PacketLog log = new();
        SwimNode node = log.Start();
        Assert.Equal(sent, node.SendUserMessage(Stranger, new byte[size], checksum: false));
        Assert.Equal(sent ? 1 : 0, log.Count);
    }

    [Fact]
    public void A_message_that_no_packet_has_room_for_is_not_queued()
    {
        SwimWorld world = new(1);
        SwimNode node = world.Add("n0").Node;
        int before = node.Broadcasts.Count;
        node.Receive(Stranger, AliveOf(new string('x', 1000), 512), world.Now);
        Assert.Equal(2, node.Members.Count);
        Assert.Equal(before, node.Broadcasts.Count);

        // The longest that fits does leave, in a packet of the full budget.
        int room = node.Options.BroadcastSizeMax - AliveOf(new string('y', 900), 0).Length;
        node.Receive(Stranger, AliveOf(new string('y', 900), room - 2), world.Now);
        Assert.Equal(before + 1, node.Broadcasts.Count);
        world.Run(TimeSpan.FromSeconds(20));
        Assert.Equal(0, node.Broadcasts.Count);
    }

    [Fact]
    public void The_records_of_all_members_stay_below_what_a_push_pull_can_carry()
    {
        SwimWorld world = new(2);
        SwimHost host = world.Add("n0");
        int count = 0;
        while (host.Node.Members.Count == count + 1)
        {
            count++;
            string name = "n" + new string((char)('a' + (count % 26)), 1000 - (count / 26 % 500)) + count;
            host.Node.Receive(Stranger, AliveOf(name, 512), world.Now);
        }

        Assert.InRange(count, 12_000, 30_000);
        Assert.Contains(host.Lines, line => line.Contains("is one node too many"));

        // Nor do those that are there grow beyond it.
        for (int grown = 0; grown < 3; grown++)
        {
            host.Node.Receive(Stranger, AliveOf("g" + grown, 0), world.Now);
        }

        host.Node.Receive(Stranger, AliveOf("g0", 512, 2), world.Now);
        host.Node.Receive(Stranger, AliveOf("g1", 512, 2), world.Now);
        host.Node.Receive(Stranger, AliveOf("g2", 512, 2), world.Now);
        Assert.True(host.Node.Find("g2"u8) is not { Meta.Length: > 0 });
    }

    [Fact]
    public void Accepted_streams_take_no_place_of_our_own()
    {
        SwimWorld world = new(3);
        SwimHost host = world.Add("n0");
        for (int count = 0; count < Limits.StreamCountMax; count++)
        {
            Assert.NotEqual(StreamId.None, host.Node.StreamAccepted(Stranger, world.Now));
        }

        SwimHost other = world.Add("n1");
        host.Node.Receive(Stranger, AliveOf("n1", 0, 1, other.Address), world.Now);
        host.Exchanges.Clear();
        host.Node.PushPull(other.Address, join: true, world.Now);
        world.Run(TimeSpan.FromSeconds(2));
        Assert.Equal([null], host.Exchanges);
    }

    [Fact]
    public void Idle_streams_do_not_keep_a_newer_one_out()
    {
        SwimWorld world = new(6);
        SwimHost host = world.Add("n0");
        for (int count = 0; count < 2 * Limits.StreamCountMax; count++)
        {
            Assert.NotEqual(StreamId.None, host.Node.StreamAccepted(Stranger, world.Now));
        }

        int gone = host.Lines.Count(line => line.Contains("gave way to a newer stream"));
        Assert.InRange(gone, 1, Limits.RefusalLogCountMax);
        StreamId last = host.Node.StreamAccepted(Stranger, world.Now);
        byte[] message = new byte[64];
        message[0] = (byte)MessageType.User;
        int size = 1 + SwimCodec.Write(new UserStreamHeader { MessageSize = 2 }, message.AsSpan(1));
        message[size] = message[size + 1] = (byte)'x';
        host.Node.StreamReceived(last, message.AsSpan(0, size + 2), world.Now);
        Assert.Equal(["xx"], host.Messages);
    }

    [Fact]
    public void Unfinished_streams_hold_a_bounded_number_of_bytes()
    {
        SwimWorld world = new(4);
        SwimHost host = world.Add("n0");
        byte[] head = new byte[64];
        UserStreamHeader header = new() { MessageSize = Limits.StreamSizeMax };
        head[0] = (byte)MessageType.User;
        int size = 1 + SwimCodec.Write(header, head.AsSpan(1));
        byte[] content = new byte[4 * 1024 * 1024];
        int full = Limits.StreamTotalSizeMax / content.Length;
        for (int count = 0; count < full; count++)
        {
            Assert.DoesNotContain(host.Lines, line => line.Contains("too many bytes"));
            StreamId stream = host.Node.StreamAccepted(Stranger, world.Now);
            host.Node.StreamReceived(stream, head.AsSpan(0, size), world.Now);
            host.Node.StreamReceived(stream, content, world.Now);
        }

        Assert.Contains(host.Lines, line => line.Contains("too many bytes in unfinished streams"));

        // The largest goes: a small one that makes it too much again is finished all the same.
        StreamId small = host.Node.StreamAccepted(Stranger, world.Now);
        byte[] piece = new byte[64];
        piece[0] = (byte)MessageType.User;
        int head2 = 1 + SwimCodec.Write(new UserStreamHeader { MessageSize = 2 }, piece.AsSpan(1));
        int left = Limits.StreamTotalSizeMax - ((full - 1) * (size + content.Length));
        StreamId filler = host.Node.StreamAccepted(Stranger, world.Now);
        host.Node.StreamReceived(filler, head.AsSpan(0, size), world.Now);
        host.Node.StreamReceived(filler, content.AsSpan(0, left - size), world.Now);
        host.Lines.Clear();
        host.Node.StreamReceived(small, piece.AsSpan(0, head2 + 1), world.Now);
        Assert.Contains(host.Lines, line => line.Contains("too many bytes"));
        host.Node.StreamReceived(small, "x"u8, world.Now);
        Assert.Single(host.Messages);
        world.Run(TimeSpan.FromSeconds(11));
        host.Lines.Clear();
        StreamId later = host.Node.StreamAccepted(Stranger, world.Now);
        host.Node.StreamReceived(later, head.AsSpan(0, size), world.Now);
        host.Node.StreamReceived(later, content, world.Now);
        Assert.DoesNotContain(host.Lines, line => line.Contains("too many bytes"));
    }

    [Fact]
    public void Long_names_of_peers_are_cut_in_the_log()
    {
        SwimWorld world = new(5);
        SwimHost host = world.Add("n0");
        byte[] name = Encoding.ASCII.GetBytes(new string('x', 60_000));
        byte[] packet = new byte[70_000];
        int size = SwimCodec.Write(new Ping { Node = name }, packet);
        host.Node.Receive(Stranger, packet.AsSpan(0, size), world.Now);
        Suspect accused = new() { Node = "n0"u8, From = name, Incarnation = 1 };
        host.Node.Receive(Stranger, packet.AsSpan(0, SwimCodec.Write(accused, packet)), world.Now);
        Assert.Contains(host.Lines, line => line.Contains("ping for unexpected node 'xxx"));
        Assert.All(host.Lines, line => Assert.True(line.Length < 400));
        Assert.Equal(1u, host.Node.Self.Incarnation);
    }

    private static void Receive(SwimNode node, in IndirectPing request)
    {
        // Larger than a datagram: such a one comes compressed.
        byte[] message = new byte[SwimCodec.SizeOf(request)];
        SwimCodec.Write(request, message);
        byte[] packed = new byte[CompressHeader.SizeMax + LzwEncoder.SizeMax(message.Length)];
        Assert.True(new LzwEncoder().TryEncode(message, packed.AsSpan(CompressHeader.SizeMax), out int size));
        int head = CompressHeader.SizeOf(size);
        CompressHeader.Write(size, packed.AsSpan(CompressHeader.SizeMax - head));
        node.Receive(Stranger, packed.AsSpan(CompressHeader.SizeMax - head, head + size), new Instant(1));
    }

    private static byte[] AliveOf(
        string name, int metaSize, uint incarnation = 1, NodeAddress? address = null)
    {
        byte[] ip = new byte[16];
        int ipSize = (address ?? NodeAddress.FromIPv4(0x0A000009, 7946)).WriteIp(ip);
        Alive alive = new()
        {
            Incarnation = incarnation,
            Node = Encoding.UTF8.GetBytes(name),
            Address = ip.AsSpan(0, ipSize),
            Port = 7946,
            Meta = new byte[metaSize],
            Versions = [1, 5, 2, 2, 5, 5],
        };
        byte[] packet = new byte[SwimCodec.SizeOf(alive)];
        SwimCodec.Write(alive, packet);
        return packet;
    }
}
