using Serf.Posix;
using Serf.Primitives;
using Xunit;

namespace Serf.Tests.Posix;

public sealed class ProgramArgumentsTests
{
    [Fact]
    public void An_argument_that_is_not_UTF8_keeps_its_bytes()
    {
        string[] restored = ProgramArguments.Restore(
            ["event", "x", "\uFFFD\uFFFD"], [.. "serf\0event\0x\0"u8, 0xFF, 0xFE, 0]);

        Assert.Equal("event", restored[0]);
        Assert.Equal([0xFF, 0xFE], ByteText.ToBytes(restored[2]));
    }

    [Fact]
    public void A_command_line_that_was_overwritten_is_not_believed()
    {
        string[] arguments = ["event", "\uFFFD"];

        Assert.Same(arguments, ProgramArguments.Restore(arguments, "serf event\0"u8));
    }

    [Fact]
    public void Proper_arguments_are_taken_as_they_are()
    {
        string[] arguments = ["event", "é"];

        Assert.Same(arguments, ProgramArguments.Restore(arguments));
    }
}
