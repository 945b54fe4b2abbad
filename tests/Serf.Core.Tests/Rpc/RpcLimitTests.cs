using System;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Rpc;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Rpc;

/// <summary>Bounds that no real client meets (spec rpc 10, items 6 to 8).</summary>
public sealed class RpcLimitTests
{
    private readonly FakeAgent _agent = new() { AuthKey = ByteString.FromText("secret") };
    private readonly FakeOutput _output = new();
    private readonly TokenGuard _guard = new();
    private readonly RpcSession _session;

    public RpcLimitTests() => _session = new(_agent, _output, _guard);

    [Fact]
    public void Guessed_tokens_wait_and_so_do_the_commands_behind_them()
    {
        Shake();
        for (int index = 0; index < Limits.RpcTokenMissCountMax; index++)
        {
            Assert.True(_session.WantsInput);
            Authenticate("guess", default);
            Assert.Equal("{'Error':'Invalid authentication token','Seq':2}", _output.TakeAll());
        }

        Assert.Equal(
            "Warn agent.ipc: Many invalid authentication tokens: from now on each has to wait",
            Assert.Single(_agent.Lines));
        Authenticate("secret", default);
        Send("members", 3);
        Assert.Equal("", _output.TakeAll());
        Assert.False(_session.WantsInput);
        Assert.Equal(At(1), _session.NextDeadline);

        _session.Advance(At(0.5));
        Assert.Equal("", _output.TakeAll());
        _session.Advance(At(1));
        Assert.Equal("{'Error':'','Seq':2}; {'Error':'','Seq':3} | {'Members':[]}", _output.TakeAll());
        Assert.Equal(Instant.Never, _session.NextDeadline);
        Assert.True(_session.WantsInput);
    }

    [Fact]
    public void A_new_connection_does_not_begin_anew()
    {
        for (int index = 0; index < Limits.RpcTokenMissCountMax; index++)
        {
            _guard.Missed(default);
        }

        Shake();
        Authenticate("guess", default);
        Assert.Equal("", _output.TakeAll());
        _session.Advance(At(1));
        Assert.Equal("{'Error':'Invalid authentication token','Seq':2}", _output.TakeAll());
    }

    [Fact]
    public void Who_is_in_never_waits()
    {
        Shake();
        Authenticate("secret", default);
        for (int index = 0; index < 4 * Limits.RpcTokenMissCountMax; index++)
        {
            Authenticate("wrong", default);
        }

        Assert.Equal(1 + (4 * Limits.RpcTokenMissCountMax), _output.Units.Count);
        Assert.Equal(default, _guard.Admission(default));
        Assert.Empty(_agent.Lines);
    }

    [Fact]
    public void A_client_that_goes_while_its_token_waits_is_forgotten()
    {
        for (int index = 0; index < Limits.RpcTokenMissCountMax; index++)
        {
            _guard.Missed(default);
        }

        Shake();
        Authenticate("secret", default);
        _session.Closed();
        Assert.Equal(Instant.Never, _session.NextDeadline);
        _session.Advance(At(5));
        Assert.Equal("", _output.TakeAll());
    }

    [Fact]
    public void Before_the_token_only_small_requests_are_kept()
    {
        Assert.False(_session.IsGreeted);
        Shake();
        Assert.False(_session.IsGreeted);
        byte[] start = Convert.FromHexString("82A7436F6D6D616E64A56576656E74A35365710281A44E616D65DB000F0000");
        _session.Receive(start, default);
        _output.TakeAll();
        int sent = start.Length;
        while (!_output.IsClosed && sent < Limits.RpcRequestSizeMax)
        {
            _session.Receive(new byte[4096], default);
            sent += 4096;
        }

        Assert.True(_output.IsClosed);
        Assert.InRange(sent, Limits.RpcEarlyRequestSizeMax, Limits.RpcEarlyRequestSizeMax + 8192);
    }

    [Fact]
    public void After_the_token_a_large_request_is_read_and_answered()
    {
        Shake();
        Authenticate("secret", default);
        Assert.True(_session.IsGreeted);
        _output.TakeAll();
        byte[] payload = new byte[Limits.RpcRequestSizeMax - 200];
        Send("event", 3, output => RpcCodec.Write(output, new EventRequest(default, payload, false)));
        Assert.Equal("{'Error':'','Seq':3}", _output.TakeAll());
    }

    [Fact]
    public void One_connection_does_not_take_all_queries()
    {
        Shake();
        Authenticate("secret", default);
        _output.TakeAll();
        QueryRequest load = new([], Tags.Empty, true, 0, 0, ByteString.FromText("load"), null);
        for (int index = 0; index < Limits.RpcOpenQueryCountMax; index++)
        {
            Send("query", 5, output => RpcCodec.Write(output, load));
            Assert.Equal("{'Error':'','Seq':5}", _output.TakeAll());
        }

        IQuerySink last = _agent.LastQuery!;
        Send("query", 6, output => RpcCodec.Write(output, load));
        Assert.Equal("{'Error':'too many queries are open','Seq':6}", _output.TakeAll());
        last.Ended();
        _output.TakeAll();
        Send("query", 7, output => RpcCodec.Write(output, load));
        Assert.Equal("{'Error':'','Seq':7}", _output.TakeAll());
    }

    private static Instant At(double seconds) => new((long)(seconds * 1e9));

    private void Shake()
    {
        Send("handshake", 1, RpcCodec.WriteHandshake);
        Assert.Equal("{'Error':'','Seq':1}", _output.TakeAll());
    }

    private void Authenticate(string token, Instant now) =>
        Send("auth", 2, output => RpcCodec.WriteText(output, "AuthKey", token), now);

    private void Send(string command, ulong sequence, Action<RpcBuffer>? body = null, Instant now = default)
    {
        using RpcBuffer request = new();
        RpcCodec.Write(request, command, sequence);
        body?.Invoke(request);
        _session.Receive(request.Written, now);
    }
}
