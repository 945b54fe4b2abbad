using Serf.Primitives;
using Xunit;

namespace Serf.Core.Tests.Primitives;

public sealed class GoTextTests
{
    [Theory]
    [InlineData("", "\"\"")]
    [InlineData("plain 'text'", "\"plain 'text'\"")]
    [InlineData("a\"b\\c", "\"a\\\"b\\\\c\"")]
    [InlineData("\a\b\f\n\r\t\v", "\"\\a\\b\\f\\n\\r\\t\\v\"")]
    [InlineData("\0\u001F\u007F", "\"\\x00\\x1f\\x7f\"")]
    [InlineData("\u0085\u00A0\u200B\u2028", "\"\\u0085\\u00a0\\u200b\\u2028\"")]
    [InlineData("caf\u00E9 \u65E5\u672C \U0001F600", "\"caf\u00E9 \u65E5\u672C \U0001F600\"")]
    [InlineData("\U000E0001", "\"\\U000e0001\"")]
    public void Quoting_shows_what_can_be_shown(string text, string expected)
    {
        Assert.Equal(expected, GoText.Quote(text));
    }

    [Fact]
    public void A_byte_that_is_not_UTF8_shows_as_its_number_in_text_and_in_bytes()
    {
        byte[] bytes = [(byte)'a', 0xFF, 0xC3, 0xA9, 0xFE];

        Assert.Equal("\"a\\xff\u00E9\\xfe\"", GoText.Quote(bytes));
        Assert.Equal("\"a\\xff\u00E9\\xfe\"", GoText.Quote(ByteText.FromBytes(bytes)));
    }
}
