using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Serf.Cluster;

namespace Serf.Simulation.Checkers;

/// <summary>
/// A snapshot replays to what was recorded: the nodes and times of its whole lines, said a second time here in
/// the simplest way; and no time is behind what was known to be on the disk.
/// </summary>
public sealed class SnapshotChecker
{
    private (ulong Member, ulong Event, ulong Query) _synced;

    /// <summary>This content survives anything.</summary>
    public void Synced(IReadOnlyCollection<byte> content)
    {
        Content read = new([.. content], rejoinAfterLeave: true);
        _synced = (read.Member, read.Event, read.Query);
    }

    /// <param name="content">What is left of the file.</param>
    /// <param name="rejoinAfterLeave">A recorded leave forgets nothing.</param>
    /// <param name="state">What the reader made of it.</param>
    /// <returns>The reason it is wrong, or null.</returns>
    public string? Replayed(byte[] content, bool rejoinAfterLeave, SnapshotState state)
    {
        Content expected = new(content, rejoinAfterLeave);
        (ulong, ulong, ulong) times = (state.MemberTime, state.EventTime, state.QueryTime);
        if (times != (expected.Member, expected.Event, expected.Query))
        {
            return $"a snapshot replays to {times} "
                + $"instead of {(expected.Member, expected.Event, expected.Query)}";
        }

        if (rejoinAfterLeave && (expected.Member < _synced.Member || expected.Event < _synced.Event
            || expected.Query < _synced.Query))
        {
            return $"a snapshot is behind at {times}, and {_synced} was on the disk";
        }

        SortedSet<string> replayed = new(StringComparer.Ordinal);
        foreach (KnownPeer peer in state.KnownPeers())
        {
            // Names are bytes.
            _ = replayed.Add(Encoding.Latin1.GetString(peer.Name.Span) + " " + peer.Address);
        }

        return replayed.SetEquals(expected.Peers.Values)
            ? null
            : $"a snapshot replays to {string.Join(", ", replayed)} "
                + $"instead of {string.Join(", ", expected.Peers.Values)}";
    }

    private sealed class Content
    {
        public Content(byte[] bytes, bool rejoinAfterLeave)
        {
            string text = Encoding.Latin1.GetString(bytes);
            int end = text.LastIndexOf('\n');
            foreach (string line in end < 0 ? [] : text[..end].Split('\n'))
            {
                Read(line, rejoinAfterLeave);
            }
        }

        public SortedDictionary<string, string> Peers { get; } = new(StringComparer.Ordinal);

        public ulong Member { get; private set; }

        public ulong Event { get; private set; }

        public ulong Query { get; private set; }

        private void Read(string line, bool rejoinAfterLeave)
        {
            int colon = line.IndexOf(": ", StringComparison.Ordinal);
            string key = colon < 0 ? line : line[..colon];
            string value = colon < 0 ? "" : line[(colon + 2)..];
            switch (key)
            {
                // A line that a crash cut off, and that was ended when the node came back, may lack its address.
                case "alive" or "# failed" when value.Contains(' '):
                    Peers[value[..value.LastIndexOf(' ')]] = value;
                    break;
                case "not-alive":
                    _ = Peers.Remove(value);
                    break;
                case "clock":
                    Member = Time(value, Member);
                    break;
                case "event-clock":
                    Event = Time(value, Event);
                    break;
                case "query-clock":
                    Query = Time(value, Query);
                    break;
                case "leave" when !rejoinAfterLeave:
                    Peers.Clear();
                    (Member, Event, Query) = (0, 0, 0);
                    break;
                default:
                    break;
            }
        }

        private static ulong Time(string value, ulong before) =>
            ulong.TryParse(value, CultureInfo.InvariantCulture, out ulong time) ? time : before;
    }
}
