using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using Serf.Cli.Decode;
using Serf.Fuzz.Engine;
using Serf.Host;
using Serf.Wire;

namespace Serf.Fuzz.Targets;

/// <summary>
/// Whatever a line holds, <c>serf decode</c> prints one JSON object for it, with messages or an error, and a
/// form for people in which nothing can move a cursor. The first byte's lowest bit tells a stream from a packet.
/// </summary>
internal sealed class DecodeTarget : FuzzTarget
{
    // What is printed is many times larger than what is expanded.
    public override long AllocationBase => 64 << 20;

    public override long AllocationPerByte => 256 * 1024;

    public override IEnumerable<byte[]> Seeds() => Serf.Fuzz.Seeds.Hex("memberlist-packets.json", "hex")
        .Concat(Serf.Fuzz.Seeds.Hex("serf-messages.json", "hex").Select(message => (byte[])[8, .. message]))
        .Select(packet => (byte[])[0, .. packet])
        .Concat(Serf.Fuzz.Seeds.Hex("memberlist-streams.json", "hex").Select(stream => (byte[])[1, .. stream]));

    public override void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        using JsonReading json = new(inside: true);
        string line = Print(json, input);
        FuzzException.Check(line.EndsWith('\n') && line.IndexOf('\n') == line.Length - 1, "not one line");
        using JsonDocument document = JsonDocument.Parse(line);
        bool isAnswered = document.RootElement.TryGetProperty("messages", out _)
            || document.RootElement.TryGetProperty("error", out _);
        FuzzException.Check(isAnswered, "neither messages nor an error");

        string text = Print(new TextReading(), input);
        FuzzException.Check(!text.Any(unit => char.IsControl(unit) && unit != '\n'), "a control character is shown");
    }

    private static string Print(IReadingPrinter printer, ReadOnlySpan<byte> input)
    {
        Encryption keys = new(new Keyring(), new SystemEntropy(), version: 1);
        LineReading reading = new();
        reading.Begin(input.Length - 1);
        printer.Sink.Clear();
        if ((input[0] & 1) == 0)
        {
            using PacketDissector packets = new(null, keys);
            packets.Read(input[1..], reading, printer.Sink);
        }
        else
        {
            using StreamDissector streams = new(null, keys);
            streams.Read(input[1..], reading, printer.Sink);
        }

        StringWriter writer = new();
        LineOutput output = new(writer);
        printer.Print(reading, output);
        output.Flush();
        return writer.ToString();
    }
}
