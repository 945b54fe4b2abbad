using System;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using Serf.Agent.Telemetry;
using Serf.Primitives;
using Xunit;

namespace Serf.Tests.Agent.Telemetry;

/// <summary>Values on their way to a server (spec agent 19.1).</summary>
public sealed class MetricSinkTests
{
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(30);
    private static readonly byte[] _key = "serf-agent.key"u8.ToArray();

    private readonly ConcurrentQueue<string> _told = new();

    [Theory]
    [InlineData(MetricKind.Counter, 2, "serf-agent.key:2.000000|c\n")]
    [InlineData(MetricKind.Gauge, 1048576, "serf-agent.key:1048576.000000|g\n")]
    [InlineData(MetricKind.Sample, 0.0158641, "serf-agent.key:0.015864|ms\n")]
    public void A_line_has_key_value_and_kind(MetricKind kind, double value, string expected)
    {
        byte[] line = new byte[100];
        int size = MetricText.WriteLine(line, _key, value, kind);

        Assert.Equal(expected, Encoding.UTF8.GetString(line, 0, size));
        Assert.Equal(0, MetricText.WriteLine(line.AsSpan(0, size - 1), _key, value, kind));
        Assert.Equal(0, MetricText.WriteLine(line.AsSpan(0, 3), _key, value, kind));
    }

    [Fact]
    public void A_key_holds_nothing_that_a_line_could_be_forged_with()
    {
        string gauge = MetricText.Key(new MetricKey("runtime.alloc_bytes", MetricKind.Gauge), "web 1", default);
        string named = MetricText.Key(
            MetricKey.Families[(int)MetricFamily.UserEvents], "web1", ByteString.FromText("a b:c|d\n\u007fé"));

        Assert.Equal("serf-agent.web_1.runtime.alloc_bytes", Encoding.UTF8.GetString(MetricText.ForSink(gauge)));
        Assert.Equal("serf-agent.serf.events.a_b_c_d__é", Encoding.UTF8.GetString(MetricText.ForSink(named)));
    }

    [Fact]
    public void Values_are_gathered_for_a_tenth_of_a_second_and_into_packets_of_limited_size()
    {
        FakeTransport transport = new();
        using MetricSink sink = Started(transport);
        Stopwatch watch = Stopwatch.StartNew();
        for (int number = 0; number < 100; number++)
        {
            sink.Offer(_key, number, MetricKind.Counter);
        }

        Assert.True(SpinWait.SpinUntil(() => transport.LineCount == 100, _soon));
        Assert.InRange(watch.ElapsedMilliseconds, 90, 30_000);
        Assert.InRange(transport.Packets.Count, 2, 4);
        Assert.All(transport.Packets, packet => Assert.InRange(packet.Length, 1, 1400));
        Assert.All(transport.Packets, packet => Assert.EndsWith("|c\n", packet, StringComparison.Ordinal));
        Assert.Equal("serf-agent.key:99.000000|c", string.Concat(transport.Packets).Split('\n')[99]);
    }

    [Fact]
    public void What_finds_no_room_is_dropped_and_nobody_waits()
    {
        FakeTransport transport = new();
        transport.Gate.Reset();
        using MetricSink sink = new(transport, _told.Enqueue, countMax: 10);
        sink.Start();
        for (int number = 0; number < 1000; number++)
        {
            sink.Offer(_key, number, MetricKind.Counter);
        }

        transport.Gate.Set();
        Assert.True(SpinWait.SpinUntil(() => transport.LineCount == 10, _soon));
        sink.Offer(_key, 1000, MetricKind.Counter);
        Assert.True(SpinWait.SpinUntil(() => transport.LineCount == 11, _soon));
        Assert.Contains(":1000.000000|c", string.Concat(transport.Packets), StringComparison.Ordinal);
    }

    [Fact]
    public void After_a_failure_there_is_a_pause_and_then_a_new_connection()
    {
        FakeTransport transport = new() { Failure = "write: connection refused" };
        using MetricSink sink = new(transport, _told.Enqueue, pauseMilliseconds: 300);
        sink.Start();
        sink.Offer(_key, 1, MetricKind.Counter);
        Assert.True(SpinWait.SpinUntil(() => !_told.IsEmpty, _soon));
        sink.Offer(_key, 2, MetricKind.Counter);
        transport.Failure = null;
        Assert.True(SpinWait.SpinUntil(() => transport.OpenCount == 2, _soon));
        sink.Offer(_key, 3, MetricKind.Counter);

        Assert.True(SpinWait.SpinUntil(() => transport.LineCount > 0, _soon));
        Assert.Equal("serf-agent.key:3.000000|c\n", string.Concat(transport.Packets));
        Assert.Equal(["write: connection refused"], _told);
    }

    [Fact]
    public void The_same_failure_is_told_once()
    {
        FakeTransport transport = new() { OpenFailure = "lookup x: no such host" };
        using MetricSink sink = new(transport, _told.Enqueue, pauseMilliseconds: 1);
        sink.Start();
        Assert.True(SpinWait.SpinUntil(() => transport.OpenCount > 20, _soon));
        transport.OpenFailure = "connect: connection refused";

        Assert.True(SpinWait.SpinUntil(() => _told.Count == 2, _soon));
        Assert.Equal(["lookup x: no such host", "connect: connection refused"], _told);
    }

    [Fact]
    public void The_end_takes_what_waits_along()
    {
        FakeTransport transport = new();
        MetricSink sink = Started(transport);
        Assert.True(SpinWait.SpinUntil(() => transport.OpenCount == 1, _soon));
        sink.Offer(_key, 1, MetricKind.Counter);
        sink.Dispose();

        Assert.Equal(1, transport.LineCount);
        Assert.True(transport.IsClosed);
    }

    [Fact]
    public void Every_value_reaches_the_sinks_with_the_host_in_the_keys_of_gauges()
    {
        FakeTransport transport = new();
        using MetricSink sink = Started(transport);
        AgentMetrics metrics = new("web1");
        metrics.Attach(sink);
        metrics.Add(Metric.Queries, 1);
        metrics.Add(MetricFamily.Queries, "a b"u8, 1);
        metrics.TakeRuntime();

        Assert.True(SpinWait.SpinUntil(() => transport.LineCount >= 10, _soon));
        string lines = string.Concat(transport.Packets);
        Assert.StartsWith(
            "serf-agent.serf.queries:1.000000|c\nserf-agent.serf.queries.a_b:1.000000|c\n"
            + "serf-agent.web1.runtime.num_goroutines:",
            lines,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Datagrams_and_streams_arrive()
    {
        using Socket datagrams = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        datagrams.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        datagrams.ReceiveTimeout = listener.ReceiveTimeout = (int)_soon.TotalMilliseconds;
        byte[] buffer = new byte[2000];

        MetricConnection statsd = Connection($"127.0.0.1:{PortOf(datagrams)}", isStream: false);
        Assert.Null(statsd.Open());
        Assert.Null(statsd.Send("a:1|c\n"u8));
        Assert.Equal("a:1|c\n", Encoding.UTF8.GetString(buffer, 0, datagrams.Receive(buffer)));
        statsd.Close();

        MetricConnection statsite = Connection($":{PortOf(listener)}", isStream: true);
        Assert.Null(statsite.Open());
        Assert.Null(statsite.Send("b:1|c\n"u8));
        using Socket accepted = listener.Accept();
        Assert.Equal("b:1|c\n", Encoding.UTF8.GetString(buffer, 0, accepted.Receive(buffer)));
        statsite.Close();
        listener.Close();
        Assert.Equal("connect: connection refused", statsite.Open());
    }

    [Theory]
    [InlineData("nowhere", "address nowhere: missing port in address")]
    [InlineData("a:b:c", "address a:b:c: too many colons in address")]
    [InlineData("a:99999", "address 99999: invalid port")]
    [InlineData("a:", "address a:: missing port in address")]
    public void An_address_that_is_none_is_named(string address, string expected)
    {
        Assert.Equal(expected, MetricConnection.TryCreate(address, isStream: false, out _));
    }

    private static MetricConnection Connection(string address, bool isStream)
    {
        Assert.Null(MetricConnection.TryCreate(address, isStream, out MetricConnection? connection));
        return connection!;
    }

    private static int PortOf(Socket socket) => ((IPEndPoint)socket.LocalEndPoint!).Port;

    private MetricSink Started(IMetricTransport transport)
    {
        MetricSink sink = new(transport, _told.Enqueue);
        sink.Start();
        return sink;
    }

    private sealed class FakeTransport : IMetricTransport
    {
        private readonly ConcurrentQueue<string> _packets = new();
        private volatile string? _failure;
        private volatile string? _openFailure;
        private volatile int _openCount;
        private volatile bool _isClosed;

        /// <summary>Shut, nothing is opened.</summary>
        public ManualResetEventSlim Gate { get; } = new(true);

        public string? Failure
        {
            get => _failure;
            set => _failure = value;
        }

        public string? OpenFailure
        {
            get => _openFailure;
            set => _openFailure = value;
        }

        public int OpenCount => _openCount;

        public bool IsClosed => _isClosed;

        public ConcurrentQueue<string> Packets => _packets;

        public int LineCount => _packets.Sum(packet => packet.Count(letter => letter == '\n'));

        public string? Open()
        {
            Gate.Wait();
            _openCount++;
            return _openFailure;
        }

        public string? Send(ReadOnlySpan<byte> lines)
        {
            if (_failure is null)
            {
                _packets.Enqueue(Encoding.UTF8.GetString(lines));
            }

            return _failure;
        }

        public void Close() => _isClosed = true;
    }
}
