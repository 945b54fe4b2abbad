using System;
using Serf.Agent;
using Xunit;

namespace Serf.Tests.Agent;

public sealed class Base64TextTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("AQ==", "01")]
    [InlineData("AQI=", "0102")]
    [InlineData("AQID", "010203")]
    [InlineData("+/+/", "FBFFBF")]
    [InlineData("\n", "")]
    [InlineData("\r\n\n", "")]
    [InlineData("A\nQ\r\nI\nD\n", "010203")]
    [InlineData("AQ\n=\n=\r\n", "01")]
    [InlineData("AQI=\n", "0102")]
    // The bits that are left over count for nothing.
    [InlineData("AR==", "01")]
    [InlineData("AQJ=", "0102")]
    public void A_sound_text_gives_its_bytes(string text, string expected)
    {
        Assert.Null(Base64Text.TryDecode(text, out byte[] bytes));
        Assert.Equal(expected, Convert.ToHexString(bytes));
    }

    // Every offset was printed by the original.
    [Theory]
    [InlineData("x", 0)]
    [InlineData("=", 0)]
    [InlineData("==", 0)]
    [InlineData("A=", 1)]
    [InlineData("AA=", 3)]
    [InlineData("AAA", 0)]
    [InlineData("AAA=A", 4)]
    [InlineData("AA==A", 4)]
    [InlineData("AA==AAAA", 4)]
    [InlineData("AA=A", 2)]
    [InlineData("AAAA=", 4)]
    [InlineData("AAAA====", 4)]
    [InlineData("!AAA", 0)]
    [InlineData("A!AA", 1)]
    [InlineData("AAA!", 3)]
    [InlineData("AAAA!", 4)]
    [InlineData("AA\n", 1)]
    [InlineData("A\nA", 1)]
    [InlineData("AA=\nx", 3)]
    [InlineData("AA\r\n=x", 4)]
    [InlineData("AAA\n", 1)]
    [InlineData("AAA=\nA", 5)]
    [InlineData("AA\u00E9=", 2)]
    [InlineData("\u00E9AAA", 0)]
    [InlineData("A A=", 1)]
    [InlineData("AAAA AAAA", 4)]
    [InlineData("-_AA", 0)]
    [InlineData("AAA-", 3)]
    [InlineData("AAAAA", 4)]
    [InlineData("AAAAAA", 4)]
    [InlineData("AAAAAAA", 4)]
    [InlineData("AA==\n\n=", 6)]
    [InlineData("AAECAwQFBgcICQoLDA0ODw=", 23)]
    [InlineData("AAECAwQFBgcICQoLDA0ODw", 20)]
    [InlineData("AAECAwQFBgcICQoLDA0ODw== ", 24)]
    [InlineData("AAAAAAAAAAA=\n=", 13)]
    [InlineData("AAAAAAAA\nAA", 9)]
    [InlineData("AAAAAAAA\nAAA", 9)]
    [InlineData("AAAAAAAA\n\nAA=\n", 14)]
    [InlineData("AAAA\n\nAAA\n\n", 8)]
    [InlineData("AAAA\n\nA\n\n", 8)]
    [InlineData("A\n", 1)]
    [InlineData("A\n\n=", 3)]
    [InlineData("AA\n\n", 2)]
    [InlineData("AAAAAAAA==", 8)]
    [InlineData("AAAAAAAAA===", 9)]
    public void A_fault_is_placed_where_the_original_places_it(string text, int offset)
    {
        Assert.Equal($"illegal base64 data at input byte {offset}", Base64Text.TryDecode(text, out byte[] bytes));
        Assert.Empty(bytes);
    }
}
