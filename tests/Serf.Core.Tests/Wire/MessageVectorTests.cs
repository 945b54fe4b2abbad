using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using Serf.Primitives;
using Serf.Vectors;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Wire;

public sealed class MessageVectorTests
{
    private static readonly Dictionary<string, Dictionary<string, JsonElement>> _files = new[]
    {
        "memberlist-messages.json", "memberlist-decode.json", "serf-messages.json", "serf-decode.json",
    }.ToDictionary(
        file => file,
        file => VectorFile.Load(file).ToDictionary(vector => vector.GetProperty("name").GetString()!));

    public static TheoryData<string, string> Messages =>
        Names("memberlist-messages.json", "serf-messages.json");

    public static TheoryData<string, string> Decodings => Names("memberlist-decode.json", "serf-decode.json");

    [Theory]
    [MemberData(nameof(Messages))]
    public void A_message_is_written_as_peers_write_it(string file, string name)
    {
        JsonElement vector = _files[file][name];
        byte[] expected = Convert.FromHexString(vector.GetProperty("hex").GetString()!);
        byte[] written = Encode(vector, withPlaces: true);
        if (HasManyForms(vector))
        {
            // The same length, and the same meaning.
            Assert.Equal(expected.Length, written.Length);
            string message = MessageOf(vector);
            int start = BodyStart(vector);
            Assert.Equal(ReadStatus.Ok, Recode(message, expected.AsSpan(start), out byte[] theirs));
            Assert.Equal(ReadStatus.Ok, Recode(message, written.AsSpan(start), out byte[] ours));
            Assert.Equal(Convert.ToHexString(theirs), Convert.ToHexString(ours));
            return;
        }

        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(written));
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void A_message_of_a_peer_is_read_whole(string file, string name)
    {
        JsonElement vector = _files[file][name];
        if (MessageOf(vector) is "user" or "tagsV2")
        {
            // Bytes without a structure.
            return;
        }

        byte[] bytes = Convert.FromHexString(vector.GetProperty("hex").GetString()!);
        Assert.Equal(
            ReadStatus.Ok,
            Recode(MessageOf(vector), bytes.AsSpan(BodyStart(vector)), out byte[] recoded));
        byte[] expected = Encode(vector, withPlaces: false);
        if (MessageOf(vector) == "tags" && expected is [0xff, 0xc0])
        {
            // No tags are no tags.
            expected = [0xff, 0x80];
        }

        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(recoded));
    }

    [Theory]
    [MemberData(nameof(Decodings))]
    public void Bytes_of_any_encoder_are_read_as_peers_read_them(string file, string name)
    {
        JsonElement vector = _files[file][name];
        string message = vector.GetProperty("message").GetString()!;
        byte[] body = Convert.FromHexString(vector.GetProperty("hex").GetString()!);
        ReadStatus status = Recode(message, body, out byte[] recoded);
        if (vector.TryGetProperty("error", out _))
        {
            Assert.NotEqual(ReadStatus.Ok, status);
            return;
        }

        if (name is "tags-only" or "tags-cut")
        {
            // Peers keep what they have got, and so do we, but the status tells.
            Assert.Equal(ReadStatus.NeedMore, status);
        }
        else
        {
            Assert.Equal(ReadStatus.Ok, status);
        }

        JsonElement decoded = vector.GetProperty("decoded");
        byte[] expected = name switch
        {
            "tags-nil" => [0xff, 0x80],
            // Told apart from a member without a name, which peers do not.
            "hand-member-nil" => [0x06, 0xc0],
            _ when file == "serf-decode.json" => SerfRecoder.Encode(message, decoded, withPlaces: false),
            _ => SwimRecoder.Encode(message, decoded),
        };
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(recoded));
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void A_message_cut_anywhere_needs_more(string file, string name)
    {
        JsonElement vector = _files[file][name];
        string message = MessageOf(vector);
        if (message is "user" or "tagsV2")
        {
            return;
        }

        byte[] bytes = Convert.FromHexString(vector.GetProperty("hex").GetString()!);
        ReadOnlySpan<byte> body = bytes.AsSpan(BodyStart(vector));
        int end = EndOfFirstObject(body);
        int step = 1 + (end / 2000);
        for (int length = message == "tags" ? 1 : 0; length < end; length += step)
        {
            Assert.Equal(ReadStatus.NeedMore, Recode(message, body[..length], out _));
        }
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void The_scanner_fed_byte_by_byte_finds_the_end(string file, string name)
    {
        JsonElement vector = _files[file][name];
        string message = MessageOf(vector);
        if (message is "user" or "tagsV2")
        {
            return;
        }

        byte[] bytes = Convert.FromHexString(vector.GetProperty("hex").GetString()!);
        ReadOnlySpan<byte> body = bytes.AsSpan(message == "tags" ? 1 : BodyStart(vector));
        int end = message == "relay" ? body.Length - RelayInnerLength(body) : body.Length;
        MsgpackScanner scanner = default;
        for (int i = 0; i < end; i++)
        {
            ReadStatus expected = i == end - 1 ? ReadStatus.Ok : ReadStatus.NeedMore;
            Assert.Equal(expected, scanner.Scan(body.Slice(i, 1), Limits.MsgpackDepthMax, out int consumed));
            Assert.Equal(1, consumed);
        }

        // It has started over by itself.
        Assert.Equal(ReadStatus.Ok, scanner.Scan(body, Limits.MsgpackDepthMax, out int whole));
        Assert.Equal(end, whole);
    }

    [Fact]
    public void Spoilt_messages_are_refused_or_read_but_never_fail()
    {
        Random random = new(20240607);
        int refused = 0;
        int accepted = 0;
        foreach ((string file, Dictionary<string, JsonElement> vectors) in _files)
        {
            foreach (JsonElement vector in vectors.Values)
            {
                bool isDecoding = file.EndsWith("decode.json", StringComparison.Ordinal);
                string message = isDecoding ? vector.GetProperty("message").GetString()! : MessageOf(vector);
                byte[] bytes = Convert.FromHexString(vector.GetProperty("hex").GetString()!);
                int start = isDecoding ? 0 : BodyStart(vector);
                if (message is "user" or "tagsV2" || bytes.Length - start is 0 or > 3000)
                {
                    continue;
                }

                for (int round = 0; round < 40; round++)
                {
                    byte[] spoilt = bytes[start..];
                    for (int change = random.Next(1, 4); change > 0; change--)
                    {
                        spoilt[random.Next(spoilt.Length)] = (byte)random.Next(256);
                    }

                    bool read = Recode(message, spoilt, out _) == ReadStatus.Ok;
                    refused += read ? 0 : 1;
                    accepted += read ? 1 : 0;
                }
            }
        }

        Assert.True(refused > 1000 && accepted > 1000, $"{refused} refused, {accepted} accepted");
    }

    private static TheoryData<string, string> Names(params string[] files)
    {
        TheoryData<string, string> names = [];
        foreach (string file in files)
        {
            foreach (string name in _files[file].Keys)
            {
                names.Add(file, name);
            }
        }

        return names;
    }

    private static string MessageOf(JsonElement vector) =>
        vector.GetProperty("input").GetProperty("message").GetString()!;

    private static bool IsSerf(string message) => message is not (
        "ping" or "indirectPing" or "ack" or "nack" or "err" or "suspect" or "dead" or "alive" or "compress"
        or "pushPullHeader" or "pushNodeState" or "userMsgHeader");

    // The magic byte of tags belongs to what TagsCodec reads.
    private static int BodyStart(JsonElement vector) =>
        MessageOf(vector) == "tags" || vector.GetProperty("typeByte").ValueKind == JsonValueKind.Null ? 0 : 1;

    private static bool HasManyForms(JsonElement vector) =>
        vector.TryGetProperty("anyMapOrder", out _) || HasBucketWithNilEntries(vector);

    // Never sent by anyone; an empty list, which is written for it, means the same in as many bytes.
    private static bool HasBucketWithNilEntries(JsonElement vector) =>
        MessageOf(vector) == "pushPull"
        && vector.GetProperty("input").GetProperty("fields").GetProperty("Events") is
        { ValueKind: JsonValueKind.Array } events
        && events.EnumerateArray().Any(bucket => bucket.ValueKind == JsonValueKind.Object
            && bucket.GetProperty("Events").ValueKind == JsonValueKind.Null);

    private static byte[] Encode(JsonElement vector, bool withPlaces)
    {
        string message = MessageOf(vector);
        JsonElement fields = vector.GetProperty("input").GetProperty("fields");
        if (message == "user")
        {
            return [(byte)MessageType.User, .. new VectorFields(fields).Bytes("Payload")!];
        }

        return IsSerf(message)
            ? SerfRecoder.Encode(message, fields, withPlaces)
            : SwimRecoder.Encode(message, fields);
    }

    private static ReadStatus Recode(string message, ReadOnlySpan<byte> body, out byte[] encoded) =>
        IsSerf(message)
            ? SerfRecoder.Recode(message, body, out encoded)
            : SwimRecoder.Recode(message, body, out encoded);

    private static int EndOfFirstObject(ReadOnlySpan<byte> body)
    {
        if (body[0] == 0xff)
        {
            return body.Length;
        }

        MsgpackReader reader = new(body);
        Assert.Equal(ReadStatus.Ok, reader.TrySkip(Limits.MsgpackDepthMax));
        return reader.Consumed;
    }

    private static int RelayInnerLength(ReadOnlySpan<byte> body)
    {
        Assert.Equal(ReadStatus.Ok, SerfCodec.TryRead(body, out RelayHeader _, out ReadOnlySpan<byte> inner));
        return inner.Length;
    }
}
