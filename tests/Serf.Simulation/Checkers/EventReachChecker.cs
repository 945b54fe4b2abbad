using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Simulation.Checkers;

/// <summary>
/// At least once: what one of the nodes that run has in its window, all of them are told in the end. An event
/// that may be merged may stand back behind a newer one of its name.
/// </summary>
/// <param name="window">Lamport times that a node remembers events of.</param>
/// <param name="coalesces">Events that may be merged are.</param>
public sealed class EventReachChecker(int window, bool coalesces)
{
    private readonly List<Sent> _sent = [];
    private readonly Dictionary<object, Told> _told = new(ReferenceEqualityComparer.Instance);

    // All before were told to everybody, or are out of every window; those that run only become fewer.
    private int _first;

    public int Count => _sent.Count;

    /// <returns>The number by which the event is known.</returns>
    public int Send(object sender, ByteString name, bool coalesce)
    {
        _sent.Add(new Sent(sender, name, coalesce && coalesces));
        return _sent.Count - 1;
    }

    /// <summary>The event's Lamport time is known, from the sender's clock or from whom it was told.</summary>
    public void Stamp(int number, ulong time) => _sent[number].Time = time;

    public void Deliver(object node, int number, ulong time)
    {
        Told told = Of(node);
        Sent sent = _sent[number];
        sent.Time = time;
        _ = told.Numbers.Add(number);
        if (sent.Merges && (!told.Newest.TryGetValue(sent.Name, out ulong newest) || newest < time))
        {
            told.Newest[sent.Name] = time;
        }
    }

    /// <summary>The node was told of this time in an earlier life, and takes nothing up to it.</summary>
    public void Skip(object node, ulong time) => Of(node).Floor = ulong.Max(Of(node).Floor, time);

    /// <param name="running">The nodes that run; from one call to the next none may be added.</param>
    /// <param name="clock">The highest event clock among them.</param>
    /// <returns>The first event that one of them still misses, or null.</returns>
    public string? Missing(IReadOnlyList<object> running, ulong clock)
    {
        for (; _first < _sent.Count; _first++)
        {
            Sent sent = _sent[_first];
            bool isKept = sent.Time is { } time && clock < time + (ulong)window && IsHeld(sent, running);
            if (!isKept)
            {
                continue;
            }

            foreach (object node in running)
            {
                if (!IsTold(node, sent))
                {
                    return $"{node} was not told event {_first}, {sent.Name} of time {sent.Time}";
                }
            }
        }

        return null;
    }

    private Told Of(object node)
    {
        if (!_told.TryGetValue(node, out Told? told))
        {
            told = new Told();
            _told.Add(node, told);
        }

        return told;
    }

    private bool IsHeld(Sent sent, IReadOnlyList<object> running)
    {
        foreach (object node in running)
        {
            if (ReferenceEquals(node, sent.Sender)
                || (_told.TryGetValue(node, out Told? told) && told.Numbers.Contains(_first)))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsTold(object node, Sent sent) =>
        _told.TryGetValue(node, out Told? told)
        && (told.Numbers.Contains(_first) || sent.Time <= told.Floor
            || (sent.Merges && told.Newest.TryGetValue(sent.Name, out ulong newest) && newest > sent.Time));

    private sealed class Sent(object sender, ByteString name, bool merges)
    {
        public object Sender { get; } = sender;

        public ByteString Name { get; } = name;

        public bool Merges { get; } = merges;

        public ulong? Time { get; set; }
    }

    private sealed class Told
    {
        public HashSet<int> Numbers { get; } = [];

        public ulong Floor { get; set; }

        /// <summary>Of events that may be merged, by name.</summary>
        public Dictionary<ByteString, ulong> Newest { get; } = new(ByteString.Comparer);
    }
}
