using System;
using System.IO;
using System.Text;
using Serf.Cli;
using Serf.Cli.Commands;
using Xunit;

namespace Serf.Tests.Cli.Decode;

/// <summary>Flags, exit status and failures of the command.</summary>
public sealed class DecodeCommandTests
{
    private static string Help => new DecodeCommand().Help + "\n";

    [Theory]
    [InlineData("-bogus", "flag provided but not defined: -bogus\n")]
    [InlineData("-key", "flag needs an argument: -key\n")]
    [InlineData("-stream=maybe", "invalid boolean value \"maybe\" for -stream: parse error\n")]
    [InlineData("---x", "bad flag syntax: ---x\n")]
    [InlineData("-help=1", "")]
    public void A_wrong_flag_is_told_with_the_help(string flag, string error) =>
        Assert.Equal((1, Help, error), DecodeRun.Run(Stream.Null, flag));

    [Theory]
    [InlineData("-format=xml", "Encoding error: Invalid output format \"xml\"\n")]
    [InlineData("-key=AAAA", "Error: Invalid encryption key: key size must be 16, 24 or 32 bytes\n")]
    [InlineData("-key=A*AA", "Error: Invalid encryption key: illegal base64 data at input byte 1\n")]
    [InlineData("-key=", "Error: Invalid encryption key: key size must be 16, 24 or 32 bytes\n")]
    public void A_wrong_value_is_told_before_anything_is_read(string flag, string output)
    {
        using BrokenStream input = new();
        Assert.Equal((1, output, ""), DecodeRun.Run(input, flag));
    }

    [Fact]
    public void A_label_that_no_header_can_hold_is_refused() => Assert.Equal(
        (1, "Error: The label is longer than 255 bytes\n", ""),
        DecodeRun.Run(Stream.Null, "-label", new string('a', 256)));

    [Fact]
    public void Arguments_are_refused() => Assert.Equal(
        (1, "Too many command line arguments. Packets come on standard input.\n\n" + Help, ""),
        DecodeRun.Run(Stream.Null, "0b80"));

    [Fact]
    public void Input_that_cannot_be_read_is_an_error_after_what_was_read()
    {
        using BrokenStream input = new("0b80\n0b");
        Assert.Equal(
            (1,
            """{"layers":[],"messages":[{"message":"nack","fields":{"SeqNo":0}}]}""" + "\n",
            "Error reading standard input: Is a directory\n"),
            DecodeRun.Run(input));
    }

    [Fact]
    public void Output_that_cannot_be_written_ends_the_command()
    {
        StringWriter error = new();
        using BrokenStream input = new("0b80\n");
        CliContext context = new()
        {
            Input = input,
            Output = new FullWriter(),
            Error = error,
            Environment = _ => null,
        };

        Assert.Equal(1, new DecodeCommand().Run([], context));
        Assert.Equal("Error writing standard output: No space left on device\n", error.ToString());
    }

    [Fact]
    public void Bad_packets_are_no_failure_of_the_command()
    {
        using MemoryStream input = new("zz\n"u8.ToArray());
        Assert.Equal(0, DecodeRun.Run(input).Status);
    }

    [Fact]
    public void The_help_says_that_the_original_has_no_such_command()
    {
        Assert.Contains(
            "The\n  original serf has no such command", new DecodeCommand().Help, StringComparison.Ordinal);
    }

    /// <summary>Gives what it has, then fails.</summary>
    private sealed class BrokenStream(string text = "") : MemoryStream(Encoding.ASCII.GetBytes(text))
    {
        public override int Read(byte[] buffer, int offset, int count)
        {
            int size = base.Read(buffer, offset, count);
            return size > 0 ? size : throw new IOException("Is a directory");
        }
    }

    private sealed class FullWriter : StringWriter
    {
        public override void Flush() => throw new IOException("No space left on device");
    }
}
