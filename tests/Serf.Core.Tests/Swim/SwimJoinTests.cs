using System;
using Serf.Swim;
using Xunit;

namespace Serf.Core.Tests.Swim;

public sealed class SwimJoinTests
{
    private static readonly SwimOptions Quiet = SwimOptions.Lan with
    {
        PushPullInterval = TimeSpan.Zero, ProbeInterval = TimeSpan.Zero,
    };

    // What a joiner has learnt it passes on: among many that join at the same time through different members,
    // nobody else may tell one of them of another.
    [Fact]
    public void Who_joins_through_one_member_is_heard_of_by_who_joins_through_another()
    {
        SwimWorld world = new(1);
        SwimHost first = world.Add("first", Quiet);
        SwimHost second = world.Add("second", Quiet);
        first.Node.PushPull(second.Address, join: true, world.Now);
        world.Run(TimeSpan.FromSeconds(5));
        for (int number = 0; number < 20; number++)
        {
            SwimHost joiner = world.Add("j" + number, Quiet);
            joiner.Node.PushPull((number % 2 == 0 ? first : second).Address, join: true, world.Now);
            world.Run(TimeSpan.FromMilliseconds(20));
        }

        world.Run(TimeSpan.FromSeconds(20));
        Assert.All(world.Hosts, host => Assert.Equal(22, host.Node.AliveCount));
    }

    [Fact]
    public void Two_clusters_that_one_joiner_connects_come_to_know_each_other_by_gossip()
    {
        SwimWorld world = new(2);
        SwimHost[] left = Pair(world, "a");
        SwimHost[] right = Pair(world, "b");
        left[0].Node.PushPull(right[0].Address, join: true, world.Now);
        world.Run(TimeSpan.FromSeconds(5));
        Assert.All(world.Hosts, host => Assert.Equal(4, host.Node.AliveCount));
    }

    private static SwimHost[] Pair(SwimWorld world, string name)
    {
        SwimHost first = world.Add(name + 1, Quiet);
        SwimHost second = world.Add(name + 2, Quiet);
        second.Node.PushPull(first.Address, join: true, world.Now);
        world.Run(TimeSpan.FromSeconds(5));
        return [first, second];
    }
}
