using System;
using Serf.Primitives;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Wire;

public sealed class MsgpackReaderTests
{
    [Theory]
    [InlineData("2a", 42ul)]
    [InlineData("cc2a", 42ul)]
    [InlineData("cd002a", 42ul)]
    [InlineData("ce0000002a", 42ul)]
    [InlineData("cf000000000000002a", 42ul)]
    [InlineData("d02a", 42ul)]
    [InlineData("d1002a", 42ul)]
    [InlineData("d20000002a", 42ul)]
    [InlineData("d3000000000000002a", 42ul)]
    [InlineData("c0", 0ul)]
    [InlineData("cfffffffffffffffff", ulong.MaxValue)]
    public void An_unsigned_integer_is_taken_in_any_width(string hex, ulong expected)
    {
        byte[] bytes = Convert.FromHexString(hex);
        MsgpackReader reader = new(bytes);
        Assert.Equal(ReadStatus.Ok, reader.TryReadUInt64(out ulong value));
        Assert.Equal(expected, value);
        Assert.Equal(bytes.Length, reader.Consumed);
    }

    [Theory]
    [InlineData("ff", -1L)]
    [InlineData("e0", -32L)]
    [InlineData("d080", -128L)]
    [InlineData("d1ff7f", -129L)]
    [InlineData("d280000000", (long)int.MinValue)]
    [InlineData("d38000000000000000", long.MinValue)]
    [InlineData("cf8000000000000000", long.MinValue)]
    [InlineData("ccff", 255L)]
    [InlineData("c0", 0L)]
    public void A_signed_integer_is_taken_in_any_width(string hex, long expected)
    {
        MsgpackReader reader = new(Convert.FromHexString(hex));
        Assert.Equal(ReadStatus.Ok, reader.TryReadInt64(out long value));
        Assert.Equal(expected, value);
        Assert.True(reader.Remaining.IsEmpty);
    }

    [Theory]
    [InlineData("ff")]
    [InlineData("d0aa")]
    [InlineData("a0")]
    [InlineData("c3")]
    [InlineData("c1")]
    [InlineData("ca3f800000")]
    [InlineData("80")]
    public void What_is_no_unsigned_integer_is_a_mismatch_and_moves_nothing(string hex)
    {
        MsgpackReader reader = new(Convert.FromHexString(hex));
        Assert.Equal(ReadStatus.Mismatch, reader.TryReadUInt64(out _));
        Assert.Equal(0, reader.Consumed);
    }

    [Fact]
    public void A_number_above_the_maximum_given_is_a_mismatch()
    {
        MsgpackReader reader = new([0xcd, 0x01, 0x00]);
        Assert.Equal(ReadStatus.Mismatch, reader.TryReadUnsigned(255, out _));
        Assert.Equal(ReadStatus.Ok, reader.TryReadUnsigned(256, out ulong value));
        Assert.Equal(256ul, value);
    }

    [Theory]
    [InlineData("a3666f6f")]
    [InlineData("d903666f6f")]
    [InlineData("da0003666f6f")]
    [InlineData("db00000003666f6f")]
    [InlineData("c403666f6f")]
    [InlineData("c50003666f6f")]
    [InlineData("c600000003666f6f")]
    public void Text_is_taken_in_any_raw_str_and_bin_form(string hex)
    {
        byte[] bytes = Convert.FromHexString(hex);
        MsgpackReader reader = new(bytes);
        Assert.Equal(ReadStatus.TooLarge, reader.TryReadRaw(2, out _));
        Assert.Equal(ReadStatus.Ok, reader.TryReadRaw(3, out ReadOnlySpan<byte> value));
        Assert.True(value.SequenceEqual("foo"u8));
        for (int length = 0; length < bytes.Length; length++)
        {
            MsgpackReader cut = new(bytes.AsSpan(0, length));
            Assert.Equal(ReadStatus.NeedMore, cut.TryReadRaw(3, out _));
            Assert.Equal(0, cut.Consumed);
        }
    }

    [Fact]
    public void Nil_is_the_default_span_and_an_empty_text_is_not()
    {
        MsgpackReader reader = new([0xc0, 0xa0]);
        Assert.Equal(ReadStatus.Ok, reader.TryReadRaw(10, out ReadOnlySpan<byte> nil));
        Assert.Equal(ReadStatus.Ok, reader.TryReadRaw(10, out ReadOnlySpan<byte> empty));
        Assert.True(nil.IsNil());
        Assert.True(empty.IsEmpty && !empty.IsNil());
    }

    [Theory]
    [InlineData("93010203", "010203")]
    [InlineData("92ccc803", "c803")]
    [InlineData("dc0001ff", null)]
    [InlineData("92cd010003", null)]
    [InlineData("810102", "0102")]
    [InlineData("90", "")]
    public void Bytes_are_also_taken_as_a_list_of_small_integers(string hex, string? expected)
    {
        MsgpackReader reader = new(Convert.FromHexString(hex));
        ReadStatus status = reader.TryReadBytes(100, out ReadOnlySpan<byte> value);
        Assert.Equal(expected is null ? ReadStatus.Mismatch : ReadStatus.Ok, status);
        Assert.Equal(expected ?? "", Convert.ToHexStringLower(value));
        Assert.Equal(expected is null, reader.Consumed == 0);
    }

    [Fact]
    public void A_huge_list_of_integers_takes_no_memory_before_its_bytes_are_there()
    {
        byte[] bytes = Convert.FromHexString("dd7fffffff0102");
        long before = GC.GetAllocatedBytesForCurrentThread();
        MsgpackReader reader = new(bytes);
        ReadStatus status = reader.TryReadBytes(int.MaxValue, out _);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1000);
        Assert.Equal(ReadStatus.NeedMore, status);
    }

    [Theory]
    [InlineData("c3", true)]
    [InlineData("01", true)]
    [InlineData("c2", false)]
    [InlineData("00", false)]
    [InlineData("c0", false)]
    public void A_bool_is_also_taken_as_0_1_and_nil(string hex, bool expected)
    {
        MsgpackReader reader = new(Convert.FromHexString(hex));
        Assert.Equal(ReadStatus.Ok, reader.TryReadBool(out bool value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("02")]
    [InlineData("cc01")]
    [InlineData("a101")]
    public void No_other_value_is_a_bool(string hex)
    {
        MsgpackReader reader = new(Convert.FromHexString(hex));
        Assert.Equal(ReadStatus.Mismatch, reader.TryReadBool(out _));
    }

    [Theory]
    [InlineData("cb3ff8000000000000", 1.5)]
    [InlineData("ca3fc00000", 1.5)]
    [InlineData("ff", -1.0)]
    [InlineData("d10100", 256.0)]
    [InlineData("cfffffffffffffffff", 18446744073709551615.0)]
    [InlineData("c0", 0.0)]
    public void A_double_is_also_taken_from_shorter_floats_and_integers(string hex, double expected)
    {
        byte[] bytes = Convert.FromHexString(hex);
        MsgpackReader reader = new(bytes);
        Assert.Equal(ReadStatus.Ok, reader.TryReadDouble(out double value));
        Assert.Equal(expected, value);
        Assert.Equal(bytes.Length, reader.Consumed);
        MsgpackReader cut = new(bytes.AsSpan(0, bytes.Length - 1));
        Assert.Equal(ReadStatus.NeedMore, cut.TryReadDouble(out _));
        Assert.Equal(0, cut.Consumed);
    }

    [Theory]
    [InlineData("92", 2)]
    [InlineData("dc0002", 2)]
    [InlineData("dd00000002", 2)]
    [InlineData("c0", 0)]
    public void A_list_header_is_taken_in_any_width(string hex, int expected)
    {
        MsgpackReader reader = new(Convert.FromHexString(hex));
        Assert.Equal(ReadStatus.Ok, reader.TryReadArrayHeader(2, out int count));
        Assert.Equal(expected, count);
        Assert.True(reader.Remaining.IsEmpty);
    }

    [Fact]
    public void A_list_is_no_map_and_a_map_no_list()
    {
        MsgpackReader list = new([0x92, 0x01, 0x02]);
        Assert.Equal(ReadStatus.Mismatch, list.TryReadMapHeader(9, out _));
        MsgpackReader map = new([0x81, 0x01, 0x02]);
        Assert.Equal(ReadStatus.Mismatch, map.TryReadArrayHeader(9, out _));
        Assert.Equal(0, list.Consumed + map.Consumed);
    }

    [Fact]
    public void A_container_above_the_limit_is_refused_before_it_is_believed()
    {
        MsgpackReader reader = new(Convert.FromHexString("dfffffffff"));
        Assert.Equal(ReadStatus.TooLarge, reader.TryReadMapHeader(int.MaxValue, out int count));
        Assert.Equal(0, count);
        Assert.Equal(0, reader.Consumed);
    }

    [Theory]
    [InlineData("c0")]
    [InlineData("d60501020304")]
    [InlineData("c70309010203")]
    [InlineData("c8000309010203")]
    [InlineData("c90000000309010203")]
    [InlineData("82a16101a16293010203")]
    [InlineData("cb3ff8000000000000")]
    [InlineData("de0001a161dc0001dd0000000180")]
    public void A_value_of_any_kind_is_skipped_as_a_whole(string hex)
    {
        byte[] bytes = Convert.FromHexString(hex + "2a");
        MsgpackReader reader = new(bytes);
        Assert.Equal(ReadStatus.Ok, reader.TrySkip(4));
        Assert.Equal(1, reader.Remaining.Length);
        for (int length = 0; length < bytes.Length - 1; length++)
        {
            MsgpackReader cut = new(bytes.AsSpan(0, length));
            Assert.Equal(ReadStatus.NeedMore, cut.TrySkip(4));
            Assert.Equal(0, cut.Consumed);
        }
    }
}
