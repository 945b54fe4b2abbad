using System.Linq;
using Serf.Cluster;
using Serf.Core.Tests.Swim;
using Serf.Primitives;
using Serf.Swim;
using Xunit;

namespace Serf.Core.Tests.Cluster;

/// <summary>What a node counts and times (spec agent 19.2, gossip 14, serf 13.5).</summary>
public sealed class ClusterMetricsTests
{
    private static readonly SwimOptions Fast = SwimOptions.Lan with { SuspicionMultiplier = 1 };

    [Fact]
    public void A_join_is_counted_on_both_sides()
    {
        ClusterWorld world = new(1);
        SerfHost first = world.Add("n0");
        SerfHost second = world.Add("n1");
        second.Join([first]);
        world.Run(0.05);

        Assert.Equal([1.0, 1.0], first.Metrics["serf.member.join"]);
        Assert.Equal([1.0, 1.0], first.Metrics["memberlist.msg.alive"]);
        Assert.Equal([1.0], first.Metrics["memberlist.tcp.accept"]);
        Assert.Empty(first.Metrics["memberlist.tcp.connect"]);
        Assert.Empty(first.Metrics["memberlist.pushPullNode"]);
        Assert.Equal([1.0], second.Metrics["memberlist.tcp.connect"]);
        Assert.Single(second.Metrics["memberlist.pushPullNode"]);
        Assert.All([first, second], host => Assert.Single(host.Metrics["memberlist.tcp.sent"]));
        Assert.All([first, second], host => Assert.Equal([1.0], host.Metrics["memberlist.node.instances.alive"]));
        Assert.All([first, second], host => Assert.Equal([0.0], host.Metrics["memberlist.node.instances.left"]));
        Assert.All([first, second], host => Assert.InRange(host.Metrics["memberlist.size.local"][0], 50, 500));
    }

    [Fact]
    public void A_quiet_cluster_probes_gossips_and_looks_at_its_queues()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 2);
        RecordingMetrics metrics = world.Hosts[0].Metrics;
        world.Run(30);
        metrics.Clear();
        world.Run(60);

        Assert.InRange(metrics["memberlist.probeNode"].Count, 50, 70);
        Assert.All(metrics["memberlist.probeNode"], time => Assert.InRange(time, 0.1, 500.0));
        Assert.InRange(metrics["memberlist.gossip"].Count, 280, 310);
        Assert.InRange(metrics["serf.coordinate.adjustment-ms"].Count, 50, 70);
        Assert.InRange(metrics["memberlist.udp.sent"].Count, 100, 400);
        Assert.InRange(metrics["memberlist.udp.received"].Count, 100, 400);
        Assert.All(metrics["memberlist.udp.received"], size => Assert.InRange(size, 1, Limits.PacketBudget));
        string[] depths =
            ["serf.queue.Intent", "serf.queue.Event", "serf.queue.Query", "memberlist.queue.broadcasts"];
        Assert.All(depths, key => Assert.Equal([0.0, 0.0], metrics[key]));
        Assert.Empty(metrics["memberlist.degraded.probe"]);
        Assert.Empty(metrics["memberlist.health.score"]);
    }

    [Fact]
    public void Events_and_queries_are_counted_once_and_by_name()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 3);
        world.Hosts.ForEach(host => host.Metrics.Clear());
        world.Hosts[0].SendEvent("deploy", "v1"u8.ToArray());
        QueryParameters load = new() { Name = ByteString.FromText("load"), RequestAck = true };
        world.Hosts[0].BeginQuery(load, new RecordingSink());
        world.Run(0.5);
        foreach (SerfHost host in world.Hosts)
        {
            QueryEvent query = host.Delivered.OfType<QueryEvent>().Single();
            Assert.Null(host.Serf.Respond(query, "x"u8, world.Now));
        }

        world.Run(0.1);
        string[] once = ["serf.events", "serf.events.deploy", "serf.queries", "serf.queries.load"];
        Assert.All(world.Hosts, host => Assert.All(once, key => Assert.Equal([1.0], host.Metrics[key])));
        Assert.Equal([1.0, 1.0, 1.0], world.Hosts[0].Metrics["serf.query_acks"]);
        Assert.Equal([1.0, 1.0, 1.0], world.Hosts[0].Metrics["serf.query_responses"]);
        Assert.Empty(world.Hosts[1].Metrics["serf.query_acks"]);

        // What its peers hear of both is what it has handed out.
        Assert.All(world.Hosts[0].Metrics["serf.msgs.sent"], size => Assert.InRange(size, 10, 200));
        Assert.Contains(
            world.Hosts[0].Metrics["serf.msgs.sent"][0], world.Hosts[1].Metrics["serf.msgs.received"]);
    }

    [Fact]
    public void An_event_of_a_node_that_is_alone_counts_too_and_only_once()
    {
        ClusterWorld world = new(7);
        SerfHost first = world.Add("n0");
        first.SendEvent("early");
        Assert.Equal([1.0], first.Metrics["serf.events.early"]);
        world.Add("n1").Join([first]);
        world.Run(5);

        Assert.Equal([1.0], first.Metrics["serf.events.early"]);
        Assert.Equal([1.0], world.Hosts[1].Metrics["serf.events.early"]);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(70, 0)]
    public void A_failed_member_that_is_back_within_a_minute_flaps(double pause, int flaps)
    {
        ClusterWorld world = ClusterWorld.Joined(3, 4, swim: Fast);
        SerfHost lost = world.Hosts[2];
        world.Hosts.ForEach(host => host.Metrics.Clear());
        world.Kill(lost);
        world.Run(20 + pause);
        world.Add("n2", swim: Fast, address: lost.Address).Join([world.Hosts[0]]);
        world.Run(5);

        RecordingMetrics metrics = world.Hosts[0].Metrics;
        Assert.Equal([1.0], metrics["serf.member.failed"]);
        Assert.Equal([1.0], metrics["serf.member.join"]);
        Assert.Equal([1.0], metrics["memberlist.msg.suspect"]);
        Assert.Equal([1.0], metrics["memberlist.msg.dead"]);
        Assert.Equal(flaps, metrics["serf.member.flap"].Count);
    }

    [Fact]
    public void Leaves_and_updates_are_counted()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 5);
        world.Hosts.ForEach(host => host.Metrics.Clear());
        world.Hosts[1].SetTags(("role", "web"));
        world.Run(2);
        world.Hosts[1].Leave();
        world.Run(5);

        RecordingMetrics metrics = world.Hosts[0].Metrics;
        Assert.Equal([1.0], metrics["serf.member.update"]);
        Assert.Equal([1.0], metrics["serf.member.left"]);
        Assert.Empty(metrics["serf.member.failed"]);
    }

    [Fact]
    public void A_node_that_distrusts_itself_says_so()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 6);
        RecordingMetrics metrics = world.Hosts[0].Metrics;
        world.Kill(world.Hosts[1]);
        world.Run(5);

        Assert.Contains(1.0, metrics["memberlist.health.score"]);
        Assert.NotEmpty(metrics["memberlist.degraded.probe"]);
    }
}
