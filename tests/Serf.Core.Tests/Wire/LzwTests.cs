using System;
using System.Text;
using System.Text.Json;
using Serf.Primitives;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Wire;

public sealed class LzwTests
{
    private readonly LzwEncoder _encoder = new();
    private readonly LzwDecoder _decoder = new();

    [Fact]
    public void Every_recorded_compress_message_is_written_byte_for_byte()
    {
        int count = 0;
        foreach (JsonElement vector in LayerVectors.Load("memberlist-compress.json", "encode"))
        {
            byte[] payload = LayerVectors.Hex(vector.GetProperty("input"), "payload");
            byte[] expected = LayerVectors.Hex(vector);
            Assert.Equal(expected[vector.GetProperty("lzwOffset").GetInt32()..], Encode(payload));
            Assert.Equal(payload, Decode(Encode(payload), payload.Length));
            if (payload.Length > 0)
            {
                using ByteBuffer message = new();
                LayerVectors.WriteStream(payload, default, compress: true, message);
                Assert.Equal(expected, message.Written.ToArray());
            }

            count++;
        }

        Assert.True(count >= 50);
    }

    [Fact]
    public void Every_recorded_compress_message_is_read_or_refused()
    {
        foreach (JsonElement vector in LayerVectors.Load("memberlist-compress.json", "decode"))
        {
            ReadStatus status = SwimCodec.TryRead(LayerVectors.Hex(vector), out Compressed compressed);
            using ByteBuffer output = new();
            bool isRead = status == ReadStatus.Ok && compressed.Algorithm == 0
                && _decoder.Decode(compressed.Content, 1 << 20, output, out _) == ReadStatus.Ok;
            Assert.Equal(vector.TryGetProperty("payload", out JsonElement payload), isRead);
            if (isRead)
            {
                Assert.Equal(payload.GetString(), Convert.ToHexStringLower(output.Written));
            }
        }
    }

    [Theory]
    [InlineData("", "000302")]
    [InlineData("\0", "00010404")]
    [InlineData("testing", "00e9949943278d9b330101")]
    [InlineData("ABABABA", "00830811483020")]
    [InlineData("TOBEORNOTTOBEORTOBEORNOT", "00a93c1152e48914274fa80824687061c183090302")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "00c3081c48b0a0c18308090604")]
    public void Short_inputs_give_the_specified_bytes(string input, string expected) =>
        Assert.Equal(expected, Convert.ToHexStringLower(Encode(Encoding.ASCII.GetBytes(input))));

    [Theory]
    [InlineData(20000, 27301, 0x855d1260u, "dc51b9c3248b9580")]
    [InlineData(3954, 5410, 0x502f1c2fu, "00100101")]
    public void Long_generated_inputs_give_the_specified_bytes(int size, int outputSize, uint crc, string end)
    {
        byte[] input = Generated(size);
        byte[] output = Encode(input);
        Assert.Equal(outputSize, output.Length);
        Assert.Equal(crc, Crc32.Compute(output));
        Assert.EndsWith(end, Convert.ToHexStringLower(output), StringComparison.Ordinal);
        Assert.Equal(input, Decode(output, size));
    }

    [Fact]
    public void A_hundred_thousand_zeros_give_the_specified_bytes()
    {
        byte[] output = Encode(new byte[100000]);
        Assert.Equal(530, output.Length);
        Assert.Equal(0x2f32f651u, Crc32.Compute(output));
    }

    [Fact]
    public void The_expansion_limit_is_exact()
    {
        byte[] output = Encode(new byte[100000]);
        using ByteBuffer expanded = new();
        Assert.Equal(ReadStatus.TooLarge, _decoder.Decode(output, 99999, expanded, out int size));
        Assert.InRange(size, 1, 99999);
        Assert.Equal(0, expanded.Length);
        Assert.Equal(ReadStatus.Ok, _decoder.Decode(output, 100000, expanded, out size));
        Assert.Equal(100000, size);
    }

    [Fact]
    public void Encoding_stops_when_the_room_is_used_up()
    {
        byte[] input = Generated(1400);
        byte[] output = new byte[LzwEncoder.SizeMax(input.Length)];
        Assert.False(_encoder.TryEncode(input, output.AsSpan(0, input.Length), out _));
        Assert.Equal(0, output[input.Length]);
        Assert.True(_encoder.TryEncode(input, output, out int written));
        Assert.False(_encoder.TryEncode(input, output.AsSpan(0, written - 1), out _));
        Assert.True(_encoder.TryEncode(input, output.AsSpan(0, written), out _));
    }

    [Fact]
    public void A_run_that_was_given_up_leaves_no_trace_in_the_next()
    {
        byte[] output = new byte[LzwEncoder.SizeMax(1400)];
        for (int size = 1; size < 1400; size += 7)
        {
            byte[] input = Generated(size);
            Assert.True(new LzwEncoder().TryEncode(input, output, out int written));
            byte[] expected = output[..written];

            Assert.False(_encoder.TryEncode(Generated(1400), output.AsSpan(0, size), out int none));
            Assert.Equal(0, none);
            Assert.Equal(expected, Encode(input));
        }
    }

    [Fact]
    public void Neither_way_allocates_once_it_has_run()
    {
        byte[] input = Generated(1400);
        byte[] output = new byte[LzwEncoder.SizeMax(input.Length)];
        using ByteBuffer expanded = new();
        long before = 0;
        for (int round = 0; round < 20; round++)
        {
            before = round == 10 ? GC.GetAllocatedBytesForCurrentThread() : before;
            _encoder.TryEncode(input, output, out int written);
            _encoder.TryEncode(input, output.AsSpan(0, 100), out _);
            expanded.Clear();
            _decoder.Decode(output.AsSpan(0, written), input.Length, expanded, out _);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void What_is_too_short_to_gain_is_the_most_repetitive_of_its_length()
    {
        // The writer does not try anything shorter than this; nothing compresses better than equal bytes.
        for (int size = 1; size <= 25; size++)
        {
            byte[] payload = new byte[size];
            Array.Fill(payload, (byte)MessageType.User);
            PacketWriter writer = new(default, compress: true);
            writer.Begin();
            writer.Add(payload);
            int messageSize = CompressHeader.SizeOf(Encode(payload).Length) + Encode(payload).Length;

            Assert.Equal(size == 25, messageSize < size);
            Assert.Equal(size == 25, writer.Finish(checksum: false)[0] == (byte)MessageType.Compress);
        }
    }

    [Fact]
    public void A_full_table_goes_on_without_new_entries_until_a_clear()
    {
        // 12-bit codes with no clear: literals fill the table; then its last entry is used.
        ulong bits = 0;
        int bitCount = 0;
        using ByteBuffer stream = new();
        int width = 9;
        int next = 257;
        void Put(int code)
        {
            bits |= (ulong)code << bitCount;
            bitCount += width;
            while (bitCount >= 8)
            {
                stream.WriteByte((byte)bits);
                bits >>= 8;
                bitCount -= 8;
            }

            next++;
            if (next == 1 << width && width < 12)
            {
                width++;
            }
        }

        for (int index = 0; index < 5000; index++)
        {
            Put('x' + (index & 1));
        }

        Put(4095);
        Put(257);
        Put(0);
        byte[] expanded = Decode(stream.Written, 6000);
        Assert.Equal(5002, expanded.Length);
        Assert.Equal("xy"u8.ToArray(), expanded[..2]);
        Assert.Equal(expanded[3837..3839], expanded[5000..]);
    }

    [Fact]
    public void Random_bytes_never_expand_past_the_limit()
    {
        Random random = new(7);
        using ByteBuffer output = new();
        for (int round = 0; round < 20000; round++)
        {
            byte[] input = new byte[random.Next(64)];
            random.NextBytes(input);
            output.Clear();
            _decoder.Decode(input, 100, output, out int size);
            Assert.InRange(size, 0, 100);
        }
    }

    private static byte[] Generated(int size)
    {
        byte[] bytes = new byte[size];
        uint state = 1;
        for (int index = 0; index < size; index++)
        {
            state = (state * 1664525) + 1013904223;
            bytes[index] = (byte)(state >> 24);
        }

        return bytes;
    }

    private byte[] Encode(byte[] input)
    {
        byte[] output = new byte[LzwEncoder.SizeMax(input.Length)];
        Assert.True(_encoder.TryEncode(input, output, out int written));
        return output[..written];
    }

    private byte[] Decode(ReadOnlySpan<byte> input, int limit)
    {
        using ByteBuffer output = new();
        Assert.Equal(ReadStatus.Ok, _decoder.Decode(input, limit, output, out _));
        return output.Written.ToArray();
    }
}
