using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using Serf.Host;
using Serf.Primitives;
using Serf.Vectors;
using Serf.Wire;
using Xunit;

namespace Serf.Tests.Cli.Decode;

/// <summary>What is around the messages: labels, encryption, checksums, compression, compounds.</summary>
public sealed class LayerReadingTests
{
    // nack 7
    private const string Nack = "0b81a55365714e6f07";
    private const string NackRead = """[{"message":"nack","fields":{"SeqNo":7}}]""";

    private const string KeyOfZeros = "AAAAAAAAAAAAAAAAAAAAAA==";

    [Fact]
    public void Packets_in_every_combination_of_layers_read_as_the_message_in_them()
    {
        HashSet<string> combinations = [];
        foreach (JsonElement vector in VectorFile.Load("memberlist-packets.json"))
        {
            if (vector.GetProperty("op").GetString() != "send")
            {
                continue;
            }

            JsonElement input = vector.GetProperty("input");
            string message = input.GetProperty("message").GetString()!;
            JsonElement line = DecodeRun.One(
                vector.GetProperty("hex").GetString()!, Arguments(input.GetProperty("config")));
            string layers = DecodeRun.Layers(line);
            combinations.Add(layers);
            AssertLayers(input.GetProperty("config"), layers, vector.GetProperty("name").GetString()!);

            JsonElement bare = DecodeRun.One(message);
            string peeled = message.StartsWith("07", StringComparison.Ordinal) ? " compound" : "";
            Assert.EndsWith(peeled, " " + layers, StringComparison.Ordinal);
            Assert.Equal(DecodeRun.Error(bare), DecodeRun.Error(line));
            bool isRead = line.TryGetProperty("messages", out JsonElement read);
            Assert.Equal(bare.TryGetProperty("messages", out JsonElement expected), isRead);
            if (isRead)
            {
                DecodeRun.AssertEqual(expected, read);
            }
        }

        Assert.True(combinations.Count >= 10, string.Join('\n', combinations));
    }

    [Fact]
    public void Streams_in_every_combination_of_layers_read_as_the_message_in_them()
    {
        HashSet<string> combinations = [];
        Dictionary<string, int> counts = [];
        foreach (JsonElement vector in VectorFile.Load("memberlist-streams.json"))
        {
            string kind = vector.GetProperty("op").GetString()!;
            if (kind == "serve")
            {
                continue;
            }

            JsonElement input = vector.GetProperty("input");
            JsonElement line = DecodeRun.One(
                vector.GetProperty("hex").GetString()!, [.. Arguments(input.GetProperty("config")), "-stream"]);
            string layers = DecodeRun.Layers(line);
            combinations.Add(layers);
            counts[kind] = counts.GetValueOrDefault(kind) + 1;
            AssertLayers(input.GetProperty("config"), layers + " crc", vector.GetProperty("name").GetString()!);
            AssertStream(kind, input, line);
        }

        Assert.Equal(3, counts.Count);
        Assert.True(combinations.Count >= 8, string.Join('\n', combinations));
    }

    [Fact]
    public void Answers_on_streams_are_read_though_they_bear_no_label()
    {
        int count = 0;
        foreach (JsonElement vector in VectorFile.Load("memberlist-streams.json"))
        {
            if (vector.GetProperty("op").GetString() != "serve"
                || vector.GetProperty("response").GetString() is not { Length: > 0 } response)
            {
                continue;
            }

            count++;
            JsonElement line = DecodeRun.One(
                response, [.. Arguments(vector.GetProperty("input").GetProperty("config")), "-stream"]);
            JsonElement message = Assert.Single(line.GetProperty("messages").EnumerateArray());
            Assert.True(message.GetProperty("message").GetString() is "ack" or "pushPull" or "err", response);
        }

        Assert.True(count > 30, $"{count} answers");
    }

    [Fact]
    public void Any_label_will_do_unless_one_is_wanted()
    {
        string packet = "f40561626364ff" + Nack;
        JsonElement line = DecodeRun.One(packet);
        Assert.Equal(
            """{"layers":["label"],"label":{"utf8Invalid":"61626364ff"},"messages":""" + NackRead + "}", line.GetRawText());

        packet = "f40161" + Nack;
        line = DecodeRun.One(packet, "-label", "a");
        Assert.Equal("""{"layers":["label"],"label":"a","messages":""" + NackRead + "}", line.GetRawText());

        line = DecodeRun.One(packet, "-label=b");
        Assert.Equal(
            """{"layers":["label"],"label":"a","error":"the label is \"a\"; wanted is \"b\""}""", line.GetRawText());
        Assert.Equal("the label is \"a\"; wanted is \"\"", DecodeRun.Error(DecodeRun.One(packet, "-label=")));
        Assert.Equal("there is no label; wanted is \"a\"", DecodeRun.Error(DecodeRun.One(Nack, "-label=a")));
        Assert.Null(DecodeRun.Error(DecodeRun.One(Nack, "-label=")));
    }

    [Theory]
    [InlineData("f4", "label header: cut short")]
    [InlineData("f40261", "label header: cut short")]
    [InlineData("f4000b80", "label header: no label")]
    [InlineData("f40161", "empty message")]
    public void A_label_header_that_is_none_is_told(string hex, string error) =>
        Assert.Equal(error, DecodeRun.Error(DecodeRun.One(hex)));

    [Fact]
    public void An_encrypted_packet_is_read_with_any_of_the_keys_and_told_from_a_clear_one()
    {
        JsonElement capture = VectorFile.Find("captures.json", "encrypted");
        string key = CaptureTests.KeyOf(capture)[1];
        string[] packets = [.. capture.GetProperty("packets").EnumerateArray().Select(packet => packet.GetProperty("hex").GetString()!)];

        foreach (JsonElement line in DecodeRun.Json(packets))
        {
            Assert.Equal("""{"layers":[],"error":"encrypted, or damaged: there is no key to try"}""", line.GetRawText());
        }

        foreach (JsonElement line in DecodeRun.Json(packets[..10], "-key", KeyOfZeros))
        {
            Assert.Equal(
                "encrypted, or damaged: no installed keys could decrypt the message", DecodeRun.Error(line));
        }

        foreach (JsonElement line in DecodeRun.Json(packets[..10], "-key", KeyOfZeros, "-key=" + key))
        {
            Assert.Null(DecodeRun.Error(line));
            Assert.StartsWith("encryption", DecodeRun.Layers(line), StringComparison.Ordinal);
        }

        string[] clear = [.. VectorFile.Find("captures.json", "plain").GetProperty("packets").EnumerateArray()
            .Select(packet => packet.GetProperty("hex").GetString()!)];
        Assert.Equal(DecodeRun.Print(string.Join('\n', clear)), DecodeRun.Print(string.Join('\n', clear), "-key", key));
    }

    [Fact]
    public void The_label_is_part_of_what_a_seal_holds_together()
    {
        byte[] label = "eu"u8.ToArray();
        string block = Sealed(Nack, label);

        Assert.Equal("label encryption", DecodeRun.Layers(DecodeRun.One("f4026575" + block, "-key", KeyOfZeros)));
        Assert.NotNull(DecodeRun.Error(DecodeRun.One("f4027573" + block, "-key", KeyOfZeros)));
        Assert.NotNull(DecodeRun.Error(DecodeRun.One(block, "-key", KeyOfZeros)));
    }

    [Fact]
    public void A_sealed_packet_whose_nonce_begins_like_a_ping_is_no_ping()
    {
        // version 0 or 1, then a nonce that begins with an empty map, an empty list, nil, a list of one number
        foreach (string start in new[] { "0080", "0180", "0090", "00c0", "009105", "0181a000" })
        {
            JsonElement line = DecodeRun.One(start + new string('f', 90));
            Assert.Equal("encrypted, or damaged: there is no key to try", DecodeRun.Error(line));
        }
    }

    [Theory]
    [InlineData("0a00000010", "encryption: there is no key to try")]
    [InlineData("0a0000", "encryption: cut short", KeyOfZeros)]
    [InlineData("0a0140000100", "encryption: larger than anything a node takes", KeyOfZeros)]
    [InlineData("0a0000001000", "encryption: cut short", KeyOfZeros)]
    [InlineData("0a0000000100", "encryption: payload is too small to decrypt: 1", KeyOfZeros)]
    [InlineData("0a0000000105", "encryption: unsupported encryption version 5", KeyOfZeros)]
    [InlineData("0a00000000", "encryption: cannot decrypt empty payload", KeyOfZeros)]
    [InlineData("09", "cut short")]
    [InlineData("0982a4416c676f01a3427566a0", "compression: cannot decompress unknown algorithm 1")]
    [InlineData("0982a4416c676f00a3427566a100", "compression: unexpected EOF")]
    [InlineData("0701000102", "no stream begins with this message type")]
    [InlineData("0683a44a6f696ec2a54e6f646573ff", "cut short")]
    [InlineData("0683a44a6f696ec2a54e6f646573ffac5573657253746174654c656e00", "pushPull: does not decode")]
    [InlineData("0081a55365714e6fc3", "ping: does not decode")]
    public void A_stream_that_cannot_be_read_says_where_it_ends(string hex, string error, string? key = null)
    {
        string[] arguments = key is null ? ["-stream"] : ["-stream", "-key", key];
        JsonElement line = DecodeRun.One(hex, arguments);
        Assert.Equal(error, DecodeRun.Error(line));
        Assert.False(line.TryGetProperty("messages", out _));
    }

    [Fact]
    public void A_user_state_that_is_none_of_Serfs_leaves_the_nodes_readable()
    {
        JsonElement line = DecodeRun.One(
            "0683a44a6f696ec3a54e6f64657300ac5573657253746174654c656e024d4d", "-stream");
        Assert.Equal("pushPull: user state: no Serf message has type 77", DecodeRun.Error(line));
        JsonElement message = Assert.Single(line.GetProperty("messages").EnumerateArray());
        Assert.Equal("4d4d", message.GetProperty("userState").GetString());
    }

    [Theory]
    [InlineData("0c000000000b81a55365714e6f07", "crc: 00000000 is told, ", "crc")]
    [InlineData("0702000900090b81a55365714e6f07", "compound: 1 messages are cut off", "compound")]
    [InlineData("070200", "compound: cut short", "compound")]
    [InlineData("0701000100", "ping: cut short", "compound")]
    [InlineData("0d81a54572726f72a161", "err: no packet carries this message", "")]
    [InlineData("63", "no message has type 99", "")]
    [InlineData("09c1", "compression: does not decode", "compression")]
    [InlineData("0982a4416c676f05a3427566a0", "compression: unknown algorithm", "compression")]
    [InlineData("0982a4416c676f00a3427566a0", "compression: cut short", "compression")]
    [InlineData("0701000c0c000000000b81a55365714e", "no message has type 12", "compound")]
    [InlineData("", "empty", "")]
    public void A_layer_that_is_broken_is_told(string hex, string error, string layers)
    {
        JsonElement line = DecodeRun.One(hex);
        Assert.StartsWith(error, DecodeRun.Error(line), StringComparison.Ordinal);
        Assert.Equal(layers, DecodeRun.Layers(line));
    }

    [Fact]
    public void A_part_that_cannot_be_read_does_not_hide_those_beside_it()
    {
        JsonElement line = DecodeRun.One("0703000900020009" + Nack + "0090" + Nack);
        Assert.Null(DecodeRun.Error(line));
        Assert.Equal("""{"layers":["compound"],"messages":[]}""", DecodeRun.One("0700").GetRawText());

        line = DecodeRun.One("0703000900020009" + Nack + "02c3" + Nack);
        Assert.Equal("ack: does not decode", DecodeRun.Error(line));
        const string Refused = """{"message":"ack","error":"does not decode","hex":"02c3"}""";
        Assert.Equal(
            NackRead[..^1] + "," + Refused + "," + NackRead[1..],
            line.GetProperty("messages").GetRawText());
    }

    [Fact]
    public void Compounds_and_compression_nest_to_a_limit()
    {
        string nested = Nack;
        for (int depth = 1; depth <= Limits.PacketDepthMax; depth++)
        {
            nested = "0701" + (nested.Length / 2).ToString("x4", CultureInfo.InvariantCulture) + nested;
        }

        JsonElement line = DecodeRun.One(nested);
        Assert.Null(DecodeRun.Error(line));
        Assert.Equal("compound compound compound compound", DecodeRun.Layers(line));

        line = DecodeRun.One("0701" + (nested.Length / 2).ToString("x4", CultureInfo.InvariantCulture) + nested);
        Assert.Equal("nested more than 4 deep", DecodeRun.Error(line));
    }

    [Fact]
    public void A_packet_expands_to_a_limit()
    {
        Assert.Null(DecodeRun.Error(DecodeRun.One(Compressed(Limits.PacketExpansionMax))));
        Assert.Equal(
            "compression: larger than anything a node takes",
            DecodeRun.Error(DecodeRun.One(Compressed(Limits.PacketExpansionMax + 1))));
    }

    // A user event of that size, all of whose payload is zeros.
    private static string Compressed(int size)
    {
        string head = "080382a44e616d65a0a75061796c6f6164db";
        int payload = size - (head.Length / 2) - 4;
        byte[] content = new byte[size];
        Convert.FromHexString(head + payload.ToString("x8", CultureInfo.InvariantCulture)).CopyTo(content, 0);
        byte[] packed = new byte[LzwEncoder.SizeMax(size)];
        Assert.True(new LzwEncoder().TryEncode(content, packed, out int packedSize));
        string hex = Convert.ToHexString(packed, 0, packedSize);
        return "0982a4416c676f00a3427566db" + packedSize.ToString("x8", CultureInfo.InvariantCulture) + hex;
    }

    private static string Sealed(string message, byte[] label)
    {
        Keyring ring = new();
        ring.Add(new byte[16]);
        Encryption encryption = new(ring, new SystemEntropy(), version: 1);
        ByteBuffer buffer = new();
        buffer.Write(new byte[Sealing.HeaderSize]);
        buffer.Write(Convert.FromHexString(message));
        encryption.Seal(buffer, Sealing.HeaderSize, label);
        return Convert.ToHexString(buffer.Written);
    }

    private static string[] Arguments(JsonElement config)
    {
        List<string> arguments = [];
        if (VectorFile.HexOrNull(config, "key") is { } key)
        {
            arguments.AddRange(["-key", Convert.ToBase64String(key)]);
        }

        if (config.GetProperty("label").GetString() is { Length: > 0 } label)
        {
            arguments.AddRange(["-label", label]);
        }

        return [.. arguments];
    }

    private static void AssertLayers(JsonElement config, string layers, string name)
    {
        bool isLabelled = config.GetProperty("label").GetString() is { Length: > 0 };
        Assert.True(isLabelled == layers.Contains("label", StringComparison.Ordinal), name);
        bool isSealed = VectorFile.HexOrNull(config, "key") is not null;
        Assert.True(isSealed == layers.Contains("encryption", StringComparison.Ordinal), name);
        bool isChecked = config.GetProperty("peerProtocolMax") is { ValueKind: JsonValueKind.Number } max && max.GetInt32() >= 5;
        Assert.True(!isChecked || layers.Contains("crc", StringComparison.Ordinal), name);
        bool mayCompress = config.GetProperty("compression").GetBoolean();
        Assert.True(mayCompress || !layers.Contains("compression", StringComparison.Ordinal), name);
    }

    private static void AssertStream(string kind, JsonElement input, JsonElement line)
    {
        if (kind == "userMsg")
        {
            // The payloads of these are no Serf messages, unless by chance.
            Assert.StartsWith("user: ", DecodeRun.Error(line) ?? "user: ", StringComparison.Ordinal);
            return;
        }

        JsonElement message = Assert.Single(line.GetProperty("messages").EnumerateArray());
        if (kind == "ping")
        {
            DecodeRun.AssertEqual(input.GetProperty("ping"), message.GetProperty("fields"));
            return;
        }

        DecodeRun.AssertEqual(input.GetProperty("join"), message.GetProperty("join"));
        DecodeRun.AssertEqual(input.GetProperty("nodes"), message.GetProperty("nodes"));
        if (input.GetProperty("userState").GetString() is { Length: > 0 } state)
        {
            Assert.Equal(state, message.GetProperty("userState").GetString());
        }
        else
        {
            Assert.Equal(JsonValueKind.Null, message.GetProperty("userState").ValueKind);
        }
    }
}
