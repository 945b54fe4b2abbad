using System;
using System.Linq;
using Serf.Primitives;
using Xunit;

namespace Serf.Core.Tests.Primitives;

public sealed class MetricKeyTests
{
    [Fact]
    public void Every_metric_has_a_key_of_its_own()
    {
        Assert.Equal(Enum.GetValues<Metric>().Length, MetricKey.All.Count);
        Assert.Equal(Enum.GetValues<MetricFamily>().Length, MetricKey.Families.Count);
        Assert.Equal(MetricKey.All.Count, MetricKey.All.Select(key => key.Text).Distinct().Count());
        Assert.All(MetricKey.All, key => Assert.Matches("^[a-z_]+(\\.[A-Za-z_-]+)+$", key.Text));
        Assert.All(MetricKey.Families, key => Assert.EndsWith(".", key.Text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Metric.RuntimeThreads, "runtime.num_goroutines", MetricKind.Gauge)]
    [InlineData(Metric.RuntimePause, "runtime.gc_pause_ns", MetricKind.Sample)]
    [InlineData(Metric.RpcCommand, "agent.ipc.command", MetricKind.Counter)]
    [InlineData(Metric.MemberFlapped, "serf.member.flap", MetricKind.Counter)]
    [InlineData(Metric.Queries, "serf.queries", MetricKind.Counter)]
    [InlineData(Metric.QueryDuplicateResponses, "serf.query_duplicate_responses", MetricKind.Counter)]
    [InlineData(Metric.MessageSent, "serf.msgs.sent", MetricKind.Sample)]
    [InlineData(Metric.QueryQueueDepth, "serf.queue.Query", MetricKind.Sample)]
    [InlineData(Metric.SnapshotCompaction, "serf.snapshot.compact", MetricKind.Sample)]
    [InlineData(Metric.CoordinateZeroRoundTrip, "serf.coordinate.zero-rtt", MetricKind.Counter)]
    [InlineData(Metric.PushPullTime, "memberlist.pushPullNode", MetricKind.Sample)]
    [InlineData(Metric.DeadTaken, "memberlist.msg.dead", MetricKind.Counter)]
    [InlineData(Metric.StreamSent, "memberlist.tcp.sent", MetricKind.Counter)]
    [InlineData(Metric.PacketReceived, "memberlist.udp.received", MetricKind.Counter)]
    [InlineData(Metric.DegradedTimeout, "memberlist.degraded.timeout", MetricKind.Counter)]
    [InlineData(Metric.BroadcastQueueDepth, "memberlist.queue.broadcasts", MetricKind.Sample)]
    [InlineData(Metric.LocalStateSize, "memberlist.size.local", MetricKind.Gauge)]
    [InlineData(Metric.HealthScore, "memberlist.health.score", MetricKind.Gauge)]
    [InlineData(Metric.NodesLeft, "memberlist.node.instances.left", MetricKind.Gauge)]
    public void Keys_are_the_originals(Metric metric, string key, MetricKind kind)
    {
        Assert.Equal(new MetricKey(key, kind), MetricKey.All[(int)metric]);
        Assert.Equal(kind, MetricKey.KindOf(metric));
    }

    [Fact]
    public void Nothing_comes_of_values_that_nobody_wants()
    {
        NoMetrics none = NoMetrics.Instance;

        none.Add(Metric.Queries, 1);
        none.Add(MetricFamily.Queries, "load"u8, 1);
        none.Stop(Metric.GossipTime, none.Start());

        Assert.Equal(0, none.Start());
    }
}
