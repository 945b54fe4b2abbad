using System;
using System.Linq;
using Serf.Primitives;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Wire;

/// <summary>What a peer may send to cost memory, time or the stack.</summary>
public sealed class HostileMsgpackTests
{
    [Theory]
    [InlineData("91", 1)]
    [InlineData("81a161", 3)]
    [InlineData("dc0001", 3)]
    [InlineData("df00000001a161", 7)]
    public void Nesting_is_taken_to_the_limit_and_no_deeper(string opener, int length)
    {
        byte[] level = Convert.FromHexString(opener);
        Assert.Equal(length, level.Length);
        byte[] allowed = Nest(level, Limits.MsgpackDepthMax);
        MsgpackReader reader = new(allowed);
        Assert.Equal(ReadStatus.Ok, reader.TrySkip(Limits.MsgpackDepthMax));
        Assert.True(reader.Remaining.IsEmpty);

        MsgpackReader refused = new(Nest(level, Limits.MsgpackDepthMax + 1));
        Assert.Equal(ReadStatus.TooLarge, refused.TrySkip(Limits.MsgpackDepthMax));
        Assert.Equal(0, refused.Consumed);

        MsgpackReader deep = new(Nest(level, 1_000_000 / length));
        Assert.Equal(ReadStatus.TooLarge, deep.TrySkip(Limits.MsgpackDepthMax));
    }

    [Fact]
    public void A_message_may_nest_under_an_unknown_key_only_to_the_limit()
    {
        byte[] head = [0x82, 0xa1, (byte)'x'];
        byte[] tail = [0xa5, .. "SeqNo"u8, 0x07];
        byte[] allowed = [.. head, .. Nest([0x91], Limits.MsgpackDepthMax), .. tail];
        Assert.Equal(ReadStatus.Ok, SwimCodec.TryRead(allowed, out Nack nack));
        Assert.Equal(7u, nack.SequenceNumber);
        byte[] refused = [.. head, .. Nest([0x91], Limits.MsgpackDepthMax + 1), .. tail];
        Assert.Equal(ReadStatus.TooLarge, SwimCodec.TryRead(refused, out Nack _));
    }

    [Theory]
    [InlineData("dbffffffff")]
    [InlineData("c6ffffffff")]
    [InlineData("c9ffffffff00")]
    [InlineData("ddffffffff")]
    [InlineData("dfffffffff")]
    public void A_length_far_beyond_the_input_needs_more_in_the_scanner_and_takes_no_memory(string hex)
    {
        byte[] bytes = Convert.FromHexString(hex);
        byte[] filler = new byte[4096];
        long before = GC.GetAllocatedBytesForCurrentThread();
        MsgpackScanner scanner = default;
        Assert.Equal(ReadStatus.NeedMore, scanner.Scan(bytes, Limits.MsgpackDepthMax, out int consumed));
        int taken = consumed;
        for (int i = 0; i < 100; i++)
        {
            Assert.Equal(ReadStatus.NeedMore, scanner.Scan(filler, Limits.MsgpackDepthMax, out consumed));
            taken += consumed;
        }

        Assert.Equal(bytes.Length + (100 * filler.Length), taken);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 100_000);
    }

    [Fact]
    public void Reading_a_message_of_any_age_allocates_nothing()
    {
        byte[] body = Convert.FromHexString(
            "86a441646472a47f000001ab496e6361726e6174696f6e01a44d657461a3776562"
            + "a44e6f6465a26e31a4506f7274cd1f0aa356736ea6010502020504");
        byte[] query = Convert.FromHexString("82a45a6f6e65920102a746696c7465727392c4020102d90109");
        Assert.Equal(ReadStatus.Ok, SwimCodec.TryRead(body, out Alive _));
        Assert.Equal(ReadStatus.Ok, SerfCodec.TryRead(query, out QueryMessage _));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            SwimCodec.TryRead(body, out Alive _);
            SerfCodec.TryRead(query, out QueryMessage _);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void The_code_that_begins_nothing_is_refused_wherever_it_stands()
    {
        foreach (string hex in new[] { "c1", "91c1", "81c101", "81a161c1", "dc000201c1" })
        {
            MsgpackScanner scanner = default;
            ReadStatus status = scanner.Scan(Convert.FromHexString(hex), Limits.MsgpackDepthMax, out _);
            Assert.Equal(ReadStatus.Mismatch, status);
        }
    }

    [Fact]
    public void The_scanner_finds_every_object_of_a_stream_in_pieces_of_any_size()
    {
        string[] objects =
        [
            "80", "c0", "2a", "ff", "a3666f6f", "d903666f6f", "c403666f6f", "cb3ff8000000000000",
            "ca3f800000",
            "cf0000000000000001", "d3ffffffffffffffff", "d60501020304", "d4ff00",
            "d800" + new string('1', 32),
            "c70309010203", "c70009", "c8000009", "92c090", "82a16101a16293010203",
            "de0001a161dc0001dd0000000180",
            "d900", "c400", "dc0000", "df00000000",
        ];
        byte[][] values = objects.Select(Convert.FromHexString).ToArray();
        byte[] stream = values.SelectMany(value => value).ToArray();
        Random random = new(7);
        for (int round = 0; round < 200; round++)
        {
            MsgpackScanner scanner = default;
            int position = 0;
            int found = 0;
            int length = 0;
            while (position < stream.Length)
            {
                int size = Math.Min(random.Next(1, 6), stream.Length - position);
                ReadOnlySpan<byte> piece = stream.AsSpan(position, size);
                ReadStatus status = scanner.Scan(piece, Limits.MsgpackDepthMax, out int consumed);
                position += consumed;
                length += consumed;
                if (status == ReadStatus.Ok)
                {
                    Assert.Equal(values[found++].Length, length);
                    length = 0;
                    continue;
                }

                Assert.Equal(ReadStatus.NeedMore, status);
                Assert.Equal(size, consumed);
            }

            Assert.Equal(values.Length, found);
        }
    }

    [Theory]
    [InlineData("0085a44e6f6465a26e32a55365714e6f2aaa536f7572636541646472a47f000001aa"
        + "536f757263654e6f6465a26e31aa536f75726365506f7274cd1f0a")]
    public void The_ping_of_the_specification_is_read_and_written(string hex)
    {
        byte[] bytes = Convert.FromHexString(hex);
        Assert.Equal(ReadStatus.Ok, SwimCodec.TryRead(bytes.AsSpan(1), out Ping ping));
        Assert.Equal(42u, ping.SequenceNumber);
        Assert.True(ping.Node.SequenceEqual("n2"u8));
        Assert.True(ping.SourceAddress.SequenceEqual(new byte[] { 127, 0, 0, 1 }));
        Assert.True(ping.SourceNode.SequenceEqual("n1"u8));
        Assert.Equal(7946, ping.SourcePort);
        byte[] written = new byte[SwimCodec.SizeOf(ping)];
        Assert.Equal(written.Length, SwimCodec.Write(ping, written));
        Assert.Equal(bytes, written);
    }

    [Theory]
    [InlineData("83a44a6f696ec3a54e6f646573ccc8ac5573657253746174654c656e00", 200)]
    [InlineData("83a44a6f696ec3a54e6f646573cd012cac5573657253746174654c656e00", 300)]
    [InlineData("83a44a6f696ec3a54e6f646573cd8000ac5573657253746174654c656e00", 32768)]
    [InlineData("83a44a6f696ec3a54e6f646573ce00010000ac5573657253746174654c656e00", 65536)]
    [InlineData("83a44a6f696ec3a54e6f646573d100c8ac5573657253746174654c656e00", 200)]
    [InlineData("83a44a6f696ec3a54e6f646573d200010000ac5573657253746174654c656e00", 65536)]
    public void The_counts_of_a_push_pull_are_read_in_the_old_and_the_new_forms(string hex, long nodes)
    {
        MsgpackReader reader = new(Convert.FromHexString(hex));
        Assert.Equal(ReadStatus.Ok, SwimCodec.TryRead(ref reader, out PushPullHeader header));
        Assert.Equal(nodes, header.NodeCount);
        Assert.True(header.Join);
        Assert.True(reader.Remaining.IsEmpty);
    }

    [Fact]
    public void A_coordinate_with_more_dimensions_than_there_is_room_for_is_too_large()
    {
        byte[] body = Convert.FromHexString("81a3566563930102ff");
        Assert.Equal(ReadStatus.TooLarge, CoordinateCodec.TryRead(body, stackalloc double[2], out _));
        Span<double> room = stackalloc double[3];
        Assert.Equal(ReadStatus.Ok, CoordinateCodec.TryRead(body, room, out CoordinateMessage read));
        Assert.Equal([1.0, 2.0, -1.0], read.Vector);
    }

    private static byte[] Nest(byte[] level, int depth)
    {
        byte[] bytes = new byte[(level.Length * depth) + 1];
        for (int i = 0; i < depth; i++)
        {
            level.CopyTo(bytes, level.Length * i);
        }

        return bytes;
    }
}
