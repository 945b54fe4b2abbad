using System;
using System.Collections.Generic;
using System.Text;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Rpc;
using Serf.Swim;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Rpc;

public sealed class RpcSessionTests
{
    private readonly FakeAgent _agent = new();
    private readonly FakeOutput _output = new();
    private readonly RpcSession _session;

    public RpcSessionTests() => _session = new(_agent, _output, new TokenGuard());

    [Theory]
    [InlineData("C0", "{'Error':'Handshake required','Seq':0}")]
    [InlineData("80", "{'Error':'Handshake required','Seq':0}")]
    [InlineData("92A46175746805", "{'Error':'Handshake required','Seq':5}")]
    [InlineData("82A7636F6D6D616E64A4617574 68A353657105", "{'Error':'Handshake required','Seq':5}")]
    [InlineData("82A7436F6D6D616E64C404737461 74A353657105", "{'Error':'Handshake required','Seq':5}")]
    [InlineData("C1", "")]
    [InlineData("05", "")]
    [InlineData("A3616263", "")]
    [InlineData("81A3536571FF", "")]
    [InlineData("81A3536571A135", "")]
    [InlineData("81A3536571CB3FF0000000000000", "")]
    [InlineData("8105C0", "")]
    public void A_first_header_that_is_no_handshake_ends_the_connection(string hex, string answer)
    {
        Feed(hex);

        Assert.Equal(answer, _output.TakeAll());
        Assert.True(_output.IsClosed);
        string line = Assert.Single(_agent.Lines);
        Assert.StartsWith(
            answer.Length == 0
                ? "Err agent.ipc: failed to decode request header: "
                : "Err agent.ipc: Failed to evaluate request: Handshake required",
            line,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_header_after_the_handshake_is_an_unsupported_command()
    {
        Shake();
        Feed("C0");

        Assert.Equal("{'Error':'Unsupported command','Seq':0}", _output.TakeAll());
        Assert.True(_output.IsClosed);
        Assert.Equal("Err agent.ipc: Failed to evaluate request: command '' not recognized", _agent.Lines[^1]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(int.MaxValue)]
    [InlineData(-1)]
    public void Only_version_1_is_taken(int version)
    {
        Send("handshake", 1, output => Version(output, version));
        Assert.Equal("{'Error':'Unsupported IPC version','Seq':1}", _output.TakeAll());

        Shake();
        Send("handshake", 3, output => Version(output, version));
        Send("handshake", 4, output => Version(output, 1));
        Assert.Equal(
            "{'Error':'Unsupported IPC version','Seq':3}; {'Error':'Handshake already performed','Seq':4}",
            _output.TakeAll());
        Assert.False(_output.IsClosed);
    }

    [Fact]
    public void Without_the_token_every_command_is_refused_once_and_its_body_forgotten()
    {
        _agent.AuthKey = ByteString.FromText("secret");
        Shake();
        foreach (string command in (string[])["event", "query", "install-key", "stream", "respond", "tags"])
        {
            Send(command, 7, output => RpcCodec.WriteText(output, "Name", "x"));
            Assert.Equal("{'Error':'Authentication required','Seq':7}", _output.TakeAll());
        }

        foreach (string command in (string[])["members", "stats", "leave", "list-keys", "dance"])
        {
            Send(command, 8);
            Assert.Equal("{'Error':'Authentication required','Seq':8}", _output.TakeAll());
        }

        Assert.False(_output.IsClosed);
        Assert.Empty(_agent.Calls);
        Assert.Equal(11, _agent.Lines.Count);
        Assert.All(_agent.Lines, line => Assert.Equal("Warn agent.ipc: Client sending commands before auth", line));
    }

    [Fact]
    public void A_right_token_stays_right_after_a_wrong_one()
    {
        _agent.AuthKey = ByteString.FromText("secret");
        Shake();
        foreach ((string token, string error) in ((string, string)[])
            [("", RpcNames.InvalidToken), ("secre", RpcNames.InvalidToken), ("secret2", RpcNames.InvalidToken),
            ("Secret", RpcNames.InvalidToken), ("secret", ""), ("wrong", RpcNames.InvalidToken)])
        {
            Send("auth", 2, output => RpcCodec.WriteText(output, "AuthKey", token));
            Assert.Equal("{'Error':'" + error + "','Seq':2}", _output.TakeAll());
        }

        Send("members", 3);
        Assert.Equal("{'Error':'','Seq':3} | {'Members':[]}", _output.TakeAll());
    }

    [Theory]
    [InlineData("Members")]
    [InlineData("a-command-name-far-longer-than-any-other")]
    public void What_is_not_served_ends_the_connection(string command)
    {
        Shake();
        Send(command, 9);

        Assert.Equal("{'Error':'Unsupported command','Seq':9}", _output.TakeAll());
        Assert.True(_output.IsClosed);
        Assert.Equal(
            $"Err agent.ipc: Failed to evaluate request: command '{command}' not recognized", _agent.Lines[^1]);
    }

    [Theory]
    [InlineData("83A44E616D65A178A75061796C6F6164C4026162A8436F616C65736365C3", "event x 6162 True")]
    [InlineData("82A44E616D65A178A75061796C6F6164A26162", "event x 6162 False")]
    [InlineData("82A44E616D65A178A75061796C6F616492616 2", "event x 6162 False")]
    [InlineData("82A44E616D65A178A75061796C6F6164C0", "event x nil False")]
    [InlineData("82A44E616D65A178A75061796C6F6164C400", "event x  False")]
    [InlineData("81A44E616D65C40178", "event x nil False")]
    [InlineData("93A178C40161C3", "event x 61 True")]
    [InlineData("91A178", "event x nil False")]
    [InlineData("C0", "event  nil False")]
    [InlineData("81A46E616D65A178", "event  nil False")]
    [InlineData("82A44E616D65A178A5457874726181A1619205C0", "event x nil False")]
    public void An_event_is_read_in_every_form(string body, string call)
    {
        Shake();
        Send("event", 2, output => output.Encoded(Convert.FromHexString(body.Replace(" ", ""))));

        Assert.Equal(call, Assert.Single(_agent.Calls));
        Assert.Equal("{'Error':'','Seq':2}", _output.TakeAll());
    }

    [Theory]
    [InlineData("event", "A178")]
    [InlineData("event", "93C3A178C0")]
    [InlineData("event", "81A44E616D6505")]
    [InlineData("event", "81A8436F616C65736365A178")]
    [InlineData("stop", "81A453746F70FF")]
    [InlineData("stop", "81A453746F70A131")]
    [InlineData("join", "81A84578697374696E67A161")]
    [InlineData("tags", "81A454616773 9105")]
    [InlineData("handshake", "81A756657273696F6ECE80000000")]
    public void A_body_of_the_wrong_kind_ends_the_connection_without_an_answer(string command, string body)
    {
        Shake();
        Send(command, 2, output => output.Encoded(Convert.FromHexString(body.Replace(" ", ""))));

        Assert.Equal("", _output.TakeAll());
        Assert.True(_output.IsClosed);
        Assert.StartsWith(
            "Err agent.ipc: Failed to evaluate request: decode failed: ", _agent.Lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Refusals_are_passed_on_with_the_body_a_join_always_has()
    {
        Shake();
        _agent.Refusal = "no";
        Send("event", 2, output => RpcCodec.Write(output, new EventRequest(default, null, false)));
        Send("force-leave", 3, output => RpcCodec.Write(output, new ForceLeaveRequest(Name("n"), true)));
        Send("tags", 4, output => RpcCodec.Write(output, new TagsRequest(Tags.Empty, [Name("a")])));
        Send("join", 5, output => RpcCodec.Write(output, new JoinRequest([Name("h")], true)));
        Send("leave", 6);

        Assert.Equal(
            "{'Error':'no','Seq':2}; {'Error':'no','Seq':3}; {'Error':'no','Seq':4}; "
            + "{'Error':'no','Seq':5} | {'Num':0}; {'Error':'no','Seq':6}",
            _output.TakeAll());
        Assert.Equal(["event  nil False", "force-leave n True", "tags  -a", "join h True", "leave"], _agent.Calls);
        Assert.Equal(
            ["Info agent.ipc: Graceful leave triggered", "Err agent.ipc: leave failed: no"], _agent.Lines);
    }

    [Fact]
    public void Later_commands_wait_for_a_slow_one_while_records_pass()
    {
        Shake();
        OpenStream(2, "*");
        _agent.IsSlow = true;
        Send("join", 3, output => RpcCodec.Write(output, new JoinRequest([Name("h")], false)));
        Assert.False(_session.WantsInput);
        Send("members", 4);
        _session.Deliver(User("u"), default);
        Assert.Equal(
            "{'Error':'','Seq':2} | {'Coalesce':false,'Event':'user','LTime':3,'Name':'u','Payload':nil}",
            _output.TakeAll());

        _agent.JoinCount = 2;
        _agent.Complete();
        Assert.Equal("{'Error':'','Seq':3} | {'Num':2}; {'Error':'','Seq':4} | {'Members':[]}", _output.TakeAll());
        Assert.True(_session.WantsInput);
    }

    [Fact]
    public void A_command_that_ends_after_the_client_went_is_forgotten()
    {
        Shake();
        OpenStream(2, "*");
        _agent.IsSlow = true;
        Send("leave", 3);
        _session.Closed();
        _agent.Complete();
        _session.Receive([0x80], default);

        Assert.Equal("", _output.TakeAll());
        Assert.Equal(["attach events", "leave", "detach events"], _agent.Calls);
    }

    [Fact]
    public void Commands_wait_until_the_client_takes_its_answers()
    {
        Shake();
        _output.PendingSize = Limits.RpcPendingSizeMax + 1;
        Assert.False(_session.WantsInput);
        Send("members", 2);
        Assert.Equal("", _output.TakeAll());

        _output.PendingSize = 0;
        _session.Receive([], default);
        Assert.Equal("{'Error':'','Seq':2} | {'Members':[]}", _output.TakeAll());
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("*", true)]
    [InlineData("user:foo,query:bar,member-join", true)]
    [InlineData("user,bogus", false)]
    [InlineData("user, query", false)]
    [InlineData("user,", false)]
    [InlineData(" ", false)]
    public void Filters_of_a_stream_are_checked(string filters, bool valid)
    {
        Shake();
        Send("stream", 2, output => RpcCodec.WriteText(output, "Type", filters));
        Assert.Equal("{'Error':'" + (valid ? "" : RpcNames.InvalidFilter) + "','Seq':2}", _output.TakeAll());
        Assert.Equal(valid ? 1 : 0, _agent.Calls.Count);
    }

    [Fact]
    public void Streams_of_one_connection_stand_alone_and_an_event_comes_once_to_each()
    {
        Shake();
        OpenStream(2, "user,user:u,*");
        OpenStream(3, "user:other");
        OpenStream(4, "user:u");
        _session.Deliver(User("u"), default);
        string body = " | {'Coalesce':false,'Event':'user','LTime':3,'Name':'u','Payload':nil}";
        Assert.Equal("{'Error':'','Seq':2}" + body + "; {'Error':'','Seq':4}" + body, _output.TakeAll());

        Stop(9, 2);
        Stop(10, 4);
        Stop(11, 77);
        _session.Deliver(User("u"), default);
        Assert.Equal(
            "{'Error':'','Seq':9}; {'Error':'','Seq':10}; {'Error':'','Seq':11}", _output.TakeAll());
        Assert.Equal(["attach events"], _agent.Calls);
        Stop(12, 3);
        Assert.Equal(["attach events", "detach events"], _agent.Calls);
    }

    [Fact]
    public void No_more_streams_than_the_limit_are_opened()
    {
        Shake();
        for (int index = 0; index < Limits.RpcStreamCountMax; index++)
        {
            OpenStream((ulong)index + 10, "user");
        }

        Send("stream", 5, output => RpcCodec.WriteText(output, "Type", "*"));
        Assert.Equal("{'Error':'Too many streams','Seq':5}", _output.TakeAll());
        string longFilter = "user:" + new string('x', Limits.RpcFilterSizeMax);
        Send("stream", 6, output => RpcCodec.WriteText(output, "Type", longFilter));
        Assert.Equal("{'Error':'Invalid event filter','Seq':6}", _output.TakeAll());
        Assert.False(_output.IsClosed);
    }

    [Fact]
    public void A_member_event_has_its_members_and_a_query_its_number()
    {
        Shake();
        OpenStream(2, "*");
        MemberInfo member = Member("n", MemberStatus.Failed, ("k", "v"));
        _session.Deliver(new MemberEvent(SerfEventKind.MemberFailed, [member]), default);
        _session.Deliver(Query("q", new Instant(100)), default);
        _session.Deliver(Query("q", new Instant(100)), default);

        Assert.Equal(
            "{'Error':'','Seq':2} | {'Event':'member-failed','Members':[{'Addr':<7F000001>,'DelegateCur':5,"
            + "'DelegateMax':5,'DelegateMin':2,'Name':'n','Port':7946,'ProtocolCur':2,'ProtocolMax':5,"
            + "'ProtocolMin':1,'Status':'failed','Tags':{'k':'v'}}]}; "
            + "{'Error':'','Seq':2} | {'Event':'query','ID':1,'LTime':4,'Name':'q','Payload':<01>}; "
            + "{'Error':'','Seq':2} | {'Event':'query','ID':2,'LTime':4,'Name':'q','Payload':<01>}",
            _output.TakeAll());
    }

    [Fact]
    public void A_query_can_be_answered_until_its_deadline()
    {
        Shake();
        OpenStream(2, "query");
        _session.Deliver(Query("q", new Instant(100)), default);
        _output.TakeAll();

        Respond(3, 1, new Instant(100));
        Assert.Equal("{'Error':'','Seq':3}", _output.TakeAll());
        Assert.Equal("respond q 0203", _agent.Calls[^1]);
        _agent.Refusal = "response already sent";
        Respond(4, 1, new Instant(100));
        Assert.Equal(
            "{'Error':'failed to respond to key query: response already sent','Seq':4}", _output.TakeAll());
        Respond(5, 1, new Instant(101));
        Respond(6, 0, default);
        Assert.Equal(
            "{'Error':'No pending queries matching ID','Seq':5}; {'Error':'No pending queries matching ID','Seq':6}",
            _output.TakeAll());
    }

    [Fact]
    public void Old_queries_give_way_when_too_many_are_pending()
    {
        Shake();
        OpenStream(2, "query");
        for (int index = 0; index <= Limits.RpcQueryCountMax; index++)
        {
            _session.Deliver(Query("q", Instant.Never), default);
        }

        _output.TakeAll();
        Respond(3, 1, default);
        Respond(4, 2, default);
        Assert.Equal(
            "{'Error':'No pending queries matching ID','Seq':3}; {'Error':'','Seq':4}", _output.TakeAll());
    }

    [Fact]
    public void A_monitor_shows_the_history_after_its_reply_and_filters_by_level()
    {
        Shake();
        _agent.History.Add("old [INFO] line");
        Monitor(2, "inFo");
        _session.DeliverLog(LogLevel.Debug, "hidden");
        _session.DeliverLog(LogLevel.Err, "two\nlines\n");
        Monitor(3, "TRACE");
        Monitor(4, "bogus");
        Monitor(5, "");
        Stop(6, 2);
        _session.DeliverLog(LogLevel.Err, "after");
        Monitor(7, "trace");

        Assert.Equal(
            "{'Error':'','Seq':2}; {'Error':'','Seq':2} | {'Log':'old [INFO] line'}; "
            + "{'Error':'','Seq':2} | {'Log':'two\nlines\n'}; {'Error':'Monitor already exists','Seq':3}; "
            + "{'Error':'Unknown log level: BOGUS','Seq':4}; {'Error':'Unknown log level: ','Seq':5}; "
            + "{'Error':'','Seq':6}; {'Error':'','Seq':7}; {'Error':'','Seq':7} | {'Log':'old [INFO] line'}",
            _output.TakeAll());
    }

    [Fact]
    public void A_stream_and_a_monitor_of_one_number_stop_together()
    {
        Shake();
        OpenStream(2, "*");
        Monitor(2, "INFO");
        Stop(3, 2);
        _output.TakeAll();
        _session.Deliver(User("u"), default);
        _session.DeliverLog(LogLevel.Err, "line");
        Assert.Equal("", _output.TakeAll());
        Assert.Equal(["attach events", "attach log", "detach log", "detach events"], _agent.Calls);
    }

    [Fact]
    public void Records_past_the_depth_of_a_stream_are_dropped_and_reported()
    {
        Shake();
        OpenStream(2, "*");
        _output.IsStalled = true;
        for (int index = 0; index < Limits.RpcStreamDepthMax + 3; index++)
        {
            _session.Deliver(User("u"), default);
        }

        Assert.Equal(Limits.RpcStreamDepthMax, _output.Units.Count);
        Assert.Equal(3, _agent.DroppedRecordCount);
        Assert.Equal(3, _agent.Lines.Count);
        Assert.All(
            _agent.Lines,
            line => Assert.Equal("Warn agent.ipc: Dropping event to ipc.client: 127.0.0.1:5000", line));
    }

    [Fact]
    public void Dropped_log_lines_are_reported_once_until_the_client_reads_again()
    {
        Shake();
        Monitor(2, "INFO");
        _output.PendingRecordCount = Limits.RpcStreamDepthMax;
        _session.DeliverLog(LogLevel.Err, "a");
        _session.DeliverLog(LogLevel.Err, "b");
        Assert.Equal(2, _agent.DroppedRecordCount);
        Assert.Equal("Warn agent.ipc: Dropping logs to ipc.client: 127.0.0.1:5000", Assert.Single(_agent.Lines));
        _output.PendingRecordCount = 0;
        _session.DeliverLog(LogLevel.Err, "c");
        _output.PendingRecordCount = Limits.RpcStreamDepthMax;
        _session.DeliverLog(LogLevel.Err, "d");
        Assert.Equal(2, _agent.Lines.Count);
    }

    [Fact]
    public void Filters_of_members_match_whole_values_without_a_group()
    {
        _agent.MemberList.Add(Member("node-a", MemberStatus.Alive, ("role", "web")));
        _agent.MemberList.Add(Member("node-a-2", MemberStatus.Left));
        _agent.MemberList.Add(Member("b\n", MemberStatus.Failed));
        Shake();
        foreach ((string name, string status, string? tag, string expected) in ((string, string, string?, string)[])
            [("node-a", "", null, "node-a"), ("x|node-a", "", null, "node-a"), ("node-a|x", "", null, "node-a,node-a-2"),
            ("(x|node-a)", "alive", null, "node-a"), ("", "(failed|left)", null, "node-a-2,b\n"),
            ("b", "", null, ""), ("", "", "role=", "node-a-2,b\n"), ("", "", "role=w.b", "node-a"),
            ("", "", "zz=", "node-a,node-a-2,b\n"), ("NODE-A", "", null, ""), ("(?i)NODE-A", "", null, "node-a")])
        {
            List<KeyValuePair<ByteString, ByteString>> tags = [];
            if (tag is not null)
            {
                tags.Add(new(Name(tag.Split('=')[0]), Name(tag.Split('=')[1])));
            }

            Send("members-filtered", 2, output => RpcCodec.Write(
                output, new MembersFilteredRequest(Tags.From(tags), Name(status), Name(name))));
            byte[] unit = Assert.Single(_output.Units);
            Assert.Equal(
                ReadStatus.Ok,
                RpcCodec.TryReadMembers(unit.AsSpan(Values.SizeOfFirst(unit)), out List<RpcMember> members));
            Assert.Equal(expected, string.Join(",", members.ConvertAll(member => member.Name.ToString())));
            _output.TakeAll();
        }
    }

    [Fact]
    public void A_request_past_its_limits_ends_the_connection_before_it_is_whole()
    {
        Shake();
        Feed("82A7436F6D6D616E64A56576656E74A353657102 81A44E616D65DBFFFFFFFF");
        byte[] filler = new byte[64 * 1024];
        int sent = 0;
        while (!_output.IsClosed && sent < 4 * Limits.RpcRequestSizeMax)
        {
            _session.Receive(filler, default);
            sent += filler.Length;
        }

        Assert.True(_output.IsClosed);
        Assert.InRange(sent, 1, Limits.RpcRequestSizeMax + filler.Length);
        Assert.Empty(_agent.Calls);
    }

    [Fact]
    public void Deep_nesting_and_long_lists_are_refused()
    {
        Shake();
        _session.Receive(Encoding.Latin1.GetBytes(new string((char)0x91, 200)), default);
        Assert.True(_output.IsClosed);

        FakeOutput output = new();
        RpcSession session = new(_agent, output, new TokenGuard());
        RpcBuffer request = new();
        RpcCodec.Write(request, "handshake", 1);
        RpcCodec.WriteHandshake(request);
        RpcCodec.Write(request, "join", 2);
        request.Map(1);
        request.Text("Existing");
        request.Array(Limits.RpcListCountMax + 1);
        for (int index = 0; index <= Limits.RpcListCountMax; index++)
        {
            request.Text("a");
        }

        session.Receive(request.Written, default);
        Assert.True(output.IsClosed);
        Assert.Empty(_agent.Calls);
    }

    [Fact]
    public void Requests_may_come_in_any_pieces()
    {
        RpcBuffer all = new();
        RpcCodec.Write(all, "handshake", 1);
        RpcCodec.WriteHandshake(all);
        RpcCodec.Write(all, "event", 2);
        RpcCodec.Write(all, new EventRequest(Name("a"), new byte[300], true));
        RpcCodec.Write(all, "members", 3);
        byte[] bytes = all.Written.ToArray();
        for (int size = 1; size <= bytes.Length; size++)
        {
            FakeOutput output = new();
            RpcSession session = new(new FakeAgent(), output, new TokenGuard());
            for (int start = 0; start < bytes.Length; start += size)
            {
                session.Receive(bytes.AsSpan(start, Math.Min(size, bytes.Length - start)), default);
            }

            Assert.Equal(
                "{'Error':'','Seq':1}; {'Error':'','Seq':2}; {'Error':'','Seq':3} | {'Members':[]}", output.TakeAll());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Garbage_never_throws_and_ends_or_waits(int seed)
    {
        Random random = new(seed);
        byte[] valid = Convert.FromHexString(
            "82A7436F6D6D616E64A968616E647368616B65A35365710181A756657273696F6E01"
            + "82A7436F6D6D616E64A56576656E74A35365710283A8436F616C65736365C3A44E616D65A66465706C6F79A75061796C6F6164C403616263"
            + "82A7436F6D6D616E64A673747265616DA35365710381A454797065A12A");
        for (int round = 0; round < 5000; round++)
        {
            byte[] bytes = (byte[])valid.Clone();
            int changes = random.Next(1, 6);
            for (int change = 0; change < changes; change++)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            FakeOutput output = new();
            RpcSession session = new(new FakeAgent(), output, new TokenGuard());
            session.Receive(bytes, default);
            session.Deliver(User("u"), default);
            session.Closed();
            Assert.InRange(output.Units.Count, 0, 20);
        }
    }

    private static ByteString Name(string text) => ByteString.FromText(text);

    private static UserEvent User(string name) => new(3, Name(name), null, false);

    private static QueryEvent Query(string name, Instant deadline) =>
        new(4, 9, Name(name), [1], default, default, 0, deadline);

    private static MemberInfo Member(string name, MemberStatus status, params (string Key, string Value)[] tags)
    {
        List<KeyValuePair<ByteString, ByteString>> pairs = [];
        foreach ((string key, string value) in tags)
        {
            pairs.Add(new(Name(key), Name(value)));
        }

        return new(
            Name(name), NodeAddress.FromIPv4(0x7F000001, 7946), Tags.From(pairs), status,
            new NodeVersions(1, 5, 2, 2, 5, 5));
    }

    private static void Version(RpcBuffer output, int version)
    {
        output.Map(1);
        output.Text("Version");
        output.Signed(version);
    }

    private void Feed(string hex) => _session.Receive(Convert.FromHexString(hex.Replace(" ", "")), default);

    private void Shake()
    {
        Send("handshake", 1, RpcCodec.WriteHandshake);
        Assert.Equal("{'Error':'','Seq':1}", _output.TakeAll());
    }

    private void OpenStream(ulong sequence, string filters)
    {
        Send("stream", sequence, output => RpcCodec.WriteText(output, "Type", filters));
        Assert.Equal($"{{'Error':'','Seq':{sequence}}}", _output.TakeAll());
    }

    private void Monitor(ulong sequence, string level) =>
        Send("monitor", sequence, output => RpcCodec.WriteText(output, "LogLevel", level));

    private void Stop(ulong sequence, ulong stopped) =>
        Send("stop", sequence, output => RpcCodec.WriteStop(output, stopped));

    private void Respond(ulong sequence, ulong id, Instant now) =>
        Send("respond", sequence, output => RpcCodec.Write(output, new RespondRequest(id, [2, 3])), now);

    private void Send(string command, ulong sequence, Action<RpcBuffer>? body = null, Instant now = default)
    {
        using RpcBuffer request = new();
        RpcCodec.Write(request, command, sequence);
        body?.Invoke(request);
        _session.Receive(request.Written, now);
    }
}
