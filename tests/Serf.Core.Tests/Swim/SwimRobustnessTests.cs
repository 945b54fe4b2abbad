using System;
using System.Linq;
using System.Text;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Swim;

public sealed class SwimRobustnessTests
{
    private static readonly NodeAddress Stranger = NodeAddress.FromIPv4(0x0A0000FE, 7946);

    [Fact]
    public void Random_and_damaged_packets_and_streams_never_throw()
    {
        SwimWorld world = new(1);
        SwimHost host = world.Add("n0");
        host.DropsStreams = true;
        Prng prng = new(7);
        byte[] bytes = new byte[300];
        byte[] alive = AliveOf("n1", 1, [10, 0, 0, 9], [1, 5, 2, 2, 5, 5]);
        for (int round = 0; round < 20_000; round++)
        {
            int size = 1 + prng.Next(bytes.Length - 1);
            for (int index = 0; index < size; index++)
            {
                bytes[index] = (byte)prng.NextUInt64();
            }

            if (round % 2 == 0)
            {
                alive.CopyTo(bytes, 0);
                size = alive.Length;
                bytes[prng.Next(size)] ^= (byte)(1 << prng.Next(8));
            }

            bytes[0] = (byte)prng.Next(14);
            host.Node.Receive(Stranger, bytes.AsSpan(0, size), world.Now);
            StreamId stream = host.Node.StreamAccepted(Stranger, world.Now);
            host.Node.StreamReceived(stream, bytes.AsSpan(0, size), world.Now);
            host.Node.StreamEnded(stream, world.Now);
            if (round % 100 == 0)
            {
                world.Run(TimeSpan.FromMilliseconds(500));
            }
        }

        Assert.Equal(MemberState.Alive, host.Node.Self.State);
        Assert.True(host.Lines.Count(line => line.Contains("Failed to decode")) < 2_000);
        Assert.Contains(host.Lines, line => line.Contains("more lines about refused input"));
    }

    [Theory]
    [InlineData("", new byte[] { 10, 0, 0, 9 }, new byte[] { 1, 5, 2, 2, 5, 5 }, 0)]
    [InlineData("n1", new byte[] { 10, 0, 9 }, new byte[] { 1, 5, 2, 2, 5, 5 }, 0)]
    [InlineData("n1", new byte[] { 10, 0, 0, 9 }, new byte[] { 0, 0, 0, 0, 0, 0 }, 0)]
    [InlineData("n1", new byte[] { 10, 0, 0, 9 }, new byte[] { 5, 1, 2, 2, 5, 5 }, 0)]
    [InlineData("n1", new byte[] { 10, 0, 0, 9 }, new byte[] { 1, 5, 2, 6, 5, 5 }, 0)]
    [InlineData("n1", new byte[] { 10, 0, 0, 9 }, new byte[] { 1, 5, 2 }, 0)]
    [InlineData("n1", new byte[] { 10, 0, 0, 9 }, new byte[] { 1, 5, 2, 2, 5, 5 }, 513)]
    public void An_impossible_claim_to_be_alive_is_ignored(
        string name, byte[] ip, byte[] versions, int metaSize)
    {
        SwimWorld world = new(2);
        SwimHost host = world.Add("n0");
        host.Node.Receive(Stranger, AliveOf(name, 1, ip, versions, metaSize), world.Now);
        Assert.Single(host.Node.Members);
        Assert.Contains(host.Lines, line => line.Contains("Ignoring an alive message"));
    }

    [Fact]
    public void The_highest_incarnation_about_ourselves_is_refused()
    {
        SwimWorld world = new(3);
        SwimHost host = world.Add("n0");
        byte[] packet = new byte[200];
        Suspect suspect = new() { Incarnation = uint.MaxValue, Node = "n0"u8, From = "n1"u8 };
        host.Node.Receive(Stranger, packet.AsSpan(0, SwimCodec.Write(suspect, packet)), world.Now);
        Assert.Equal(1u, host.Node.Self.Incarnation);

        suspect.Incarnation = uint.MaxValue - 1;
        host.Node.Receive(Stranger, packet.AsSpan(0, SwimCodec.Write(suspect, packet)), world.Now);
        Assert.Equal(uint.MaxValue, host.Node.Self.Incarnation);
        host.Node.Receive(Stranger, packet.AsSpan(0, SwimCodec.Write(suspect, packet)), world.Now);
        Assert.Equal(uint.MaxValue, host.Node.Self.Incarnation);
        Assert.Equal(MemberState.Alive, host.Node.Self.State);
    }

    [Fact]
    public void The_mapped_form_of_an_address_is_no_conflict()
    {
        SwimWorld world = new(4);
        SwimHost host = world.Add("n0");
        host.Node.Receive(Stranger, AliveOf("n1", 1, [10, 0, 0, 9], [1, 5, 2, 2, 5, 5]), world.Now);
        byte[] mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 9];
        host.Node.Receive(Stranger, AliveOf("n1", 2, mapped, [1, 5, 2, 2, 5, 5]), world.Now);
        Assert.Equal(["join n0", "join n1"], host.Events);
        Assert.Equal(16, host.Node.Find("n1"u8)!.Address.IpSize);
    }

    [Fact]
    public void One_push_pull_too_many_is_closed_unread()
    {
        SwimWorld world = new(5);
        SwimHost host = world.Add("n0");
        byte[] start = [(byte)MessageType.PushPull, 0x83];
        for (int count = 0; count <= Limits.PushPullCountMax; count++)
        {
            Assert.DoesNotContain(host.Lines, line => line.Contains("too many pending"));
            host.Node.StreamReceived(host.Node.StreamAccepted(Stranger, world.Now), start, world.Now);
        }

        Assert.Contains(host.Lines, line => line.Contains("too many pending"));
        world.Run(TimeSpan.FromSeconds(11));
        Assert.NotEqual(StreamId.None, host.Node.StreamAccepted(Stranger, world.Now));
    }

    [Fact]
    public void A_ping_is_answered_to_the_right_name_and_address_only()
    {
        PacketLog log = new();
        SwimNode node = log.Start();
        byte[] packet = new byte[200];
        Ping ping = new() { SequenceNumber = 9, Node = "other"u8 };
        node.Receive(Stranger, packet.AsSpan(0, SwimCodec.Write(ping, packet)), new Instant(1));
        Assert.Equal(0, log.Count);

        ping.Node = default;
        node.Receive(Stranger, packet.AsSpan(0, SwimCodec.Write(ping, packet)), new Instant(1));
        Assert.Equal((1, Stranger), (log.Count, log.Target));

        ping.SourceAddress = [10, 0, 0, 7];
        ping.SourcePort = 77;
        node.Receive(Stranger, packet.AsSpan(0, SwimCodec.Write(ping, packet)), new Instant(1));
        Assert.Equal((2, NodeAddress.FromIPv4(0x0A000007, 77)), (log.Count, log.Target));
    }

    [Fact]
    public void Probes_acks_and_gossip_allocate_nothing_in_a_steady_cluster()
    {
        PacketLog log = new();
        SwimNode node = log.Start();
        Instant now = new(1);
        for (byte number = 1; number <= 40; number++)
        {
            node.Receive(Stranger, AliveOf($"n{number}", 1, [10, 0, 1, number], [1, 5, 2, 2, 5, 5]), now);
        }

        log.Answers = node;
        byte[] packet = new byte[200];
        int size = SwimCodec.Write(new Ping { SequenceNumber = 9, Node = "n0"u8 }, packet);
        byte[] old = AliveOf("n1", 1, [10, 0, 1, 1], [1, 5, 2, 2, 5, 5]);
        for (int round = 0; round < 600; round++)
        {
            Round();
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        int sent = log.Count;
        for (int round = 0; round < 300; round++)
        {
            Round();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(log.Count - sent >= 600);
        Assert.Equal(41, node.AliveCount);

        void Round()
        {
            now += TimeSpan.FromMilliseconds(200);
            log.Now = now;
            node.Advance(now);
            log.Answer();
            node.Receive(Stranger, packet.AsSpan(0, size), now);
            node.Receive(Stranger, old, now);
        }
    }

    private static byte[] AliveOf(string name, uint incarnation, byte[] ip, byte[] versions, int metaSize = 1)
    {
        Alive alive = new()
        {
            Incarnation = incarnation,
            Node = Encoding.UTF8.GetBytes(name),
            Address = ip,
            Port = 7946,
            Meta = new byte[metaSize],
            Versions = versions,
        };
        byte[] packet = new byte[SwimCodec.SizeOf(alive)];
        SwimCodec.Write(alive, packet);
        return packet;
    }
}
