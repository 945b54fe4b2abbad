using System;
using System.Collections.Generic;
using System.Text.Json;
using Serf.Cluster;
using Serf.Coordinates;
using Serf.Primitives;
using Serf.Rpc;
using Serf.Vectors;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Rpc;

/// <summary>Recorded sessions of the original, replayed against both sides.</summary>
public sealed class RpcTranscriptTests
{
    [Theory]
    [InlineData("basic", 28)]
    [InlineData("query", 45)]
    [InlineData("stream", 12)]
    [InlineData("monitor", 8)]
    [InlineData("forceleave", 5)]
    [InlineData("keys", 11)]
    [InlineData("auth-wrong", 2)]
    [InlineData("auth-missing", 2)]
    [InlineData("no-handshake", 1)]
    [InlineData("bad-version", 2)]
    [InlineData("version-0", 1)]
    [InlineData("twice", 3)]
    [InlineData("unknown", 2)]
    [InlineData("seq-large", 4)]
    [InlineData("raw-form", 3)]
    [InlineData("split", 3)]
    [InlineData("extra-fields", 2)]
    [InlineData("garbage", 0)]
    [InlineData("auth-second", 3)]
    [InlineData("leave", 2)]
    public void A_recorded_session_is_answered_alike(string name, int repliesAtLeast)
    {
        (JsonElement session, List<Message> messages) = Load(name);
        FakeAgent agent = new() { AuthKey = AuthKey(session) };
        FakeOutput output = new();
        RpcSession server = new(agent, output, new TokenGuard());
        int replies = 0;
        Dictionary<ulong, IQuerySink> queries = [];
        for (int index = 0; index < messages.Count; index++)
        {
            Message message = messages[index];
            if (message.IsRequest)
            {
                Script(agent, messages, index);
                server.Receive(message.Bytes, default);
                if (message.Command == "query" && agent.LastQuery is { } query)
                {
                    queries[message.Sequence] = query;
                }

                continue;
            }

            if (!TryMatch(output, message.Bytes))
            {
                if (queries.TryGetValue(message.Sequence, out IQuerySink? query))
                {
                    Answer(query, message);
                }
                else
                {
                    Deliver(server, message);
                }

                Assert.True(TryMatch(output, message.Bytes), message.Step + ": " + output.TakeAll());
            }

            replies++;
        }

        Assert.Empty(output.Units);
        Assert.True(replies >= repliesAtLeast, $"only {replies} replies");
        bool closedByAgent = session.GetProperty("input").TryGetProperty("closedBy", out JsonElement by)
            && by.GetString() == "agent";
        Assert.Equal(closedByAgent, output.IsClosed);
    }

    [Fact]
    public void A_bad_expression_is_answered_and_the_connection_stays_open()
    {
        (_, List<Message> messages) = Load("bad-regex");
        FakeOutput output = new();
        RpcSession server = new(new FakeAgent(), output, new TokenGuard());
        foreach (Message message in messages)
        {
            if (message.IsRequest)
            {
                server.Receive(message.Bytes, default);
            }
        }

        Assert.Equal(
            "{'Error':'','Seq':5}; {'Error':'Failed to compile regex: error parsing regexp: "
            + "missing closing ): `^($`','Seq':6} | {'Members':[]}",
            output.TakeAll());
        Assert.False(output.IsClosed);
        Assert.True(server.WantsInput);
    }

    [Theory]
    [InlineData("basic", 28)]
    [InlineData("query", 13)]
    [InlineData("keys", 11)]
    [InlineData("stream", 12)]
    [InlineData("monitor", 8)]
    [InlineData("auth-wrong", 2)]
    [InlineData("auth-missing", 2)]
    [InlineData("leave", 2)]
    public void A_client_writes_the_recorded_requests_and_reads_the_recorded_answers(string name, int requestsAtLeast)
    {
        (_, List<Message> messages) = Load(name);
        using RpcCalls calls = new();
        int requests = 0;
        foreach (Message message in messages)
        {
            if (message.IsRequest)
            {
                requests++;
                Request(calls, message);
                Assert.Equal(Values.Text(message.Bytes), Values.Text(calls.Outgoing));
                Assert.Equal(message.Bytes.Length, calls.Outgoing.Length);
                calls.Sent();
                continue;
            }

            RpcAnswer? answer = null;
            foreach (byte part in message.Bytes)
            {
                Assert.Null(answer);
                calls.Receive([part]);
                calls.TryTake(out answer);
            }

            Assert.Null(calls.Fault);
            Assert.NotNull(answer);
            Assert.Equal(message.Sequence, answer.Sequence);
            Assert.Equal(message.Bytes.AsSpan(message.HeaderSize), answer.Body.AsSpan());
        }

        Assert.True(requests >= requestsAtLeast, $"only {requests} requests");
    }

    private static void Request(RpcCalls calls, Message message)
    {
        ReadOnlySpan<byte> body = message.Bytes.AsSpan(message.HeaderSize);
        switch (message.Command)
        {
            case "handshake":
                calls.Handshake();
                break;
            case "auth":
                Assert.Equal(ReadStatus.Ok, RpcCodec.TryReadAuth(body, out ByteString token));
                calls.Authenticate(token.ToString());
                break;
            case "event":
                Assert.Equal(ReadStatus.Ok, RpcCodec.TryRead(body, out EventRequest happened));
                calls.SendEvent(happened);
                break;
            case "join":
                Assert.Equal(ReadStatus.Ok, RpcCodec.TryRead(body, out JoinRequest join));
                calls.Join(join);
                break;
            case "force-leave":
                Assert.Equal(ReadStatus.Ok, RpcCodec.TryRead(body, out ForceLeaveRequest leave));
                calls.ForceLeave(leave);
                break;
            case "members-filtered":
                Assert.Equal(ReadStatus.Ok, RpcCodec.TryRead(body, out MembersFilteredRequest filter));
                calls.FilterMembers(filter);
                break;
            case "tags":
                Assert.Equal(ReadStatus.Ok, RpcCodec.TryRead(body, out TagsRequest tags));
                calls.SetTags(tags);
                break;
            case "stream":
                Assert.Equal(ReadStatus.Ok, RpcCodec.TryReadStream(body, out ByteString filters));
                calls.Stream(filters.ToString());
                break;
            case "monitor":
                Assert.Equal(ReadStatus.Ok, RpcCodec.TryReadMonitor(body, out ByteString level));
                calls.Monitor(level.ToString());
                break;
            case "query":
                Assert.Equal(ReadStatus.Ok, RpcCodec.TryRead(body, out QueryRequest query));
                calls.Query(query);
                break;
            case "get-coordinate":
                Assert.Equal(ReadStatus.Ok, RpcCodec.TryReadNode(body, out ByteString node));
                calls.GetCoordinate(node.ToString());
                break;
            case "install-key":
                Assert.Equal(ReadStatus.Ok, RpcCodec.TryReadKey(body, out ByteString installed));
                calls.ChangeKeys(KeyOperation.Install, installed.ToString());
                break;
            case "use-key":
                Assert.Equal(ReadStatus.Ok, RpcCodec.TryReadKey(body, out ByteString used));
                calls.ChangeKeys(KeyOperation.Use, used.ToString());
                break;
            case "remove-key":
                Assert.Equal(ReadStatus.Ok, RpcCodec.TryReadKey(body, out ByteString removed));
                calls.ChangeKeys(KeyOperation.Remove, removed.ToString());
                break;
            case "list-keys":
                calls.ChangeKeys(KeyOperation.List, "");
                break;
            case "stop":
                Assert.Equal(ReadStatus.Ok, RpcCodec.TryReadStop(body, out ulong stopped));
                calls.Stop(stopped);
                break;
            case "respond":
                Assert.Equal(ReadStatus.Ok, RpcCodec.TryRead(body, out RespondRequest response));
                calls.Respond(response);
                break;
            case "members":
                calls.Members();
                break;
            case "stats":
                calls.Stats();
                break;
            default:
                Assert.Equal("leave", message.Command);
                calls.Leave();
                break;
        }
    }

    /// <summary>Makes the agent give the answer that was recorded for the request.</summary>
    private static void Script(FakeAgent agent, List<Message> messages, int index)
    {
        // Two requests may come in one write: all that is still to be answered is prepared.
        agent.Refusal = null;
        foreach (Message reply in messages.GetRange(index + 1, messages.Count - index - 1))
        {
            if (reply.IsRequest || reply.Sequence != messages[index].Sequence)
            {
                continue;
            }

            ReadOnlySpan<byte> body = reply.Bytes.AsSpan(reply.HeaderSize);
            Assert.Equal(ReadStatus.Ok, RpcCodec.TryRead(reply.Bytes, out ResponseHeader header));
            agent.Refusal = header.Error.Length == 0 ? null : header.Error.Replace(RpcNames.RespondFailed, "");
            if (messages[index].Command == "join")
            {
                Assert.Equal(ReadStatus.Ok, RpcCodec.TryReadJoinReply(body, out int count));
                agent.JoinCount = count;
            }

            if (messages[index].Command.EndsWith("-key", StringComparison.Ordinal)
                || messages[index].Command == "list-keys")
            {
                Assert.Equal(ReadStatus.Ok, RpcCodec.TryReadKeyReply(body, out KeyReport report));
                agent.KeyReport = report;
            }

            if (messages[index].Command == "get-coordinate")
            {
                Assert.Equal(ReadStatus.Ok, RpcCodec.TryReadCoordinateReply(body, out Coordinate? coordinate));
                agent.Coordinate = coordinate;
                agent.Refusal = null;
            }

            // The first, unfiltered list stands for the cluster; the filters then do their own work.
            if (messages[index].Command == "members" && !body.IsEmpty)
            {
                agent.MemberList.Clear();
                agent.MemberList.AddRange(Members(body));
            }

            if (messages[index].Command == "stats")
            {
                agent.Sections.Clear();
                Assert.Equal(ReadStatus.Ok, RpcCodec.TryReadStats(
                    body, out List<KeyValuePair<ByteString, List<KeyValuePair<ByteString, ByteString>>>> sections));
                foreach ((ByteString key, List<KeyValuePair<ByteString, ByteString>> entries) in sections)
                {
                    agent.Sections.Add(new(key.ToString(), entries));
                }
            }

            return;
        }
    }

    /// <summary>What the cluster answers to a query, and its end.</summary>
    private static void Answer(IQuerySink query, Message message)
    {
        Assert.Equal(
            ReadStatus.Ok, RpcCodec.TryRead(message.Bytes.AsSpan(message.HeaderSize), out QueryRecord record));
        switch (record.Kind)
        {
            case "ack":
                query.Acked(record.From);
                break;
            case "response":
                query.Answered(record.From, record.Payload);
                break;
            default:
                query.Ended();
                break;
        }
    }

    private static void Deliver(RpcSession server, Message message)
    {
        ReadOnlySpan<byte> body = message.Bytes.AsSpan(message.HeaderSize);
        JsonElement values = message.Values[1];
        if (values.TryGetProperty("Log", out JsonElement line))
        {
            string text = line.GetString()!;
            server.DeliverLog(text.Contains("[ERR]", StringComparison.Ordinal) ? LogLevel.Err : LogLevel.Info, text);
            return;
        }

        string kind = values.GetProperty("Event").GetString()!;
        switch (kind)
        {
            case "user":
                server.Deliver(
                    new UserEvent(
                        values.GetProperty("LTime").GetUInt64(),
                        ByteString.FromText(values.GetProperty("Name").GetString()!),
                        Payload(values),
                        values.GetProperty("Coalesce").GetBoolean()),
                    default);
                break;
            case "query":
                server.Deliver(
                    new QueryEvent(
                        values.GetProperty("LTime").GetUInt64(),
                        7,
                        ByteString.FromText(values.GetProperty("Name").GetString()!),
                        Payload(values),
                        default,
                        default,
                        0,
                        Instant.Never),
                    default);
                break;
            default:
                SerfEventKind member = kind switch
                {
                    "member-join" => SerfEventKind.MemberJoin,
                    "member-leave" => SerfEventKind.MemberLeave,
                    "member-failed" => SerfEventKind.MemberFailed,
                    "member-update" => SerfEventKind.MemberUpdate,
                    _ => SerfEventKind.MemberReap,
                };
                server.Deliver(new MemberEvent(member, Members(body)), default);
                break;
        }
    }

    private static byte[]? Payload(JsonElement values) =>
        values.GetProperty("Payload") is { ValueKind: JsonValueKind.Object } bytes
            ? Convert.FromHexString(bytes.GetProperty("bin").GetString()!)
            : null;

    private static List<MemberInfo> Members(ReadOnlySpan<byte> body)
    {
        Assert.Equal(ReadStatus.Ok, RpcCodec.TryReadMembers(body, out List<RpcMember> members));
        return members.ConvertAll(member => new MemberInfo(
            member.Name, member.Address, member.Tags, Status(member.Status), member.Versions));
    }

    private static MemberStatus Status(string label)
    {
        foreach (MemberStatus status in Enum.GetValues<MemberStatus>())
        {
            if (status.Label() == label)
            {
                return status;
            }
        }

        throw new ArgumentOutOfRangeException(nameof(label));
    }

    private static bool TryMatch(FakeOutput output, byte[] expected)
    {
        string text = Values.Text(expected);
        int index = output.Units.FindIndex(unit => Values.Text(unit) == text);
        if (index >= 0)
        {
            output.Units.RemoveAt(index);
        }

        return index >= 0;
    }

    private static ByteString AuthKey(JsonElement session) =>
        session.GetProperty("input").TryGetProperty("rpcAuthKey", out JsonElement key)
            ? ByteString.FromText(key.GetString()!)
            : default;

    private static (JsonElement Session, List<Message> Messages) Load(string name)
    {
        JsonElement session = VectorFile.Find("rpc-transcripts.json", name);
        return (session, Messages(session));
    }

    private static List<Message> Messages(JsonElement session)
    {
        List<Message> messages = [];
        foreach (JsonElement element in session.GetProperty("messages").EnumerateArray())
        {
            messages.Add(new Message(element));
        }

        return messages;
    }

    private sealed class Message
    {
        private const string CommandKey = "Command";

        public Message(JsonElement element)
        {
            IsRequest = element.GetProperty("direction").GetString() == "request";
            Step = element.GetProperty("step").GetString()!;
            Bytes = Convert.FromHexString(element.GetProperty("hex").GetString()!);
            Values = element.GetProperty("values");
            HeaderSize = Rpc.Values.SizeOfFirst(Bytes);
            if (Values[0].ValueKind == JsonValueKind.Object && Values[0].TryGetProperty("Seq", out JsonElement number))
            {
                Sequence = number.GetUInt64();
                Command = Values[0].TryGetProperty(CommandKey, out JsonElement word) ? word.GetString()! : "";
            }
        }

        public bool IsRequest { get; }

        public string Step { get; }

        public byte[] Bytes { get; }

        public JsonElement Values { get; }

        public int HeaderSize { get; }

        public ulong Sequence { get; }

        public string Command { get; } = "";
    }
}
