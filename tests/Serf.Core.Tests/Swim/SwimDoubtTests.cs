using System;
using System.Linq;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Swim;

public sealed class SwimDoubtTests
{
    private static readonly NodeAddress Stranger = NodeAddress.FromIPv4(0x0A0000FE, 7946);
    private static readonly NodeAddress Nobody = NodeAddress.FromIPv4(0x0A000063, 7946);

    [Fact]
    public void A_restart_that_only_one_peer_missed_is_cleared_by_the_next_claim()
    {
        SwimWorld world = new(1);
        SwimOptions talks = SwimOptions.Lan with
        {
            PushPullInterval = TimeSpan.Zero, ProbeInterval = TimeSpan.Zero,
        };
        SwimOptions silent = talks with { GossipNodes = 0 };
        SwimHost holder = world.Add("a", silent);
        SwimHost restarted = world.Add("b", talks);
        SwimHost third = world.Add("c", silent);
        restarted.Node.Receive(Stranger, SwimMessage.Alive("a", holder.Address), world.Now);
        restarted.Node.Receive(Stranger, SwimMessage.Alive("c", third.Address), world.Now);
        world.PacketPasses = (from, to) => from != restarted;
        world.Run(TimeSpan.FromSeconds(5));
        world.PacketPasses = (_, _) => true;
        holder.Node.Receive(Stranger, SwimMessage.Alive("b", restarted.Address, 1, [1]), world.Now);
        third.Node.Receive(Stranger, SwimMessage.Alive("b", restarted.Address, 1, restarted.Meta), world.Now);

        // The two never exchange states with the node itself, only with each other.
        holder.Node.PushPull(third.Address, join: false, world.Now);
        world.Run(TimeSpan.FromSeconds(3));
        Assert.Equal(2u, restarted.Node.Self.Incarnation);
        Assert.Equal(restarted.Meta, holder.Node.Find("b"u8)!.Meta);
        Assert.Equal(2u, holder.Node.Find("b"u8)!.Incarnation);
        Assert.Equal(2u, third.Node.Find("b"u8)!.Incarnation);
    }

    [Fact]
    public void Both_claims_go_to_the_owner_and_to_nobody_else()
    {
        SwimHost host = Recorder(out SwimWorld world);
        host.Node.Receive(Stranger, SwimMessage.Alive("b", Nobody, 3, [1]), world.Now);
        host.Node.Receive(Stranger, SwimMessage.Alive("b", Nobody, 3, [2]), world.Now);
        Assert.Equal(2, host.Sent.Count);
        Assert.All(host.Sent, packet => Assert.Equal(Nobody, packet.Target));
        Assert.Equal([2, 1], host.Sent.Select(MetaOf));
        Assert.Equal([1], host.Node.Find("b"u8)!.Meta);

        // Other versions are a difference as well, of a node that was not asked yet.
        host.Sent.Clear();
        host.Node.Receive(Stranger, SwimMessage.Alive("c", Nobody, 3, [1]), world.Now);
        host.Node.Receive(Stranger, SwimMessage.Alive("c", Nobody, 3, [1], [1, 4, 2, 2, 5, 5]), world.Now);
        Assert.Equal(2, host.Sent.Count);
    }

    [Theory]
    [InlineData(3, 1)]
    [InlineData(2, 9)]
    public void The_same_or_an_older_claim_asks_nobody(uint incarnation, byte meta)
    {
        SwimHost host = Recorder(out SwimWorld world);
        host.Node.Receive(Stranger, SwimMessage.Alive("b", Nobody, 3, [1]), world.Now);
        host.Node.Receive(Stranger, SwimMessage.Alive("b", Nobody, incarnation, [meta]), world.Now);
        Assert.Empty(host.Sent);
    }

    [Fact]
    public void Forged_claims_cost_each_member_two_packets_a_second_and_all_a_fixed_number()
    {
        SwimHost host = Recorder(out SwimWorld world);
        for (int number = 0; number < 200; number++)
        {
            host.Node.Receive(Stranger, SwimMessage.Alive("n" + number, Nobody, 1, [1]), world.Now);
        }

        for (byte round = 0; round < 10; round++)
        {
            host.Node.Receive(Stranger, SwimMessage.Alive("n0", Nobody, 1, [2, round]), world.Now);
        }

        Assert.Equal(2, host.Sent.Count);
        for (int number = 0; number < 200; number++)
        {
            host.Node.Receive(Stranger, SwimMessage.Alive("n" + number, Nobody, 1, [2]), world.Now);
        }

        Assert.Equal(2 * Limits.DoubtCountMax, host.Sent.Count);
        host.Node.Receive(
            Stranger, SwimMessage.Alive("n0", Nobody, 1, [2]), world.Now + TimeSpan.FromSeconds(1));
        Assert.Equal(2 * (Limits.DoubtCountMax + 1), host.Sent.Count);
    }

    private static SwimHost Recorder(out SwimWorld world)
    {
        world = new SwimWorld(2);
        SwimHost host = world.Add("a");
        host.Records = true;
        return host;
    }

    private static int MetaOf(SentPacket packet)
    {
        Assert.Equal(ReadStatus.Ok, SwimCodec.TryRead(packet.First(MessageType.Alive), out Alive alive));
        Assert.Equal(3u, alive.Incarnation);
        return alive.Meta[0];
    }
}
