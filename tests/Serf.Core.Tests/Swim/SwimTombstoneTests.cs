using System;
using System.Linq;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Swim;

public sealed class SwimTombstoneTests
{
    private static readonly NodeAddress Peer = NodeAddress.FromIPv4(0x0A0000FE, 7946);
    private static readonly NodeAddress Other = NodeAddress.FromIPv4(0x0A0000FD, 7946);

    private static readonly SwimOptions Options = SwimOptions.Lan with
    {
        PushPullInterval = TimeSpan.Zero, GossipToTheDeadTime = TimeSpan.FromSeconds(5),
    };

    [Fact]
    public void A_stale_claim_does_not_bring_back_who_was_forgotten()
    {
        SwimHost host = WithForgotten(new SwimWorld(1), out SwimWorld world);
        host.Records = true;
        host.Node.Receive(Peer, SwimMessage.Alive("b", Other, 3), world.Now);
        Assert.Null(host.StateOf("b"));
        Assert.DoesNotContain("join b", host.Events.Skip(host.Events.IndexOf("dead b")));

        // The node itself is asked, by an accusation it can refute; once a second.
        host.Node.Receive(Peer, SwimMessage.Alive("b", Other, 2), world.Now);
        SentPacket packet = Assert.Single(host.Sent);
        Assert.Equal(Other, packet.Target);
        Assert.Equal(ReadStatus.Ok, SwimCodec.TryRead(packet.First(MessageType.Suspect), out Suspect suspect));
        Assert.Equal(3u, suspect.Incarnation);

        // A newer claim is news.
        host.Node.Receive(Peer, SwimMessage.Alive("b", Other, 4), world.Now);
        Assert.Equal(MemberState.Alive, host.StateOf("b"));
    }

    [Fact]
    public void Later_the_same_claim_is_believed_again()
    {
        SwimHost host = WithForgotten(new SwimWorld(2), out SwimWorld world);
        world.Run(TimeSpan.FromSeconds(6));
        host.Node.Receive(Peer, SwimMessage.Alive("b", Other, 1), world.Now);
        Assert.Equal(MemberState.Alive, host.StateOf("b"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_node_that_restarts_with_its_first_incarnation_is_back_at_once(bool atAnotherAddress)
    {
        SwimWorld world = new(3);
        SwimHost host = WithForgotten(world, out _);
        SwimHost restarted = world.Add(
            "b", Options with { AdvertiseAddress = atAnotherAddress ? Peer : Other });
        restarted.Node.PushPull(host.Address, join: true, world.Now);
        world.Run(TimeSpan.FromSeconds(0.5));
        Assert.Equal(MemberState.Alive, host.StateOf("b"));
        Assert.Equal(4u, restarted.Node.Self.Incarnation);
    }

    [Fact]
    public void The_oldest_of_too_many_gives_way()
    {
        Tombstones stones = new(3);
        TimeSpan age = TimeSpan.FromSeconds(10);
        Instant start = new(1);
        for (uint number = 1; number <= 5; number++)
        {
            stones.Add(ByteString.FromText("n" + number), number, start);
        }

        Assert.Equal(3, stones.Count);
        Assert.Null(stones.Find("n2"u8, age, start));
        Assert.Equal(3u, stones.Find("n3"u8, age, start));

        // One that is added again lives from then on.
        stones.Add(ByteString.FromText("n4"), 9, start + age);
        Assert.Equal(9u, stones.Find("n4"u8, age, start + age));
        Assert.Equal(9u, stones.Find("n4"u8, age, start + age + TimeSpan.FromSeconds(1)));
        Assert.Equal(1, stones.Count);
        Assert.Null(stones.Find("n4"u8, age, start + age + age + TimeSpan.FromSeconds(1)));
        Assert.Equal(0, stones.Count);
    }

    // It knew b, with incarnation 3, saw it die, and has just forgotten it.
    private static SwimHost WithForgotten(SwimWorld given, out SwimWorld world)
    {
        world = given;
        SwimHost host = world.Add("a", Options);
        host.Node.Receive(Peer, SwimMessage.Alive("b", Other, 3), world.Now);
        host.Node.Receive(Peer, SwimMessage.Dead("b", 3, "x"), world.Now);
        while (host.StateOf("b") is not null)
        {
            world.Run(TimeSpan.FromMilliseconds(100));
        }

        return host;
    }
}
