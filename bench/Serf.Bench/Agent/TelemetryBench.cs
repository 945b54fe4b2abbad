using BenchmarkDotNet.Attributes;
using Serf.Agent.Telemetry;
using Serf.Bench.Swim;
using Serf.Bench.Wire;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Bench.Agent;

/// <summary>What it costs that a node counts: one packet and its answer, and one value alone.</summary>
public class TelemetryBench
{
    private readonly AgentMetrics _metrics = new();
    private readonly SilentPeer _silent = new(memberCount: 1000);
    private readonly SilentPeer _counting;
    private readonly byte[] _ping;

    public TelemetryBench()
    {
        _counting = new SilentPeer(memberCount: 1000, metrics: _metrics);
        PacketWriter writer = new(default, compress: false, null);
        writer.Begin();
        writer.Commit(SwimCodec.Write(Samples.Ping, writer.Reserve(SwimCodec.SizeOf(Samples.Ping))));
        _ping = writer.Finish(checksum: false).ToArray();
    }

    [Benchmark(Baseline = true)]
    public int PingToAckUncounted()
    {
        _silent.Receive(_ping);
        return _silent.PacketCount;
    }

    [Benchmark]
    public int PingToAckCounted()
    {
        _counting.Receive(_ping);
        return _counting.PacketCount;
    }

    [Benchmark]
    public void OneValue() => _metrics.Add(Metric.PacketReceived, 100);

    [Benchmark]
    public void OneNamedValue() => _metrics.Add(MetricFamily.UserEvents, "deploy"u8, 1);
}
