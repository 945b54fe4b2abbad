using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text.Json;
using Serf.Vectors;
using Xunit;

namespace Serf.Tests.Cli.Decode;

/// <summary>Single messages, against the recorded readings of them.</summary>
public sealed class MessageReadingTests
{
    // user { UserMsgLen: 32 bits }
    private const string StreamHead = "0881aa557365724d73674c656ece";

    [Fact]
    public void Gossip_messages_read_as_recorded()
    {
        int count = 0;
        foreach (JsonElement vector in VectorFile.Load("memberlist-decode.json"))
        {
            string name = vector.GetProperty("message").GetString()!;
            if (TypeOf(name) is not { } type)
            {
                continue;
            }

            count++;
            JsonElement line = DecodeRun.One(type + vector.GetProperty("hex").GetString());
            if (vector.TryGetProperty("decoded", out JsonElement decoded))
            {
                JsonElement message = Assert.Single(line.GetProperty("messages").EnumerateArray());
                Assert.Equal(name, message.GetProperty("message").GetString());
                DecodeRun.AssertEqual(decoded, message.GetProperty("fields"));
            }
            else if (vector.TryGetProperty("error", out _))
            {
                Assert.NotNull(DecodeRun.Error(line));
                Assert.False(line.TryGetProperty("messages", out _));
            }
        }

        Assert.True(count > 100, $"{count} messages");
    }

    [Fact]
    public void Serf_messages_of_every_age_read_as_recorded()
    {
        int count = 0;
        foreach (JsonElement vector in VectorFile.Load("serf-decode.json"))
        {
            string name = vector.GetProperty("message").GetString()!;
            if (SerfTypeOf(name) is not { } type)
            {
                continue;
            }

            count++;
            JsonElement line = DecodeRun.One("08" + type + vector.GetProperty("hex").GetString());
            if (vector.TryGetProperty("decoded", out JsonElement decoded))
            {
                AssertSerf(name, decoded, line);
            }
            else
            {
                Assert.NotNull(DecodeRun.Error(line));
            }
        }

        Assert.True(count > 70, $"{count} messages");
    }

    [Fact]
    public void Every_kind_of_Serf_message_reads_as_it_was_written()
    {
        HashSet<string> names = [];
        foreach (JsonElement vector in VectorFile.Load("serf-messages.json"))
        {
            JsonElement input = vector.GetProperty("input");
            string name = input.GetProperty("message").GetString()!;
            if (SerfTypeOf(name) is null && name != "relay")
            {
                continue;
            }

            names.Add(name);
            string hex = vector.GetProperty("hex").GetString()!;
            string size = (hex.Length / 2).ToString("x8", CultureInfo.InvariantCulture);
            AssertSerf(name, input.GetProperty("fields"), DecodeRun.One(StreamHead + size + hex, "-expand", "-stream"));
        }

        Assert.Equal(10, names.Count);
    }

    [Fact]
    public void Filters_tags_and_coordinates_read_as_they_were_written()
    {
        Dictionary<string, int> counts = [];
        foreach (JsonElement vector in VectorFile.Load("serf-messages.json"))
        {
            JsonElement input = vector.GetProperty("input");
            string name = input.GetProperty("message").GetString()!;
            string hex = vector.GetProperty("hex").GetString()!;
            JsonElement? read = name switch
            {
                "filterNode" or "filterTag" => FilterIn(hex),
                "tags" => FieldsOf(DecodeRun.One("0481a44d657461" + Raw(hex), "-expand")).GetProperty("tags"),
                "ackPayload" =>
                    FieldsOf(DecodeRun.One("0281a75061796c6f6164" + Raw(hex), "-expand")).GetProperty("coordinate"),
                _ => null,
            };
            if (read is { } found)
            {
                counts[name] = counts.GetValueOrDefault(name) + 1;
                AssertSame(name.StartsWith("filter", StringComparison.Ordinal) ? input : input.GetProperty("fields"), found);
            }
        }

        Assert.Equal(4, counts.Count);
    }

    [Theory]
    [InlineData("0881a44e6f6465", null)]
    [InlineData("0800", "leave: cut short")]
    [InlineData("080181a54c54696d65c3", "join: does not decode")]
    [InlineData("084d", "no Serf message has type 77")]
    public void A_user_message_that_is_none_of_Serfs_is_shown_as_it_is(string hex, string? error)
    {
        JsonElement line = DecodeRun.One(hex);
        Assert.Equal("user: " + (error ?? "no Serf message has type 129"), DecodeRun.Error(line));
        Assert.False(line.TryGetProperty("messages", out _));
    }

    [Fact]
    public void An_empty_user_message_is_no_fault()
    {
        JsonElement line = DecodeRun.One("08");
        Assert.Null(DecodeRun.Error(line));
        Assert.Equal("""[{"message":"user","serf":null}]""", line.GetProperty("messages").GetRawText());
    }

    [Fact]
    public void Text_that_is_not_UTF8_loses_nothing()
    {
        JsonElement line = DecodeRun.One("0081a44e6f6465a3fffe43");
        Assert.Equal("""{"utf8Invalid":"fffe43"}""", FieldsOf(line).GetProperty("Node").GetRawText());

        // In a map, whose keys have to be text, pairs take its place.
        JsonElement tags = FieldsOf(DecodeRun.One("0481a44d657461" + Raw("ff82a1ff01a16102".Replace("01", "a131").Replace("02", "a1fe")), "-expand"));
        Assert.Equal(
            """[["a",{"utf8Invalid":"fe"}],[{"utf8Invalid":"ff"},"1"]]""",
            tags.GetProperty("tags").GetRawText());
    }

    [Theory]
    [InlineData("a\"\\/<&>", """a\"\\/<&>""")]
    [InlineData("\n\r\t\0\u001b\u007f", """\n\r\t\u0000\u001b\u007f""")]
    [InlineData("\u0080\u009f\u00a0\u00e9\U0001F600", "\\u0080\\u009f\u00a0\u00e9\U0001F600")]
    public void Text_comes_out_as_it_is_but_for_what_JSON_or_a_terminal_would_take_amiss(string text, string shown)
    {
        string name = Raw(Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes(text)));
        JsonElement read = FieldsOf(DecodeRun.One("0081a44e6f6465" + name)).GetProperty("Node");
        Assert.Equal("\"" + shown + "\"", read.GetRawText());
        Assert.Equal(text, read.GetString());
    }

    [Theory]
    [InlineData("7ff8000000000001", "\"NaN\"")]
    [InlineData("7ff0000000000000", "\"+Inf\"")]
    [InlineData("fff0000000000000", "\"-Inf\"")]
    [InlineData("8000000000000000", "-0.0")]
    [InlineData("3ff8000000000000", "1.5")]
    [InlineData("7fefffffffffffff", "1.7976931348623157E+308")]
    [InlineData("0000000000000001", "5E-324")]
    public void Every_double_has_a_form_of_its_own(string bits, string shown)
    {
        string payload = Raw("0181a6486569676874cb" + bits);
        JsonElement fields = FieldsOf(DecodeRun.One("0281a75061796c6f6164" + payload, "-expand"));
        Assert.Equal(shown, fields.GetProperty("coordinate").GetProperty("Height").GetRawText());
    }

    [Fact]
    public void The_key_in_a_query_about_keys_is_read_and_other_payloads_are_not()
    {
        const string Query = "080482a44e616d65{0}a75061796c6f6164" + "a8" + "0781a34b6579a141";
        static string Named(string name) => string.Format(
            CultureInfo.InvariantCulture,
            Query,
            Raw(Convert.ToHexStringLower(System.Text.Encoding.ASCII.GetBytes(name))));

        JsonElement line = DecodeRun.One(Named("_serf_use-key"), "-expand");
        JsonElement fields = line.GetProperty("messages")[0].GetProperty("serf").GetProperty("fields");
        Assert.Equal("""{"message":"keyRequest","fields":{"Key":"41"}}""", fields.GetProperty("payload").GetRawText());

        fields = DecodeRun.One(Named("use-key"), "-expand").GetProperty("messages")[0].GetProperty("serf").GetProperty("fields");
        Assert.False(fields.TryGetProperty("payload", out _));
    }

    [Fact]
    public void Relays_in_relays_are_read_to_a_limit_and_then_shown_as_bytes()
    {
        string relay = string.Concat(System.Linq.Enumerable.Repeat("0980", 1000));
        string output = DecodeRun.Print("08" + relay + "\n", "-expand");
        Assert.Equal(5, output.Split("\"message\":\"relay\"").Length - 1);
        Assert.Contains("\"inner\":\"09800980", output, StringComparison.Ordinal);
    }

    internal static JsonElement FieldsOf(JsonElement line) =>
        Assert.Single(line.GetProperty("messages").EnumerateArray()).GetProperty("fields");

    private static JsonElement FilterIn(string hex)
    {
        JsonElement line = DecodeRun.One("080481a746696c7465727391" + Raw(hex), "-expand");
        JsonElement fields = line.GetProperty("messages")[0].GetProperty("serf").GetProperty("fields");
        Assert.Equal(hex, Assert.Single(fields.GetProperty("Filters").EnumerateArray()).GetString());
        return Assert.Single(fields.GetProperty("filters").EnumerateArray());
    }

    // Bytes as a MessagePack raw with 32 bits of length.
    private static string Raw(string hex) =>
        "db" + (hex.Length / 2).ToString("x8", CultureInfo.InvariantCulture) + hex;

    private static string? TypeOf(string name) => name switch
    {
        "ping" => "00",
        "indirectPing" => "01",
        "ack" => "02",
        "suspect" => "03",
        "alive" => "04",
        "dead" => "05",
        "nack" => "0b",
        _ => null,
    };

    private static string? SerfTypeOf(string name) => name switch
    {
        "leave" => "00",
        "join" => "01",
        "pushPull" => "02",
        "userEvent" => "03",
        "query" => "04",
        "queryResponse" => "05",
        "conflictResponse" => "06",
        "keyRequest" => "07",
        "keyResponse" => "08",
        _ => null,
    };

    private static void AssertSerf(string name, JsonElement fields, JsonElement line)
    {
        Assert.Null(DecodeRun.Error(line));
        JsonElement message = Assert.Single(line.GetProperty("messages").EnumerateArray());
        JsonElement serf = message.GetProperty("serf");
        Assert.Equal(name, serf.GetProperty("message").GetString());
        JsonElement read = serf.GetProperty("fields");
        if (name != "pushPull")
        {
            AssertSame(fields, read);
            return;
        }

        // Empty places of the event buffer are left out; how many there are is told beside.
        foreach (JsonProperty property in fields.EnumerateObject())
        {
            if (property.Name != "Events")
            {
                AssertSame(property.Value, read.GetProperty(property.Name));
            }
        }

        List<JsonElement> buckets = [];
        int places = 0;
        if (fields.TryGetProperty("Events", out JsonElement events) && events.ValueKind == JsonValueKind.Array)
        {
            places = events.GetArrayLength();
            buckets = [.. events.EnumerateArray()];
            buckets.RemoveAll(bucket => bucket.ValueKind == JsonValueKind.Null);
        }

        Assert.Equal(places, serf.GetProperty("eventPlaces").GetInt32());
        JsonElement readEvents = read.GetProperty("Events");
        Assert.Equal(buckets.Count, readEvents.ValueKind == JsonValueKind.Null ? 0 : readEvents.GetArrayLength());
        for (int index = 0; index < buckets.Count; index++)
        {
            AssertSame(buckets[index], readEvents[index]);
        }
    }

    // Nil that was written for a structure or a list is read as an empty one, as the original reads it.
    private static void AssertSame(JsonElement expected, JsonElement actual)
    {
        switch (expected.ValueKind, actual.ValueKind)
        {
            case (JsonValueKind.Null, JsonValueKind.Object):
                Assert.All(actual.EnumerateObject(), property => Assert.True(IsZero(property.Value), $"{property}"));
                break;
            case (JsonValueKind.Null, JsonValueKind.Array):
                Assert.Equal(0, actual.GetArrayLength());
                break;
            case (JsonValueKind.Object, JsonValueKind.Object):
                foreach (JsonProperty property in expected.EnumerateObject())
                {
                    Assert.True(actual.TryGetProperty(property.Name, out JsonElement value), property.Name);
                    AssertSame(property.Value, value);
                }

                break;
            default:
                DecodeRun.AssertEqual(expected, actual);
                break;
        }
    }

    private static bool IsZero(JsonElement value) => value.GetRawText() is "null" or "0" or "\"\"" or "false";
}
