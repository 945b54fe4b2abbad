using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Serf.Cluster;
using Serf.Fuzz.Engine;
using Serf.Primitives;

namespace Serf.Fuzz.Targets;

/// <summary>
/// A snapshot file reads the same in any pieces and as a plain parser reads it, and what a log makes of it
/// reads as the same again.
/// </summary>
internal sealed class SnapshotTarget : FuzzTarget
{
    public override long AllocationBase => 1024 * 1024;

    public override long AllocationPerByte => 8 * 1024;

    public override IEnumerable<byte[]> Seeds() =>
    [
        .. Serf.Fuzz.Seeds.Hex("snapshots.json", "hex").Where(file => file.Length <= InputSizeMax),
        "alive: a b 10.0.0.1:1\n# failed: c 10.0.0.2:2\nclock: 9\nleave\nclock: 3\nevent-clock: 1"u8.ToArray(),
        "clock: 18446744073709551615\nquery-clock: 9223372036854775808\n\0\0\0\n"u8.ToArray(),
    ];

    public override void Run(ReadOnlySpan<byte> input)
    {
        foreach (bool rejoins in (ReadOnlySpan<bool>)[false, true])
        {
            SnapshotState state = Read(input, Math.Max(1, input.Length), rejoins);
            string whole = Describe(state);
            FuzzException.Check(whole == Describe(Read(input, 3, rejoins)), "pieces read otherwise");
            FuzzException.Check(Plainly(input, rejoins) == whole, "a plain parser reads otherwise");
            FuzzException.Check(state.Peers.Count <= input.Length, "nodes from nowhere");
            foreach (KnownPeer peer in state.KnownPeers())
            {
                FuzzException.Check(!peer.Address.IsNone && peer.Address.Port != 0, "no address");
            }

            CheckRewritten(state);
        }
    }

    private static void CheckRewritten(SnapshotState state)
    {
        bool isBelieved = state.MemberTime < Limits.LamportTimeMax && state.EventTime < Limits.LamportTimeMax
            && state.QueryTime < Limits.LamportTimeMax;
        string before = Describe(state);
        Store store = new();
        SnapshotLog log = new(store, state, store);
        log.Advance(0, new Instant(0));
        log.WentMissing(new Instant(0));
        if (store.Content.Length == 0)
        {
            log.Advance(0, new Instant(0));
        }

        SnapshotReader reader = new(false, store);
        reader.Read(store.Content.Written);
        SnapshotState after = reader.Finish();
        FuzzException.Check(!isBelieved || Describe(after) == before, "what is written reads otherwise");
        FuzzException.Check(after.WarningCount == 0 && !after.HasTornTail, "a bad line is written");
    }

    private static SnapshotState Read(ReadOnlySpan<byte> input, int pieceSize, bool rejoins)
    {
        SnapshotReader reader = new(rejoins, new Store());
        for (int start = 0; start < input.Length; start += pieceSize)
        {
            reader.Read(input[start..Math.Min(input.Length, start + pieceSize)]);
        }

        return reader.Finish();
    }

    private static string Describe(SnapshotState state) => Describe(
        state.Peers.Alive.Select(peer => Text(peer.Name) + "|" + Text(peer.Address)),
        state.Peers.Failed.Select(peer => Text(peer.Name) + "|" + Text(peer.Address)),
        [state.MemberTime, state.EventTime, state.QueryTime]);

    private static string Describe(IEnumerable<string> alive, IEnumerable<string> failed, ulong[] times) =>
        string.Join('\n', alive.Order(StringComparer.Ordinal)) + "\n\n" + string.Join('\n', failed)
        + "\n\n" + string.Join(' ', times);

    private static string Text(ByteString value) => Encoding.Latin1.GetString(value.Span);

    private static string Plainly(ReadOnlySpan<byte> input, bool rejoins)
    {
        Dictionary<string, string> alive = [];
        List<(string Name, string Address)> failed = [];
        ulong?[] latest = new ulong?[3];
        ulong[] times = new ulong[3];
        foreach (string line in Encoding.Latin1.GetString(input).Split('\n').SkipLast(1))
        {
            string? Rest(string prefix) =>
                line.StartsWith(prefix, StringComparison.Ordinal) ? line[prefix.Length..] : null;
            if ((Rest("alive: ") ?? Rest("# failed: ")) is { } node)
            {
                int space = node.LastIndexOf(' ');
                if (space >= 0)
                {
                    string name = node[..space];
                    failed.RemoveAll(peer => peer.Name == name);
                    alive.Remove(name);
                    if (line[0] == 'a')
                    {
                        alive[name] = node[(space + 1)..];
                    }
                    else
                    {
                        failed.Add((name, node[(space + 1)..]));
                    }
                }
            }
            else if (Rest("not-alive: ") is { } gone)
            {
                alive.Remove(gone);
                failed.RemoveAll(peer => peer.Name == gone);
            }
            else if (line == "leave")
            {
                latest = new ulong?[3];
                if (!rejoins)
                {
                    alive.Clear();
                    failed.Clear();
                    times = new ulong[3];
                }
            }

            string?[] numbers = [Rest("clock: "), Rest("event-clock: "), Rest("query-clock: ")];
            for (int clock = 0; clock < numbers.Length; clock++)
            {
                if (numbers[clock] is { } number && number.All(char.IsAsciiDigit)
                    && ulong.TryParse(number, out ulong time))
                {
                    latest[clock] = Math.Max(latest[clock] ?? 0, time);
                    times[clock] = latest[clock]!.Value;
                }
            }
        }

        return Describe(
            alive.Select(peer => peer.Key + "|" + peer.Value),
            failed.Select(peer => peer.Name + "|" + peer.Address),
            times);
    }

    private sealed class Store : ISnapshotStore, ILog
    {
        public ByteBuffer Content { get; } = new();

        public bool Append(ReadOnlySpan<byte> lines) => true;

        public void Replace(ByteBuffer content) => content.MoveTo(Content);

        public void Sync()
        {
        }

        public void Write(LogLevel level, string text)
        {
        }
    }
}
