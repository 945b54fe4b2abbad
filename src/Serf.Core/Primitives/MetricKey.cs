using System.Collections.Generic;

namespace Serf.Primitives;

/// <summary>The key of a metric as sinks and the dump show it, and its kind (spec agent 19.2).</summary>
/// <param name="Text">Without the part that all keys begin with.</param>
/// <param name="Kind">How values are put together.</param>
public readonly record struct MetricKey(string Text, MetricKind Kind)
{
    /// <summary>What all keys begin with.</summary>
    public const string Prefix = "serf-agent";

    /// <summary>
    /// Takes the place of names beyond <see cref="Limits.MetricNameCountMax"/>, and of those that are too
    /// long to be keys.
    /// </summary>
    public const string OtherName = "_other";

    private static readonly MetricKey[] _keys =
    [
        new("runtime.num_goroutines", MetricKind.Gauge),
        new("runtime.alloc_bytes", MetricKind.Gauge),
        new("runtime.sys_bytes", MetricKind.Gauge),
        new("runtime.malloc_count", MetricKind.Gauge),
        new("runtime.free_count", MetricKind.Gauge),
        new("runtime.heap_objects", MetricKind.Gauge),
        new("runtime.total_gc_pause_ns", MetricKind.Gauge),
        new("runtime.total_gc_runs", MetricKind.Gauge),
        new("runtime.gc_pause_ns", MetricKind.Sample),
        new("agent.ipc.accept", MetricKind.Counter),
        new("agent.ipc.command", MetricKind.Counter),
        new("serf.member.join", MetricKind.Counter),
        new("serf.member.left", MetricKind.Counter),
        new("serf.member.failed", MetricKind.Counter),
        new("serf.member.update", MetricKind.Counter),
        new("serf.member.flap", MetricKind.Counter),
        new("serf.events", MetricKind.Counter),
        new("serf.queries", MetricKind.Counter),
        new("serf.query_acks", MetricKind.Counter),
        new("serf.query_responses", MetricKind.Counter),
        new("serf.query_duplicate_acks", MetricKind.Counter),
        new("serf.query_duplicate_responses", MetricKind.Counter),
        new("serf.msgs.received", MetricKind.Sample),
        new("serf.msgs.sent", MetricKind.Sample),
        new("serf.queue.Intent", MetricKind.Sample),
        new("serf.queue.Event", MetricKind.Sample),
        new("serf.queue.Query", MetricKind.Sample),
        new("serf.snapshot.appendLine", MetricKind.Sample),
        new("serf.snapshot.compact", MetricKind.Sample),
        new("serf.coordinate.adjustment-ms", MetricKind.Sample),
        new("serf.coordinate.rejected", MetricKind.Counter),
        new("serf.coordinate.zero-rtt", MetricKind.Counter),
        new("memberlist.gossip", MetricKind.Sample),
        new("memberlist.probeNode", MetricKind.Sample),
        new("memberlist.pushPullNode", MetricKind.Sample),
        new("memberlist.msg.alive", MetricKind.Counter),
        new("memberlist.msg.suspect", MetricKind.Counter),
        new("memberlist.msg.dead", MetricKind.Counter),
        new("memberlist.tcp.accept", MetricKind.Counter),
        new("memberlist.tcp.connect", MetricKind.Counter),
        new("memberlist.tcp.sent", MetricKind.Counter),
        new("memberlist.udp.sent", MetricKind.Counter),
        new("memberlist.udp.received", MetricKind.Counter),
        new("memberlist.degraded.probe", MetricKind.Counter),
        new("memberlist.degraded.timeout", MetricKind.Counter),
        new("memberlist.queue.broadcasts", MetricKind.Sample),
        new("memberlist.size.remote", MetricKind.Sample),
        new("memberlist.size.local", MetricKind.Gauge),
        new("memberlist.health.score", MetricKind.Gauge),
        new("memberlist.node.instances.alive", MetricKind.Gauge),
        new("memberlist.node.instances.suspect", MetricKind.Gauge),
        new("memberlist.node.instances.dead", MetricKind.Gauge),
        new("memberlist.node.instances.left", MetricKind.Gauge),
    ];

    private static readonly MetricKey[] _families =
    [
        new("agent.invoke.", MetricKind.Sample),
        new("serf.events.", MetricKind.Counter),
        new("serf.queries.", MetricKind.Counter),
    ];

    /// <summary>In the order of <see cref="Metric"/>.</summary>
    public static IReadOnlyList<MetricKey> All => _keys;

    /// <summary>In the order of <see cref="MetricFamily"/>; the name follows the text.</summary>
    public static IReadOnlyList<MetricKey> Families => _families;

    public static MetricKind KindOf(Metric metric) => _keys[(int)metric].Kind;

    public static MetricKind KindOf(MetricFamily family) => _families[(int)family].Kind;
}
