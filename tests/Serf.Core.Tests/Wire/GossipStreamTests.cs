using System;
using System.Collections.Generic;
using System.Text;
using System.Text.Json;
using Serf.Primitives;
using Serf.Vectors;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Wire;

public sealed class GossipStreamTests
{
    private const string UserHello = "0881aa557365724d73674c656e0568656c6c6f";

    [Theory]
    [InlineData("pushPull", 91)]
    [InlineData("userMsg", 13)]
    [InlineData("ping", 13)]
    public void Every_recorded_stream_is_written_byte_for_byte_and_read_back(string operation, int expectedCount)
    {
        int count = 0;
        foreach (JsonElement vector in LayerVectors.Load("memberlist-streams.json", operation))
        {
            byte[] expected = LayerVectors.Hex(vector);
            byte[] message = BuildMessage(vector.GetProperty("input"), operation);
            Assert.Equal(
                Convert.ToHexString(expected),
                Convert.ToHexString(Pack(message, vector, dials: true)));

            foreach (int step in (int[])[1, 7, expected.Length])
            {
                using GossipStreamReader reader = new(
                    LayerVectors.ConfigLabel(vector), expectLabel: true, LayerVectors.Sealing(vector));
                Assert.Equal(ReadStatus.Ok, Feed(reader, expected, step));
                Assert.Equal(message[0], (byte)reader.Type);
                Assert.Equal(message[1..], reader.Body.ToArray());
            }

            count++;
        }

        Assert.Equal(expectedCount, count);
    }

    [Fact]
    public void Every_recorded_connection_is_served_as_the_original_serves_it()
    {
        int count = 0;
        foreach (JsonElement vector in LayerVectors.Load("memberlist-streams.json", "serve"))
        {
            byte[] input = LayerVectors.Hex(vector);
            using GossipStreamReader reader = new(
                LayerVectors.ConfigLabel(vector), expectLabel: true, LayerVectors.Sealing(vector));
            ReadStatus status = Feed(reader, input, 5);
            if (status == ReadStatus.NeedMore)
            {
                reader.ReceiveEnd();
            }

            string response = Convert.ToHexStringLower(Answer(vector, reader, status, out byte[]? user));
            Assert.Equal(vector.GetProperty("response").GetString(), response);
            List<byte[]> expectedUsers = LayerVectors.HexList(vector, "userMessages");
            Assert.Equal(expectedUsers, user is null ? [] : [user]);
            count++;
        }

        Assert.True(count >= 30);
    }

    [Theory]
    [InlineData("0a", StreamFault.Encrypted, "remote state is encrypted and encryption is not configured")]
    [InlineData("09c1", StreamFault.CompressMalformed, "msgpack decode error")]
    [InlineData("0982a4416c676f00a3427566a0", StreamFault.CompressMalformed, "unexpected EOF")]
    [InlineData("0982a4416c676f00a3427566a3000302", StreamFault.CompressMalformed, "decompressed to nothing")]
    [InlineData("0982a4416c676f00a3427566a400590604", StreamFault.CompressMalformed, "lzw: invalid code")]
    [InlineData("07", StreamFault.UnknownType, null)]
    [InlineData("f400", StreamFault.LabelMalformed, null)]
    [InlineData("f4016108", StreamFault.LabelMismatch, null)]
    [InlineData("08c1", StreamFault.BodyMalformed, null)]
    [InlineData("0881aa557365724d73674c656eff", StreamFault.BodyMalformed, null)]
    [InlineData("0881aa557365724d73674c656ece01400001", StreamFault.BodyMalformed, null)]
    [InlineData("0683a44a6f696ec3a54e6f646573ce00100001ac5573657253746174654c656e00", StreamFault.BodyMalformed, null)]
    [InlineData("0683a44a6f696ec3a54e6f64657301ac5573657253746174654c656e0005", StreamFault.BodyMalformed, null)]
    public void Each_fault_is_told(string stream, StreamFault fault, string? errReply)
    {
        using GossipStreamReader reader = new(default, expectLabel: true);
        Assert.NotEqual(ReadStatus.NeedMore, reader.Receive(Convert.FromHexString(stream)));
        Assert.Equal(fault, reader.Fault);
        Assert.Equal(errReply, reader.ErrReply);
    }

    [Theory]
    [InlineData("", StreamFault.Truncated)]
    [InlineData("f4", StreamFault.LabelMalformed)]
    [InlineData("0982a441", StreamFault.Truncated)]
    [InlineData("0881aa557365724d73674c656e0568656c6c", StreamFault.Truncated)]
    public void A_stream_that_ends_early_is_refused_without_an_answer(string stream, StreamFault fault)
    {
        using GossipStreamReader reader = new(default, expectLabel: true);
        Assert.Equal(ReadStatus.NeedMore, reader.Receive(Convert.FromHexString(stream)));
        reader.ReceiveEnd();
        Assert.Equal(fault, reader.Fault);
        Assert.Null(reader.ErrReply);
    }

    [Fact]
    public void Bytes_behind_the_message_are_ignored()
    {
        using GossipStreamReader reader = new(default, expectLabel: false);
        Assert.Equal(ReadStatus.Ok, reader.Receive(Convert.FromHexString(UserHello + "ffff")));
        Assert.Equal(ReadStatus.Ok, reader.Receive([1, 2, 3]));
        Assert.Equal(Convert.FromHexString(UserHello)[1..], reader.Body.ToArray());
    }

    [Fact]
    public void The_specified_compressed_stream_is_written_and_labels_lead()
    {
        byte[] ack = Convert.FromHexString("0282a75061796c6f6164c0a55365714e6f07");
        using ByteBuffer output = new();
        LayerVectors.WriteStream(ack, "blah"u8, compress: true, output);
        Assert.Equal(
            "f404626c61680982a4416c676f00a3427566b70005083a05254c1e366fc29001566a4a99384ede1c0808",
            Convert.ToHexStringLower(output.Written));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void A_decompressed_stream_is_bounded(int excess, bool isExpanded)
    {
        byte[] message = new byte[Limits.StreamExpansionMax + excess];
        using ByteBuffer stream = new();
        LayerVectors.WriteStream(message, default, compress: true, stream);
        using GossipStreamReader reader = new(default, expectLabel: false);

        // A ping whose map is the byte 0 is refused for its body, after it was expanded.
        reader.Receive(stream.Written);
        Assert.Equal(isExpanded ? StreamFault.BodyMalformed : StreamFault.CompressMalformed, reader.Fault);
    }

    [Fact]
    public void Damaged_streams_give_the_same_end_in_any_pieces()
    {
        Random random = new(11);
        List<JsonElement> vectors = LayerVectors.Load("memberlist-streams.json", "pushPull");
        for (int round = 0; round < 3000; round++)
        {
            byte[] stream = LayerVectors.Hex(vectors[random.Next(vectors.Count)]);
            stream = stream[..Math.Min(stream.Length, 600)];
            stream[random.Next(stream.Length)] = (byte)random.Next(256);
            using GossipStreamReader whole = new("prod-eu"u8, stream[0] == 0xf4);
            using GossipStreamReader pieces = new("prod-eu"u8, stream[0] == 0xf4);
            ReadStatus status = whole.Receive(stream);
            Assert.Equal(status, Feed(pieces, stream, 1 + random.Next(3)));
            Assert.Equal(whole.Fault, pieces.Fault);
            Assert.True(whole.Body.SequenceEqual(pieces.Body));
        }
    }

    private static ReadStatus Feed(GossipStreamReader reader, ReadOnlySpan<byte> stream, int step)
    {
        ReadStatus status = ReadStatus.NeedMore;
        while (!stream.IsEmpty && status == ReadStatus.NeedMore)
        {
            int size = Math.Min(step, stream.Length);
            status = reader.Receive(stream[..size]);
            stream = stream[size..];
        }

        return status;
    }

    private static byte[] Answer(JsonElement vector, GossipStreamReader reader, ReadStatus status, out byte[]? user)
    {
        user = null;
        if (status != ReadStatus.Ok)
        {
            if (reader.ErrReply is null)
            {
                return [];
            }

            ErrReply error = new() { Error = Encoding.UTF8.GetBytes(reader.ErrReply) };
            byte[] reply = new byte[SwimCodec.SizeOf(error)];
            SwimCodec.Write(error, reply);
            return Pack(reply, vector, dials: false);
        }

        MsgpackReader body = new(reader.Body);
        JsonElement input = vector.GetProperty("input");
        switch (reader.Type)
        {
            case MessageType.Ping:
                Assert.Equal(ReadStatus.Ok, SwimCodec.TryRead(reader.Body, out Ping ping));
                if (!ping.Node.IsEmpty && !ping.Node.SequenceEqual(VectorFile.Text(input.GetProperty("name"))))
                {
                    return [];
                }

                Ack ack = new() { SequenceNumber = ping.SequenceNumber };
                byte[] reply = new byte[SwimCodec.SizeOf(ack)];
                SwimCodec.Write(ack, reply);
                return Pack(reply, vector, dials: false);
            case MessageType.User:
                Assert.Equal(ReadStatus.Ok, SwimCodec.TryRead(ref body, out UserStreamHeader _));
                user = body.Remaining.ToArray();
                return [];
            default:
                Assert.Equal(ReadStatus.Ok, SwimCodec.TryRead(ref body, out PushPullHeader header));
                return Pack(BuildPushPull(input, header.Join), vector, dials: false);
        }
    }

    private static byte[] Pack(byte[] message, JsonElement vector, bool dials)
    {
        using ByteBuffer output = new();
        bool compress = LayerVectors.Config(vector).GetProperty("compression").GetBoolean();
        Encryption? encryption = LayerVectors.Sealing(vector, dials ? "nonce" : "responseNonce");
        LayerVectors.WriteStream(
            message, LayerVectors.ConfigLabel(vector), compress, output, encryption, dials);
        return output.Written.ToArray();
    }

    private static byte[] BuildMessage(JsonElement input, string operation)
    {
        switch (operation)
        {
            case "pushPull":
                return BuildPushPull(input, input.GetProperty("join").GetBoolean());
            case "userMsg":
                byte[] payload = LayerVectors.Hex(input, "payload");
                UserStreamHeader header = new() { MessageSize = payload.Length };
                byte[] head = new byte[SwimCodec.SizeOf(header)];
                SwimCodec.Write(header, head);
                return [8, .. head, .. payload];
            default:
                JsonElement fields = input.GetProperty("ping");
                Ping ping = new()
                {
                    SequenceNumber = fields.GetProperty("SeqNo").GetUInt32(),
                    Node = VectorFile.Text(fields.GetProperty("Node")),
                    SourceAddress = LayerVectors.Hex(fields, "SourceAddr"),
                    SourcePort = fields.GetProperty("SourcePort").GetUInt16(),
                    SourceNode = VectorFile.Text(fields.GetProperty("SourceNode")),
                };
                byte[] message = new byte[SwimCodec.SizeOf(ping)];
                SwimCodec.Write(ping, message);
                return message;
        }
    }

    private static byte[] BuildPushPull(JsonElement input, bool join)
    {
        JsonElement nodes = input.GetProperty("nodes");
        byte[] state = LayerVectors.Hex(input, "userState");
        PushPullHeader header = new() { Join = join, NodeCount = nodes.GetArrayLength(), UserStateSize = state.Length };
        byte[] head = new byte[SwimCodec.SizeOf(header)];
        SwimCodec.Write(header, head);
        List<byte> message = [6, .. head];
        foreach (JsonElement node in nodes.EnumerateArray())
        {
            bool hasMeta = node.GetProperty("Meta").ValueKind == JsonValueKind.String;
            NodeRecord record = new()
            {
                Name = VectorFile.Text(node.GetProperty("Name")),
                Address = LayerVectors.Hex(node, "Addr"),
                Port = node.GetProperty("Port").GetUInt16(),
                Meta = hasMeta ? LayerVectors.Hex(node, "Meta") : default(ReadOnlySpan<byte>),
                Incarnation = node.GetProperty("Incarnation").GetUInt32(),
                State = node.GetProperty("State").GetInt64(),
                Versions = LayerVectors.Hex(node, "Vsn"),
            };
            byte[] bytes = new byte[SwimCodec.SizeOf(record)];
            SwimCodec.Write(record, bytes);
            message.AddRange(bytes);
        }

        message.AddRange(state);
        return [.. message];
    }
}
