using System;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Wire;

/// <summary>Forms of a coordinate that no recorded encoder writes.</summary>
public sealed class CoordinateCodecTests
{
    [Theory]
    [InlineData("c0", "()")]
    [InlineData("80", "()")]
    [InlineData("90", "()")]
    [InlineData("81a3566563c0", "()")]
    [InlineData("81a356656391c0", "(0)")]
    [InlineData("82a356656391cb3ff0000000000000a356656392cb40000000000000000a", "(2 10)")]
    [InlineData("82a3766563a178a35665639101", "(1)")]
    [InlineData("81d9035665639101", "(1)")]
    [InlineData("81a3566563dc000101", "(1)")]
    [InlineData("df00000001c403566563dd0000000101", "(1)")]
    public void Lenient_forms_are_taken(string hex, string expected)
    {
        byte[] body = Convert.FromHexString(hex);

        Assert.Equal(
            ReadStatus.Ok, CoordinateCodec.TryRead(body, stackalloc double[8], out CoordinateMessage read));
        Assert.Equal(expected, $"({string.Join(' ', read.Vector.ToArray())})");
        Assert.Equal((0.0, 0.0, 0.0), (read.Error, read.Adjustment, read.Height));
    }

    [Theory]
    [InlineData("")]
    [InlineData("01")]
    [InlineData("a178")]
    [InlineData("81a3566563")]
    [InlineData("81a3566563a178")]
    [InlineData("81a3566563c400")]
    [InlineData("81a356656391a178")]
    [InlineData("81a35665639201")]
    [InlineData("81a3566563dd7fffffff00")]
    [InlineData("81a3566563ddffffffff00")]
    [InlineData("dfffffffff")]
    [InlineData("81a54572726f72c3")]
    [InlineData("81a54572726f72cb3ff00000000000")]
    [InlineData("8101c0")]
    public void What_is_no_coordinate_is_refused(string hex)
    {
        byte[] body = Convert.FromHexString(hex);

        Assert.NotEqual(ReadStatus.Ok, CoordinateCodec.TryRead(body, stackalloc double[8], out _));
    }

    [Fact]
    public void Every_cut_of_a_payload_is_refused()
    {
        CoordinateMessage message = new() { Vector = [1.0, 2.0], Error = 1.5, Height = 1e-5 };
        byte[] written = new byte[CoordinateCodec.SizeOf(message)];
        double[] vector = new double[2];
        Assert.Equal(written.Length, CoordinateCodec.Write(message, written));
        for (int length = 0; length < written.Length; length++)
        {
            Assert.NotEqual(ReadStatus.Ok, CoordinateCodec.TryRead(written.AsSpan(0, length), vector, out _));
        }

        Assert.Equal(ReadStatus.Ok, CoordinateCodec.TryRead(written, vector, out _));
    }
}
