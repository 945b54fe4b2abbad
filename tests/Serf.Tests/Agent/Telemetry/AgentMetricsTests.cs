using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using Serf.Agent.Telemetry;
using Serf.Posix;
using Serf.Primitives;
using Xunit;

namespace Serf.Tests.Agent.Telemetry;

/// <summary>The metrics of the last minute (spec agent 19.1, 19.4).</summary>
public sealed class AgentMetricsTests
{
    private static readonly long _origin =
        new DateTimeOffset(2026, 11, 21, 1, 6, 20, TimeSpan.Zero).ToUnixTimeMilliseconds();

    private readonly AgentMetrics _metrics;
    private long _now = 5000;
    private long _wall = _origin + 1000;

    public AgentMetricsTests() =>
        _metrics = new AgentMetrics(clock: new MetricClock(() => _now, () => _wall));

    [Fact]
    public void Nothing_is_told_of_the_interval_that_runs()
    {
        _metrics.Add(Metric.Queries, 1);
        Pass(8999);
        Assert.Equal("", _metrics.Dump());

        Pass(1);
        Assert.Contains("'serf-agent.serf.queries': Count: 1 Sum: 1.000", _metrics.Dump(), Utf16);
    }

    [Fact]
    public void Lines_have_the_originals_form()
    {
        _metrics.Add(Metric.RpcAccepted, 1);
        _metrics.Add(Metric.RpcAccepted, 1);
        Pass(4);
        _metrics.Add(Metric.GossipTime, 0.25);
        Pass(46);
        _metrics.Add(Metric.GossipTime, 1.25);
        _metrics.Add(Metric.PacketSent, 10);
        _metrics.Add(Metric.PacketSent, 20);
        _metrics.Add(Metric.HealthScore, 3);
        _metrics.Add(Metric.HealthScore, 2);
        Pass(9000);

        string head = $"[{Libc.LocalTimeText(_origin)}]";
        Assert.Equal(
            [
                $"{head}[G] 'serf-agent.memberlist.health.score': 2.000",
                $"{head}[C] 'serf-agent.agent.ipc.accept': Count: 2 Sum: 2.000 LastUpdated: {At(1000)}",
                $"{head}[C] 'serf-agent.memberlist.udp.sent': Count: 2 Min: 10.000 Mean: 15.000 Max: 20.000 "
                + $"Stddev: 7.071 Sum: 30.000 LastUpdated: {At(1050)}",
                $"{head}[S] 'serf-agent.memberlist.gossip': Count: 2 Min: 0.250 Mean: 0.750 Max: 1.250 "
                + $"Stddev: 0.707 Sum: 1.500 LastUpdated: {At(1050)}",
            ],
            Lines().Where(line => !line.Contains(".runtime.", Utf16)));
    }

    [Fact]
    public void Times_are_those_of_the_local_zone_without_needless_digits()
    {
        string whole = Libc.LocalTimeText(_origin);
        TimeSpan offset = TimeZoneInfo.Local.GetUtcOffset(DateTimeOffset.FromUnixTimeMilliseconds(_origin));
        string local = DateTimeOffset.FromUnixTimeMilliseconds(_origin).ToOffset(offset)
            .ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

        Assert.Matches("^" + local + " [+-][0-9]{4} [A-Z0-9+-]+$", whole);
        Assert.StartsWith(local + ".05 ", Libc.LocalTimeText(_origin + 50), Utf16);
        Assert.StartsWith(local + ".123 ", Libc.LocalTimeText(_origin + 123), Utf16);
    }

    [Fact]
    public void The_process_is_described_at_the_end_of_each_interval_a_silent_one_included()
    {
        _metrics.Add(Metric.Queries, 1);
        Pass(10_000);
        _metrics.Add(Metric.Queries, 1);
        Pass(20_000);

        ILookup<string, string> gauges = Lines()
            .Where(line => line.Contains("[G]", Utf16))
            .ToLookup(line => line.Split('\'')[1], line => line.Split("': ")[1]);
        string[] keys =
        [
            "num_goroutines", "alloc_bytes", "sys_bytes", "malloc_count", "free_count", "heap_objects",
            "total_gc_pause_ns", "total_gc_runs",
        ];
        Assert.All(keys, key => Assert.Equal(3, gauges["serf-agent.runtime." + key].Count()));
        Assert.All(
            gauges["serf-agent.runtime.sys_bytes"], value => Assert.InRange(Number(value), 1e6, 1e10));
        Assert.All(
            gauges["serf-agent.runtime.num_goroutines"], value => Assert.InRange(Number(value), 2, 1000));
        Assert.Equal(2, Lines().Count(line => line.Contains("'serf-agent.serf.queries': Count: 1", Utf16)));
    }

    [Fact]
    public void A_minute_is_kept()
    {
        for (int number = 0; number < 20; number++)
        {
            _metrics.Add(Metric.Queries, number);
            Pass(10_000);
        }

        IEnumerable<string> sums = Lines().Where(line => line.Contains("serf.queries", Utf16))
            .Select(line => line.Split(" Sum: ")[1].Split(' ')[0]);
        Assert.Equal(["15.000", "16.000", "17.000", "18.000", "19.000"], sums);

        Pass(600_000);
        Assert.DoesNotContain("serf.queries", _metrics.Dump(), Utf16);
    }

    [Fact]
    public void A_clock_that_is_set_forward_is_followed_and_one_that_is_set_back_is_not()
    {
        _metrics.Add(Metric.Queries, 1);
        _wall += 3_600_000;
        Pass(10_000);
        _metrics.Add(Metric.Queries, 2);
        Pass(10_000);
        _wall -= 7_200_000;

        Assert.Contains("Sum: 2.000 LastUpdated: " + At(3_611_000), _metrics.Dump(), Utf16);
        Pass(10_000);
        _metrics.Add(Metric.Queries, 3);
        Pass(10_000);
        Assert.Contains("Sum: 3.000 LastUpdated: " + At(3_631_000), _metrics.Dump(), Utf16);
    }

    [Fact]
    public void Names_are_part_of_keys_and_do_no_harm_there()
    {
        _metrics.Add(MetricFamily.UserEvents, "with space:colon"u8, 1);
        _metrics.Add(MetricFamily.HandlerTime, "./run\x1b[2J\nme"u8, 2);
        _metrics.Add(MetricFamily.Queries, [0xFF], 1);
        Pass(10_000);

        string dump = _metrics.Dump();
        Assert.Contains("[C] 'serf-agent.serf.events.with_space:colon': Count: 1", dump, Utf16);
        Assert.Contains("[S] 'serf-agent.agent.invoke../run_[2J_me': Count: 1 Sum: 2.000", dump, Utf16);
        Assert.Contains("[C] 'serf-agent.serf.queries.\uDCFF': Count: 1", dump, Utf16);
    }

    [Fact]
    public void Names_beyond_the_limit_share_one_key_and_the_first_ones_keep_theirs()
    {
        for (int number = 0; number < 3000; number++)
        {
            _metrics.Add(MetricFamily.UserEvents, Encoding.UTF8.GetBytes($"name{number}"), 1);
        }

        _metrics.Add(MetricFamily.UserEvents, "name0"u8, 1);
        _metrics.Add(MetricFamily.UserEvents, new byte[Limits.MetricNameSizeMax + 1], 1);
        _metrics.Add(MetricFamily.Queries, "load"u8, 1);
        Pass(10_000);

        string dump = _metrics.Dump();
        int others = 3000 - Limits.MetricNameCountMax + 1;
        Assert.Equal(Limits.MetricNameCountMax + 1, Lines().Count(line => line.Contains("serf.events.", Utf16)));
        Assert.Contains("'serf-agent.serf.events.name0': Count: 2 ", dump, Utf16);
        Assert.Contains("'serf-agent.serf.events.name255': Count: 1 ", dump, Utf16);
        Assert.Contains($"'serf-agent.serf.events._other': Count: {others} ", dump, Utf16);
        Assert.Contains("'serf-agent.serf.queries.load': Count: 1 ", dump, Utf16);
    }

    [Fact]
    public void A_value_costs_no_memory()
    {
        _metrics.Add(MetricFamily.UserEvents, "deploy"u8, 1);
        AddSome(_metrics);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int round = 0; round < 1000; round++)
        {
            AddSome(_metrics);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static StringComparison Utf16 => StringComparison.Ordinal;

    private static void AddSome(AgentMetrics metrics)
    {
        long start = metrics.Start();
        metrics.Add(Metric.PacketReceived, 100);
        metrics.Add(MetricFamily.UserEvents, "deploy"u8, 1);
        metrics.Stop(Metric.GossipTime, start);
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static string At(long milliseconds) => Libc.LocalTimeText(_origin + milliseconds);

    private void Pass(long milliseconds)
    {
        _now += milliseconds;
        _wall += milliseconds;
    }

    private string[] Lines() =>
        _metrics.Dump().Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
