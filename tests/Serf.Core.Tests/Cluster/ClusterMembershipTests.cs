using System;
using System.Linq;
using Serf.Cluster;
using Serf.Core.Tests.Swim;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Cluster;

/// <summary>Members across several nodes: failures, removals, tags, restarts (spec serf 4).</summary>
public sealed class ClusterMembershipTests
{
    private static readonly SwimOptions Fast = SwimOptions.Lan with { SuspicionMultiplier = 1 };

    [Fact]
    public void A_fresh_node_reports_itself_alone()
    {
        ClusterWorld world = new(1);
        SerfHost host = world.Add("n0");

        Assert.Equal(["member-join n0"], host.Events);
        Assert.Equal(
            "encrypted=false event_queue=0 event_time=1 failed=0 health_score=0 intent_queue=0 left=0 "
            + "member_time=1 members=1 query_queue=0 query_time=1",
            string.Join(' ', host.Serf.Stats().Where(entry => entry.Key != "coordinate_resets")
                .Select(entry => entry.Key + "=" + entry.Value)));
        Assert.Equal(MemberStatus.Alive, host.Serf.LocalMember.Status);
    }

    [Fact]
    public void A_dead_node_fails_and_is_removed_by_force_everywhere()
    {
        ClusterWorld world = ClusterWorld.Joined(4, 2, swim: Fast);
        SerfHost dead = world.Hosts[3];
        world.Kill(dead);
        world.Run(40);
        Assert.All(world.Hosts, host => Assert.Equal(MemberStatus.Failed, host.StatusOf("n3")));
        Assert.All(world.Hosts, host => Assert.Equal(1, host.CountOf("member-failed n3")));

        long call = world.Hosts[0].ForceLeave("n3");
        Instant begun = world.Now;
        Assert.False(world.Hosts[0].Completed.ContainsKey(call));
        world.Run(6);

        Assert.All(world.Hosts, host => Assert.Equal(MemberStatus.Left, host.StatusOf("n3")));
        Assert.All(world.Hosts, host => Assert.Equal(1, host.CountOf("member-leave n3")));
        Assert.All(world.Hosts, host => Assert.Equal("1", host.Stat("left")));
        Assert.All(world.Hosts, host => Assert.Equal("0", host.Stat("failed")));
        Assert.Null(world.Hosts[0].Completed[call].Error);
        Assert.InRange(
            world.Hosts[0].Completed[call].At - begun, TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void A_failed_node_removed_with_prune_disappears_everywhere()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 3, swim: Fast);
        world.Kill(world.Hosts[2]);
        world.Run(40);
        world.Hosts.ForEach(host => host.Forget());
        world.Hosts[1].ForceLeave("n2", prune: true);
        world.Run(4);

        Assert.All(world.Hosts, host => Assert.Null(host.StatusOf("n2")));
        Assert.All(world.Hosts, host => Assert.Equal(["member-leave n2", "member-reap n2"], host.Events));
        Assert.All(world.Hosts, host => Assert.Equal("0 0", host.Stat("left") + " " + host.Stat("failed")));
    }

    [Fact]
    public void A_live_node_that_is_removed_by_force_refutes()
    {
        ClusterWorld world = ClusterWorld.Joined(4, 4);
        world.Hosts[0].ForceLeave("n2");
        Assert.Equal(MemberStatus.Leaving, world.Hosts[0].StatusOf("n2"));
        world.Run(8);

        Assert.All(world.Hosts, host => Assert.Equal(MemberStatus.Alive, host.StatusOf("n2")));
        Assert.All(world.Hosts, host => Assert.Empty(host.Events));
        Assert.Contains(world.Hosts[2].Lines, line => line.Contains("Refuting an older leave intent"));
    }

    [Fact]
    public void A_live_node_pruned_by_force_refutes_and_stays()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 5);
        world.Hosts[0].ForceLeave("n2", prune: true);
        world.Run(20);
        Assert.All(world.Hosts, host => Assert.Equal(MemberStatus.Alive, host.StatusOf("n2")));
        Assert.All(world.Hosts, host => Assert.Empty(host.Events));
    }

    [Fact]
    public void A_refuted_prune_is_forgotten_when_the_node_leaves_soon_after()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 6);
        world.Hosts[0].HearLeave("n1", 50, prune: true);
        world.Hosts[0].HearJoin("n1", 51);
        world.Run(3);
        world.Hosts[1].Leave();
        world.Run(5);
        Assert.Equal(MemberStatus.Left, world.Hosts[0].StatusOf("n1"));
    }

    [Fact]
    public void A_leaving_member_is_pruned_six_seconds_later_and_a_second_request_does_not_put_it_off()
    {
        SwimOptions hasty = Fast with
        {
            ProbeInterval = TimeSpan.FromSeconds(0.2), ProbeTimeout = TimeSpan.FromSeconds(0.1),
        };
        ClusterWorld world = ClusterWorld.Joined(2, 7, swim: hasty);
        SerfHost host = world.Hosts[0];
        world.Net.PacketPasses = (_, _) => false;
        host.HearLeave("n1", 50, prune: true);
        Assert.Equal(MemberStatus.Leaving, host.StatusOf("n1"));
        world.Run(3);
        host.HearLeave("n1", 51, prune: true);
        world.Kill(world.Hosts[1]);
        world.Run(2.9);
        Assert.Equal(MemberStatus.Left, host.StatusOf("n1"));
        world.Run(0.1);
        Assert.Null(host.StatusOf("n1"));
        Assert.Equal(["member-leave n1", "member-reap n1"], host.Events);
    }

    [Fact]
    public void A_member_is_not_pruned_while_it_is_heard_because_nothing_would_announce_it_again()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 7, swim: Fast);
        SerfHost host = world.Hosts[0];
        world.Net.PacketPasses = (_, _) => false;
        host.HearLeave("n1", 50, prune: true);

        // The other is asked over a stream, and answers: it stays, whatever it says of itself.
        world.Run(14);
        Assert.Equal(MemberStatus.Leaving, host.StatusOf("n1"));
        Assert.Empty(host.Events);

        world.Net.PacketPasses = (_, _) => true;
        world.Run(40);
        Assert.Equal(MemberStatus.Alive, host.StatusOf("n1"));

        host.HearLeave("n1", 500, prune: true);
        world.Kill(world.Hosts[1]);
        world.Run(40);
        Assert.Null(host.StatusOf("n1"));
        Assert.Equal(["member-leave n1", "member-reap n1"], host.Events);
    }

    [Fact]
    public void A_leave_that_has_the_time_of_the_join_against_another_one_does_not_stay()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 7);
        SerfHost host = world.Hosts[0];
        world.Net.PacketPasses = (_, _) => false;
        world.Hosts[1].HearLeave("n1", 50);
        host.HearLeave("n1", 51);
        world.Run(8);
        world.Net.PacketPasses = (_, _) => true;
        Assert.Equal(MemberStatus.Alive, world.Hosts[1].StatusOf("n1"));
        Assert.Equal(MemberStatus.Leaving, host.StatusOf("n1"));

        world.Run(40);
        Assert.All(world.Hosts, each => Assert.Equal(MemberStatus.Alive, each.StatusOf("n1")));
    }

    [Fact]
    public void An_unknown_name_alone_is_removed_at_once_and_among_others_after_the_broadcast()
    {
        ClusterWorld world = new(8);
        SerfHost alone = world.Add("alone");
        Assert.Equal((null, 0, world.Now), alone.Completed[alone.ForceLeave("nobody")]);

        world = ClusterWorld.Joined(2, 8);
        long call = world.Hosts[0].ForceLeave("nobody");
        world.Run(2);
        Assert.Null(world.Hosts[0].Completed[call].Error);
        Assert.Empty(world.Hosts[0].Events);
        Assert.Equal("0", world.Hosts[1].Stat("intent_queue"));
    }

    [Fact]
    public void A_removal_that_cannot_be_sent_ends_with_an_error_after_five_seconds()
    {
        ClusterWorld world = ClusterWorld.Joined(
            2, 9, swim: SwimOptions.Lan with { GossipNodes = 0, ProbeInterval = TimeSpan.Zero });
        Instant begun = world.Now;
        long call = world.Hosts[0].ForceLeave("nobody");
        world.Run(0.5);
        long second = world.Hosts[0].ForceLeave("nobody else");
        world.Run(6);
        Assert.Equal(
            ("timed out broadcasting node removal", 0, begun + TimeSpan.FromSeconds(5)),
            world.Hosts[0].Completed[call]);
        Assert.Equal(begun + TimeSpan.FromSeconds(5.5), world.Hosts[0].Completed[second].At);
    }

    [Fact]
    public void A_removal_that_falls_out_of_a_full_queue_ends_with_an_error_at_once()
    {
        ClusterWorld world = ClusterWorld.Joined(
            2,
            36,
            ClusterWorld.Plain with { QueueDepthMax = 4 },
            SwimOptions.Lan with { GossipNodes = 0, ProbeInterval = TimeSpan.Zero });
        SerfHost host = world.Hosts[0];
        long call = host.ForceLeave("x");
        for (int number = 0; number < 8; number++)
        {
            host.HearJoin("somebody-" + number, 500);
        }

        world.Run(0.001);
        Assert.Equal("timed out broadcasting node removal", host.Completed[call].Error);
    }

    [Fact]
    public void A_leave_that_falls_out_of_a_full_queue_goes_on_to_its_announcement()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 37, ClusterWorld.Plain with { QueueDepthMax = 4 });
        SerfHost host = world.Hosts[0];
        long call = host.Leave();
        for (int number = 0; number < 8; number++)
        {
            host.HearJoin("somebody-with-a-long-name-" + number, 500);
        }

        world.Run(4);
        Assert.Null(host.Completed[call].Error);
        Assert.Equal(["member-leave n0"], world.Hosts[1].Events);
    }

    [Fact]
    public void A_pruned_member_that_left_goes_at_once_and_one_that_came_back_stays()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 38);
        SerfHost host = world.Hosts[0];
        world.Hosts[2].Leave();
        world.Run(4);
        host.HearLeave("n2", 60, prune: true);
        Assert.Null(host.StatusOf("n2"));
        Assert.Equal(["member-leave n2", "member-reap n2"], host.Events);
        Assert.Equal("0", host.Stat("left"));

        // Leaving and asked to go, left, and back before its time is up.
        NodeAddress address = world.Hosts[1].Address;
        uint incarnation = host.Node.Find("n1"u8)!.Incarnation;
        world.Net.PacketPasses = (_, _) => false;
        world.Net.StreamPasses = (_, _) => false;
        host.HearLeave("n1", 70, prune: true);
        host.Node.Receive(address, SwimMessage.Dead("n1", incarnation, "n1"), world.Now);
        Assert.Equal(MemberStatus.Left, host.StatusOf("n1"));
        world.Run(1);
        host.Node.Receive(address, SwimMessage.Alive("n1", address, incarnation + 1), world.Now);
        Assert.Equal(MemberStatus.Alive, host.StatusOf("n1"));
        world.Net.PacketPasses = (_, _) => true;
        world.Net.StreamPasses = (_, _) => true;
        world.Run(30);
        Assert.Equal(MemberStatus.Alive, host.StatusOf("n1"));
        Assert.Equal(0, host.CountOf("member-reap n1"));
    }

    [Fact]
    public void Its_own_name_is_refuted_and_still_told()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 10);
        long call = world.Hosts[0].ForceLeave("n0");
        Assert.Equal(MemberStatus.Alive, world.Hosts[0].StatusOf("n0"));
        world.Run(5);
        Assert.Null(world.Hosts[0].Completed[call].Error);
        Assert.All(world.Hosts, host => Assert.Equal(MemberStatus.Alive, host.StatusOf("n0")));
    }

    [Fact]
    public void A_node_that_left_keeps_its_own_record_whatever_is_pruned()
    {
        SerfOptions options = ClusterWorld.Plain with { TombstoneTimeout = TimeSpan.FromSeconds(1) };
        ClusterWorld world = ClusterWorld.Joined(2, 11, options);
        SerfHost host = world.Hosts[0];
        host.Leave();
        host.HearLeave("n0", 60, prune: true);
        world.Run(8);
        host.HearLeave("n0", 70, prune: true);
        world.Run(30);
        Assert.Equal(MemberStatus.Left, host.Serf.LocalMember.Status);
        Assert.Null(world.Hosts[1].StatusOf("n0"));
    }

    [Fact]
    public void New_tags_raise_one_update_everywhere()
    {
        ClusterWorld world = ClusterWorld.Joined(4, 12);
        Instant begun = world.Now;
        long call = world.Hosts[1].SetTags(("role", "web"));
        Assert.Equal("web", world.Hosts[1].Serf.LocalMember.Tags["role"u8].ToString());
        Assert.False(world.Hosts[1].Completed.ContainsKey(call));
        world.Run(40);

        Assert.All(world.Hosts, host => Assert.Equal(["member-update n1"], host.Events));
        Assert.All(world.Hosts, host => Assert.Equal(
            "web", host.Serf.Members()[1].Tags["role"u8].ToString()));
        Assert.Null(world.Hosts[1].Completed[call].Error);
        Assert.InRange(
            world.Hosts[1].Completed[call].At - begun, TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(3));
    }

    [Fact]
    public void The_same_tags_in_another_order_are_no_update()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 39);
        world.Hosts[1].SetTags(("b", "2"), ("a", "1"), ("c", "3"));
        world.Run(3);
        world.Hosts[1].SetTags(("c", "3"), ("a", "1"), ("b", "2"));
        world.Run(3);
        Assert.All(world.Hosts, host => Assert.Equal(["member-update n1"], host.Events));
    }

    [Fact]
    public void Tags_that_are_too_long_change_nothing()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 13);
        SerfHost host = world.Hosts[0];

        // Magic byte, map of one, "a" (2), raw 16 header (3), 505: 512 in all.
        Assert.False(host.Completed.ContainsKey(host.SetTags(("a", new string('x', 505)))));
        Assert.Equal(
            ("Encoded length of tags exceeds limit of 512 bytes", 0, world.Now),
            host.Completed[host.SetTags(("a", new string('x', 506)))]);
        Assert.Equal(505, host.Serf.Tags["a"u8].Length);
        world.Run(5);
        Assert.Equal(505, world.Hosts[1].Serf.Members()[0].Tags["a"u8].Length);
    }

    [Fact]
    public void A_second_change_of_tags_ends_the_wait_for_the_first()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 14);
        SerfHost host = world.Hosts[0];
        long first = host.SetTags(("a", "1"));
        Assert.False(host.Completed.ContainsKey(first));
        long second = host.SetTags(("a", "2"));
        world.Run(0);
        Assert.Equal((null, 0, world.Now), host.Completed[first]);
        Assert.False(host.Completed.ContainsKey(second));
        world.Run(5);
        Assert.Null(host.Completed[second].Error);
        Assert.Equal("2", world.Hosts[1].Serf.Members()[0].Tags["a"u8].ToString());
    }

    [Fact]
    public void An_announcement_that_cannot_be_sent_ends_with_an_error_but_the_tags_stay()
    {
        ClusterWorld world = ClusterWorld.Joined(
            2, 15, swim: SwimOptions.Lan with { GossipNodes = 0, ProbeInterval = TimeSpan.Zero });
        SerfHost host = world.Hosts[0];
        Instant begun = world.Now;
        long call = host.SetTags(("a", "1"));
        world.Run(6);
        Assert.Equal(
            ("timeout waiting for update broadcast", 0, begun + TimeSpan.FromSeconds(5)), host.Completed[call]);
        Assert.Equal("1", host.Serf.LocalMember.Tags["a"u8].ToString());
    }

    [Fact]
    public void Alone_new_tags_are_set_at_once()
    {
        ClusterWorld world = new(16);
        SerfHost host = world.Add("n0");
        Assert.Equal((null, 0, world.Now), host.Completed[host.SetTags(("a", "1"))]);
        Assert.Equal(["member-join n0", "member-update n0"], host.Events);
    }

    [Fact]
    public void A_node_that_died_and_came_back_under_its_name_is_alive_again()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 17, swim: Fast);
        SerfHost dead = world.Hosts[2];
        world.Kill(dead);
        world.Run(40);
        SerfHost back = world.Add(
            "n2", ClusterWorld.Plain with { Tags = SerfHost.TagsOf(("role", "new")) }, Fast, dead.Address);
        back.Join([world.Hosts[0]]);
        world.Run(10);

        Assert.All(world.Hosts, host => Assert.Equal(MemberStatus.Alive, host.StatusOf("n2")));
        Assert.All(world.Hosts, host => Assert.Equal(
            "new", host.Serf.Members()[2].Tags["role"u8].ToString()));
        Assert.Equal(["member-failed n2", "member-join n2"], world.Hosts[0].Events);
        Assert.Equal(["member-failed n2", "member-join n2"], world.Hosts[1].Events);
        Assert.Equal("0", world.Hosts[0].Stat("failed"));
    }

    [Fact]
    public void A_node_that_left_and_came_back_refutes_the_tombstone()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 18, swim: Fast);
        SerfHost gone = world.Hosts[2];
        gone.Leave();
        world.Run(8);
        world.Kill(gone);
        Assert.Equal(["member-leave n2"], world.Hosts[0].Events);
        SerfHost back = world.Add("n2", null, Fast, gone.Address);
        back.Join([world.Hosts[1]]);
        world.Run(90);

        Assert.All(world.Hosts, host => Assert.Equal(MemberStatus.Alive, host.StatusOf("n2")));
        Assert.All(world.Hosts, host => Assert.Equal("0", host.Stat("left")));
        Assert.Equal("member-join n2", world.Hosts[0].Events.Last());
    }

    [Fact]
    public void A_restart_before_detection_with_other_tags_is_an_update_only()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 19);
        SerfHost dead = world.Hosts[1];
        world.Kill(dead);
        SerfHost back = world.Add(
            "n1", ClusterWorld.Plain with { Tags = SerfHost.TagsOf(("a", "1")) }, null, dead.Address);
        back.Join([world.Hosts[0]]);
        world.Run(10);
        Assert.Equal(["member-update n1"], world.Hosts[0].Events);
    }

    [Fact]
    public void Failed_and_left_members_are_reaped_after_their_time_outs_and_not_before()
    {
        SerfOptions options = ClusterWorld.Plain with
        {
            ReconnectTimeout = TimeSpan.FromSeconds(100),
            TombstoneTimeout = TimeSpan.FromSeconds(200),
            ReapInterval = TimeSpan.FromSeconds(1),
        };
        ClusterWorld world = ClusterWorld.Joined(4, 20, options, Fast);
        SerfHost leaver = world.Hosts[3];
        SerfHost dead = world.Hosts[2];
        leaver.Leave();
        world.Run(8);
        world.Kill(leaver);
        world.Kill(dead);
        world.Run(92);
        Assert.All(world.Hosts, host => Assert.Equal(MemberStatus.Failed, host.StatusOf("n2")));
        world.Run(60);
        Assert.All(world.Hosts, host => Assert.Null(host.StatusOf("n2")));
        Assert.All(world.Hosts, host => Assert.Equal(MemberStatus.Left, host.StatusOf("n3")));
        world.Run(45);
        Assert.All(world.Hosts, host => Assert.Null(host.StatusOf("n3")));
        Assert.All(world.Hosts, host => Assert.Equal("0 0", host.Stat("left") + " " + host.Stat("failed")));
        Assert.Equal(
            ["member-leave n3", "member-failed n2", "member-reap n2", "member-reap n3"], world.Hosts[0].Events);
    }

    [Fact]
    public void A_parted_node_is_found_again_by_reconnecting()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 21, swim: Fast);
        SerfHost parted = world.Hosts[2];
        world.Net.PacketPasses = (from, to) => from != parted && to != parted;
        world.Net.StreamPasses = world.Net.PacketPasses;
        world.Run(120);
        Assert.Equal(MemberStatus.Failed, world.Hosts[0].StatusOf("n2"));
        Assert.Equal("2", parted.Stat("failed"));

        world.Net.PacketPasses = (_, _) => true;
        world.Net.StreamPasses = (_, _) => true;
        world.Run(120);
        Assert.All(world.Hosts, host => Assert.All(
            host.Serf.Members(), member => Assert.Equal(MemberStatus.Alive, member.Status)));
        Assert.Contains(
            world.Hosts.SelectMany(host => host.Lines), line => line.Contains("attempting reconnect to"));
    }

    [Fact]
    public void A_failed_node_is_tried_about_once_an_interval_by_the_whole_cluster()
    {
        ClusterWorld world = ClusterWorld.Joined(9, 22, swim: Fast);
        world.Kill(world.Hosts[8]);
        world.Run(60);
        world.Hosts.ForEach(host => host.Forget());
        world.Run(30 * 60);
        int attempts = world.Hosts.SelectMany(host => host.Lines)
            .Count(line => line.Contains("attempting reconnect to n8"));

        // 60 rounds of 8 nodes, each with a chance of one in eight: 60, and 7 the standard deviation.
        Assert.InRange(attempts, 32, 88);
    }

    [Fact]
    public void Statuses_agree_across_nodes_when_all_is_done()
    {
        ClusterWorld world = ClusterWorld.Joined(6, 23, swim: Fast);
        SerfHost leaver = world.Hosts[5];
        leaver.Leave();
        world.Run(8);
        world.Kill(leaver);
        world.Kill(world.Hosts[4]);
        world.Run(60);
        foreach (SerfHost host in world.Hosts)
        {
            Assert.Equal(
                [MemberStatus.Alive, MemberStatus.Alive, MemberStatus.Alive, MemberStatus.Alive,
                    MemberStatus.Failed, MemberStatus.Left],
                host.Serf.Members().Select(member => member.Status));
        }
    }

    [Fact]
    public void A_leave_that_a_peer_made_up_is_refuted_once_the_node_hears_of_it()
    {
        // Nobody is asked whether it leaves before a push/pull tells it.
        SerfOptions patient = ClusterWorld.Plain with { ReapInterval = TimeSpan.FromHours(1) };
        ClusterWorld world = ClusterWorld.Joined(2, 31, patient);
        (SerfHost observer, SerfHost subject) = (world.Hosts[0], world.Hosts[1]);

        MergeLeft(observer, subject, 40, world.Now);
        Assert.Equal(MemberStatus.Leaving, observer.StatusOf("n1"));
        world.Run(90);

        Assert.Equal(MemberStatus.Alive, observer.StatusOf("n1"));
        Assert.Equal(1, subject.Lines.Count(line => line.Contains("Refuting an intent that is not ours")));
        Assert.Empty(observer.Events);
    }

    [Fact]
    public void A_repeated_join_is_newer_than_what_a_peer_made_up_of_the_one_before()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 32);
        (SerfHost observer, SerfHost subject) = (world.Hosts[0], world.Hosts[2]);
        ulong joined = subject.Serf.ClockTimes.Member - 1;

        MergeLeft(observer, subject, joined, world.Now);
        Assert.Equal(MemberStatus.Leaving, observer.StatusOf("n2"));
        subject.Join([world.Hosts[1]]);
        world.Run(5);

        Assert.Equal(MemberStatus.Alive, observer.StatusOf("n2"));
        Assert.DoesNotContain(subject.Lines, line => line.Contains("Refuting"));
    }

    [Fact]
    public void An_announced_leave_is_one_although_its_intent_has_not_arrived()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 33);
        SerfHost host = world.Hosts[0];
        uint incarnation = host.Node.Find("n2"u8)!.Incarnation;
        host.Node.Receive(world.Hosts[1].Address, SwimMessage.Dead("n2", incarnation, "n2"), world.Now);
        host.Node.Receive(world.Hosts[2].Address, SwimMessage.Dead("n1", 9, "n0"), world.Now);
        Assert.Equal(["member-leave n2", "member-failed n1"], host.Events);
        Assert.Equal("1 1", host.Stat("left") + " " + host.Stat("failed"));
    }

    [Fact]
    public void A_leave_learnt_from_the_state_of_a_peer_is_no_failure()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 34);
        SerfHost host = world.Hosts[0];
        world.Net.PacketPasses = (from, to) => from != host && to != host;
        world.Net.StreamPasses = (from, to) => from != host && to != host;
        world.Hosts[2].Leave();
        world.Run(3);
        Assert.Equal(MemberStatus.Left, world.Hosts[1].StatusOf("n2"));
        Assert.Equal(MemberStatus.Alive, host.StatusOf("n2"));
        world.Net.StreamPasses = (_, _) => true;
        host.Node.PushPull(world.Hosts[1].Address, join: false, world.Now);
        world.Run(0.1);
        Assert.Equal(["member-leave n2"], host.Events);
    }

    [Fact]
    public void A_tombstone_that_all_hold_does_not_drive_the_clocks()
    {
        ClusterWorld world = ClusterWorld.Joined(4, 35);
        SerfHost leaver = world.Hosts[3];
        leaver.Leave();
        world.Run(5);
        world.Kill(leaver);
        world.Run(120);
        ulong[] before = [.. world.Hosts.Select(host => host.Serf.ClockTimes.Member)];
        world.Run(20 * 60);
        Assert.Equal(before, world.Hosts.Select(host => host.Serf.ClockTimes.Member));
        Assert.All(world.Hosts, host => Assert.Equal(MemberStatus.Left, host.StatusOf("n3")));
    }

    /// <summary>A push/pull with somebody who has the subject as left, at a time of its own.</summary>
    private static void MergeLeft(SerfHost observer, SerfHost subject, ulong time, Instant now)
    {
        SerfPushPull state = new()
        {
            LamportTime = 1,
            EventTime = 1,
            QueryTime = 1,
            Statuses = [new(subject.Serf.Name, time)],
            LeftMembers = [subject.Serf.Name],
        };
        byte[] bytes = new byte[SerfCodec.SizeOf(state)];
        SerfCodec.Write(state, bytes);
        ((ISwimObserver)observer.Serf).MergeRemoteState(bytes, join: false, StreamId.None, now);
    }
}
