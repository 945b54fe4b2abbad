using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.Json;
using Serf.Cluster;
using Serf.Core.Tests.Swim;
using Serf.Primitives;
using Serf.Swim;
using Serf.Vectors;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Cluster;

/// <summary>The original's scripts of joins, leaves, intents, events, queries and push/pulls given to one node.</summary>
public sealed class StateScriptTests
{
    public static TheoryData<string> Scripts()
    {
        TheoryData<string> names = [];
        foreach (JsonElement vector in VectorFile.Load("serf-state.json"))
        {
            names.Add(vector.GetProperty("name").GetString()!);
        }

        return names;
    }

    [Theory]
    [MemberData(nameof(Scripts))]
    public void A_node_answers_every_step_as_the_original_does(string name)
    {
        JsonElement vector = VectorFile.Load("serf-state.json")
            .Single(candidate => candidate.GetProperty("name").GetString() == name);
        ScriptedNode node = new(vector.GetProperty("input"));
        int number = 0;
        foreach (JsonElement step in vector.GetProperty("steps").EnumerateArray())
        {
            string at = $"{name} step {number++} {step.GetProperty("op").GetString()}";
            bool? passedOn = node.Run(step);
            if (step.TryGetProperty("rebroadcast", out JsonElement expected))
            {
                Assert.True(passedOn == expected.GetBoolean(), at + ": passed on is " + passedOn);
            }

            Assert.Equal((at, ExpectedEvents(step)), (at, node.TakeEvents()));
            Assert.Equal((at, ExpectedReplies(step)), (at, node.TakeReplies()));
            Assert.Equal((at, ExpectedMembers(step)), (at, node.DescribeMembers()));
            Assert.Equal((at, Join(step.GetProperty("clocks"))), (at, node.DescribeClocks()));
            Assert.Equal((at, Sorted(step.GetProperty("failed"))), (at, node.Named(MemberStatus.Failed)));
            Assert.Equal((at, Sorted(step.GetProperty("left"))), (at, node.Named(MemberStatus.Left)));
        }
    }

    private static string Join(JsonElement list) => string.Join(" ", list.EnumerateArray());

    private static string Sorted(JsonElement names) =>
        string.Join(" ", names.EnumerateArray().Select(name => name.GetString()).Order(StringComparer.Ordinal));

    private static string ExpectedEvents(JsonElement step) =>
        string.Join("; ", step.GetProperty("events").EnumerateArray().Select(happened =>
        {
            string kind = happened.GetProperty("event").GetString()!;
            return kind switch
            {
                "user" => $"user {happened.GetProperty("name")} {happened.GetProperty("ltime")} "
                    + $"{happened.GetProperty("payload")} {happened.GetProperty("coalesce").GetBoolean()}",
                "query" => $"query {happened.GetProperty("name")} {happened.GetProperty("ltime")} "
                    + happened.GetProperty("payload"),
                _ => $"{kind} {happened.GetProperty("member")} {happened.GetProperty("status")}",
            };
        }));

    private static string ExpectedReplies(JsonElement step) =>
        string.Join("; ", step.GetProperty("replies").EnumerateArray()
            .Select(reply => reply.GetProperty("to").GetString() + " " + reply.GetProperty("hex").GetString()));

    private static string ExpectedMembers(JsonElement step) =>
        string.Join("; ", step.GetProperty("members").EnumerateObject()
            .OrderBy(member => member.Name, StringComparer.Ordinal)
            .Select(member => $"{member.Name} {member.Value.GetProperty("status")} "
                + $"{member.Value.GetProperty("statusLTime")} "
                + string.Join(",", member.Value.GetProperty("tags").EnumerateObject()
                    .OrderBy(tag => tag.Name, StringComparer.Ordinal)
                    .Select(tag => tag.Name + "=" + tag.Value.GetString()))));

    /// <summary>A node whose gossip layer is played by the script.</summary>
    private sealed class ScriptedNode
    {
        private static readonly Instant Now = new(1_000_000_000);

        private readonly RecordingEffects _effects = new();
        private readonly Dictionary<string, Member> _known = [];
        private readonly SerfNode _node;

        public ScriptedNode(JsonElement input)
        {
            SerfOptions options = new()
            {
                Tags = TagsOf(input.GetProperty("tags")),
                ProtocolVersion = input.GetProperty("protocolVersion").GetInt32(),
                EventBufferCount = input.GetProperty("eventBuffer").GetInt32(),
                QueryBufferCount = input.GetProperty("queryBuffer").GetInt32(),
                BroadcastTimeout = TimeSpan.Zero,
                LeavePropagateDelay = TimeSpan.Zero,
                CoalescePeriod = TimeSpan.Zero,
                UserCoalescePeriod = TimeSpan.Zero,
            };
            SwimOptions swim = new()
            {
                Name = ByteString.FromText(input.GetProperty("name").GetString()!),
                AdvertiseAddress = NodeAddress.FromIPv4(0x7F000001, 7946),
                Compression = false,
            };
            _node = new SerfNode(options, swim, _effects, _effects, seed: 1);
        }

        public bool? Run(JsonElement step)
        {
            ISwimObserver observer = _node;
            switch (step.GetProperty("op").GetString())
            {
                case "start":
                    _node.Start(Now);
                    return null;
                case "nodeJoin":
                    observer.MemberJoined(Describe(step), Now);
                    return null;
                case "nodeUpdate":
                    observer.MemberUpdated(Describe(step), Now);
                    return null;
                case "nodeLeave":
                    observer.MemberLeft(Known(step.GetProperty("node").GetString()!), Now);
                    return null;
                case "pushPull":
                    return MergeState(step);
                default:
                    Drain();
                    byte[] message = Encode(step);
                    observer.UserMessage(message, Now);
                    observer.UserMessagesEnded(Now);
                    return Drain().Exists(queued => queued.AsSpan().SequenceEqual(message));
            }
        }

        public string TakeEvents()
        {
            string text = string.Join("; ", _effects.Events.Select(happened => happened switch
            {
                UserEvent user => $"user {user.Name} {user.LamportTime} {Hex(user.Payload)} {user.Coalesce}",
                QueryEvent query => $"query {query.Name} {query.LamportTime} {Hex(query.Payload)}",
                MemberEvent member => $"{member} {member.Members.Single().Name} "
                    + (int)member.Members.Single().Status,
                _ => throw new InvalidOperationException(),
            }));
            _effects.Events.Clear();
            return text;
        }

        public string TakeReplies()
        {
            string text = string.Join("; ", _effects.Packets.Where(packet => !TellsReturned(packet)).Select(packet =>
            {
                Assert.Equal((byte)MessageType.User, packet.Packet[0]);
                return $"{packet.Target} {Convert.ToHexStringLower(packet.Packet.AsSpan(1))}";
            }));
            _effects.Packets.Clear();
            return text;
        }

        // The original leaves it to gossip that a member which returns hears of the others.
        private static bool TellsReturned((NodeAddress Target, byte[] Packet) sent) =>
            new SentPacket(sent.Target, sent.Packet, default).Types.All(type => type == MessageType.Alive);

        public string DescribeMembers()
        {
            ByteBuffer state = new();
            ((ISwimObserver)_node).WriteLocalState(join: false, state);
            Assert.Equal(ReadStatus.Ok, SerfCodec.TryRead(state.Written[1..], out SerfPushPullView view));
            Dictionary<string, ulong> times = [];
            StatusTimeReader reader = new(view.Statuses);
            while (reader.TryNext(out ReadOnlySpan<byte> name, out ulong time))
            {
                times.Add(Encoding.UTF8.GetString(name), time);
            }

            return string.Join("; ", _node.Members().Select(member =>
                $"{member.Name} {(int)member.Status} {times[member.Name.ToString()]} "
                + string.Join(",", member.Tags.Entries.ToArray().Select(tag => tag.Key + "=" + tag.Value))));
        }

        public string DescribeClocks()
        {
            Dictionary<string, string> stats = _node.Stats().ToDictionary(entry => entry.Key, entry => entry.Value);
            return $"{stats["member_time"]} {stats["event_time"]} {stats["query_time"]}";
        }

        public string Named(MemberStatus status) => string.Join(
            " ",
            _node.Members().Where(member => member.Status == status).Select(member => member.Name.ToString()));

        private Member Known(string name) =>
            _known.TryGetValue(name, out Member? member) ? member : new Member(ByteString.FromText(name));

        private static string Hex(byte[]? bytes) => bytes is null ? "" : Convert.ToHexStringLower(bytes);

        private static Tags TagsOf(JsonElement tags) => Tags.From(tags.EnumerateObject().Select(tag =>
            new KeyValuePair<ByteString, ByteString>(
                ByteString.FromText(tag.Name), ByteString.FromText(tag.Value.GetString()!))));

        private bool? MergeState(JsonElement step)
        {
            // Only a join of our own can ask for old events to be left out, so that is what the step becomes.
            bool ignoreOld = step.GetProperty("ignoreOld").GetBoolean();
            StreamId exchange = StreamId.None;
            if (ignoreOld)
            {
                _node.BeginJoin(
                    new CallId(1),
                    [new JoinTarget("peer", NodeAddress.FromIPv4(0x7F000063, 7946), null)],
                    ignoreOld: true,
                    Now);
                exchange = _effects.Dialled[^1].Stream;
            }

            ISwimObserver observer = _node;
            byte[] state = Convert.FromHexString(step.GetProperty("hex").GetString()!);
            observer.MergeRemoteState(state, step.GetProperty("join").GetBoolean(), exchange, Now);
            if (ignoreOld)
            {
                observer.PushPullCompleted(exchange, "ended by the script", Now);
                _effects.Completed.Clear();
            }

            return null;
        }

        private Member Describe(JsonElement step)
        {
            string name = step.GetProperty("node").GetString()!;
            Assert.True(NodeAddress.TryFromBytes(
                Convert.FromHexString(step.GetProperty("addr").GetString()!),
                step.GetProperty("port").GetUInt16(),
                out NodeAddress address));
            return _known[name] = new Member(ByteString.FromText(name))
            {
                Address = address,
                Meta = Convert.FromHexString(step.GetProperty("meta").GetString()!),
                Versions = new NodeVersions(1, 5, 2, 2, 5, 4),
                State = MemberState.Alive,
            };
        }

        /// <summary>Takes what is queued until it was sent often enough, so that the queues are empty.</summary>
        private List<byte[]> Drain()
        {
            MessageSink sink = new();
            int before;
            do
            {
                before = sink.Messages.Count;
                ((ISwimObserver)_node).CollectBroadcasts(overhead: 3, limit: 1 << 20, sink);
            }
            while (sink.Messages.Count > before);
            return sink.Messages;
        }

        private static byte[] Encode(JsonElement step)
        {
            JsonElement fields = step.GetProperty("fields");
            ulong time = fields.GetProperty("LTime").GetUInt64();
            byte[] buffer = new byte[4096];
            int size;
            switch (step.GetProperty("op").GetString())
            {
                case "leaveIntent":
                    size = SerfCodec.Write(
                        new LeaveIntent
                        {
                            LamportTime = time,
                            Node = VectorFile.Text(fields.GetProperty("Node")),
                            Prune = fields.GetProperty("Prune").GetBoolean(),
                        },
                        buffer);
                    break;
                case "joinIntent":
                    size = SerfCodec.Write(
                        new JoinIntent { LamportTime = time, Node = VectorFile.Text(fields.GetProperty("Node")) },
                        buffer);
                    break;
                case "userEvent":
                    size = SerfCodec.Write(
                        new UserEventMessage
                        {
                            LamportTime = time,
                            Name = VectorFile.Text(fields.GetProperty("Name")),
                            Payload = VectorFile.HexOrNull(fields, "Payload"),
                            Coalesce = fields.GetProperty("CC").GetBoolean(),
                        },
                        buffer);
                    break;
                case "query":
                    size = EncodeQuery(fields, time, buffer);
                    break;
                default:
                    throw new InvalidOperationException(step.GetProperty("op").GetString());
            }

            return buffer[..size];
        }

        private static int EncodeQuery(JsonElement fields, ulong time, byte[] buffer)
        {
            byte[] filters = new byte[2048];
            MsgpackWriter writer = new(filters);
            JsonElement list = fields.GetProperty("Filters");
            if (list.ValueKind == JsonValueKind.Null)
            {
                writer.WriteNil();
            }
            else
            {
                writer.WriteArrayHeader(list.GetArrayLength());
                foreach (JsonElement filter in list.EnumerateArray())
                {
                    writer.WriteBytes(Convert.FromHexString(filter.GetString()!));
                }
            }

            return SerfCodec.Write(
                new QueryMessage
                {
                    LamportTime = time,
                    Id = fields.GetProperty("ID").GetUInt32(),
                    Address = VectorFile.HexOrNull(fields, "Addr"),
                    Port = fields.GetProperty("Port").GetUInt16(),
                    SourceNode = VectorFile.Text(fields.GetProperty("SourceNode")),
                    Filters = filters.AsSpan(0, writer.Written),
                    Flags = fields.GetProperty("Flags").GetUInt32(),
                    RelayFactor = fields.GetProperty("RelayFactor").GetByte(),
                    Timeout = fields.GetProperty("Timeout").GetInt64(),
                    Name = VectorFile.Text(fields.GetProperty("Name")),
                    Payload = VectorFile.HexOrNull(fields, "Payload"),
                },
                buffer);
        }
    }

    private sealed class MessageSink : IBroadcastSink
    {
        public List<byte[]> Messages { get; } = [];

        public void Add(ReadOnlySpan<byte> message) => Messages.Add(message.ToArray());
    }
}
