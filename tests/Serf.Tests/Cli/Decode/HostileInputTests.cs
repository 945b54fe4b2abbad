using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Text.Json;
using Serf.Primitives;
using Serf.Vectors;
using Serf.Wire;
using Xunit;

namespace Serf.Tests.Cli.Decode;

/// <summary>Lines that nobody means well with: an answer for each, in bounded time and space.</summary>
public sealed class HostileInputTests
{
    private const int MutationCount = 24;

    /// <summary>A node record of one byte becomes a hundred; nothing grows more than that.</summary>
    private const int GrowthMax = 200;

    [Theory]
    [InlineData("plain")]
    [InlineData("encrypted")]
    [InlineData("nocompress")]
    public void Damaged_packets_are_read_or_refused(string cluster)
    {
        JsonElement capture = VectorFile.Find("captures.json", cluster);
        List<string> lines = Mutated(capture.GetProperty("packets"), "hex", MutationCount);
        long started = Stopwatch.GetTimestamp();

        // Without a key the bytes of sealed packets themselves are read, which is as good as noise.
        foreach (string[] arguments in new string[][] { [], [.. CaptureTests.KeyOf(capture), "-expand"] })
        {
            AssertAnswered(lines, arguments, Limits.PacketExpansionMax);
        }

        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    [Theory]
    [InlineData("plain", "initiatorHex")]
    [InlineData("plain", "responderHex")]
    [InlineData("nocompress", "responderHex")]
    [InlineData("encrypted", "initiatorHex")]
    public void Damaged_streams_are_read_or_refused(string cluster, string side)
    {
        JsonElement capture = VectorFile.Find("captures.json", cluster);
        List<string> lines = Mutated(capture.GetProperty("streams"), side, 10 * MutationCount);
        AssertAnswered(lines, [.. CaptureTests.KeyOf(capture), "-stream"], Limits.PacketExpansionMax);
        AssertAnswered(lines, ["-stream", "-expand"], Limits.PacketExpansionMax);
    }

    [Fact]
    public void Every_packet_is_refused_wherever_it_is_cut_and_never_read_as_more()
    {
        JsonElement packet = VectorFile.Find("captures.json", "plain").GetProperty("packets")[10];
        string hex = packet.GetProperty("hex").GetString()!;
        List<string> lines = [.. Enumerable.Range(0, hex.Length / 2).Select(size => hex[..(2 * size)])];

        foreach (JsonElement line in DecodeRun.Json(lines))
        {
            Assert.NotNull(DecodeRun.Error(line));
            Assert.False(line.TryGetProperty("messages", out _));
        }
    }

    [Fact]
    public void A_damaged_packet_is_taken_apart_as_a_node_takes_it_apart()
    {
        List<string> lines = Mutated(
            VectorFile.Find("captures.json", "plain").GetProperty("packets"), "hex", MutationCount);
        List<JsonElement> readings = DecodeRun.Json(lines, "-label=");
        PacketReader reader = new([]);
        int compared = 0;
        for (int index = 0; index < lines.Count; index++)
        {
            AcceptedTypes accepted = new();
            reader.Read(Convert.FromHexString(lines[index]), accepted);
            if (!readings[index].TryGetProperty("messages", out JsonElement messages))
            {
                continue;
            }

            compared++;
            List<string> names = [];
            foreach (JsonElement message in messages.EnumerateArray())
            {
                // What no packet carries has an error and no body that a node would see.
                if (message.TryGetProperty("message", out JsonElement name)
                    && name.GetString() is not ("pushPull" or "err"))
                {
                    names.Add(name.GetString()!);
                }
            }

            Assert.Equal(accepted.Names, names);
        }

        Assert.True(compared > 500, $"{compared} packets");
    }

    [Fact]
    public void A_push_pull_of_a_million_empty_nodes_stays_within_bounds()
    {
        const int Count = Limits.PushPullNodeCountMax;
        StringBuilder hex = new("0683a44a6f696ec2a54e6f646573ce");
        hex.Append(CultureInfo.InvariantCulture, $"{Count:x8}ac5573657253746174654c656e00");
        hex.Append(new StringBuilder().Insert(0, "80", Count)).Append('\n');

        string output = DecodeRun.Print(hex.ToString(), "-stream");

        Assert.InRange(output.Length, Count, GrowthMax * Count);
        output = DecodeRun.Print(hex.Replace("ce00100000ac", "ce00100001ac").ToString(), "-stream");
        Assert.Equal("{\"layers\":[],\"error\":\"pushPull: does not decode\"}\n", output);
    }

    [Fact]
    public void A_user_state_of_countless_events_is_not_told()
    {
        // One bucket in the first place, with one entry more than is told of: a byte each.
        int count = Limits.DecodeEventCountMax;
        foreach ((int more, string? error) in new[] { (-1, null), (0, "pushPull: user state: pushPull: larger than anything a node takes") })
        {
            string entries = new StringBuilder().Insert(0, "c0", count + more).ToString();
            string state = "0281a64576656e747391" + "81a64576656e7473dd"
                + (count + more).ToString("x8", CultureInfo.InvariantCulture) + entries;
            string head = "0683a44a6f696ec2a54e6f64657300ac5573657253746174654c656ece"
                + (state.Length / 2).ToString("x8", CultureInfo.InvariantCulture);
            Assert.Equal(error, DecodeRun.Error(DecodeRun.One(head + state, "-stream")));
        }
    }

    [Fact]
    public void Ten_thousand_lines_take_no_longer_each_than_one_thousand()
    {
        string packet = VectorFile.Find("captures.json", "plain").GetProperty("packets")[1].GetProperty("hex").GetString()! + "\n";
        DecodeRun.Print(new StringBuilder().Insert(0, packet, 1000).ToString());
        long before = GC.GetAllocatedBytesForCurrentThread();
        DecodeRun.Print(new StringBuilder().Insert(0, packet, 1000).ToString());
        long few = GC.GetAllocatedBytesForCurrentThread() - before;
        DecodeRun.Print(new StringBuilder().Insert(0, packet, 10_000).ToString());
        long many = GC.GetAllocatedBytesForCurrentThread() - before - few;

        // Allocation follows the work here, and repeats where time does not.
        Assert.InRange(many, 5 * few, 15 * few);
    }

    private static void AssertAnswered(List<string> lines, string[] arguments, long expansionMax)
    {
        long inputSize = lines.Sum(line => (long)line.Length);
        string output = DecodeRun.Print(string.Join('\n', lines) + "\n", arguments);
        string[] answers = output[..^1].Split('\n');
        Assert.Equal(lines.Count, answers.Length);
        Assert.InRange(output.Length, lines.Count, GrowthMax * inputSize);
        foreach (string answer in answers)
        {
            using JsonDocument document = JsonDocument.Parse(answer);
            JsonElement line = document.RootElement;
            Assert.True(line.TryGetProperty("messages", out _) || line.TryGetProperty("error", out _), answer);
            Assert.InRange(answer.Length, 1, GrowthMax * expansionMax);
        }

        // The form for people has a heading for each and nothing that could move a cursor.
        output = DecodeRun.Print(string.Join('\n', lines) + "\n", [.. arguments, "-format=text"]);
        Assert.Equal(lines.Count, output.Split('\n').Count(line => line.StartsWith('#')));
        Assert.DoesNotContain(output, character => char.IsControl(character) && character != '\n');
    }

    // Bits flipped, bytes put in, taken out and doubled, tails cut off: the same every time.
    private static List<string> Mutated(JsonElement captured, string property, int count)
    {
        List<string> lines = [];
        Prng chance = new(20261124);
        foreach (JsonElement one in captured.EnumerateArray())
        {
            byte[] source = Convert.FromHexString(one.GetProperty(property).GetString()!);
            for (int turn = 0; turn < count; turn++)
            {
                List<byte> bytes = [.. source];
                for (int change = 0; change <= turn % 3; change++)
                {
                    Mutate(bytes, ref chance);
                }

                lines.Add(Convert.ToHexString([.. bytes]));
            }
        }

        return lines;
    }

    private static void Mutate(List<byte> bytes, ref Prng chance)
    {
        int place = chance.Next(bytes.Count + 1);
        bool isEnd = place == bytes.Count;
        switch (chance.Next(6))
        {
            case 0 when !isEnd:
                bytes[place] ^= (byte)(1 << chance.Next(8));
                break;
            case 1 when !isEnd:
                bytes[place] = (byte)chance.Next(256);
                break;
            case 2 when !isEnd:
                bytes.RemoveAt(place);
                break;
            case 3:
                bytes.RemoveRange(place, bytes.Count - place);
                break;
            case 4:
                bytes.InsertRange(place, bytes.GetRange(0, Math.Min(bytes.Count, 16)));
                break;
            default:
                bytes.Insert(place, (byte)(chance.Next(2) == 0 ? 0xdf : chance.Next(256)));
                break;
        }
    }

    private sealed class AcceptedTypes : IPacketSink
    {
        public List<string> Names { get; } = [];

        public void Accept(MessageType type, ReadOnlySpan<byte> body)
        {
            string name = type.ToString();
            Names.Add(char.ToLowerInvariant(name[0]) + name[1..]);
        }

        public void Refuse(PacketFault fault, int detail)
        {
        }
    }
}
