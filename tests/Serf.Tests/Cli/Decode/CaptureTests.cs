using System;
using System.Collections.Generic;
using System.Text.Json;
using Serf.Vectors;
using Xunit;

namespace Serf.Tests.Cli.Decode;

/// <summary>Traffic of three versions of the original, and the original's own reading of it.</summary>
public sealed class CaptureTests
{
    [Theory]
    [InlineData("plain", 167)]
    [InlineData("encrypted", 111)]
    [InlineData("nocompress", 114)]
    public void Every_packet_reads_as_the_original_reads_it(string cluster, int count)
    {
        JsonElement capture = VectorFile.Find("captures.json", cluster);
        List<JsonElement> packets = [.. capture.GetProperty("packets").EnumerateArray()];
        Assert.Equal(count, packets.Count);

        List<JsonElement> lines = DecodeRun.Json(
            packets.ConvertAll(packet => packet.GetProperty("hex").GetString()!), KeyOf(capture));

        for (int index = 0; index < count; index++)
        {
            DecodeRun.AssertEqual(packets[index].GetProperty("layers"), lines[index].GetProperty("layers"));
            DecodeRun.AssertEqual(packets[index].GetProperty("messages"), lines[index].GetProperty("messages"));
            Assert.Null(DecodeRun.Error(lines[index]));
        }
    }

    [Theory]
    [InlineData("plain", "initiator", 3)]
    [InlineData("plain", "responder", 3)]
    [InlineData("encrypted", "initiator", 2)]
    [InlineData("encrypted", "responder", 2)]
    [InlineData("nocompress", "initiator", 2)]
    [InlineData("nocompress", "responder", 2)]
    public void Every_stream_reads_as_the_original_reads_it(string cluster, string side, int count)
    {
        JsonElement capture = VectorFile.Find("captures.json", cluster);
        List<JsonElement> streams = [.. capture.GetProperty("streams").EnumerateArray()];
        Assert.Equal(count, streams.Count);

        List<JsonElement> lines = DecodeRun.Json(
            streams.ConvertAll(stream => stream.GetProperty(side + "Hex").GetString()!),
            [.. KeyOf(capture), "-stream"]);

        for (int index = 0; index < count; index++)
        {
            JsonElement message = Assert.Single(lines[index].GetProperty("messages").EnumerateArray());
            DecodeRun.AssertEqual(streams[index].GetProperty(side), message);
            Assert.Null(DecodeRun.Error(lines[index]));
            Assert.Equal(
                cluster == "encrypted", DecodeRun.Layers(lines[index]).StartsWith("encryption", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Told_to_expand_it_adds_what_the_fields_hold_and_changes_nothing_else()
    {
        JsonElement capture = VectorFile.Find("captures.json", "plain");
        List<JsonElement> packets = [.. capture.GetProperty("packets").EnumerateArray()];
        List<JsonElement> lines = DecodeRun.Json(
            packets.ConvertAll(packet => packet.GetProperty("hex").GetString()!), "-expand");

        HashSet<string> added = [];
        for (int index = 0; index < packets.Count; index++)
        {
            AssertContains(packets[index].GetProperty("messages"), lines[index].GetProperty("messages"), added);
        }

        // The relay's one addition is its fields.
        Assert.Equal(["coordinate", "fields", "filters", "tags"], new SortedSet<string>(added, StringComparer.Ordinal));
    }

    internal static string[] KeyOf(JsonElement capture) =>
        VectorFile.HexOrNull(capture.GetProperty("input"), "key") is { } key
            ? ["-key", Convert.ToBase64String(key)]
            : [];

    private static void AssertContains(JsonElement part, JsonElement whole, HashSet<string> added)
    {
        Assert.Equal(part.ValueKind, whole.ValueKind);
        switch (part.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (JsonProperty property in part.EnumerateObject())
                {
                    AssertContains(property.Value, whole.GetProperty(property.Name), added);
                }

                foreach (JsonProperty property in whole.EnumerateObject())
                {
                    if (!part.TryGetProperty(property.Name, out _))
                    {
                        added.Add(property.Name);
                    }
                }

                break;
            case JsonValueKind.Array:
                Assert.Equal(part.GetArrayLength(), whole.GetArrayLength());
                for (int index = 0; index < part.GetArrayLength(); index++)
                {
                    AssertContains(part[index], whole[index], added);
                }

                break;
            default:
                DecodeRun.AssertEqual(part, whole);
                break;
        }
    }
}
