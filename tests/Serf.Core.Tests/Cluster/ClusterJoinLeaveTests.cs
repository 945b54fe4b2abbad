using System;
using System.Linq;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Cluster;

/// <summary>Joins, leaves and the end of a node (spec serf 4.8 to 4.10).</summary>
public sealed class ClusterJoinLeaveTests
{
    private const string NotMember = "Serf can't Join after Leave or Shutdown";

    private static readonly SwimOptions Mute = SwimOptions.Lan with
    {
        GossipNodes = 0,
        ProbeInterval = TimeSpan.Zero,
    };

    [Fact]
    public void A_join_counts_those_that_answered()
    {
        ClusterWorld world = new(1);
        SerfHost first = world.Add("n0");
        SerfHost second = world.Add("n1");
        SerfHost third = world.Add("n2");
        long call = third.Join(
            ignoreOld: false, SerfHost.Target(first.Address), Nobody(200), SerfHost.Target(second.Address));
        world.Run(1);

        Assert.Equal((null, 2), (third.Completed[call].Error, third.Completed[call].Count));
        Assert.Equal(3, third.Serf.Members().Count);
        world.Run(5);
        Assert.All(world.Hosts, host => Assert.Equal(3, host.Serf.Members().Count));
        Assert.Equal(["member-join n0", "member-join n1", "member-join n2"], first.Events.Order());
    }

    [Fact]
    public void A_join_is_told_to_peers_with_a_fresh_time()
    {
        ClusterWorld world = new(2);
        SerfHost first = world.Add("n0");
        world.Add("n1").Join([first]);
        world.Run(3);
        Assert.Equal("2", first.Stat("member_time"));
    }

    [Fact]
    public void One_failure_is_told_in_the_original_s_words()
    {
        ClusterWorld world = new(3);
        SerfHost host = world.Add("n0");
        long call = host.Join(ignoreOld: false, Nobody(200));
        world.Run(1);
        Assert.Equal(
            "1 error occurred:\n\t* failed to join 10.0.0.200:7946: dial tcp 10.0.0.200:7946: connect: "
            + "connection refused\n\n",
            host.Completed[call].Error);
        Assert.Equal(0, host.Completed[call].Count);
    }

    [Fact]
    public void Several_failures_are_counted_and_listed_in_order()
    {
        ClusterWorld world = new(4);
        SerfHost host = world.Add("n0");
        long call = host.Join(
            ignoreOld: false, Nobody(200), new JoinTarget("x", default, "failed to resolve x: no"), Nobody(201));
        world.Run(1);
        Assert.Equal(
            "3 errors occurred:\n"
            + "\t* failed to join 10.0.0.200:7946: dial tcp 10.0.0.200:7946: connect: connection refused\n"
            + "\t* failed to resolve x: no\n"
            + "\t* failed to join 10.0.0.201:7946: dial tcp 10.0.0.201:7946: connect: connection refused\n\n",
            host.Completed[call].Error);
    }

    [Fact]
    public void Faults_of_names_alone_and_an_empty_list_end_at_once()
    {
        ClusterWorld world = new(5);
        SerfHost host = world.Add("n0");
        long call = host.Join(ignoreOld: false, new JoinTarget("x", default, "failed to resolve x: no"));
        long nobody = host.Join([]);
        world.Run(0);
        Assert.Equal("1 error occurred:\n\t* failed to resolve x: no\n\n", host.Completed[call].Error);
        Assert.Equal((null, 0, world.Now), host.Completed[nobody]);
    }

    [Fact]
    public void Joins_run_one_after_another()
    {
        ClusterWorld world = new(6);
        SerfHost first = world.Add("n0");
        SerfHost host = world.Add("n1");
        world.Net.StreamPasses = (_, to) => to.Address != first.Address;
        long slow = host.Join([first]);
        long quick = host.Join(ignoreOld: false, Nobody(200));
        long third = host.Join([]);
        world.Run(9.9);
        Assert.Empty(host.Completed);
        world.Run(0.2);
        Assert.Contains("i/o timeout", host.Completed[slow].Error);
        Assert.Contains("connection refused", host.Completed[quick].Error);
        Assert.Null(host.Completed[third].Error);
        Assert.True(host.Completed[slow].At < host.Completed[quick].At);
    }

    [Fact]
    public void A_join_after_a_leave_or_the_end_is_refused()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 7);
        SerfHost host = world.Hosts[0];
        host.Leave();
        Assert.Equal((NotMember, 0, world.Now), host.Completed[host.Join([world.Hosts[1]])]);
        world.Run(10);
        Assert.Equal(LifecycleState.Left, host.Serf.State);
        Assert.Equal(NotMember, host.Completed[host.Join([world.Hosts[1]])].Error);
        host.Serf.Shutdown();
        Assert.Equal(NotMember, host.Completed[host.Join([])].Error);
    }

    [Fact]
    public void A_leave_during_a_join_is_not_undone_by_it()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 8);
        SerfHost host = world.Hosts[0];
        long join = host.Join([world.Hosts[1]]);
        long queued = host.Join([world.Hosts[2]]);
        host.Leave();
        world.Run(10);

        Assert.Equal((null, 1), (host.Completed[join].Error, host.Completed[join].Count));
        Assert.Equal(NotMember, host.Completed[queued].Error);
        Assert.Equal(["member-leave n0"], host.Events);

        // The exchange that was under way shows a leave's time like a join's, as the original's does; the
        // tombstone of the others puts it right.
        world.Run(90);
        Assert.All(world.Hosts, other => Assert.Equal(MemberStatus.Left, other.StatusOf("n0")));
    }

    [Fact]
    public void A_leave_goes_through_its_phases_and_every_peer_sees_it_as_a_leave()
    {
        ClusterWorld world = ClusterWorld.Joined(4, 9);
        SerfHost host = world.Hosts[1];
        Instant begun = world.Now;
        long call = host.Leave();
        Assert.Equal(LifecycleState.Leaving, host.Serf.State);
        Assert.Equal(MemberStatus.Leaving, host.StatusOf("n1"));
        Assert.Empty(host.Events);
        world.Run(11);

        Assert.Null(host.Completed[call].Error);
        Assert.InRange(
            host.Completed[call].At - begun, TimeSpan.FromSeconds(1.2), TimeSpan.FromSeconds(4));
        Assert.Equal(LifecycleState.Left, host.Serf.State);
        Assert.All(world.Hosts, other => Assert.Equal(["member-leave n1"], other.Events));
        Assert.All(world.Hosts, other => Assert.Equal(MemberStatus.Left, other.StatusOf("n1")));
        Assert.All(world.Hosts, other => Assert.Equal("0", other.Stat("intent_queue")));
    }

    [Fact]
    public void A_second_leave_is_refused_while_the_first_runs_and_a_third_is_a_success()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 90);
        SerfHost host = world.Hosts[0];
        long first = host.Leave();
        long second = host.Leave();
        Assert.Equal(("Leave already in progress", 0, world.Now), host.Completed[second]);
        world.Run(12);
        Assert.Null(host.Completed[first].Error);
        Assert.Equal((null, 0, world.Now), host.Completed[host.Leave()]);
    }

    [Fact]
    public void A_leave_that_nobody_hears_takes_eleven_seconds()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 10, swim: Mute);
        SerfHost host = world.Hosts[0];
        Instant begun = world.Now;
        long call = host.Leave();
        world.Run(4.999);
        Assert.Equal(MemberStatus.Leaving, host.StatusOf("n0"));
        world.Run(0.002);
        Assert.Equal(MemberStatus.Left, host.StatusOf("n0"));
        world.Run(10);
        Assert.Equal((null, 0, begun + TimeSpan.FromSeconds(11)), host.Completed[call]);
    }

    [Fact]
    public void A_lone_node_leaves_within_the_propagation_delay()
    {
        ClusterWorld world = new(11);
        SerfHost host = world.Add("n0");
        Instant begun = world.Now;
        long call = host.Leave();
        Assert.Equal(MemberStatus.Left, host.StatusOf("n0"));
        Assert.Equal("already in progress", host.Completed[host.Leave()].Error![^19..]);
        world.Run(5);
        Assert.Equal((null, 0, begun + TimeSpan.FromSeconds(1)), host.Completed[call]);
        Assert.Equal((null, 0, world.Now), host.Completed[host.Leave()]);
        Assert.Equal(["member-join n0", "member-leave n0"], host.Events);
    }

    [Fact]
    public void Who_turns_up_while_a_lone_node_leaves_is_told_by_intent_too()
    {
        // The original takes the announcement alone for a failure.
        ClusterWorld world = new(13);
        SerfHost host = world.Add("n0");
        host.Leave();
        KeptMessages sink = new();
        ((ISwimObserver)host.Serf).CollectBroadcasts(3, 1400, sink);
        byte[] message = Assert.Single(sink.Messages);
        Assert.Equal(ReadStatus.Ok, SerfCodec.TryRead(message.AsSpan(1), out LeaveIntent intent));
        Assert.Equal(SerfMessageType.Leave, (SerfMessageType)message[0]);
        Assert.True(intent.Node.SequenceEqual("n0"u8));
    }

    [Fact]
    public void Without_delays_a_lone_leave_ends_at_once()
    {
        ClusterWorld world = new(12);
        SerfHost host = world.Add("n0", ClusterWorld.Plain with { LeavePropagateDelay = TimeSpan.Zero });
        Assert.Equal((null, 0, world.Now), host.Completed[host.Leave()]);
        Assert.Equal(LifecycleState.Left, host.Serf.State);
        Assert.True(host.Serf.NextDeadline > world.Now);
    }

    [Fact]
    public void A_leave_after_the_end_is_refused_and_an_end_without_a_leave_is_logged()
    {
        ClusterWorld world = new(13);
        SerfHost host = world.Add("n0");
        host.Serf.Shutdown();
        host.Serf.Shutdown();
        Assert.Equal("Leave called after Shutdown", host.Completed[host.Leave()].Error);
        Assert.Single(host.Lines, line => line.Contains("Shutdown without a Leave"));
        Assert.Equal(Instant.Never, host.Serf.NextDeadline);
        Assert.Equal("timed out broadcasting node removal", host.Completed[host.ForceLeave("x")].Error);
    }

    [Fact]
    public void A_leave_replaces_an_announcement_of_tags()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 14);
        SerfHost host = world.Hosts[0];
        Instant begun = world.Now;
        long tags = host.SetTags(("a", "1"));
        long leave = host.Leave();
        world.Run(11);
        Assert.Null(host.Completed[tags].Error);
        Assert.Null(host.Completed[leave].Error);
        Assert.True(host.Completed[leave].At - begun >= TimeSpan.FromSeconds(1.2));
        Assert.All(world.Hosts, other => Assert.Equal(MemberStatus.Left, other.StatusOf("n0")));
        Assert.Equal((null, 0, world.Now), host.Completed[host.SetTags(("b", "2"))]);
    }

    [Fact]
    public void The_end_of_a_node_ends_its_open_calls()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 15, swim: Mute);
        SerfHost host = world.Hosts[0];
        long tags = host.SetTags(("a", "1"));
        long removal = host.ForceLeave("x");
        long join = host.Join([world.Hosts[1]]);
        long queued = host.Join([world.Hosts[1]]);
        long leave = host.Leave();
        host.Serf.Shutdown();

        Assert.Equal("timeout waiting for update broadcast", host.Completed[tags].Error);
        Assert.Equal("timed out broadcasting node removal", host.Completed[removal].Error);
        Assert.Equal(NotMember, host.Completed[join].Error);
        Assert.Equal(NotMember, host.Completed[queued].Error);
        Assert.Null(host.Completed[leave].Error);
        Assert.Equal(LifecycleState.Shutdown, host.Serf.State);
        world.Run(20);
        Assert.Equal(5, host.Completed.Count);
    }

    [Fact]
    public void A_node_shut_down_without_a_leave_is_seen_as_failed()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 16, swim: SwimOptions.Lan with { SuspicionMultiplier = 1 });
        world.Hosts[2].Serf.Shutdown();
        world.Kill(world.Hosts[2]);
        world.Run(40);
        Assert.All(world.Hosts, host => Assert.Equal(["member-failed n2"], host.Events));
    }

    [Fact]
    public void Held_events_come_out_at_the_end()
    {
        ClusterWorld world = new(17);
        SerfHost host = world.Add("n0", new SerfOptions());
        host.SendEvent("deploy", coalesce: true);
        Assert.Empty(host.Events);
        host.Serf.Shutdown();
        Assert.Equal(["member-join n0", "user deploy"], host.Events.Order());
    }

    [Theory]
    [InlineData("tags")]
    [InlineData("force-leave")]
    [InlineData("join")]
    [InlineData("query")]
    public void The_end_of_a_call_may_begin_the_next(string kind)
    {
        // As a client does that sends its commands without waiting for their replies.
        ClusterWorld world = ClusterWorld.Joined(3, 18);
        SerfHost host = world.Hosts[0];
        int left = 5;
        host.WhenCompleted = Begin;
        Begin();
        world.Run(60);

        Assert.Equal(-1, left);
        Assert.All(
            host.Completed.Values.TakeLast(5),
            completed => Assert.Equal(kind == "query" ? "3/3 nodes reported failure" : null, completed.Error));
        Assert.Equal("alive alive alive", string.Join(' ', host.Serf.Members().Select(one => one.Status.Label())));

        void Begin()
        {
            if (--left < 0)
            {
                return;
            }

            switch (kind)
            {
                case "tags":
                    host.SetTags(("number", $"{left}"));
                    break;
                case "force-leave":
                    host.ForceLeave($"x{left}");
                    break;
                case "join":
                    host.Join([world.Hosts[1], world.Hosts[2]]);
                    break;
                default:
                    host.Serf.BeginKeyOperation(
                        new CallId(1000 + left), KeyOperation.List, [], new KeyReport(), world.Now);
                    break;
            }
        }
    }

    private static JoinTarget Nobody(byte last) =>
        SerfHost.Target(NodeAddress.FromIPv4(0x0A000000 + (uint)last, 7946));
}
