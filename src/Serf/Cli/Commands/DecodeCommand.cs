using System;
using System.Collections.Generic;
using System.IO;
using Serf.Agent;
using Serf.Cli.Decode;
using Serf.Host;
using Serf.Posix;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Cli.Commands;

/// <summary>
/// <c>serf decode</c>: what stands in captured packets and streams. The original has no such command.
/// </summary>
internal sealed class DecodeCommand : ICommand
{
    private const string ReadFailure = "Error reading standard input: ";
    private const string WriteFailure = "Error writing standard output: ";

    private readonly Flag<bool> _expand;
    private readonly Flag<string> _format;
    private readonly Flag<List<string>> _keys;
    private readonly Flag<string> _label;
    private readonly Flag<bool> _stream;

    public DecodeCommand()
    {
        _expand = Flags.AddBool("expand");
        _format = Flags.AddText("format", "json");
        _keys = Flags.AddList("key");
        _label = Flags.AddText("label");
        _stream = Flags.AddBool("stream");
    }

    public string Name => "decode";

    public string Synopsis => "Show what captured gossip packets and streams say";

    public string Help => """
        Usage: serf decode [options]

          Reads gossip packets from standard input, one in each line, in hexadecimal;
          colons and spaces may stand between the bytes. Prints for each what was
          peeled off (label, encryption, crc, compression, compound), outermost first,
          and the messages inside, or why it cannot be read. No agent is asked. The
          original serf has no such command.

        Options:

          -expand                   Tell in JSON what fields hold, too: tags,
                                    coordinates, query filters, relayed messages. Text
                                    always does. Default: false.
          -format=json|text         How to print it: json, one object in each line, or
                                    text, for a person. Default: json.
          -key=KEY                  Key to decrypt with, in base64. May be repeated: all
                                    are tried. What is not encrypted is read as well.
                                    Default: none.
          -label=TEXT               The cluster's label: another, or none, is an error.
                                    Default: any label will do, and none.
          -stream                   The lines are TCP streams, each what one side wrote,
                                    from its first byte on. With -label, one without a
                                    label is read as the answer of the accepting side.
                                    Default: false.

        Examples:

          Watch the gossip of this machine:

          $ tshark -l -f "udp port 7946" -T fields -e udp.payload |
              serf decode -format=text

          Read encrypted packets that were captured before:

          $ serf decode -key "$(cat gossip.key)" < packets.hex | jq -c '.messages[]?'
        """;

    public FlagSet Flags { get; } = new();

    public int Run(ReadOnlySpan<string> arguments, CliContext context)
    {
        if (Flags.Parse(arguments) is { } error)
        {
            return FlagSet.Refuse(error, Help, context);
        }

        if (!Flags.Arguments.IsEmpty)
        {
            context.Output.Write(
                "Too many command line arguments. Packets come on standard input.\n\n" + Help + "\n");
            return 1;
        }

        byte[]? wanted = _label.IsSet ? ByteText.ToBytes(_label.Value) : null;
        if (wanted is { Length: > Label.SizeMax })
        {
            context.Output.Write("Error: The label is longer than 255 bytes\n");
            return 1;
        }

        if (_format.Value is not ("json" or "text"))
        {
            return Output.RefuseFormat(_format.Value, context);
        }

        Keyring ring = new();
        if (AddKeys(_keys.Value, ring) is { } fault)
        {
            context.Output.Write("Error: " + AgentMessages.InvalidEncryptionKey(fault) + "\n");
            return 1;
        }

        Encryption encryption = new(ring, new SystemEntropy(), version: 1);
        using JsonReading json = new(_expand.Value);
        IReadingPrinter printer = _format.Value == "text" ? new TextReading() : json;
        using PacketDissector packets = new(wanted, encryption);
        using StreamDissector streams = new(wanted, encryption);
        return Decode(_stream.Value ? streams.Read : packets.Read, _stream.Value, printer, context);
    }

    private static string? AddKeys(List<string> texts, Keyring ring)
    {
        if (texts.Count > 0)
        {
            Libcrypto.Initialize();
        }

        foreach (string text in texts)
        {
            if (Base64Text.TryDecode(text, out byte[] key) is { } fault)
            {
                return fault;
            }

            if (ring.Add(key) != KeyringStatus.Ok)
            {
                return "key size must be 16, 24 or 32 bytes";
            }
        }

        return null;
    }

    private static int Decode(Dissect dissect, bool isStream, IReadingPrinter printer, CliContext context)
    {
        int sizeMax = isStream ? Limits.DecodeStreamSizeMax : Limits.PacketSizeMax;
        using HexLines lines = new(context.Input, sizeMax);
        LineReading reading = new();
        LineOutput output = new(context.Output);
        string failure = ReadFailure;
        try
        {
            while (lines.Fill())
            {
                failure = WriteFailure;
                while (lines.TryTake())
                {
                    DecodeLine(dissect, lines, reading, printer, output);
                }

                // Before waiting, so that what a live capture has sent is seen at once.
                output.Flush();
                failure = ReadFailure;
            }

            failure = WriteFailure;
            if (lines.TryTakeRest())
            {
                DecodeLine(dissect, lines, reading, printer, output);
            }

            output.Flush();
            return 0;
        }
        catch (IOException exception)
        {
            context.Error.Write(failure + exception.Message + "\n");
            return 1;
        }
    }

    private static void DecodeLine(
        Dissect dissect, HexLines lines, LineReading reading, IReadingPrinter printer, LineOutput output)
    {
        reading.Begin(lines.Line.Length);
        printer.Sink.Clear();
        if (lines.Fault is null)
        {
            dissect(lines.Line, reading, printer.Sink);
        }
        else
        {
            reading.Fail(lines.Fault);
        }

        printer.Print(reading, output);
    }

    private delegate void Dissect(ReadOnlySpan<byte> bytes, LineReading reading, IReadingSink sink);
}
