using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.Json;
using Serf.Primitives;
using Serf.Swim;
using Serf.Vectors;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Swim;

public sealed class SwimVectorTests
{
    [Fact]
    public void Every_state_script_is_followed()
    {
        foreach (JsonElement vector in VectorFile.Load("memberlist-state.json"))
        {
            StateScript script = new(vector);
            int index = 0;
            foreach (JsonElement step in vector.GetProperty("steps").EnumerateArray())
            {
                script.Run(step, $"{vector.GetProperty("name").GetString()} step {index++}");
            }
        }
    }

    [Fact]
    public void Every_queue_script_is_followed()
    {
        foreach (JsonElement vector in VectorFile.Load("memberlist-queue.json"))
        {
            JsonElement input = vector.GetProperty("input");
            FinishedTokens finished = new();
            BroadcastQueue queue = new(input.GetProperty("retransmitMult").GetInt32(), 4096, finished);
            foreach (JsonElement step in vector.GetProperty("steps").EnumerateArray())
            {
                finished.Tokens.Clear();
                RunQueueStep(queue, step, input.GetProperty("nodes").GetInt32());
                int[] expected = [.. step.GetProperty("finished").EnumerateArray().Select(id =>
                    id.GetInt32())];
                Assert.Equal(expected, finished.Tokens);
                Assert.Equal(step.GetProperty("queued").GetInt32(), queue.Count);
            }
        }
    }

    [Fact]
    public void Every_table_is_computed()
    {
        int rows = 0;
        foreach (JsonElement vector in VectorFile.Load("memberlist-numeric.json"))
        {
            string name = vector.GetProperty("name").GetString()!;
            if (name == "ports")
            {
                continue;
            }

            int max = name.StartsWith("awareness-max", StringComparison.Ordinal) ? name[^1] - '0' : 1;
            Awareness awareness = new(max);
            foreach (JsonElement row in vector.GetProperty("rows").EnumerateArray())
            {
                CheckRow(name, [.. row.EnumerateArray().Select(cell => cell.GetInt64())], awareness);
                rows++;
            }
        }

        Assert.True(rows > 500);
    }

    private static void RunQueueStep(BroadcastQueue queue, JsonElement step, int nodeCount)
    {
        switch (step.GetProperty("op").GetString())
        {
            case "queue":
                int id = step.GetProperty("id").GetInt32();
                byte[] message = new byte[step.GetProperty("length").GetInt32()];
                message[0] = (byte)id;
                message[1] = (byte)(id >> 8);
                string? name = step.GetProperty("broadcastName").GetString();
                queue.Add(message, name is null ? default : ByteString.FromText(name), id);
                break;
            case "get":
                TakenIds ids = new();
                queue.Take(
                    step.GetProperty("overhead").GetInt32(), step.GetProperty("limit").GetInt32(), nodeCount,
                    int.MaxValue, ids);
                int[] expected = [.. step.GetProperty("ids").EnumerateArray().Select(value =>
                    value.GetInt32())];
                Assert.Equal(expected, ids.Ids);
                break;
            default:
                queue.Prune(step.GetProperty("retain").GetInt32());
                break;
        }
    }

    private static void CheckRow(string name, long[] row, Awareness awareness)
    {
        switch (name)
        {
            case "retransmitLimit":
                Assert.Equal(row[2], BroadcastQueue.RetransmitLimit((int)row[0], (int)row[1]));
                break;
            case "pushPullScale":
                Assert.Equal(row[2], row[0] * SwimNode.PushPullScale((int)row[1]));
                break;
            case "suspicionTimeout":
                Assert.Equal(Span(row[3]), Suspicion.MinTimeout((int)row[0], (int)row[1], Span(row[2])));
                break;
            case "remainingSuspicionTime":
                TimeSpan left = Suspicion.Remaining(
                    (int)row[0], (int)row[1], Span(row[2]), Span(row[3]), Span(row[4]));
                Assert.Equal(Span(row[5]), left);
                break;
            case "suspicionParameters":
                Assert.Equal(row[4], Suspicion.ConfirmationsExpected((int)row[0], (int)row[2]));
                TimeSpan min = Suspicion.MinTimeout((int)row[0], (int)row[2], Span(row[3]));
                Assert.Equal(Span(row[5]), min);
                Assert.Equal(Span(row[6]), min * row[1]);
                break;
            default:
                awareness.Apply((int)row[0]);
                Assert.Equal(row[1], awareness.Score);
                Assert.Equal(Span(row[3]), awareness.Scale(Span(row[2])));
                break;
        }
    }

    private static TimeSpan Span(long nanoseconds) => new(nanoseconds / TimeSpan.NanosecondsPerTick);

    private sealed class FinishedTokens : IBroadcastObserver
    {
        public List<int> Tokens { get; } = [];

        public void BroadcastFinished(int token, bool transmitted) => Tokens.Add(token);
    }

    private sealed class TakenIds : IBroadcastSink
    {
        public List<int> Ids { get; } = [];

        public void Add(ReadOnlySpan<byte> message) => Ids.Add(message[0] | (message[1] << 8));
    }

    private sealed class HexSink : IBroadcastSink
    {
        public List<string> Hex { get; } = [];

        public void Add(ReadOnlySpan<byte> message) => Hex.Add(Convert.ToHexStringLower(message));
    }

    private sealed class StateScript
    {
        private readonly SwimWorld _world = new(1);
        private readonly SwimHost _host;

        public StateScript(JsonElement vector)
        {
            JsonElement input = vector.GetProperty("input");
            byte[] versions = [.. input.GetProperty("vsn").EnumerateArray().Select(value => value.GetByte())];
            Assert.True(NodeVersions.TryRead(versions, out NodeVersions read));
            bool reclaim = input.GetProperty("deadNodeReclaim").GetBoolean();
            SwimOptions options = SwimOptions.Lan with
            {
                AdvertiseAddress = NodeAddress.FromIPv4(0x7F000001, 7946),
                Versions = read,
                SuspicionMultiplier = input.GetProperty("suspicionMult").GetInt32(),
                DeadNodeReclaimTime = reclaim ? TimeSpan.FromTicks(1) : TimeSpan.Zero,
            };
            _host = new SwimHost(_world, "self", 1, options)
            {
                Meta = VectorFile.HexOrNull(input, "meta")!,
                DropsStreams = true,
            };
        }

        // No timers run: the node is never advanced, only told of later instants.
        public void Run(JsonElement step, string where)
        {
            _host.Events.Clear();
            _host.Node.Broadcasts.Prune(0);
            _world.Run(TimeSpan.FromMilliseconds(1));
            Apply(step);

            string[] events = [.. step.GetProperty("events").EnumerateArray().Select(EventText)];
            string[] seen = [.. _host.Events.Select(
                line => line.Replace("dead ", "gone ").Replace("left ", "gone "))];
            Assert.True(events.SequenceEqual(seen), $"{where}: {string.Join(", ", _host.Events)}");

            HexSink sink = new();
            _host.Node.Broadcasts.Take(0, int.MaxValue, 1, int.MaxValue, sink);
            string[] expected = [.. step.GetProperty("broadcasts").EnumerateArray().Select(hex =>
                hex.GetString()!)];
            Assert.True(
                expected.Order().SequenceEqual(sink.Hex.Order()), $"{where}: {string.Join(", ", sink.Hex)}");

            Assert.Equal(step.GetProperty("localIncarnation").GetUInt32(), _host.Node.Self.Incarnation);
            Assert.Equal(step.GetProperty("healthScore").GetInt32(), _host.Node.HealthScore);
            JsonElement nodes = step.GetProperty("nodes");
            Assert.Equal(nodes.EnumerateObject().Count(), _host.Node.Members.Count);
            foreach (JsonProperty node in nodes.EnumerateObject())
            {
                CheckNode(node, where);
            }
        }

        private static string EventText(JsonElement line)
        {
            string kind = line.GetProperty("event").GetString()!;
            string node = line.GetProperty("node").GetString()!;
            kind = kind == "leave" ? "gone" : kind;
            return kind == "conflict"
                ? $"conflict {node} {line.GetProperty("other").GetString()}" : $"{kind} {node}";
        }

        private void Apply(JsonElement step)
        {
            string op = step.GetProperty("op").GetString()!;
            if (op == "start")
            {
                _host.Node.Start(_world.Now);
                return;
            }

            if (op == "merge")
            {
                StreamId stream = _host.Node.StreamAccepted(_host.Address, _world.Now);
                _host.Node.StreamReceived(stream, PushPullOf(step.GetProperty("merge")), _world.Now);
                return;
            }

            JsonElement fields = step.GetProperty("fields");
            uint incarnation = fields.GetProperty("Incarnation").GetUInt32();
            byte[] node = Encoding.UTF8.GetBytes(fields.GetProperty("Node").GetString()!);
            byte[] packet = new byte[1024];
            int size = op switch
            {
                "suspect" => SwimCodec.Write(
                    new Suspect { Incarnation = incarnation, Node = node, From = From(fields) }, packet),
                "dead" => SwimCodec.Write(
                    new Dead { Incarnation = incarnation, Node = node, From = From(fields) }, packet),
                _ => SwimCodec.Write(
                    new Alive
                    {
                        Incarnation = incarnation,
                        Node = node,
                        Address = VectorFile.HexOrNull(fields, "Addr"),
                        Port = fields.GetProperty("Port").GetUInt16(),
                        Meta = VectorFile.HexOrNull(fields, "Meta"),
                        Versions = VectorFile.HexOrNull(fields, "Vsn"),
                    },
                    packet),
            };
            _host.Node.Receive(_host.Address, packet.AsSpan(0, size), _world.Now);
        }

        private static byte[] From(JsonElement fields) =>
            Encoding.UTF8.GetBytes(fields.GetProperty("From").GetString()!);

        private static byte[] PushPullOf(JsonElement records)
        {
            byte[] bytes = new byte[4096];
            bytes[0] = (byte)MessageType.PushPull;
            JsonElement[] list = records.ValueKind == JsonValueKind.Array
                ? [.. records.EnumerateArray()] : [];
            int size = 1 + SwimCodec.Write(new PushPullHeader { NodeCount = list.Length }, bytes.AsSpan(1));
            foreach (JsonElement record in list)
            {
                NodeRecord node = new()
                {
                    Name = Encoding.UTF8.GetBytes(record.GetProperty("Name").GetString()!),
                    Address = VectorFile.HexOrNull(record, "Addr"),
                    Port = record.GetProperty("Port").GetUInt16(),
                    Meta = VectorFile.HexOrNull(record, "Meta"),
                    Incarnation = record.GetProperty("Incarnation").GetUInt32(),
                    State = record.GetProperty("State").GetInt64(),
                    Versions = VectorFile.HexOrNull(record, "Vsn"),
                };
                size += SwimCodec.Write(node, bytes.AsSpan(size));
            }

            return bytes[..size];
        }

        private void CheckNode(JsonProperty node, string where)
        {
            Member? member = _host.Node.Find(Encoding.UTF8.GetBytes(node.Name));
            Assert.True(member is not null, where);
            JsonElement expected = node.Value;
            Assert.Equal(expected.GetProperty("state").GetInt32(), (int)member.State);
            Assert.Equal(expected.GetProperty("incarnation").GetUInt32(), member.Incarnation);
            Assert.Equal(expected.GetProperty("port").GetInt32(), member.Address.Port);
            byte[] ip = new byte[16];
            int size = member.Address.WriteIp(ip);
            Assert.Equal(VectorFile.HexOrNull(expected, "addr"), ip[..size]);
            Assert.Equal(VectorFile.HexOrNull(expected, "meta") ?? [], member.Meta);
            Assert.Equal(expected.GetProperty("suspicionTimer").GetBoolean(), member.Suspicion is not null);
        }
    }
}
