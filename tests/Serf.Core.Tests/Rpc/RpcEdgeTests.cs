using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Rpc;
using Serf.Swim;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Rpc;

/// <summary>Edge cases worth testing, by the bytes (spec rpc 11).</summary>
public sealed class RpcEdgeTests
{
    private readonly FakeAgent _agent = new();
    private readonly FakeOutput _output = new();
    private readonly RpcSession _session;

    public RpcEdgeTests()
    {
        _session = new(_agent, _output, new TokenGuard());
        Send("handshake", 1, RpcCodec.WriteHandshake);
        _output.TakeAll();
    }

    [Theory]
    [InlineData("C1")]
    [InlineData("474554202F20485454502F312E310D0A")]
    [InlineData("07")]
    [InlineData("A76D656D62657273")]
    [InlineData("82A7436F6D6D616E64A76D656D62657273A3536571FF")]
    [InlineData("82A7436F6D6D616E64A76D656D62657273A3536571A132")]
    [InlineData("82A7436F6D6D616E64A76D656D62657273A3536571CB4000000000000000")]
    [InlineData("82A7436F6D6D616E6405A353657102")]
    public void A_header_that_is_none_ends_the_connection_without_an_answer(string hex)
    {
        Feed(hex);

        Assert.Equal("", _output.TakeAll());
        Assert.True(_output.IsClosed);
        Assert.StartsWith(
            "Err agent.ipc: failed to decode request header: ", Assert.Single(_agent.Lines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("82A7436F6D6D616E64A76D656D62657273A353657102", "2")]
    [InlineData("92A76D656D6265727302", "2")]
    [InlineData("91A76D656D62657273", "0")]
    [InlineData("81A7436F6D6D616E64A76D656D62657273", "0")]
    [InlineData("82A7436F6D6D616E64C4076D656D62657273A353657102", "2")]
    [InlineData("82A7436F6D6D616E64DB000000076D656D62657273A3536571CD0002", "2")]
    [InlineData("83A1559181A1789205C0A7436F6D6D616E64A76D656D62657273A353657102", "2")]
    [InlineData("82A7436F6D6D616E64A76D656D62657273A3536571CFFFFFFFFFFFFFFFFF", "18446744073709551615")]
    public void A_header_is_read_in_every_form(string hex, string sequence)
    {
        Feed(hex);

        Assert.Equal($"{{'Error':'','Seq':{sequence}}} | {{'Members':[]}}", _output.TakeAll());
        Assert.False(_output.IsClosed);
    }

    [Fact]
    public void Lower_case_keys_are_unknown_ones()
    {
        Feed("82A7636F6D6D616E64A76D656D62657273A373657102");

        Assert.Equal("{'Error':'Unsupported command','Seq':0}", _output.TakeAll());
        Assert.True(_output.IsClosed);
    }

    [Fact]
    public void What_a_header_lacks_does_not_come_from_the_one_before()
    {
        Send("members", 9);
        _output.TakeAll();
        Feed("81A353657105");

        Assert.Equal("{'Error':'Unsupported command','Seq':5}", _output.TakeAll());
    }

    [Fact]
    public void A_timeout_that_is_text_ends_the_connection()
    {
        Send("query", 2, output =>
        {
            output.Map(1);
            output.Text("Timeout");
            output.Text("1s");
        });

        Assert.Equal("", _output.TakeAll());
        Assert.True(_output.IsClosed);
        Assert.Empty(_agent.Calls);
    }

    [Fact]
    public void Nil_stands_for_every_list_and_map()
    {
        Send("tags", 2, output => output.Encoded(
            [0x82, 0xA4, .. "Tags"u8, 0xC0, 0xAA, .. "DeleteTags"u8, 0xC0]));
        Send("join", 3, output => output.Encoded([0x81, 0xA8, .. "Existing"u8, 0xC0]));
        Send("members-filtered", 4, output => output.Encoded([0x81, 0xA4, .. "Tags"u8, 0xC0]));
        Send("query", 5, output => output.Encoded(
            [0x82, 0xAB, .. "FilterNodes"u8, 0xC0, 0xAA, .. "FilterTags"u8, 0xC0]));

        Assert.Equal(
            "{'Error':'','Seq':2}; {'Error':'','Seq':3} | {'Num':0}; {'Error':'','Seq':4} | {'Members':[]}; "
            + "{'Error':'','Seq':5}",
            _output.TakeAll());
        Assert.Equal(["tags  -", "join  False", "query  nil [] [] False 0 00:00:00"], _agent.Calls);
    }

    [Fact]
    public void Sixteen_tags_and_members_have_the_longer_heads()
    {
        for (int index = 0; index < 16; index++)
        {
            _agent.MemberList.Add(Member("m" + index, NodeAddress.FromIPv4(0x7F000001, 7946), index == 0 ? 16 : 0));
        }

        Send("members", 2);

        byte[] unit = Assert.Single(_output.Units);
        byte[] list = [.. "Members"u8, 0xDC, 0x00, 0x10];
        byte[] map = [0xA4, .. "Tags"u8, 0xDE, 0x00, 0x10];
        Assert.True(unit.AsSpan().IndexOf(list) > 0);
        Assert.True(unit.AsSpan().IndexOf(map) > 0);
        Assert.Equal(
            ReadStatus.Ok,
            RpcCodec.TryReadMembers(unit.AsSpan(Values.SizeOfFirst(unit)), out List<RpcMember> members));
        Assert.Equal(16, members.Count);
        Assert.Equal(16, members[0].Tags.Entries.Length);
    }

    [Theory]
    [InlineData(31, new byte[] { 0xBF })]
    [InlineData(32, new byte[] { 0xD9, 0x20 })]
    [InlineData(255, new byte[] { 0xD9, 0xFF })]
    [InlineData(256, new byte[] { 0xDA, 0x01, 0x00 })]
    public void Names_of_every_length_have_the_head_that_fits(int length, byte[] head)
    {
        string name = new('n', length);
        _agent.MemberList.Add(Member(name, NodeAddress.FromIPv4(0x7F000001, 7946), 0));

        Send("members", 2);

        byte[] expected = [0xA4, .. "Name"u8, .. head, .. Encoding.UTF8.GetBytes(name)];
        Assert.True(Assert.Single(_output.Units).AsSpan().IndexOf(expected) > 0);
    }

    [Theory]
    [InlineData(255, new byte[] { 0xC4, 0xFF })]
    [InlineData(256, new byte[] { 0xC5, 0x01, 0x00 })]
    public void Payloads_of_every_length_have_the_head_that_fits(int length, byte[] head)
    {
        Send("stream", 2, output => RpcCodec.WriteText(output, "Type", "*"));
        _output.TakeAll();
        byte[] payload = Enumerable.Repeat((byte)7, length).ToArray();

        _session.Deliver(new UserEvent(1, ByteString.FromText("u"), payload, false), default);

        byte[] expected = [0xA7, .. "Payload"u8, .. head, .. payload];
        Assert.True(Assert.Single(_output.Units).AsSpan().IndexOf(expected) > 0);
    }

    [Fact]
    public void Addresses_are_sent_in_the_form_they_are_known_in()
    {
        Assert.True(NodeAddress.TryParseIp("fd00::7", 1, out NodeAddress six));
        _agent.MemberList.Add(Member("six", six, 0));
        _agent.MemberList.Add(Member("mapped", NodeAddress.FromIPv4(0x7F000001, 1).Mapped(), 0));

        Send("members", 2);

        byte[] unit = Assert.Single(_output.Units);
        Assert.Contains("'Addr':<FD000000000000000000000000000007>", Values.Text(unit), StringComparison.Ordinal);
        Assert.Contains("'Addr':<00000000000000000000FFFF7F000001>", Values.Text(unit), StringComparison.Ordinal);
        Assert.Equal(
            ReadStatus.Ok,
            RpcCodec.TryReadMembers(unit.AsSpan(Values.SizeOfFirst(unit)), out List<RpcMember> members));
        Assert.Equal("127.0.0.1", members[1].Address.IpText());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Leave already in progress")]
    public void Behind_a_leave_nothing_is_answered_any_more(string? refusal)
    {
        _agent.Refusal = refusal;
        Send("leave", 2);
        Send("members", 3);

        Assert.Equal("{'Error':'" + refusal + "','Seq':2}", _output.TakeAll());
        Assert.False(_session.WantsInput);
        _session.DeliverLog(LogLevel.Err, "line");
        _session.Closed();
    }

    [Fact]
    public void Every_command_may_be_cut_off_anywhere()
    {
        using RpcBuffer all = new();
        RpcCodec.Write(all, "handshake", 1);
        RpcCodec.WriteHandshake(all);
        RpcCodec.Write(all, "stream", 2);
        RpcCodec.WriteText(all, "Type", "*");
        RpcCodec.Write(all, "monitor", 3);
        RpcCodec.WriteText(all, "LogLevel", "trace");
        RpcCodec.Write(all, "query", 4);
        RpcCodec.Write(all, new QueryRequest([], Tags.Empty, true, 0, 0, ByteString.FromText("q"), null));
        RpcCodec.Write(all, "join", 5);
        RpcCodec.Write(all, new JoinRequest([ByteString.FromText("h")], false));
        RpcCodec.Write(all, "leave", 6);
        for (int size = 0; size <= all.Written.Length; size++)
        {
            FakeAgent agent = new() { IsSlow = true };
            FakeOutput output = new();
            RpcSession session = new(agent, output, new TokenGuard());
            session.Receive(all.Written[..size], default);
            int units = output.Units.Count;
            session.Closed();
            agent.Waiting?.Complete(null, 1, default);
            agent.LastQuery?.Ended();
            session.Deliver(new UserEvent(1, ByteString.FromText("u"), null, false), default);
            session.DeliverLog(LogLevel.Err, "line");

            Assert.Equal(units, output.Units.Count);
            Assert.Equal(agent.Calls.Count(call => call == "attach log"), agent.Calls.Count(call => call == "detach log"));
            Assert.Equal(
                agent.Calls.Count(call => call == "attach events"),
                agent.Calls.Count(call => call == "detach events"));
            Assert.Equal(
                agent.Calls.Count(call => call.StartsWith("query", StringComparison.Ordinal)),
                agent.Calls.Count(call => call == "abandon query"));
        }
    }

    private static MemberInfo Member(string name, NodeAddress address, int tagCount)
    {
        List<KeyValuePair<ByteString, ByteString>> tags = [];
        for (int index = 0; index < tagCount; index++)
        {
            tags.Add(new(ByteString.FromText("k" + index), ByteString.FromText("v")));
        }

        return new(
            ByteString.FromText(name), address, Tags.From(tags), MemberStatus.Alive, new NodeVersions(1, 5, 2, 2, 5, 5));
    }

    private void Feed(string hex) => _session.Receive(Convert.FromHexString(hex), default);

    private void Send(string command, ulong sequence, Action<RpcBuffer>? body = null)
    {
        using RpcBuffer request = new();
        RpcCodec.Write(request, command, sequence);
        body?.Invoke(request);
        _session.Receive(request.Written, default);
    }
}
