using System;
using System.Collections.Generic;
using System.Linq;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Swim;
using Xunit;

namespace Serf.Core.Tests.Cluster;

/// <summary>What follows on the first exchange between the halves of a cluster that was cut in two.</summary>
public sealed class ClusterReturnTests
{
    [Fact]
    public void Everybody_hears_of_the_other_half_soon_after_the_first_exchange()
    {
        List<double> times = [.. Enumerable.Range(1, 40).Select(seed => SecondsToWholeness((ulong)seed)).Order()];
        Assert.True(times[^1] <= 1, string.Join(' ', times));
    }

    private static double SecondsToWholeness(ulong seed)
    {
        ClusterWorld world = ClusterWorld.Joined(6, seed);
        HashSet<SerfHost> half = [.. world.Hosts.Take(3)];
        world.Net.PacketPasses = (from, to) => half.Contains((SerfHost)from) == half.Contains((SerfHost)to);
        world.Net.StreamPasses = world.Net.PacketPasses;
        world.Run(120);
        Assert.All(world.Hosts, host => Assert.Equal(3, AliveCount(host)));
        world.Net.PacketPasses = (_, _) => true;
        world.Net.StreamPasses = (_, _) => true;
        while (world.Hosts.TrueForAll(host => AliveCount(host) == 3))
        {
            world.Run(0.1);
        }

        Instant met = world.Now;
        while (world.Hosts.Exists(host => AliveCount(host) < 6))
        {
            world.Run(0.1);
        }

        return (world.Now - met).TotalSeconds;
    }

    private static int AliveCount(SerfHost host) =>
        host.Serf.Members().Count(member => member.Status == MemberStatus.Alive);
}
