using System;
using System.Linq;
using Serf.Cluster;
using Serf.Primitives;
using Xunit;

namespace Serf.Core.Tests.Cluster;

/// <summary>Events from before a node knew anybody (spec serf 15.3: U2, B4).</summary>
public sealed class ClusterEarlyEventTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(1000)]
    [InlineData(100_000)]
    public void Events_from_before_the_first_join_reach_the_cluster_once_and_in_order(int clusterTime)
    {
        ClusterWorld world = ClusterWorld.Joined(3, 1);
        world.Hosts[0].HearEvent("old", (ulong)clusterTime);
        world.Run(5);
        SerfHost early = world.Add("early");
        early.SendEvent("one", [1]);
        early.SendEvent("two", coalesce: true);
        Assert.Equal(["user one", "user two"], early.Events.Skip(1));
        Assert.Equal("2", early.Stat("event_queue"));
        world.Run(5);
        early.Join([world.Hosts[1]]);
        world.Run(2);
        Assert.All(world.Hosts, host => Assert.Equal(
            ["user one", "user two"], host.Events.Where(line => line is "user one" or "user two")));

        // Nor does any replay bring them a second time.
        world.Run(200);
        Assert.All(world.Hosts, host => Assert.Equal(1, host.CountOf("user one")));
        Assert.All(world.Hosts, host => Assert.Equal(1, host.CountOf("user two")));
        UserEvent heard = world.Hosts[0].Delivered.OfType<UserEvent>().Single(one => one.Name.ToString() == "one");
        Assert.InRange(heard.LamportTime, (ulong)clusterTime + 1, (ulong)clusterTime + 3);
        Assert.Equal([1], heard.Payload!);
    }

    [Fact]
    public void Events_are_stamped_anew_although_the_join_leaves_old_ones_out()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 2);
        world.Hosts[0].HearEvent("old", 5000);
        SerfHost early = world.Add("early");
        early.SendEvent("own");
        early.Join([world.Hosts[0]], ignoreOld: true);
        world.Run(60);
        Assert.Equal(["user own"], early.Events.Where(line => line.StartsWith("user")));
        Assert.Equal(1, world.Hosts[1].CountOf("user own"));
    }

    [Fact]
    public void A_join_that_fails_changes_nothing_and_the_next_one_counts()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 3);
        world.Hosts[0].HearEvent("old", 5000);
        SerfHost early = world.Add("early");
        early.SendEvent("before");
        early.Join(false, SerfHost.Target(NodeAddress.FromIPv4(0x0A0000FE, 7946)));
        world.Run(15);
        early.SendEvent("between");
        Assert.Equal("2", early.Stat("event_queue"));
        early.Join([world.Hosts[0]]);
        world.Run(30);
        Assert.All(world.Hosts, host => Assert.Equal(
            ["user before", "user between"], host.Events.Where(line => line.StartsWith("user be"))));
    }

    [Fact]
    public void Who_joins_a_node_that_was_alone_hears_the_replay_and_is_not_flooded()
    {
        ClusterWorld world = new(4);
        SerfHost alone = world.Add("alone");
        for (int number = 0; number < 1000; number++)
        {
            Assert.Null(alone.SendEvent("e" + number));
        }

        alone.BeginQuery(new QueryParameters { Name = ByteString.FromText("q") }, new RecordingSink());
        Assert.Equal("256", alone.Stat("event_queue"));
        world.Run(60);
        SerfHost fresh = world.Add("fresh");
        fresh.Join([alone]);
        world.Run(1);
        Assert.Equal(0, fresh.CountOf("query: q"));
        Assert.Equal("0 0", $"{alone.Stat("event_queue")} {alone.Stat("query_queue")}");
        Assert.Equal(
            Enumerable.Range(488, 512).Select(number => "user e" + number),
            fresh.Events.Where(line => line.StartsWith("user")));
        world.Run(100);
        Assert.Equal(512, fresh.Delivered.OfType<UserEvent>().Count());
        Assert.Equal(1000, alone.Delivered.OfType<UserEvent>().Count());
    }

    [Fact]
    public void Two_that_were_alone_hear_each_others_events_once()
    {
        ClusterWorld world = new(5);
        SerfHost left = world.Add("left");
        SerfHost right = world.Add("right");
        left.SendEvent("l");
        right.SendEvent("r1");
        right.SendEvent("r2");
        left.Join([right]);
        right.Join([left]);
        world.Run(100);
        Assert.All(world.Hosts, host => Assert.Equal(
            ["user l", "user r1", "user r2"], host.Events.Where(line => line.StartsWith("user")).Order()));
    }

    [Fact]
    public void After_a_time_alone_only_a_few_events_wait_for_the_first_peer_and_queries_are_over()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 6);
        SerfHost alone = world.Hosts[0];
        world.Kill(world.Hosts[1]);
        world.Run(60);
        for (int number = 0; number < 1000; number++)
        {
            Assert.Null(alone.SendEvent("e" + number));
        }

        alone.BeginQuery(new QueryParameters { Name = ByteString.FromText("q") }, new RecordingSink());
        world.Run(60);
        SerfHost fresh = world.Add("fresh");
        fresh.Join([alone]);
        world.Run(0.01);
        Assert.InRange(int.Parse(alone.Stat("event_queue")), 1, Limits.LonelyEventCountMax);
        world.Run(60);
        Assert.Equal(0, fresh.CountOf("query: q"));
        Assert.Equal(1, fresh.CountOf("user e999"));
        Assert.Equal(512, fresh.Delivered.OfType<UserEvent>().Count());
    }
}
