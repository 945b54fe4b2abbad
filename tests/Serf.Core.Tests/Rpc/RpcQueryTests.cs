using System.Linq;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Rpc;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Rpc;

/// <summary>Queries that clients start (spec rpc 6.13, 7.4).</summary>
public sealed class RpcQueryTests
{
    private static readonly QueryRequest Load = new([], Tags.Empty, true, 0, 0, ByteString.FromText("load"), null);

    private readonly FakeAgent _agent = new();
    private readonly FakeOutput _output = new();
    private readonly RpcSession _session;

    public RpcQueryTests()
    {
        _session = new(_agent, _output, new TokenGuard());
        using RpcBuffer request = new();
        RpcCodec.Write(request, "handshake", 1);
        RpcCodec.WriteHandshake(request);
        _session.Receive(request.Written, default);
        _output.TakeAll();
    }

    [Fact]
    public void Acks_and_answers_come_under_the_number_of_the_command_and_then_the_end()
    {
        IQuerySink query = Ask(7, Load);
        Assert.Equal("{'Error':'','Seq':7}", _output.TakeAll());
        query.Acked(ByteString.FromText("a"));
        query.Answered(ByteString.FromText("b"), [1, 2]);
        query.Answered(ByteString.FromText("c"), null);
        query.Ended();
        Assert.Equal(
            "{'Error':'','Seq':7} | {'From':'a','Payload':nil,'Type':'ack'}; "
            + "{'Error':'','Seq':7} | {'From':'b','Payload':<0102>,'Type':'response'}; "
            + "{'Error':'','Seq':7} | {'From':'c','Payload':nil,'Type':'response'}; "
            + "{'Error':'','Seq':7} | {'From':'','Payload':nil,'Type':'done'}",
            _output.TakeAll());
        _session.Closed();
        Assert.DoesNotContain("abandon query", _agent.Calls);
    }

    [Theory]
    [InlineData(0, "00:00:00")]
    [InlineData(1, "00:00:00.0000001")]
    [InlineData(-1, "-00:00:00.0000001")]
    [InlineData(1_500_000_000, "00:00:01.5000000")]
    [InlineData(long.MinValue, "-106751.23:47:16.8547758")]
    public void A_time_keeps_its_sign_and_only_zero_is_the_default(long nanoseconds, string time)
    {
        Ask(2, Load with { Timeout = nanoseconds });
        Assert.Equal("query load nil [] [] True 0 " + time, _agent.Calls[^1]);
    }

    [Theory]
    [InlineData("_serf_ping", null, true)]
    [InlineData("_serf_ping", new byte[] { 1 }, false)]
    [InlineData("_serf_pingx", null, false)]
    [InlineData("_serf_install-key", null, false)]
    [InlineData("_serf", null, true)]
    public void The_names_of_the_clusters_own_queries_are_refused(string name, byte[]? payload, bool isTaken)
    {
        Send(5, Load with { Name = ByteString.FromText(name), Payload = payload });
        string error = isTaken ? "" : "Queries cannot contain the '_serf_' prefix";
        Assert.Equal($"{{'Error':'{error}','Seq':5}}", _output.TakeAll());
        Assert.Equal(isTaken ? 1 : 0, _agent.Calls.Count);
    }

    [Fact]
    public void A_refused_query_has_no_records_and_nothing_is_kept_of_it()
    {
        _agent.Refusal = "query exceeds limit of 1024 bytes";
        Send(5, Load);
        Assert.Equal("{'Error':'query exceeds limit of 1024 bytes','Seq':5}", _output.TakeAll());
        _session.Closed();
        Assert.DoesNotContain("abandon query", _agent.Calls);
    }

    [Fact]
    public void Stop_does_not_end_a_query()
    {
        IQuerySink query = Ask(2, Load);
        using RpcBuffer request = new();
        RpcCodec.Write(request, "stop", 3);
        RpcCodec.WriteStop(request, 2);
        _session.Receive(request.Written, default);
        _output.TakeAll();
        query.Acked(ByteString.FromText("a"));
        Assert.Single(_output.Units);
    }

    [Fact]
    public void A_client_that_goes_takes_its_queries_along()
    {
        IQuerySink first = Ask(2, Load);
        Ask(3, Load);
        _output.TakeAll();
        _session.Closed();
        Assert.Equal(2, _agent.Calls.Count(call => call == "abandon query"));
        first.Acked(ByteString.FromText("a"));
        first.Ended();
        Assert.Empty(_output.Units);
    }

    [Fact]
    public void A_client_that_does_not_read_loses_answers_but_not_the_end()
    {
        IQuerySink query = Ask(2, Load);
        _output.TakeAll();
        _output.IsStalled = true;
        for (int number = 0; number < Limits.RpcStreamDepthMax + 9; number++)
        {
            query.Acked(ByteString.FromText("n" + number));
        }

        query.Ended();
        Assert.Equal(9, _agent.DroppedRecordCount);
        Assert.Equal(Limits.RpcStreamDepthMax + 1, _output.Units.Count);
        Assert.Contains("'Type':'done'", Values.Text(_output.Units[^1]));
        Assert.Equal(
            "Warn agent.ipc: Dropping query answers to ipc.client: 127.0.0.1:5000", Assert.Single(_agent.Lines));
    }

    private IQuerySink Ask(ulong sequence, QueryRequest query)
    {
        Send(sequence, query);
        return Assert.IsAssignableFrom<IQuerySink>(_agent.LastQuery);
    }

    private void Send(ulong sequence, QueryRequest query)
    {
        using RpcBuffer request = new();
        RpcCodec.Write(request, "query", sequence);
        RpcCodec.Write(request, query);
        _session.Receive(request.Written, default);
    }
}
