using System;
using System.Linq;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Cluster;

/// <summary>User events that no packet can carry (spec serf 15.3, U7).</summary>
public sealed class ClusterLongEventTests
{
    private static readonly SerfOptions Long = ClusterWorld.Plain with { UserEventSizeMax = Limits.UserEventSizeMax };

    [Theory]
    [InlineData(2)]
    [InlineData(8)]
    [InlineData(22)]
    public void A_long_event_reaches_everybody_once_and_before_any_replay(int count)
    {
        ClusterWorld world = ClusterWorld.Joined(count, 1, Long);

        // States pass now and then, and this is to be shown without them.
        world.Net.PacketPasses = (_, _) => false;
        Assert.Null(world.Hosts[0].SendEvent("long", new byte[9000]));
        world.Run(0.5);
        Assert.All(world.Hosts, host => Assert.Equal(1, host.CountOf("user long")));
        Assert.All(world.Hosts, host => Assert.Equal("0", host.Stat("event_queue")));
        Assert.All(world.Hosts, host => Assert.Empty(host.Serf.Losses()));
    }

    [Fact]
    public void The_longest_that_a_packet_carries_is_gossiped_and_a_byte_more_is_not()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 2, Long);
        UserEventMessage sample = new() { LamportTime = 1, Name = "e"u8, Payload = new byte[1000] };
        int largest = SwimOptions.Lan.BroadcastSizeMax - 1 - (SerfCodec.SizeOf(sample) - 1000);
        world.Net.StreamPasses = (_, _) => false;
        Assert.Null(world.Hosts[0].SendEvent("e", new byte[largest]));
        Assert.Equal("1", world.Hosts[0].Stat("event_queue"));
        Assert.Null(world.Hosts[0].SendEvent("e", new byte[largest + 1]));
        Assert.Equal("1", world.Hosts[0].Stat("event_queue"));
        world.Run(3);
        Assert.Equal(1, world.Hosts[1].CountOf("user e"));
    }

    [Fact]
    public void What_fails_is_tried_once_more_and_no_further()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 3, Long);
        SerfHost sender = world.Hosts[0];
        world.Kill(world.Hosts[1]);
        Assert.Null(sender.SendEvent("long", new byte[5000]));
        world.Run(0.1);
        Assert.All(world.Hosts, host => Assert.Equal(1, host.CountOf("user long")));
        Assert.Equal(
            2, sender.Lines.Count(line => line.Contains("failed to send a long user event to 10.0.0.2:7946")));
    }

    [Fact]
    public void What_fails_goes_to_somebody_else_where_there_is_one()
    {
        ClusterWorld world = ClusterWorld.Joined(18, 6, Long);
        SerfHost sender = world.Hosts[0];
        while (world.Hosts.Count > 2)
        {
            world.Kill(world.Hosts[1]);
        }

        // Of 17 members 16 are drawn. Where the one that lives is not among them, it is when the others fail.
        for (int number = 0; number < 100; number++)
        {
            Assert.Null(sender.SendEvent("e" + number, new byte[2000]));
        }

        world.Run(0.5);
        Assert.Equal(100, world.Hosts[1].Delivered.OfType<UserEvent>().Count());
    }

    [Fact]
    public void Streams_at_a_time_and_events_that_wait_are_bounded()
    {
        ClusterWorld world = ClusterWorld.Joined(6, 4, Long);
        SerfHost sender = world.Hosts[0];
        int dials = 0;
        world.Net.StreamPasses = (from, _) =>
        {
            dials += from == sender ? 1 : 0;
            return true;
        };
        for (int number = 0; number < Limits.LongEventCountMax; number++)
        {
            Assert.Null(sender.SendEvent("e" + number, new byte[2000]));
        }

        // Who sends here is told, and who sent to us cannot be.
        Assert.Contains("event queue is full", sender.SendEvent("refused", new byte[2000]));
        Assert.Empty(sender.Serf.Losses());
        sender.HearEvent("heard", 5000, new byte[2000]);
        Assert.Equal([new("broadcasts", "1")], sender.Serf.Losses());
        Assert.Equal(0, dials);
        world.Run(0.001);
        Assert.Equal(Limits.LongEventStreamCountMax, dials);
        world.Run(10);
        Assert.Equal(Limits.LongEventCountMax, world.Hosts[5].Delivered.OfType<UserEvent>().Count());
    }

    [Fact]
    public void Nothing_longer_than_any_sender_makes_is_taken_or_passed_on()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 5, Long);
        SerfHost host = world.Hosts[0];
        bool isDialled = false;
        world.Net.StreamPasses = (_, _) => isDialled = true;
        host.HearEvent("huge", 9, new byte[20_000]);
        world.Run(0.5);
        Assert.False(isDialled);
        Assert.Equal(0, host.CountOf("user huge"));
    }
}
