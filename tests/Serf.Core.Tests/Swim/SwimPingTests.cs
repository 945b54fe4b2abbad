using System;
using Serf.Primitives;
using Serf.Swim;
using Xunit;

namespace Serf.Core.Tests.Swim;

public sealed class SwimPingTests
{
    private static readonly SwimOptions Options = SwimOptions.Lan with
    {
        ProbeInterval = TimeSpan.Zero, PushPullInterval = TimeSpan.Zero,
    };

    [Fact]
    public void A_ping_that_is_answered_ends_with_its_round_trip_time()
    {
        SwimWorld world = new(1);
        SwimHost left = world.Add("a", Options);
        SwimHost right = world.Add("b", Options);
        uint ping = left.Node.Ping("b"u8, right.Address, world.Now);
        Assert.NotEqual(0u, ping);
        world.Run(TimeSpan.FromSeconds(2));
        Assert.Equal([(ping, (TimeSpan?)(2 * SwimWorld.Latency))], left.EndedPings);
        Assert.Equal(0, left.PingCount);
    }

    [Fact]
    public void A_ping_with_a_wrong_name_ends_without_one_after_the_probe_timeout()
    {
        SwimWorld world = new(2);
        SwimHost left = world.Add("a", Options);
        SwimHost right = world.Add("b", Options);
        uint ping = left.Node.Ping("c"u8, right.Address, world.Now);
        world.Run(Options.ProbeTimeout - TimeSpan.FromMilliseconds(1));
        Assert.Empty(left.EndedPings);
        world.Run(TimeSpan.FromMilliseconds(2));
        Assert.Equal([(ping, (TimeSpan?)null)], left.EndedPings);

        // What comes later ends nothing a second time.
        left.Node.Receive(right.Address, SwimMessage.Ack(ping), world.Now);
        Assert.Single(left.EndedPings);
    }

    [Fact]
    public void Calls_are_bounded_and_a_refused_packet_is_none()
    {
        SwimWorld world = new(3);
        SwimHost host = world.Add("a", Options);
        host.RefusesPackets = true;
        Assert.Equal(0u, host.Node.Ping("b"u8, host.Address, world.Now));
        host.RefusesPackets = false;
        for (int count = 0; count < Limits.PingCallCountMax; count++)
        {
            Assert.NotEqual(0u, host.Node.Ping("b"u8, host.Address, world.Now));
        }

        Assert.Equal(0u, host.Node.Ping("b"u8, host.Address, world.Now));
        world.Run(Options.ProbeTimeout);
        Assert.Equal(Limits.PingCallCountMax, host.EndedPings.Count);
        Assert.NotEqual(0u, host.Node.Ping("b"u8, host.Address, world.Now));
        host.Node.Shutdown();
        Assert.Equal(0u, host.Node.Ping("b"u8, host.Address, world.Now));
    }
}
