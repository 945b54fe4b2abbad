using System;
using System.Linq;
using System.Text.Json;
using Serf.Vectors;
using Xunit;

namespace Serf.Tests.Cli.Decode;

/// <summary>The form for people.</summary>
public sealed class TextReadingTests
{
    [Theory]
    [InlineData(0, """
        #1  160 bytes  crc > compound
            alive               Incarnation 1  Node north0  Addr 127.0.0.1:22701  tags role=lb,z=1
                                Vsn 2 of 1-5, serf 5 of 2-5
            alive               Incarnation 1  Node south0  Addr 127.0.0.1:22703  tags role=web
                                Vsn 2 of 1-5, serf 5 of 2-5

        """)]
    [InlineData(7, """
        #1  26 bytes  crc
            user join           LTime 2  Node west0

        """)]
    [InlineData(9, """
        #1  68 bytes
            ping                SeqNo 1  Node west0  SourceAddr 127.0.0.1:22701  SourceNode north0

        """)]
    [InlineData(10, """
        #1  113 bytes  compression
            ack                 SeqNo 1  Vec 0, 0, 0, 0, 0, 0, 0, 0  Error 1.5  Adjustment 0  Height 1e-05

        """)]
    public void A_packet_is_a_heading_and_its_messages(int index, string expected)
    {
        JsonElement packet = VectorFile.Find("captures.json", "plain").GetProperty("packets")[index];
        Assert.Equal(expected, DecodeRun.Print(packet.GetProperty("hex").GetString()!, "-format=text"));
    }

    [Fact]
    public void What_a_message_holds_is_indented_below_it()
    {
        string[] packets = [.. VectorFile.Find("captures.json", "plain").GetProperty("packets").EnumerateArray()
            .Select(packet => packet.GetProperty("hex").GetString()!)];
        string relay = packets.First(packet => packet.StartsWith("0809", StringComparison.Ordinal));
        string query = packets.First(packet => packet.Contains("46696c7465727391", StringComparison.Ordinal));

        Assert.Equal(
            """
            #1  96 bytes
                user relay          IP 127.0.0.1:22701  DestName north0
                    queryResponse       LTime 2  ID 772609650  From north0  Flags 1  Payload none
            #2  143 bytes  crc
                user query          LTime 2  ID 772609650  Addr 127.0.0.1:22701  SourceNode north0
                    filterTag           Tag role  Expr ".*"
                                    Flags 1  RelayFactor 1  Timeout 0.6s  Name health  Payload "?"

            """,
            DecodeRun.Print(relay + "\n" + query, "-format=text"));
    }

    [Fact]
    public void A_push_pull_lists_its_nodes_and_events()
    {
        JsonElement stream = VectorFile.Find("captures.json", "plain").GetProperty("streams")[2];
        Assert.Equal(
            """
            #1  403 bytes  compression
                pushPull            join yes
                    node                Name west0  Addr 127.0.0.1:22705  tags none  Incarnation 1  State left
                                        Vsn 2 of 1-5, serf 5 of 2-5
                    node                Name north0  Addr 127.0.0.1:22701  tags role=lb,z=1  Incarnation 1
                                        State alive  Vsn 2 of 1-5, serf 5 of 2-5
                    node                Name south0  Addr 127.0.0.1:22703  tags role=web,v=2  Incarnation 2
                                        State alive  Vsn 2 of 1-5, serf 5 of 2-5
                    user state          LTime 4  StatusLTimes north0 0, south0 1, west0 3  LeftMembers west0
                                        EventLTime 2
                        events              LTime 1
                            event               Name deploy  Payload "build 5"
                            event               Name note  Payload none
                                        QueryLTime 4  eventPlaces 512

            """,
            DecodeRun.Print(stream.GetProperty("responderHex").GetString()!, "-format=text", "-stream"));
    }

    [Theory]
    [InlineData("g", "    error: no hexadecimal digit at column 1: \"g\"")]
    [InlineData("f402c3a90b80", "#1  6 bytes  label \"\u00e9\"\n    nack                SeqNo 0")]
    [InlineData("02c3", "    ack                 error: does not decode  bytes 02c3")]
    [InlineData("0681", "    pushPull            error: no packet carries this message  bytes 0681")]
    [InlineData("63", "    unknown             error: no message has type 99  bytes 63")]
    [InlineData("0702000900090b80", "#1  8 bytes  compound\n    error: compound: 2 messages are cut off")]
    [InlineData("0381a44e6f6465a71b5b326d206eff", "Node \"\\x1b[2m n\\xff\"")]
    [InlineData("080383a44e616d65a0a75061796c6f6164a3ff0041a24343c3", "Name \"\"  Payload ff0041  CC yes")]
    [InlineData("0481a441646472a3010203", "Addr 010203 port 0")]
    [InlineData("080481a746696c7465727393a100a30181a0a20191", "filters 00, 0181a0, 0191")]
    [InlineData("080481a746696c7465727392a40091a161a100", "fields a\n                        filters 00  Flags 0")]
    [InlineData("0800", "    user                error: leave: cut short  bytes 0800")]
    [InlineData("08", "    user                serf none")]
    [InlineData("0481a44d657461a3ff81a1", "Meta ff81a1  tags none")]
    public void Faults_and_odd_values_are_shown_plainly(string line, string expected) =>
        Assert.Contains(expected, DecodeRun.Print(line, "-format=text"), StringComparison.Ordinal);

    [Fact]
    public void Lines_are_counted_and_long_ones_folded()
    {
        string packets = string.Concat(VectorFile.Find("captures.json", "plain").GetProperty("packets").EnumerateArray()
            .Select(packet => packet.GetProperty("hex").GetString() + "\n"));
        string[] lines = DecodeRun.Print(packets, "-format=text").Split('\n');

        Assert.Contains(lines, line => line.StartsWith("#167  ", StringComparison.Ordinal));
        Assert.All(lines, line => Assert.True(line.Length <= 100 && !line.EndsWith(' '), line));
    }
}
