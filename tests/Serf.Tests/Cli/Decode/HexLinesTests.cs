using System;
using System.IO;
using System.Text;
using System.Text.Json;
using Serf.Cli;
using Serf.Cli.Commands;
using Serf.Primitives;
using Xunit;

namespace Serf.Tests.Cli.Decode;

/// <summary>How lines are taken from standard input.</summary>
public sealed class HexLinesTests
{
    private const string Nack = "0b81a55365714e6f07";
    private const string Read = """{"layers":[],"messages":[{"message":"nack","fields":{"SeqNo":7}}]}""" + "\n";

    [Theory]
    [InlineData("0b81a55365714e6f07\n")]
    [InlineData("0b81a55365714e6f07")]
    [InlineData("0B81A55365714E6F07\r\n")]
    [InlineData("0b:81:a5:53:65:71:4e:6f:07\n")]
    [InlineData("  0b 81 a5 53\t65 71 4e 6f 07 \n")]
    public void Digits_come_in_any_case_with_or_without_separators(string input) =>
        Assert.Equal(Read, DecodeRun.Print(input));

    [Theory]
    [InlineData("0b8", "odd number of hexadecimal digits")]
    [InlineData("0b 8 1", "no hexadecimal digit at column 5: \" \"")]
    [InlineData("0b81g5", "no hexadecimal digit at column 5: \"g\"")]
    [InlineData("0x0b81", "no hexadecimal digit at column 2: \"x\"")]
    [InlineData("\u001b[2J", "no hexadecimal digit at column 1: \"\\x1b\"")]
    [InlineData("\u00ff", "no hexadecimal digit at column 1: \"\\xff\"")]
    public void A_line_that_is_no_hexadecimal_is_told_and_the_next_goes_on(string line, string error)
    {
        string output = DecodeRun.Print(line + "\n" + Nack + "\n" + line);
        string[] lines = output.Split('\n');

        Assert.Equal(4, lines.Length);
        using JsonDocument refused = JsonDocument.Parse(lines[0]);
        Assert.Equal(error, refused.RootElement.GetProperty("error").GetString());
        Assert.Equal(Read, lines[1] + "\n");
        Assert.Equal(lines[0], lines[2]);
    }

    [Fact]
    public void An_empty_line_is_an_empty_packet_and_no_input_is_none()
    {
        Assert.Equal("{\"layers\":[],\"error\":\"empty\"}\n" + Read, DecodeRun.Print("\n" + Nack));
        Assert.Equal("{\"layers\":[],\"error\":\"empty\"}\n", DecodeRun.Print("\n", "-stream"));
        Assert.Equal("", DecodeRun.Print(""));
    }

    [Fact]
    public void A_line_beyond_the_largest_packet_is_refused_and_not_kept()
    {
        string longest = "08" + new string('0', 2 * (Limits.PacketSizeMax - 1));
        Assert.Contains("leave: does not decode", DecodeRun.Print(longest), StringComparison.Ordinal);

        using EndlessLine input = new(Limits.PacketSizeMax * 1000L, Nack);
        long before = GC.GetAllocatedBytesForCurrentThread();
        (int status, string output, _) = DecodeRun.Run(input);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, status);
        Assert.Equal("{\"layers\":[],\"error\":\"longer than 65536 bytes\"}\n" + Read, output);
        Assert.InRange(allocated, 0, 4_000_000);
    }

    [Fact]
    public void What_has_come_is_printed_before_more_is_waited_for()
    {
        StringWriter output = new();
        using PausingInput input = new(output, Nack + "\n" + Nack[..5], Nack[5..] + "\n");
        CliContext context = new()
        {
            Input = input,
            Output = output,
            Error = TextWriter.Null,
            Environment = _ => null,
        };

        Assert.Equal(0, new DecodeCommand().Run([], context));
        Assert.Equal(["", Read, Read + Read], input.Seen);
    }

    /// <summary>One line of zeros without an end, nearly, then another one.</summary>
    private sealed class EndlessLine(long size, string last) : MemoryStream(Encoding.ASCII.GetBytes("\n" + last))
    {
        private long _left = size;

        public override int Read(Span<byte> buffer)
        {
            if (_left == 0)
            {
                return base.Read(buffer);
            }

            int count = (int)Math.Min(buffer.Length, _left);
            buffer[..count].Fill((byte)'0');
            _left -= count;
            return count;
        }
    }

    /// <summary>Gives one piece at each read, and notes what was printed until then.</summary>
    private sealed class PausingInput(StringWriter output, params string[] pieces) : MemoryStream
    {
        public System.Collections.Generic.List<string> Seen { get; } = [];

        public override int Read(byte[] buffer, int offset, int count)
        {
            Seen.Add(output.ToString());
            return Seen.Count > pieces.Length
                ? 0
                : Encoding.ASCII.GetBytes(pieces[Seen.Count - 1], buffer.AsSpan(offset, count));
        }
    }
}
