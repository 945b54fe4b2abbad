using System;
using System.Buffers.Binary;
using System.Linq;
using Serf.Primitives;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Wire;

/// <summary>
/// What made the original crash or take all memory, by name: the defects that were mended there in 2025 and 2026,
/// and those still known. Here: what the layers and codecs refuse. See the class of the same name in Swim for
/// what a node does about it.
/// </summary>
public sealed class UpstreamDefectTests
{
    /// <summary>What a refusal may allocate: texts, tables, buffers of the size of the input.</summary>
    private const long AllocationMax = 256 * 1024;

    private static readonly byte[] _key = SealingTests.Key(16, 1);

    [Theory]
    [InlineData("f4")]
    [InlineData("f405")]
    [InlineData("f405626c")]
    [InlineData("f400")]
    public void Nil_label_a_connection_that_fails_while_the_label_is_read_is_refused(string bytes)
    {
        using GossipStreamReader reader = new("blah"u8, expectLabel: true);
        foreach (byte value in Convert.FromHexString(bytes))
        {
            reader.Receive([value]);
        }

        reader.ReceiveEnd();
        Assert.Equal(StreamFault.LabelMalformed, reader.Fault);
        Assert.Null(reader.ErrReply);
        Assert.Equal(0, reader.HeldSize);
    }

    [Fact]
    public void Nil_label_a_connection_that_fails_before_the_label_is_refused()
    {
        using GossipStreamReader reader = new("blah"u8, expectLabel: true);
        reader.ReceiveEnd();
        Assert.Equal(StreamFault.Truncated, reader.Fault);
        Assert.Equal(0, reader.HeldSize);
    }

    // 40 kB of a packet's content can expand to 60 MB.
    [Theory]
    [InlineData(Limits.PacketExpansionMax, true)]
    [InlineData(Limits.PacketExpansionMax + 1, false)]
    [InlineData(16 * Limits.PacketExpansionMax, false)]
    public void Lzw_bomb_in_a_packet_is_expanded_to_the_limit_and_no_further(int size, bool isAccepted)
    {
        byte[] packet = Bomb(MessageType.User, size);
        Assert.True(packet.Length < Limits.PacketSizeMax);
        PacketReader reader = new(default);
        RecordingSink sink = new();
        long before = GC.GetAllocatedBytesForCurrentThread();
        reader.Read(packet, sink);

        // The scratch doubles on its way; what was accepted is copied once more by the sink.
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.InRange(allocated, 0, 8 * Limits.PacketExpansionMax);
        Assert.Equal(isAccepted ? 1 : 0, sink.Accepted.Count);
        Assert.Equal(!isAccepted, sink.Refused.Contains((PacketFault.TooLarge, 0)));
    }

    [Theory]
    [InlineData(Limits.StreamExpansionMax, true)]
    [InlineData(Limits.StreamExpansionMax + 1, false)]
    public void Lzw_bomb_in_a_stream_is_expanded_to_the_limit_and_no_further(int size, bool isExpanded)
    {
        byte[] stream = Bomb(MessageType.Nack, size);
        Assert.True(stream.Length < 100 * 1024);
        using GossipStreamReader reader = new(default, expectLabel: true);
        Assert.Equal(ReadStatus.Mismatch, reader.Receive(stream));

        // Expanded, it is a message of no known type.
        Assert.Equal(isExpanded ? StreamFault.UnknownType : StreamFault.CompressMalformed, reader.Fault);
        Assert.Equal(isExpanded ? null : "decompressed size exceeds limit", reader.ErrReply);
        Assert.Equal(0, reader.HeldSize);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    [InlineData(Limits.PushPullNodeCountMax + 1)]
    [InlineData(10_000_000)]
    [InlineData(long.MaxValue)]
    public void Header_declared_nodes_beyond_the_limit_are_refused_and_take_no_memory(long count)
    {
        PushPullHeader header = new() { NodeCount = count };
        AssertRefusedCheaply(Message(header), StreamFault.BodyMalformed);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(Limits.StreamSizeMax + 1)]
    [InlineData(30_000_000)]
    [InlineData(long.MaxValue)]
    public void Header_declared_user_state_beyond_the_limit_is_refused_and_takes_no_memory(long size)
    {
        PushPullHeader header = new() { UserStateSize = size };
        AssertRefusedCheaply(Message(header), StreamFault.BodyMalformed);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(Limits.StreamSizeMax + 1)]
    [InlineData(30_000_000)]
    [InlineData(long.MaxValue)]
    public void Header_declared_user_message_beyond_the_limit_is_refused_and_takes_no_memory(long size)
    {
        UserStreamHeader header = new() { MessageSize = size };
        AssertRefusedCheaply(Message(header), StreamFault.BodyMalformed);
    }

    // The largest that is allowed, announced and never sent: memory follows what has come.
    [Fact]
    public void Header_declared_sizes_within_the_limits_take_no_memory_before_the_bytes_come()
    {
        AssertWaitsCheaply(Message(new PushPullHeader { NodeCount = Limits.PushPullNodeCountMax }), null);
        AssertWaitsCheaply(Message(new PushPullHeader { UserStateSize = Limits.StreamSizeMax }), null);
        AssertWaitsCheaply(Message(new UserStreamHeader { MessageSize = Limits.StreamSizeMax }), null);

        // compress message, Buf of 2^32-1 and of 40 MiB
        AssertWaitsCheaply(Convert.FromHexString("0982a4416c676f00a3427566dbffffffff"), null);
        AssertWaitsCheaply(Convert.FromHexString("0982a4416c676f00a3427566db02800000"), null);
        AssertWaitsCheaply(Convert.FromHexString("0982a4416c676f00a3427566c6ffffffff"), null);

        // sealed frame of 20 MiB
        AssertWaitsCheaply(Convert.FromHexString("0a01400000"), Keys());
    }

    [Theory]
    [InlineData(0xFFFFFFFF)]
    [InlineData(0x80000000)]
    [InlineData(Limits.StreamSizeMax + 1)]
    public void Header_declared_frame_of_up_to_four_gigabytes_is_refused_and_takes_no_memory(uint size)
    {
        byte[] frame = [(byte)MessageType.Encrypt, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), size);
        AssertRefusedCheaply(frame, StreamFault.TooLarge, Keys());
    }

    [Theory]
    [InlineData("0982a4416c676f00a3427566dbffffffff")]
    [InlineData("0982a4416c676f00a3427566c6ffffffff")]
    [InlineData("0982a4416c676f00a3427566daffff")]
    public void Header_declared_buffer_beyond_the_packet_is_refused_and_takes_no_memory(string packet)
    {
        RecordingSink sink = new();
        PacketReader reader = new(default);
        byte[] bytes = Convert.FromHexString(packet);
        long before = GC.GetAllocatedBytesForCurrentThread();
        reader.Read(bytes, sink);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, AllocationMax);
        Assert.Equal([(PacketFault.CompressMalformed, 0)], sink.Refused);
    }

    [Fact]
    public void Empty_decompressed_buffer_is_refused_in_packet_and_stream()
    {
        byte[] nothing = Bomb(MessageType.User, 0);
        RecordingSink sink = new();
        new PacketReader(default).Read(nothing, sink);
        Assert.Equal([(PacketFault.Empty, 0)], sink.Refused);
        Assert.Empty(sink.Accepted);

        using GossipStreamReader reader = new(default, expectLabel: true);
        Assert.Equal(ReadStatus.Mismatch, reader.Receive(nothing));
        Assert.Equal(StreamFault.CompressMalformed, reader.Fault);
        Assert.Equal("decompressed to nothing", reader.ErrReply);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Empty_decrypted_plaintext_is_refused_in_packet_and_stream(byte version)
    {
        using ByteBuffer block = new();
        block.Write(new byte[Sealing.HeaderSize]);
        Keys(version).Seal(block, Sealing.HeaderSize, default);
        RecordingSink sink = new();
        new PacketReader(default, Keys()).Read(block.Written, sink);
        Assert.Equal([(PacketFault.Empty, 0)], sink.Refused);

        using ByteBuffer stream = new();
        LayerVectors.WriteStream(default, default, compress: false, stream, Keys(version));
        using GossipStreamReader reader = new(default, expectLabel: true, Keys());
        Assert.Equal(ReadStatus.Mismatch, reader.Receive(stream.Written));
        Assert.Equal(StreamFault.SealBroken, reader.Fault);
        Assert.Equal("decrypted message is empty", reader.ErrReply);
    }

    // Sealed as version 1, marked as version 0: the last byte of the message becomes the padding's length.
    [Theory]
    [InlineData(0)]
    [InlineData(17)]
    [InlineData(33)]
    [InlineData(255)]
    public void Bad_pad_is_refused_in_packet_and_stream(byte padding)
    {
        byte[] message = new byte[32];
        message[^1] = padding;
        using ByteBuffer block = new();
        block.Write(new byte[Sealing.HeaderSize]);
        block.Write(message);
        Keys().Seal(block, Sealing.HeaderSize, default);
        block.WrittenForUpdate[0] = 0;
        RecordingSink sink = new();
        new PacketReader(default, Keys()).Read(block.Written, sink);
        Assert.Equal([(PacketFault.SealBroken, (int)SealFault.PaddingInvalid)], sink.Refused);

        using ByteBuffer stream = new();
        LayerVectors.WriteStream(message, default, compress: false, stream, Keys());
        stream.WrittenForUpdate[5] = 0;
        using GossipStreamReader reader = new(default, expectLabel: true, Keys());
        Assert.Equal(ReadStatus.Mismatch, reader.Receive(stream.Written));
        Assert.Equal(StreamFault.SealBroken, reader.Fault);
    }

    [Fact]
    public void Empty_compound_part_is_refused_and_those_behind_it_are_taken()
    {
        RecordingSink sink = new();
        new PacketReader(default).Read(Convert.FromHexString("0703000200000002" + "0861" + "0862"), sink);
        Assert.Equal([(PacketFault.Empty, 0)], sink.Refused);
        Assert.Equal(["a"u8.ToArray(), "b"u8.ToArray()], sink.Accepted.Select(part => part.Body));
    }

    // 0x80 and more: twice the count does not fit the byte in which it was once reckoned.
    [Theory]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(200)]
    [InlineData(255)]
    public void Compound_count_overflow_takes_every_part_or_none(byte count)
    {
        byte[] packet = [7, count, .. Repeat([0, 1], count), .. Repeat([8], count)];
        RecordingSink sink = new();
        PacketReader reader = new(default);
        reader.Read(packet, sink);
        Assert.Equal(count, sink.Accepted.Count);
        Assert.Empty(sink.Refused);

        // One byte of the lengths is missing.
        reader.Read(packet.AsSpan(0, 1 + (2 * count)), sink);
        Assert.Equal([(PacketFault.CompoundMalformed, 0)], sink.Refused);
        Assert.Equal(count, sink.Accepted.Count);
    }

    [Fact]
    public void Empty_keyring_removal_does_nothing_and_nothing_is_opened_with_it()
    {
        Keyring ring = new();
        Assert.Equal(KeyringStatus.Ok, ring.Remove(_key));
        Assert.Equal(KeyringStatus.Unknown, ring.Use(_key));
        Encryption encryption = new(ring, new CountingEntropy(), 1);
        using ByteBuffer opened = new();
        Assert.Equal(SealFault.NoKeyFits, encryption.TryOpen(new byte[64], default, opened));
        Assert.Equal(0, opened.Length);
    }

    [Theory]
    [InlineData("91")]
    [InlineData("81a178")]
    [InlineData("dd00000001")]
    public void Msgpack_deep_nesting_is_refused_in_packet_and_stream(string level)
    {
        byte[] deep = [0x81, 0xA1, (byte)'x', .. Repeat(Convert.FromHexString(level), 12_000)];
        Assert.Equal(ReadStatus.TooLarge, SwimCodec.TryRead(deep, out Alive _));
        Assert.Equal(ReadStatus.TooLarge, SerfCodec.TryRead(deep, out QueryMessage _));
        AssertRefusedCheaply([(byte)MessageType.PushPull, .. deep], StreamFault.TooLarge);
        AssertRefusedCheaply([(byte)MessageType.Ping, .. deep], StreamFault.TooLarge);
    }

    [Theory]
    [InlineData("ddffffffff")]
    [InlineData("dfffffffff")]
    public void Msgpack_container_of_four_billion_entries_takes_no_memory(string header)
    {
        byte[] bytes = Convert.FromHexString(header);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.NotEqual(ReadStatus.Ok, SwimCodec.TryRead(bytes, out Alive _));
        Assert.NotEqual(ReadStatus.Ok, SerfCodec.TryRead(bytes, out SerfPushPullView _));
        byte[] filters = [0x81, 0xA7, .. "Filters"u8, .. bytes];
        Assert.NotEqual(ReadStatus.Ok, SerfCodec.TryRead(filters, out QueryMessage _));
        byte[] statuses = [0x81, 0xAC, .. "StatusLTimes"u8, .. bytes];
        Assert.NotEqual(ReadStatus.Ok, SerfCodec.TryRead(statuses, out SerfPushPullView _));
        byte[] vector = [0x81, 0xA3, .. "Vec"u8, .. bytes];
        double[] scratch = new double[8];
        Assert.NotEqual(ReadStatus.Ok, CoordinateCodec.TryRead(vector, scratch, out _));
        TagsCodec.Read([0xFF, .. bytes], out Tags tags);
        Assert.Equal(0, tags.Count);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, AllocationMax);
    }

    [Theory]
    [InlineData("d400ff")]
    [InlineData("d8000102030405060708090a0b0c0d0e0f10")]
    [InlineData("c70300010203")]
    [InlineData("c8000300010203")]
    [InlineData("c90000000300010203")]
    public void Msgpack_extensions_are_skipped_under_an_unknown_key_and_refused_as_values(string extension)
    {
        byte[] value = Convert.FromHexString(extension);
        byte[] unknown = [0x82, 0xA1, (byte)'x', .. value, 0xA5, .. "SeqNo"u8, 0x07];
        Assert.Equal(ReadStatus.Ok, SwimCodec.TryRead(unknown, out Nack nack));
        Assert.Equal(7u, nack.SequenceNumber);
        byte[] known = [0x81, 0xA5, .. "SeqNo"u8, .. value];
        Assert.Equal(ReadStatus.Mismatch, SwimCodec.TryRead(known, out nack));
        Assert.Equal(ReadStatus.Mismatch, SwimCodec.TryRead(value, out nack));
    }

    [Fact]
    public void Msgpack_extension_of_four_gigabytes_takes_no_memory()
    {
        byte[] map = [0x81, 0xA1, (byte)'x', .. Convert.FromHexString("c9ffffffff00")];
        Assert.Equal(ReadStatus.NeedMore, SwimCodec.TryRead(map, out Alive _));
        AssertWaitsCheaply([(byte)MessageType.PushPull, .. map], null);
    }

    private static Encryption Keys(byte version = 1) =>
        new(SealingTests.Ring(_key), new CountingEntropy(), version);

    private static byte[] Message(in PushPullHeader header)
    {
        byte[] bytes = new byte[SwimCodec.SizeOf(header)];
        SwimCodec.Write(header, bytes);
        return [(byte)MessageType.PushPull, .. bytes];
    }

    private static byte[] Message(in UserStreamHeader header)
    {
        byte[] bytes = new byte[SwimCodec.SizeOf(header)];
        SwimCodec.Write(header, bytes);
        return [(byte)MessageType.User, .. bytes];
    }

    // Zeros behind the type byte: a thousandth of them travels.
    private static byte[] Bomb(MessageType type, int size)
    {
        byte[] plain = new byte[size];
        plain.AsSpan(0, Math.Min(size, 1)).Fill((byte)type);
        using ByteBuffer stream = new();
        LayerVectors.WriteStream(plain, default, compress: true, stream);
        return stream.Written.ToArray();
    }

    private static byte[] Repeat(byte[] bytes, int count) =>
        [.. Enumerable.Repeat(bytes, count).SelectMany(piece => piece)];

    private static void AssertRefusedCheaply(byte[] stream, StreamFault fault, Encryption? encryption = null)
    {
        using GossipStreamReader reader = new(default, expectLabel: true, encryption);
        long before = GC.GetAllocatedBytesForCurrentThread();
        ReadStatus status = reader.Receive(stream);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(fault, reader.Fault);
        Assert.NotEqual(ReadStatus.NeedMore, status);
        Assert.Equal(0, reader.HeldSize);
        Assert.InRange(allocated, 0, AllocationMax);
    }

    private static void AssertWaitsCheaply(byte[] stream, Encryption? encryption)
    {
        using GossipStreamReader reader = new(default, expectLabel: true, encryption);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(ReadStatus.NeedMore, reader.Receive(stream));
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(stream.Length, reader.HeldSize);
        Assert.InRange(allocated, 0, AllocationMax);
    }
}
