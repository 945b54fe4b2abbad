using System;
using System.Collections.Generic;
using System.Linq;
using Serf.Primitives;
using Serf.Swim;
using Xunit;

namespace Serf.Core.Tests.Swim;

public sealed class SwimWorldTests
{
    [Fact]
    public void Joined_nodes_all_come_to_know_each_other()
    {
        SwimWorld world = Cluster(20, seed: 1);

        Assert.All(world.Hosts, host => Assert.Equal(20, host.Node.AliveCount));
        Assert.All(
            world.Hosts, host => Assert.Equal(20, host.Events.Count(line => line.StartsWith("join "))));
        Assert.All(world.Hosts, host => Assert.Equal(0, host.Node.HealthScore));
        Assert.True(world.Hosts.Sum(host => host.PingCount) > 0);
    }

    [Fact]
    public void A_killed_node_is_suspected_first_and_dead_within_the_bounds()
    {
        SwimWorld world = Cluster(8, seed: 2);
        world.Hosts[3].Stopped = true;

        world.Run(TimeSpan.FromSeconds(3));
        SwimHost[] others = world.Hosts.Where(host => !host.Stopped).ToArray();
        Assert.Contains(others, host => host.StateOf("n3") == MemberState.Suspect);
        Assert.DoesNotContain(others, host => host.StateOf("n3") == MemberState.Dead);

        // A probe of everybody, then the longest suspicion, then the news.
        world.Run(TimeSpan.FromSeconds(8 + 24 + 3));
        Assert.All(others, host => Assert.Contains("dead n3", host.Events));
        Assert.All(others, host => Assert.Equal(7, host.Node.AliveCount));
        Assert.Contains(
            others.SelectMany(host => host.Lines), line => line.Contains("Suspect n3 has failed, no acks"));
        Assert.Contains(others.SelectMany(host => host.Lines), line => line.Contains("Marking n3 as failed"));
    }

    [Fact]
    public void A_node_gone_long_enough_is_forgotten()
    {
        SwimWorld world = Cluster(4, seed: 3);
        world.Hosts[3].Stopped = true;
        world.Run(TimeSpan.FromSeconds(120));
        Assert.All(world.Hosts.Take(3), host => Assert.Null(host.StateOf("n3")));
    }

    [Fact]
    public void A_node_cut_off_for_a_moment_refutes_and_stays()
    {
        SwimWorld world = Cluster(5, seed: 4);
        world.PacketPasses = (from, to) => from != world.Hosts[2] && to != world.Hosts[2];
        world.StreamPasses = world.PacketPasses;
        world.Run(TimeSpan.FromSeconds(3));
        Assert.Contains(world.Hosts, host => host.StateOf("n2") == MemberState.Suspect);

        world.PacketPasses = (_, _) => true;
        world.StreamPasses = (_, _) => true;
        world.Run(TimeSpan.FromSeconds(20));

        Assert.All(world.Hosts, host => Assert.Equal(MemberState.Alive, host.StateOf("n2")));
        Assert.True(world.Hosts[2].Node.Self.Incarnation > 1);
        Assert.All(world.Hosts, host => Assert.DoesNotContain("dead n2", host.Events));
    }

    [Fact]
    public void A_leave_is_seen_as_left_and_reported_once()
    {
        SwimWorld world = Cluster(5, seed: 5);
        Assert.True(world.Hosts[1].Node.Leave(world.Now));
        Assert.False(world.Hosts[1].Node.Leave(world.Now));
        world.Run(TimeSpan.FromSeconds(5));

        Assert.All(world.Hosts, host => Assert.Equal(MemberState.Left, host.StateOf("n1")));
        Assert.All(world.Hosts, host => Assert.Contains("left n1", host.Events));
        Assert.Equal(1, world.Hosts[1].FinishedCount);
        Assert.False(world.Hosts[1].Node.UpdateMeta(world.Now));
        world.Run(TimeSpan.FromSeconds(120));
        Assert.NotNull(world.Hosts[1].StateOf("n1"));
    }

    [Fact]
    public void New_metadata_reaches_everybody_once()
    {
        SwimWorld world = Cluster(5, seed: 6);
        world.Hosts[0].Meta = [1, 2, 3];
        Assert.True(world.Hosts[0].Node.UpdateMeta(world.Now));
        world.Run(TimeSpan.FromSeconds(5));

        Assert.All(world.Hosts, host => Assert.Equal(1, host.Events.Count(line => line == "update n0")));
        Assert.All(world.Hosts, host => Assert.Equal([1, 2, 3], host.Node.Find("n0"u8)!.Meta));
        Assert.Equal(1, world.Hosts[0].FinishedCount);
    }

    [Fact]
    public void A_lone_node_announces_to_nobody()
    {
        SwimWorld world = new(7);
        SwimHost host = world.Add("n0");
        Assert.False(host.Node.UpdateMeta(world.Now));
        Assert.False(host.Node.Leave(world.Now));
        Assert.Equal(["join n0", "left n0"], host.Events);
    }

    [Fact]
    public void Push_pull_alone_heals_what_gossip_lost()
    {
        SwimWorld world = Cluster(4, seed: 8);
        SwimOptions options = SwimOptions.Lan with { PushPullInterval = TimeSpan.FromSeconds(5) };
        world.PacketPasses = (_, _) => false;
        SwimHost late = world.Add("late", options);
        late.Node.PushPull(world.Hosts[0].Address, join: true, world.Now);
        world.Run(TimeSpan.FromSeconds(60));

        Assert.Equal([null], late.Exchanges);
        Assert.All(world.Hosts, host => Assert.Equal(5, host.Node.AliveCount));
    }

    [Fact]
    public void Nodes_that_only_streams_reach_stay_alive()
    {
        SwimWorld world = Cluster(3, seed: 9);
        world.PacketPasses = (_, _) => false;
        world.Run(TimeSpan.FromSeconds(60));

        Assert.All(world.Hosts, host => Assert.Equal(3, host.Node.AliveCount));
        Assert.Contains(world.Hosts[0].Lines, line => line.Contains("over TCP but UDP probes failed"));
    }

    [Fact]
    public void Without_stream_pings_blocked_packets_are_a_failure()
    {
        SwimWorld world = Cluster(3, seed: 9, SwimOptions.Lan with { DisableTcpPings = true });
        world.PacketPasses = (_, _) => false;
        world.Run(TimeSpan.FromSeconds(4));
        Assert.Contains(world.Hosts, host => host.StateOf("n1") == MemberState.Suspect);
    }

    [Fact]
    public void Relays_reach_a_node_that_cannot_be_reached_directly()
    {
        SwimWorld world = Cluster(5, seed: 10, SwimOptions.Lan with { DisableTcpPings = true });
        world.PacketPasses = (from, to) =>
            !(from == world.Hosts[0] && to == world.Hosts[1]) && !(from == world.Hosts[1]
                && to == world.Hosts[0]);
        world.Run(TimeSpan.FromSeconds(60));

        Assert.All(world.Hosts, host => Assert.Equal(5, host.Node.AliveCount));
        Assert.DoesNotContain(world.Hosts[0].Lines, line => line.Contains("Suspect n1"));
        Assert.Equal(0, world.Hosts[0].Node.HealthScore);
    }

    [Fact]
    public void Nacks_of_relays_keep_the_score_when_only_the_target_is_down()
    {
        SwimWorld world = Cluster(5, seed: 11);
        world.Hosts[4].Stopped = true;
        world.Run(TimeSpan.FromSeconds(8));

        Assert.Contains(
            world.Hosts[0].Lines.Concat(world.Hosts[1].Lines), line => line.Contains("Suspect n4"));
        Assert.All(world.Hosts.Take(4), host => Assert.Equal(0, host.Node.HealthScore));
    }

    [Fact]
    public void A_node_that_hears_nobody_distrusts_itself()
    {
        SwimWorld world = Cluster(5, seed: 12);
        world.PacketPasses = (from, to) => from != world.Hosts[0] && to != world.Hosts[0];
        world.StreamPasses = world.PacketPasses;
        world.Run(TimeSpan.FromSeconds(6));
        Assert.True(world.Hosts[0].Node.HealthScore > 0);
    }

    [Fact]
    public void A_send_that_the_system_refuses_counts_as_a_failure_of_the_target()
    {
        SwimWorld world = Cluster(2, seed: 13, SwimOptions.Lan with { DisableTcpPings = true });
        world.Hosts[0].RefusesPackets = true;
        world.Run(TimeSpan.FromSeconds(4));
        Assert.NotEqual(MemberState.Alive, world.Hosts[0].StateOf("n1"));
    }

    [Fact]
    public void A_cluster_with_heavy_loss_loses_nobody()
    {
        SwimWorld world = Cluster(8, seed: 14);
        world.Loss = 0.25;
        world.Run(TimeSpan.FromSeconds(120));
        world.Loss = 0;
        world.Run(TimeSpan.FromSeconds(30));
        Assert.All(world.Hosts, host => Assert.Equal(8, host.Node.AliveCount));
    }

    [Fact]
    public void A_dial_that_is_refused_or_never_answered_ends_with_its_reason()
    {
        SwimWorld world = Cluster(2, seed: 15);
        SwimNode node = world.Hosts[0].Node;
        node.PushPull(NodeAddress.FromIPv4(0x0A0000FF, 7946), join: true, world.Now);
        world.Run(TimeSpan.FromSeconds(1));
        world.StreamPasses = (_, _) => false;
        node.PushPull(world.Hosts[1].Address, join: true, world.Now);
        world.Run(TimeSpan.FromSeconds(9));
        Assert.Single(world.Hosts[0].Exchanges);
        world.Run(TimeSpan.FromSeconds(2));

        Assert.Equal(
            ["dial tcp 10.0.0.255:7946: connect: connection refused", "dial tcp 10.0.0.2:7946: i/o timeout"],
            world.Hosts[0].Exchanges);
    }

    [Fact]
    public void User_state_travels_both_ways_with_the_join_flag()
    {
        SwimWorld world = new(16);
        SwimHost left = world.Add("a");
        SwimHost right = world.Add("b");
        left.State = "left"u8.ToArray();
        left.Node.PushPull(right.Address, join: true, world.Now);
        world.Run(TimeSpan.FromSeconds(1));

        Assert.Equal(["left join"], right.MergedStates);
        Assert.Empty(left.MergedStates);
        Assert.Equal([null], left.Exchanges);
    }

    [Fact]
    public void Incompatible_versions_refuse_the_whole_state()
    {
        SwimWorld world = new(17);
        SwimHost left = world.Add("a");
        SwimHost right = world.Add("b", SwimOptions.Lan with { Versions = new(3, 5, 3, 2, 5, 5) });
        left.Node.PushPull(right.Address, join: true, world.Now);
        world.Run(TimeSpan.FromSeconds(1));

        Assert.Equal(["Node 'a' protocol version (2) is incompatible: [3, 5]"], left.Exchanges);
        Assert.Null(left.StateOf("b"));
        Assert.Null(right.StateOf("a"));
    }

    [Fact]
    public void The_same_seed_gives_the_same_run()
    {
        static List<string> Trace()
        {
            SwimWorld world = Cluster(6, seed: 18);
            world.Hosts[2].Stopped = true;
            world.Loss = 0.1;
            world.Run(TimeSpan.FromSeconds(40));
            return [.. world.Hosts.SelectMany(host => host.Events.Concat(host.Lines))];
        }

        Assert.Equal(Trace(), Trace());
    }

    [Fact]
    public void A_user_message_arrives_in_a_packet_of_its_own()
    {
        SwimWorld world = Cluster(2, seed: 19);
        Assert.True(world.Hosts[0].Node.SendUserMessage(world.Hosts[1].Address, "hello"u8, checksum: true));
        world.Run(TimeSpan.FromSeconds(1));
        Assert.Equal(["hello"], world.Hosts[1].Messages);
    }

    [Fact]
    public void After_the_end_nothing_moves()
    {
        SwimWorld world = Cluster(2, seed: 20);
        SwimNode node = world.Hosts[0].Node;
        node.Shutdown();
        node.Shutdown();
        Assert.Equal(Instant.Never, node.NextDeadline);
        Assert.Equal(StreamId.None, node.StreamAccepted(world.Hosts[1].Address, world.Now));
        Assert.Equal(StreamId.None, node.PushPull(world.Hosts[1].Address, join: false, world.Now));
        Assert.False(node.Leave(world.Now));
    }

    private static SwimWorld Cluster(int count, ulong seed, SwimOptions? options = null)
    {
        SwimWorld world = new(seed);
        for (int number = 0; number < count; number++)
        {
            SwimHost host = world.Add($"n{number}", options);
            if (number > 0)
            {
                host.Node.PushPull(world.Hosts[0].Address, join: true, world.Now);
            }

            world.Run(TimeSpan.FromMilliseconds(50));
        }

        world.Run(TimeSpan.FromSeconds(10));
        return world;
    }
}
