using System;
using System.Collections.Generic;
using System.Text;
using System.Text.Json;
using Serf.Primitives;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Wire;

public sealed class PacketTests
{
    [Fact]
    public void Every_recorded_packet_is_written_byte_for_byte_and_read_back()
    {
        int count = 0;
        foreach (JsonElement vector in LayerVectors.Load("memberlist-packets.json", "send"))
        {
            byte[] message = LayerVectors.Hex(vector.GetProperty("input"), "message");
            AssertPacket(vector, [message]);
            count++;
        }

        Assert.Equal(96, count);
    }

    [Fact]
    public void Every_recorded_piggyback_packet_is_written_byte_for_byte()
    {
        int count = 0;
        foreach (JsonElement vector in LayerVectors.Load("memberlist-packets.json", "sendMsg"))
        {
            JsonElement input = vector.GetProperty("input");
            List<byte[]> parts = [.. LayerVectors.HexList(input, "piggyback")];
            // The queue's order: longest first, then newest first.
            parts.Reverse();
            List<byte[]> ordered = [];
            while (parts.Count > 0)
            {
                int longest = 0;
                for (int index = 1; index < parts.Count; index++)
                {
                    longest = parts[index].Length > parts[longest].Length ? index : longest;
                }

                ordered.Add(parts[longest]);
                parts.RemoveAt(longest);
            }

            foreach (byte[] user in LayerVectors.HexList(input, "piggybackUser"))
            {
                ordered.Add([8, .. user]);
            }

            AssertPacket(vector, [LayerVectors.Hex(input, "message"), .. ordered]);
            count++;
        }

        Assert.Equal(16, count);
    }

    [Fact]
    public void Every_recorded_packet_is_received_as_the_original_receives_it()
    {
        foreach (JsonElement vector in LayerVectors.Load("memberlist-packets.json", "receive"))
        {
            RecordingSink sink = Read(
                LayerVectors.Hex(vector), LayerVectors.ConfigLabel(vector), LayerVectors.Sealing(vector));
            List<byte[]> users = [];
            foreach ((MessageType type, byte[] body) in sink.Accepted)
            {
                if (type == MessageType.User)
                {
                    users.Add(body);
                }
            }

            Assert.Equal(LayerVectors.HexList(vector, "userMessages"), users);
            Assert.True(sink.Accepted.Count + sink.Refused.Count > 0, LayerVectors.Name(vector));
        }
    }

    [Theory]
    [InlineData("", PacketFault.Empty, 0)]
    [InlineData("f4", PacketFault.LabelMalformed, 0)]
    [InlineData("f40161086869", PacketFault.LabelMismatch, 0)]
    [InlineData("0c0000000008", PacketFault.CrcMismatch, 0)]
    [InlineData("0c000000", PacketFault.UnknownType, 12)]
    [InlineData("06", PacketFault.UnknownType, 6)]
    [InlineData("09c1", PacketFault.CompressMalformed, 0)]
    [InlineData("07", PacketFault.CompoundMalformed, 0)]
    [InlineData("07020001000a08", PacketFault.CompoundTruncated, 1)]
    [InlineData("070100020702", PacketFault.CompoundMalformed, 0)]
    public void Each_fault_is_told(string packet, PacketFault fault, int detail)
    {
        RecordingSink sink = Read(Convert.FromHexString(packet), []);
        Assert.Contains((fault, detail), sink.Refused);
    }

    [Theory]
    [InlineData("", "0cada372550868656c6c6f")]
    [InlineData("blah", "f404626c61680cada372550868656c6c6f")]
    public void The_specified_user_message_is_written_and_read(string label, string expected)
    {
        byte[] labelBytes = Encoding.ASCII.GetBytes(label);
        PacketWriter writer = new(labelBytes, compress: true);
        Assert.Equal(label.Length == 0 ? 0 : 2 + label.Length, writer.Overhead);
        "\u0008hello"u8.CopyTo(writer.Reserve(6));
        writer.Commit(6);
        byte[] packet = writer.Finish(checksum: true).ToArray();
        Assert.Equal(expected, Convert.ToHexStringLower(packet));
        (MessageType type, byte[] body) = Assert.Single(Read(packet, labelBytes).Accepted);
        Assert.Equal(MessageType.User, type);
        Assert.Equal("hello"u8.ToArray(), body);
    }

    [Fact]
    public void A_packet_of_too_many_parts_is_cut_off()
    {
        // 30 compounds of 200 user messages each.
        List<byte> inner = [7, 200];
        for (int index = 0; index < 200; index++)
        {
            inner.AddRange([0, 1]);
        }

        for (int index = 0; index < 200; index++)
        {
            inner.Add(8);
        }

        PacketWriter writer = new(default, compress: false);
        for (int index = 0; index < 30; index++)
        {
            writer.Add(inner.ToArray());
        }

        RecordingSink sink = Read(writer.Finish(checksum: false), []);
        Assert.InRange(sink.Accepted.Count, 1, Limits.PacketPartCountMax);
        Assert.Contains((PacketFault.TooLarge, 0), sink.Refused);
    }

    [Fact]
    public void Nesting_is_followed_to_the_limit_and_no_deeper()
    {
        byte[] packet = [8, 1];
        for (int depth = 1; depth <= Limits.PacketDepthMax; depth++)
        {
            packet = [7, 1, 0, (byte)packet.Length, .. packet];
            Assert.Single(Read(packet, []).Accepted);
        }

        packet = [7, 1, 0, (byte)packet.Length, .. packet];
        RecordingSink sink = Read(packet, []);
        Assert.Empty(sink.Accepted);
        Assert.Equal((PacketFault.TooDeep, 7), Assert.Single(sink.Refused));
    }

    [Theory]
    [InlineData(Limits.PacketExpansionMax, true)]
    [InlineData(Limits.PacketExpansionMax + 1, false)]
    public void All_that_a_packet_expands_to_is_bounded(int size, bool isAccepted)
    {
        byte[] message = new byte[size / 2];
        message[0] = 8;
        using ByteBuffer half = new();
        LayerVectors.WriteStream(message, default, compress: true, half);
        using ByteBuffer rest = new();
        LayerVectors.WriteStream([.. message, .. new byte[size % 2]], default, compress: true, rest);
        PacketWriter writer = new(default, compress: false);
        writer.Add(half.Written);
        writer.Add(rest.Written);
        writer.Add([8, 9]);
        RecordingSink sink = Read(writer.Finish(checksum: true), []);
        Assert.Equal(isAccepted ? 3 : 2, sink.Accepted.Count);
        Assert.Equal(!isAccepted, sink.Refused.Contains((PacketFault.TooLarge, 0)));
    }

    [Fact]
    public void Compression_is_kept_only_where_it_gains()
    {
        for (int size = 2; size < 200; size++)
        {
            byte[] message = new byte[size];
            PacketWriter writer = new(default, compress: true);
            writer.Add(message);
            using ByteBuffer compressed = new();
            LayerVectors.WriteStream(message, default, compress: true, compressed);
            bool isSmaller = compressed.Length < size;
            byte[] expected = isSmaller ? compressed.Written.ToArray() : message;
            Assert.Equal(expected, writer.Finish(checksum: false).ToArray());
        }
    }

    [Fact]
    public void Writing_and_reading_allocate_nothing_once_warm()
    {
        PacketWriter writer = new("blah"u8, compress: true);
        PacketReader reader = new("blah"u8);
        CountingSink sink = new();
        byte[] message = new byte[200];
        message[0] = 8;
        long before = 0;
        for (int round = 0; round < 200; round++)
        {
            if (round == 100)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }

            writer.Begin();
            writer.Add(message);
            writer.Add(message);
            reader.Read(writer.Finish(checksum: true), sink);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(400, sink.Count);
    }

    [Fact]
    public void Random_and_damaged_packets_are_survived()
    {
        Random random = new(3);
        PacketReader reader = new(default);
        CountingSink sink = new();
        PacketWriter writer = new(default, compress: true);
        for (int round = 0; round < 30000; round++)
        {
            writer.Begin();
            byte[] message = new byte[random.Next(1, 90)];
            message[0] = 8;
            writer.Add(message);
            writer.Add(message);
            byte[] packet = writer.Finish(checksum: false).ToArray();
            packet[random.Next(packet.Length)] = (byte)random.Next(256);
            reader.Read(packet, sink);
            random.NextBytes(packet);
            packet[0] = (byte)random.Next(14);
            reader.Read(packet, sink);
        }

        Assert.True(sink.Count > 0);
    }

    private static RecordingSink Read(ReadOnlySpan<byte> packet, byte[] label, Encryption? encryption = null)
    {
        RecordingSink sink = new();
        new PacketReader(label, encryption).Read(packet, sink);
        return sink;
    }

    private static void AssertPacket(JsonElement vector, List<byte[]> parts)
    {
        JsonElement config = LayerVectors.Config(vector);
        byte[] label = LayerVectors.ConfigLabel(vector);
        JsonElement protocol = config.GetProperty("peerProtocolMax");
        bool checksum = protocol.ValueKind == JsonValueKind.Number && protocol.GetInt32() >= 5;
        Encryption? encryption = LayerVectors.Sealing(vector);
        PacketWriter writer = new(label, config.GetProperty("compression").GetBoolean(), encryption);
        parts.ForEach(part => writer.Add(part));
        byte[] expected = LayerVectors.Hex(vector);
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(writer.Finish(checksum)));

        RecordingSink sink = Read(expected, label, encryption);
        Assert.Empty(sink.Refused);
        List<(MessageType, byte[])> inner = [];
        parts.ForEach(part => inner.AddRange(Read(part, []).Accepted));
        Assert.Equal(inner.ConvertAll(ToText), sink.Accepted.ConvertAll(ToText));
    }

    private static string ToText((MessageType Type, byte[] Body) item) =>
        item.Type + " " + Convert.ToHexString(item.Body);

    private sealed class CountingSink : IPacketSink
    {
        public int Count { get; private set; }

        public void Accept(MessageType type, ReadOnlySpan<byte> body) => Count++;

        public void Refuse(PacketFault fault, int detail)
        {
        }
    }
}
