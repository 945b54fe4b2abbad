using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Text.Json;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Vectors;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Cluster;

/// <summary>Snapshot files of the original, read, and written from the same events.</summary>
public sealed class SnapshotVectorTests
{
    private const string FileName = "snapshots.json";

    // A clock that steps back with no leave between. The original believes the last line; we believe the
    // largest, because a number cut short by a crash looks the same and would let old events in again. No
    // file that the original writes has it: between two leaves it only writes times above the last one.
    private const string ClockStepsBack = "hand-backwards";

    public static TheoryData<string> Names() =>
        [.. VectorFile.Load(FileName).Select(vector => vector.GetProperty("name").GetString()!)];

    public static TheoryData<string> WriterNames() =>
        [.. VectorFile.Load(FileName)
            .Where(vector => vector.GetProperty("origin").GetString() == "writer")
            .Select(vector => vector.GetProperty("name").GetString()!)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_file_is_read_as_the_original_reads_it(string name)
    {
        JsonElement vector = VectorFile.Find(FileName, name);
        byte[] bytes = VectorFile.HexOrNull(vector, "hex")!;
        foreach (bool rejoins in (bool[])[false, true])
        {
            JsonElement expected = vector.GetProperty("replay").GetProperty(rejoins ? "rejoinTrue" : "rejoinFalse");
            string wanted = Describe(expected);
            if (name == ClockStepsBack)
            {
                Assert.Contains("clock 8,", wanted, StringComparison.Ordinal);
                wanted = wanted.Replace("clock 8,", "clock 17,", StringComparison.Ordinal);
            }

            Assert.Equal(wanted, Describe(Read(bytes, bytes.Length + 1, rejoins)));
            Assert.Equal(wanted, Describe(Read(bytes, 1, rejoins)));
            Assert.Equal(wanted, Describe(Read(bytes, 7, rejoins)));
        }
    }

    [Theory]
    [MemberData(nameof(WriterNames))]
    public void The_same_events_give_the_same_lines(string name)
    {
        JsonElement vector = VectorFile.Find(FileName, name);
        byte[] recorded = VectorFile.HexOrNull(vector, "hex")!;

        byte[] written = Write(vector.GetProperty("input"), failedCountMax: 0);

        // What a compaction writes comes in no promised order.
        bool anyOrder = vector.GetProperty("anyAliveOrder").GetBoolean();
        Assert.Equal(Lines(recorded, anyOrder), Lines(written, anyOrder));
        if (!anyOrder)
        {
            Assert.Equal(Convert.ToHexString(recorded), Convert.ToHexString(written));
        }
    }

    [Theory]
    [MemberData(nameof(WriterNames))]
    public void Remembering_failed_nodes_changes_nothing_for_the_original(string name)
    {
        JsonElement vector = VectorFile.Find(FileName, name);
        JsonElement input = vector.GetProperty("input");

        byte[] written = Write(input, Limits.SnapshotFailedCountMax);

        Assert.Equal(
            Describe(vector.GetProperty("replay").GetProperty("rejoinTrue")),
            Describe(Read(written, written.Length + 1, rejoins: true)));
        Assert.Equal(
            Describe(vector.GetProperty("replay").GetProperty("rejoinFalse")),
            Describe(Read(written, written.Length + 1, rejoins: false)));
        if (!vector.GetProperty("anyAliveOrder").GetBoolean())
        {
            // Nothing was compacted: but for the comments, the file is the same.
            string text = Encoding.UTF8.GetString(written);
            string plain = string.Concat(text.Split('\n')
                .Where(line => line.Length > 0 && !line.StartsWith('#'))
                .Select(line => line + "\n"));
            Assert.Equal(vector.GetProperty("text").GetString(), plain);
        }
    }

    private static SnapshotState Read(byte[] bytes, int pieceSize, bool rejoins)
    {
        SnapshotReader reader = new(rejoins, new RecordingEffects());
        for (int start = 0; start < bytes.Length; start += pieceSize)
        {
            reader.Read(bytes.AsSpan(start, Math.Min(pieceSize, bytes.Length - start)));
        }

        return reader.Finish();
    }

    private static string Describe(SnapshotState state) => Describe(
        state.Peers.Alive.Select(peer => (Text(peer.Name.Span), Text(peer.Address.Span))),
        state.MemberTime, state.EventTime, state.QueryTime, state.WarningCount);

    private static string Describe(JsonElement replay) => Describe(
        replay.GetProperty("alive").EnumerateObject().Select(node => (node.Name, node.Value.GetString()!)),
        replay.GetProperty("clock").GetUInt64(),
        replay.GetProperty("eventClock").GetUInt64(),
        replay.GetProperty("queryClock").GetUInt64(),
        replay.GetProperty("warnings").GetInt64());

    private static string Describe(
        IEnumerable<(string Name, string Address)> alive, ulong member, ulong happened, ulong query, long warnings)
    {
        IEnumerable<string> nodes = alive
            .OrderBy(node => node.Name, StringComparer.Ordinal)
            .Select(node => $"[{node.Name}|{node.Address}]");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{string.Concat(nodes)} clock {member}, event {happened}, query {query}, warnings {warnings}");
    }

    // As JSON shows bytes that are no text.
    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    private static string[] Lines(byte[] file, bool anyOrder)
    {
        string[] lines = Encoding.UTF8.GetString(file).Split('\n');
        int alive = anyOrder ? lines.TakeWhile(line => line.StartsWith("alive: ", StringComparison.Ordinal)).Count() : 0;
        Array.Sort(lines, 0, alive, StringComparer.Ordinal);
        return lines;
    }

    private static byte[] Write(JsonElement input, int failedCountMax)
    {
        MemorySnapshot file = new();
        SnapshotLog log = file.Open(
            rejoinAfterLeave: input.GetProperty("rejoinAfterLeave").GetBoolean(),
            compactionSizeMin: input.GetProperty("minCompactSize").GetInt64(),
            failedCountMax: failedCountMax);
        Instant now = new(0);
        foreach (JsonElement happened in input.GetProperty("events").EnumerateArray())
        {
            Apply(log, happened, now);
            file.Report(log, now);
        }

        return file.Bytes;
    }

    private static void Apply(SnapshotLog log, JsonElement happened, Instant now)
    {
        ulong clock = happened.GetProperty("clock").GetUInt64();
        string kind = happened.GetProperty("event").GetString()!;
        switch (kind)
        {
            case "user":
                log.RecordUserEvent(happened.GetProperty("ltime").GetUInt64(), now);
                break;
            case "query":
                log.RecordQuery(happened.GetProperty("ltime").GetUInt64(), now);
                break;
            case "LEAVE":
                log.Leave(now);
                break;
            case "SHUTDOWN":
                log.Close(clock);
                break;
            default:
                log.Record(new MemberEvent(KindOf(kind), [MemberOf(happened)]), clock, now);
                break;
        }
    }

    private static SerfEventKind KindOf(string label) =>
        Enum.GetValues<SerfEventKind>().Single(kind => kind.Label() == label);

    private static MemberInfo MemberOf(JsonElement happened)
    {
        NodeAddress address = default;
        if (VectorFile.HexOrNull(happened, "addr") is { } ip)
        {
            Assert.True(NodeAddress.TryFromBytes(ip, happened.GetProperty("port").GetUInt16(), out address));
        }

        ByteString name = ByteString.FromText(happened.GetProperty("member").GetString()!);
        return new MemberInfo(name, address, Tags.Empty, MemberStatus.Alive, default);
    }
}
