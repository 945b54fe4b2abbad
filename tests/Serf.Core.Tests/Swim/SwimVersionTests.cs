using System;
using System.Linq;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Swim;

public sealed class SwimVersionTests
{
    private static readonly NodeAddress Peer = NodeAddress.FromIPv4(0x0A000063, 9999);

    [Theory]
    [InlineData(1, 9999, 1234)]
    [InlineData(2, 9999, 9999)]
    [InlineData(2, 0, 1234)]
    public void Who_speaks_version_1_knows_no_port_but_its_own(byte spoken, ushort port, ushort expected)
    {
        SwimWorld world = new(1);
        SwimHost host = world.Add("n0", Speaking(spoken) with { BindPort = 1234, GossipNodes = 0 });
        host.Records = true;
        host.DropsStreams = true;
        NodeAddress address = Peer.WithPort(port);
        host.Node.Receive(Peer, SwimMessage.Alive("a", address), world.Now);
        byte[] state = SwimMessage.PushPull(join: false, SwimMessage.Alive("b", address));
        host.Node.StreamReceived(host.Node.StreamAccepted(Peer, world.Now), state, world.Now);
        host.Node.Receive(Peer, SwimMessage.IndirectPing(1, "a", address, nack: false), world.Now);
        Assert.Equal(expected, host.Node.Find("a"u8)!.Address.Port);
        Assert.Equal(expected, host.Node.Find("b"u8)!.Address.Port);
        Assert.Equal(expected, Assert.Single(host.Sent).Target.Port);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    [InlineData(5, true)]
    public void A_stream_ping_is_tried_from_version_3_on(byte max, bool survives)
    {
        SwimWorld world = new(2) { PacketPasses = (_, _) => false };
        SwimHost asker = world.Add("a", Quiet());
        SwimHost asked = world.Add("b", Quiet());
        asker.Node.Receive(Peer, SwimMessage.Alive("b", asked.Address, versions: UpTo(max)), world.Now);
        world.Run(TimeSpan.FromSeconds(2.5));
        Assert.Equal(survives ? MemberState.Alive : MemberState.Suspect, asker.StateOf("b"));
    }

    [Fact]
    public void Stream_pings_can_be_disabled_for_single_nodes()
    {
        SwimWorld world = new(3) { PacketPasses = (_, _) => false };
        ByteString name = ByteString.FromText("b");
        SwimHost asker = world.Add("a", Quiet() with { DisableTcpPingsForNode = node => node == name });
        SwimHost asked = world.Add("b", Quiet());
        SwimHost other = world.Add("c", Quiet());
        asker.Node.Receive(Peer, SwimMessage.Alive("b", asked.Address), world.Now);
        asker.Node.Receive(Peer, SwimMessage.Alive("c", other.Address), world.Now);
        world.Run(TimeSpan.FromSeconds(4));
        Assert.Equal(MemberState.Suspect, asker.StateOf("b"));
        Assert.Equal(MemberState.Alive, asker.StateOf("c"));
    }

    [Theory]
    [InlineData(3, false, 1)]
    [InlineData(4, true, 3)]
    [InlineData(5, true, 3)]
    public void A_nack_is_asked_of_relays_from_version_4_on_and_missed_only_there(
        byte max, bool nack, int score)
    {
        SwimWorld world = new(4);
        SwimHost host = world.Add("n0", Quiet() with { DisableTcpPings = true });
        for (int number = 1; number <= 4; number++)
        {
            NodeAddress address = NodeAddress.FromIPv4(0x0A000100 + (uint)number, 7946);
            host.Node.Receive(Peer, SwimMessage.Alive("m" + number, address, versions: UpTo(max)), world.Now);
        }

        host.Records = true;
        while (!host.Lines.Exists(line => line.Contains("has failed, no acks received")))
        {
            world.Run(TimeSpan.FromMilliseconds(10));
        }

        SentPacket[] requests = [.. host.Sent.Where(packet => packet.Has(MessageType.IndirectPing))];
        Assert.Equal(3, requests.Length);
        Assert.All(requests, packet => Assert.Equal(nack, AsksForNack(packet)));
        Assert.Equal(score, host.Node.HealthScore);
    }

    [Theory]
    [InlineData(4, false)]
    [InlineData(5, true)]
    public void Gossip_has_a_checksum_from_version_5_on(byte max, bool checksum)
    {
        SwimWorld world = new(5);
        SwimHost host = world.Add("n0", SwimOptions.Lan with { ProbeInterval = TimeSpan.Zero });
        host.Records = true;
        host.Node.Receive(Peer, SwimMessage.Alive("a", Peer, versions: UpTo(max)), world.Now);
        world.Run(TimeSpan.FromSeconds(1));
        Assert.NotEmpty(host.Sent);
        Assert.All(host.Sent, packet => Assert.Equal(checksum, packet.HasChecksum));
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(2, 3)]
    [InlineData(3, 2)]
    [InlineData(3, 1)]
    public void Nodes_that_speak_different_versions_join(byte left, byte right)
    {
        SwimWorld world = new(6);
        SwimHost first = world.Add("a", Speaking(left));
        SwimHost second = world.Add("b", Speaking(right));
        first.Node.PushPull(second.Address, join: true, world.Now);
        world.Run(TimeSpan.FromSeconds(20));
        Assert.Equal([null], first.Exchanges);
        Assert.All(world.Hosts, host => Assert.Equal(2, host.Node.AliveCount));
        Assert.Equal(left, second.Node.Find("a"u8)!.Versions.ProtocolCur);
    }

    private static SwimOptions Speaking(byte version) =>
        SwimOptions.Lan with { Versions = new(1, 5, version, 2, 5, 5) };

    private static SwimOptions Quiet() =>
        SwimOptions.Lan with { GossipNodes = 0, PushPullInterval = TimeSpan.Zero };

    private static byte[] UpTo(byte max) => [1, max, 1, 2, 5, 5];

    private static bool AsksForNack(SentPacket packet)
    {
        Assert.Equal(
            ReadStatus.Ok, SwimCodec.TryRead(packet.First(MessageType.IndirectPing), out IndirectPing request));
        return request.Nack;
    }
}
