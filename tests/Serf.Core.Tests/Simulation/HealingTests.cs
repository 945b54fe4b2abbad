using System;
using System.Collections.Generic;
using System.Linq;
using Serf.Cluster;
using Serf.Core.Tests.Cluster;
using Serf.Primitives;
using Serf.Swim;
using Xunit;

namespace Serf.Tests.Simulation;

/// <summary>
/// Partitions of every length, past the time after which members are forgotten too, among machines that are
/// gone for good: once the parts can reach each other they meet within the stated bound, and are whole.
/// </summary>
public sealed class HealingTests
{
    // Hours of virtual time pass quickly when little happens in them.
    private static readonly SwimOptions Calm = SwimOptions.Lan with
    {
        SuspicionMultiplier = 1,
        ProbeInterval = TimeSpan.FromSeconds(10),
        GossipInterval = TimeSpan.FromSeconds(1),
        GossipToTheDeadTime = TimeSpan.FromSeconds(60),
        PushPullInterval = TimeSpan.FromMinutes(5),
    };

    private static readonly SerfOptions Forgetful = ClusterWorld.Plain with
    {
        ReconnectTimeout = TimeSpan.FromHours(2),
    };

    // Shorter than any detection, longer, with longer pauses, and past the time of forgetting.
    private static readonly double[] Lengths = [30, 600, 1.5 * 3600, 2.01 * 3600, 6 * 3600];

    public static TheoryData<ulong> Seeds => [.. Enumerable.Range(1, 30).Select(seed => (ulong)seed)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Parts_meet_within_the_bound_and_are_whole_again(ulong seed)
    {
        Prng chance = new(seed);
        int size = 1 + chance.Next(6);
        int otherSize = 1 + chance.Next(6);
        int dead = chance.Next(5);
        double length = Lengths[chance.Next(Lengths.Length)];
        ClusterWorld world = ClusterWorld.Joined(size + otherSize + dead, seed, Forgetful, Calm);
        foreach (SerfHost host in world.Hosts.TakeLast(dead).ToArray())
        {
            world.Kill(host);
        }

        world.Run(chance.Next(2) * 1800);
        HashSet<SerfHost> part = [.. world.Hosts.Take(size)];
        world.Net.PacketPasses = (from, to) => part.Contains((SerfHost)from) == part.Contains((SerfHost)to);
        world.Net.StreamPasses = world.Net.PacketPasses;
        world.Run(length);
        world.Net.PacketPasses = (_, _) => true;
        world.Net.StreamPasses = (_, _) => true;

        Instant healed = world.Now;
        TimeSpan bound = Forgetful.HealingBound(size, otherSize, dead, Calm);
        while (!world.Hosts.Exists(host => host.Serf.Members().Any(member =>
            member.Status == MemberStatus.Alive
            && world.Hosts.Exists(other => other.Serf.Name == member.Name
                && part.Contains(other) != part.Contains(host)))))
        {
            Assert.InRange(world.Now - healed, TimeSpan.Zero, bound);
            world.Run(0.5);
        }

        // Then every node is heard of by gossip, at the latest by two exchanges of each with another.
        world.Run(4 * 300);
        string names = string.Join(' ', world.Hosts.Select(host => host.Serf.Name.ToString()).Order());
        Assert.All(world.Hosts, host => Assert.Equal(names, string.Join(' ', host.Serf.Members()
            .Where(member => member.Status == MemberStatus.Alive)
            .Select(member => member.Name.ToString()).Order())));
    }
}
