using System.Text;
using Serf.Primitives;
using Xunit;

namespace Serf.Core.Tests.Primitives;

public sealed class ByteTextTests
{
    [Fact]
    public void Every_pair_of_bytes_survives_the_way_through_text()
    {
        byte[] bytes = new byte[4];
        bytes[0] = (byte)'a';
        bytes[3] = (byte)'z';
        for (int pair = 0; pair <= ushort.MaxValue; pair++)
        {
            bytes[1] = (byte)(pair >> 8);
            bytes[2] = (byte)pair;
            Assert.Equal(bytes, ByteText.ToBytes(ByteText.FromBytes(bytes)));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("plain")]
    [InlineData("é, 漢字, 😀")]
    public void Proper_text_is_plain_UTF8(string text)
    {
        Assert.Equal(Encoding.UTF8.GetBytes(text), ByteText.ToBytes(text));
        Assert.Equal(text, ByteText.FromBytes(Encoding.UTF8.GetBytes(text)));
    }

    [Fact]
    public void Text_stays_readable_around_a_byte_that_is_none()
    {
        Assert.Equal("é\uDCFFé", ByteText.FromBytes([0xC3, 0xA9, 0xFF, 0xC3, 0xA9]));
    }

    [Fact]
    public void A_surrogate_that_is_no_escape_becomes_the_replacement_character()
    {
        Assert.Equal([0xEF, 0xBF, 0xBD, (byte)'x', 0xFF], ByteText.ToBytes("\uD800x\uDCFF"));
    }
}
