using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

/// <summary>The control port, spoken by a client that shares nothing with the program.</summary>
public sealed class RpcTests : BlackboxTest
{
    [Fact]
    public void A_handshake_comes_first()
    {
        Agent agent = Start("n1");
        using RpcConnection early = RpcConnection.Raw(agent.Address, Agent.RpcPort);
        Assert.Equal("Handshake required", early.Call("members").Error);
        Assert.True(early.IsClosed());

        using RpcConnection connection = RpcConnection.Raw(agent.Address, Agent.RpcPort);
        Assert.Equal("Unsupported IPC version", connection.Call("handshake", new() { ["Version"] = 2 }).Error);
        Assert.Equal(string.Empty, connection.Call("handshake", new() { ["Version"] = 1 }).Error);
        Assert.Equal("Handshake already performed", connection.Call("handshake", new() { ["Version"] = 1 }).Error);
        Assert.Equal("Unsupported command", connection.Call("frobnicate").Error);
        Assert.True(connection.IsClosed());
    }

    [Fact]
    public void A_token_is_asked_for_where_one_is_configured()
    {
        string config = Write("config.json", """{ "rpc_auth": "secret" }""");
        Agent agent = Start("n1", $"-config-file={config}");
        using RpcConnection connection = agent.Connect();

        Assert.Equal("Authentication required", connection.Call("members").Error);
        Assert.Equal("Invalid authentication token", connection.Call("auth", new() { ["AuthKey"] = "guess" }).Error);
        Assert.Equal("Authentication required", connection.Call("members").Error);
        Assert.Equal(string.Empty, connection.Call("auth", new() { ["AuthKey"] = "secret" }).Error);
        Assert.Equal(string.Empty, connection.Call("members", hasReplyBody: true).Error);

        CliResult without = agent.Cli("members");
        CliResult wrong = agent.Cli("members", "-rpc-auth=guess");
        CliResult right = agent.Cli("members", "-rpc-auth=secret");
        CliResult environment = CliResult.Of(
            Binaries.Ours,
            new Dictionary<string, string> { ["SERF_RPC_ADDR"] = agent.Rpc, ["SERF_RPC_AUTH"] = "secret" },
            ["event", "x"]);
        Assert.Equal((1, "Error retrieving members: Authentication required\n"), (without.ExitCode, without.Output));
        Assert.Equal(
            (1, "Error connecting to Serf agent: Invalid authentication token\n"), (wrong.ExitCode, wrong.Output));
        Assert.Equal(0, right.ExitCode);
        Assert.Equal(0, environment.ExitCode);
    }

    [Fact]
    public void Members_carry_every_field()
    {
        Agent agent = Start("n1", "-tag", "role=web");
        using RpcConnection connection = agent.Connect();

        RpcReply reply = connection.Call("members", hasReplyBody: true);

        Dictionary<string, object?> member = Members(reply).Single();
        Assert.Equal("n1", member["Name"]);
        Assert.Equal(agent.Address, string.Join('.', ((byte[])member["Addr"]!).TakeLast(4)));
        Assert.Equal(17946L, member["Port"]);
        Assert.Equal("alive", member["Status"]);
        Assert.Equal("web", ((Dictionary<string, object?>)member["Tags"]!)["role"]);
        Assert.Equal((2L, 5L, 5L), (member["DelegateMin"], member["DelegateMax"], member["DelegateCur"]));
        Assert.Equal((1L, 5L, 2L), (member["ProtocolMin"], member["ProtocolMax"], member["ProtocolCur"]));
        Assert.Equal(11, member.Count);
    }

    [Fact]
    public void A_stream_carries_events_with_their_fields()
    {
        Agent agent = Start("n1");
        using RpcConnection listener = agent.Connect();
        using RpcConnection sender = agent.Connect();
        ulong all = listener.Send("stream", new() { ["Type"] = "*" });
        Assert.Equal((all, string.Empty), (listener.Receive(hasBody: false).Seq, string.Empty));

        Assert.Equal(string.Empty, sender.Call("event", new()
        {
            ["Name"] = "dep", ["Payload"] = Encoding.UTF8.GetBytes("pay\u0001load"), ["Coalesce"] = false,
        }).Error);
        RpcReply record = listener.ReceiveUntil(reply => (string)reply.Body!["Event"]! == "user");

        Assert.Equal(all, record.Seq);
        Assert.Equal("dep", record.Body!["Name"]);
        Assert.Equal(1L, record.Body["LTime"]);
        Assert.Equal(false, record.Body["Coalesce"]);
        Assert.Equal("pay\u0001load", Encoding.UTF8.GetString((byte[])record.Body["Payload"]!));
        Assert.Equal(5, record.Body.Count);
    }

    [Fact]
    public void A_stream_is_filtered_stopped_and_refused()
    {
        Agent agent = Start("n1");
        using RpcConnection connection = agent.Connect();
        ulong stream = connection.Send("stream", new() { ["Type"] = "user:wanted" });
        Assert.Equal(string.Empty, connection.Receive(hasBody: false).Error);
        Assert.Equal("Invalid event filter", connection.Call("stream", new() { ["Type"] = "bogus" }).Error);

        agent.Run("event", "-coalesce=false", "other");
        agent.Run("event", "-coalesce=false", "wanted", "x");
        RpcReply record = connection.Receive(hasBody: true);
        Assert.Equal((stream, "wanted"), (record.Seq, record.Body!["Name"]));

        Assert.Equal(string.Empty, connection.Call("stop", new() { ["Stop"] = stream }).Error);
        agent.Run("event", "-coalesce=false", "wanted", "y");
        Assert.Equal(string.Empty, connection.Call("members", hasReplyBody: true).Error);
    }

    [Fact]
    public void A_monitor_sends_the_history_and_then_what_happens()
    {
        Agent agent = Start("n1");
        using RpcConnection connection = agent.Connect();
        Assert.Equal(
            "Unknown log level: BOGUS", connection.Call("monitor", new() { ["LogLevel"] = "bogus" }).Error);
        ulong monitor = connection.Send("monitor", new() { ["LogLevel"] = "debug" });
        Assert.Equal(string.Empty, connection.Receive(hasBody: false).Error);

        RpcReply first = connection.Receive(hasBody: true);
        Assert.Equal(monitor, first.Seq);
        Assert.Matches(
            @"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[INFO\] agent: Serf agent starting$", (string)first.Body!["Log"]!);

        agent.Run("event", "seen");
        connection.ReceiveUntil(reply => ((string)reply.Body!["Log"]!).EndsWith(
            "[DEBUG] agent: Requesting user event send: seen. Coalesced: true. Payload: \"\"", StringComparison.Ordinal));
    }

    [PeerFact]
    public void A_listener_answers_a_query_once()
    {
        Agent agent = Start("n1");
        Agent peer = StartPeer("asker", $"-join={agent.Gossip}");
        peer.AwaitStatuses("asker=alive n1=alive");
        using RpcConnection responder = agent.Connect();
        responder.Call("stream", new() { ["Type"] = "query" });
        SerfProcess asker = Keep(new SerfProcess(
            Binaries.Peer, ["query", "-timeout=3s", "-node=n1", $"-rpc-addr={peer.Rpc}", "load", "now"]));

        RpcReply asked = responder.Receive(hasBody: true);
        Assert.Equal(("query", "load"), (asked.Body!["Event"], asked.Body["Name"]));
        Assert.Equal("now", Encoding.UTF8.GetString((byte[])asked.Body["Payload"]!));
        Dictionary<string, object?> answer = new() { ["ID"] = asked.Body["ID"], ["Payload"] = "up"u8.ToArray() };
        Assert.Equal(string.Empty, responder.Call("respond", answer).Error);
        Assert.Equal(
            "failed to respond to key query: response already sent", responder.Call("respond", answer).Error);
        Assert.Equal(
            "No pending queries matching ID",
            responder.Call("respond", new() { ["ID"] = 99L, ["Payload"] = null }).Error);

        Assert.Equal(0, asker.WaitForExit());
        Assert.Contains("Ack from 'n1'\n", asker.Output, StringComparison.Ordinal);
        Assert.Contains("Response from 'n1': up\n", asker.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Requests_are_taken_in_any_form_and_order()
    {
        Agent agent = Start("n1");
        using RpcConnection connection = RpcConnection.Raw(agent.Address, Agent.RpcPort);

        // Both headers and bodies as arrays, sent at once: handshake 7 version 1, then an event 9.
        connection.SendBytes([0x92, 0xA9, .. "handshake"u8, 0x07, 0x91, 0x01]);
        connection.SendBytes([0x92, 0xA5, .. "event"u8, 0x09, 0x93, 0xA1, (byte)'e', 0xC0, 0xC2]);

        RpcReply handshake = connection.Receive(hasBody: false);
        RpcReply dispatched = connection.Receive(hasBody: false);
        Assert.Equal((7UL, string.Empty, 9UL, string.Empty),
            (handshake.Seq, handshake.Error, dispatched.Seq, dispatched.Error));
        agent.Process.WaitForOutput("Received event: user-event: e");
    }

    [Fact]
    public void Garbage_and_endless_promises_close_the_connection_and_nothing_else()
    {
        Agent agent = Start("n1");
        byte[][] requests =
        [
            [0xC1],
            [.. "GET / HTTP/1.1\r\n\r\n"u8],
            [0x82, 0xDB, 0xFF, 0xFF, 0xFF, 0xFF],
            [0xDF, 0xFF, 0xFF, 0xFF, 0xFF],
            [.. Enumerable.Repeat((byte)0x91, 100_000)],
        ];
        foreach (byte[] request in requests)
        {
            using RpcConnection connection = RpcConnection.Raw(agent.Address, Agent.RpcPort);
            connection.SendBytes(request);
        }

        agent.AwaitStatuses("n1=alive");
        Assert.InRange(agent.Process.ResidentSize, 0, 100_000_000);
    }

    [Fact]
    public void A_listener_that_goes_away_during_a_slow_handler_does_no_harm()
    {
        Agent agent = Start("n1", "-event-handler=user:slow=sleep 1", $"-event-handler=user:after={Recorder("after")}");
        using (RpcConnection listener = agent.Connect())
        {
            listener.Call("stream", new() { ["Type"] = "*" });
            agent.Run("event", "-coalesce=false", "slow");
            agent.Run("event", "-coalesce=false", "slow");
        }

        agent.Run("event", "-coalesce=false", "after");

        AwaitRecorded("after", 1);
        Assert.False(agent.Process.HasExited);
    }

    [Fact]
    public void A_leave_by_rpc_is_answered_before_the_end()
    {
        Agent agent = Start("n1");
        using RpcConnection connection = agent.Connect();

        Assert.Equal(string.Empty, connection.Call("leave").Error);

        Assert.True(connection.IsClosed());
        Assert.Equal(0, agent.Process.WaitForExit());
    }

    [Fact]
    public void A_second_leave_is_refused_and_the_first_one_completes()
    {
        Agent agent = Start("n1");
        using RpcConnection first = agent.Connect();
        using RpcConnection second = agent.Connect();

        first.Send("leave");
        agent.Process.WaitForOutput("requesting graceful leave");
        Assert.Equal("Leave already in progress", second.Call("leave").Error);

        Assert.Equal(string.Empty, first.Receive(hasBody: false).Error);
        Assert.Equal(0, agent.Process.WaitForExit());
        Assert.DoesNotContain("Shutdown without a Leave", agent.Process.Output, StringComparison.Ordinal);
    }

    private static IEnumerable<Dictionary<string, object?>> Members(RpcReply reply)
    {
        return ((List<object?>)reply.Body!["Members"]!).Select(member => (Dictionary<string, object?>)member!);
    }
}
