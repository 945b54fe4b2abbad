using System.Linq;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Swim;

public sealed class SwimReflectionTests
{
    private static readonly NodeAddress Stranger = NodeAddress.FromIPv4(0x0A0000FE, 7946);
    private static readonly NodeAddress Victim = NodeAddress.FromIPv4(0x0A0000FD, 53);
    private static readonly NodeAddress Peer = NodeAddress.FromIPv4(0x0A000063, 7946);

    [Fact]
    public void A_members_ping_is_answered_with_the_ack_first_and_gossip_behind_it()
    {
        SwimHost host = Recorder(out SwimWorld world);
        host.Node.Receive(Peer, SwimMessage.Ping(7, "peer", Peer), world.Now);
        SentPacket packet = Assert.Single(host.Sent);
        Assert.Equal(Peer, packet.Target);
        Assert.Equal([MessageType.Ack, MessageType.Alive, MessageType.Alive], packet.Types);
        Assert.Equal(1, PayloadSize(packet));
    }

    [Fact]
    public void A_ping_that_names_a_strange_address_has_a_bare_ack_sent_there()
    {
        SwimHost host = Recorder(out SwimWorld world);
        byte[] request = SwimMessage.Ping(7, "peer", Victim);
        host.Node.Receive(Stranger, request, world.Now);
        SentPacket packet = Assert.Single(host.Sent);
        Assert.Equal(Victim, packet.Target);
        Assert.Equal([MessageType.Ack], packet.Types);
        Assert.Equal(0, PayloadSize(packet));
        Assert.True(packet.Size <= request.Length);
    }

    [Fact]
    public void A_stranger_gets_an_ack_with_payload_but_no_gossip()
    {
        SwimHost host = Recorder(out SwimWorld world);
        host.Node.Receive(Stranger, SwimMessage.Ping(7), world.Now);
        SentPacket packet = Assert.Single(host.Sent);
        Assert.Equal(Stranger, packet.Target);
        Assert.Equal([MessageType.Ack], packet.Types);
        Assert.Equal(1, PayloadSize(packet));
    }

    [Fact]
    public void A_relay_pings_strange_addresses_without_gossip()
    {
        SwimHost host = Recorder(out SwimWorld world);
        host.Node.Receive(Stranger, SwimMessage.IndirectPing(7, "peer", Victim, nack: true), world.Now);
        SentPacket packet = Assert.Single(host.Sent);
        Assert.Equal(Victim, packet.Target);
        Assert.Equal([MessageType.Ping], packet.Types);

        // Nor is there any in the nack to whoever asked.
        host.Sent.Clear();
        world.Run(SwimOptions.Lan.ProbeTimeout);
        packet = host.Sent.Single(sent => sent.Target == Stranger);
        Assert.Equal([MessageType.Nack], packet.Types);
    }

    [Fact]
    public void A_relay_of_members_passes_gossip_both_ways()
    {
        SwimHost host = Recorder(out SwimWorld world);
        byte[] request = SwimMessage.IndirectPing(7, "peer", Peer, nack: true, "peer", Peer);
        host.Node.Receive(Stranger, request, world.Now);
        SentPacket packet = Assert.Single(host.Sent);
        Assert.Equal(MessageType.Ping, packet.Types[0]);
        Assert.Equal(3, packet.Types.Length);
        Assert.Equal(ReadStatus.Ok, SwimCodec.TryRead(packet.First(MessageType.Ping), out Ping ping));

        host.Sent.Clear();
        host.Node.Receive(Peer, SwimMessage.Ack(ping.SequenceNumber), world.Now);
        packet = Assert.Single(host.Sent);
        Assert.Equal(MessageType.Ack, packet.Types[0]);
        Assert.Equal(3, packet.Types.Length);
    }

    [Fact]
    public void One_packet_full_of_pings_gets_few_answers()
    {
        SwimHost host = Recorder(out SwimWorld world);
        byte[][] pings = [.. Enumerable.Range(1, 100).Select(
            number => number % 2 == 0
                ? SwimMessage.Ping((uint)number)
                : SwimMessage.IndirectPing((uint)number, "peer", Victim, nack: true))];
        host.Node.Receive(Stranger, SwimMessage.Compound(pings), world.Now);
        Assert.Equal(Limits.PacketReplyCountMax, host.Sent.Count);
        Assert.Contains(host.Lines, line => line.Contains("Too many pings in one packet"));

        host.Node.Receive(Stranger, SwimMessage.Ping(101), world.Now);
        Assert.Equal(Limits.PacketReplyCountMax + 1, host.Sent.Count);
    }

    private static SwimHost Recorder(out SwimWorld world)
    {
        world = new SwimWorld(1);
        SwimHost host = world.Add("n0", SwimOptions.Lan with { GossipNodes = 0 });
        host.Node.Receive(Peer, SwimMessage.Alive("peer", Peer), world.Now);
        host.Records = true;
        return host;
    }

    private static int PayloadSize(SentPacket packet)
    {
        Assert.Equal(ReadStatus.Ok, SwimCodec.TryRead(packet.First(MessageType.Ack), out Ack ack));
        Assert.Equal(7u, ack.SequenceNumber);
        return ack.Payload.Length;
    }
}
