using System;
using System.Collections.Generic;
using System.Linq;
using Serf.Cluster;
using Serf.Primitives;
using Xunit;

namespace Serf.Core.Tests.Cluster;

/// <summary>How soon the halves of a cluster that was cut in two for minutes are one again.</summary>
public sealed class ClusterReturnTests
{
    [Fact]
    public void Everybody_hears_of_the_other_half_soon_after_the_first_exchange()
    {
        List<double> times = [];
        for (ulong seed = 1; seed <= 40; seed++)
        {
            ClusterWorld world = Healed(seed, ClusterWorld.Plain);
            Meet(world);
            Instant met = world.Now;
            while (world.Hosts.Exists(host => AliveCount(host) < 6))
            {
                world.Run(0.1);
            }

            times.Add((world.Now - met).TotalSeconds);
        }

        times.Sort();
        Assert.True(times[^1] <= 1, string.Join(' ', times));
    }

    [Fact]
    public void Who_was_reaped_a_moment_ago_is_looked_for_in_every_round()
    {
        SerfOptions forgetful = ClusterWorld.Plain with { ReconnectTimeout = TimeSpan.FromSeconds(30) };
        List<double> times = [];
        for (ulong seed = 1; seed <= 20; seed++)
        {
            ClusterWorld world = Healed(seed, forgetful);
            Assert.All(world.Hosts, host => Assert.Equal(3, host.Serf.Members().Count));
            Instant healed = world.Now;
            Meet(world);
            times.Add((world.Now - healed).TotalSeconds);
        }

        // The longest round, and the ping and exchange at its end.
        times.Sort();
        Assert.True(times[^1] <= (1.25 * 30) + 1, string.Join(' ', times));
    }

    private static ClusterWorld Healed(ulong seed, SerfOptions options)
    {
        ClusterWorld world = ClusterWorld.Joined(6, seed, options);
        HashSet<SerfHost> half = [.. world.Hosts.Take(3)];
        world.Net.PacketPasses = (from, to) => half.Contains((SerfHost)from) == half.Contains((SerfHost)to);
        world.Net.StreamPasses = world.Net.PacketPasses;
        world.Run(120);
        Assert.All(world.Hosts, host => Assert.Equal(3, AliveCount(host)));
        world.Net.PacketPasses = (_, _) => true;
        world.Net.StreamPasses = (_, _) => true;
        return world;
    }

    private static void Meet(ClusterWorld world)
    {
        while (world.Hosts.TrueForAll(host => AliveCount(host) == 3))
        {
            world.Run(0.1);
        }
    }

    private static int AliveCount(SerfHost host) =>
        host.Serf.Members().Count(member => member.Status == MemberStatus.Alive);
}
