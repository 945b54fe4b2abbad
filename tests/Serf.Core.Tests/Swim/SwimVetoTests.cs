using System;
using Serf.Primitives;
using Serf.Swim;
using Xunit;

namespace Serf.Core.Tests.Swim;

public sealed class SwimVetoTests
{
    private static readonly NodeAddress Peer = NodeAddress.FromIPv4(0x0A000063, 7946);

    [Fact]
    public void A_claim_that_the_layer_above_refuses_changes_nothing()
    {
        SwimWorld world = new(1);
        SwimHost host = world.Add("n0");
        host.Unwanted = "b";
        host.Node.Receive(Peer, SwimMessage.Alive("b", Peer), world.Now);
        Assert.Null(host.StateOf("b"));
        Assert.Contains(host.Lines, line => line.Contains("it was refused by the layer above"));

        // A known node as well.
        host.Node.Receive(Peer, SwimMessage.Alive("c", Peer), world.Now);
        host.Unwanted = "c";
        host.Node.Receive(Peer, SwimMessage.Alive("c", Peer, 2), world.Now);
        Assert.Equal(1u, host.Node.Find("c"u8)!.Incarnation);
    }

    [Fact]
    public void One_refused_record_refuses_the_whole_state_of_a_join_on_the_side_that_refuses()
    {
        SwimWorld world = new(2);
        SwimHost joiner = world.Add("joiner");
        SwimHost other = world.Add("other");
        other.Node.Receive(Peer, SwimMessage.Alive("b", Peer), world.Now);
        joiner.Unwanted = "b";
        joiner.Node.PushPull(other.Address, join: true, world.Now);
        world.Run(TimeSpan.FromMilliseconds(100));
        Assert.Equal(["b at 10.0.0.99:7946 is Alive and unwanted"], joiner.Exchanges);
        Assert.Null(joiner.StateOf("other"));
        Assert.Equal(MemberState.Alive, other.StateOf("joiner"));
    }

    [Fact]
    public void The_accepting_side_refuses_too_and_the_dialler_merges_all_the_same()
    {
        SwimWorld world = new(3);
        SwimOptions options = SwimOptions.Lan with { GossipNodes = 0, ProbeInterval = TimeSpan.Zero };
        SwimHost joiner = world.Add("joiner", options);
        SwimHost other = world.Add("other", options);
        other.Unwanted = "joiner";
        joiner.Node.PushPull(other.Address, join: true, world.Now);
        world.Run(TimeSpan.FromMilliseconds(100));
        Assert.Equal([null], joiner.Exchanges);
        Assert.Equal(MemberState.Alive, joiner.StateOf("other"));
        Assert.Null(other.StateOf("joiner"));
        Assert.Contains(
            other.Lines, line => line.Contains("Failed push/pull merge: joiner at 10.0.0.1:7946 is Alive"));
    }

    [Fact]
    public void A_state_exchange_that_is_no_join_is_not_asked_about()
    {
        SwimWorld world = new(4);
        SwimHost left = world.Add("left");
        SwimHost right = world.Add("right");
        right.Node.Receive(Peer, SwimMessage.Alive("b", Peer), world.Now);
        left.Unwanted = "b";
        left.Node.PushPull(right.Address, join: false, world.Now);
        world.Run(TimeSpan.FromMilliseconds(100));
        Assert.Equal([null], left.Exchanges);
        Assert.Equal(MemberState.Alive, left.StateOf("right"));
        Assert.Null(left.StateOf("b"));
    }
}
