using Serf.Agent;
using Serf.Cli;
using Serf.Primitives;
using Xunit;

namespace Serf.Tests.Cli;

public sealed class OutputTests
{
    [Theory]
    [InlineData(new byte[] { 0xFF }, "\\ufffd")]
    [InlineData(new byte[] { (byte)'a', 0xFE, 0xFF, (byte)'b' }, "a\\ufffd\\ufffdb")]
    [InlineData(new byte[] { 0xF0, 0x9F, 0x98, 0x80 }, "\U0001F600")]
    [InlineData(new byte[] { 0xF0, 0x9F, 0x98, 0x80, 0xFF }, "\U0001F600\\ufffd")]
    [InlineData(new byte[] { 0xEF, 0xBF, 0xBD }, "\uFFFD")]
    public void JSON_shows_a_byte_that_is_not_UTF8_as_the_replacement_character(byte[] bytes, string expected)
    {
        JsonText json = new();

        json.BeginObject().Key(ByteText.FromBytes(bytes)).Text(ByteText.FromBytes(bytes)).EndObject();

        Assert.Equal($"{{\n  \"{expected}\": \"{expected}\"\n}}", json.ToString());
    }

    [Fact]
    public void A_field_stays_one_whatever_is_in_it_and_no_terminal_obeys_it()
    {
        Assert.Equal(
            "a|b\\tc        x\n\\x1b[31m\\x9b  y\\nz",
            Output.Columns([["a|b\tc", "x"], ["\u001b[31m\u009b", " y\nz\n"]]));
    }

    [Fact]
    public void Text_of_several_lines_keeps_them_and_its_tabs_alone()
    {
        Assert.Equal("a\n\tb\\r\\x1b\\x7f", Output.Visible("a\n\tb\r\u001b\u007f", hasLines: true));
        Assert.Equal("a\\n\\tb\u00E9", Output.Visible("a\n\tb\u00E9"));
    }

    [Fact]
    public void Columns_count_a_byte_that_is_not_UTF8_as_one_character()
    {
        string name = ByteText.FromBytes([(byte)'n', 0xFF]);

        Assert.Equal($"{name}   x\nabc  y", Output.Columns([[name, "x"], ["abc", "y"]]));
    }
}
