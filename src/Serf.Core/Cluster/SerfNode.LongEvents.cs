using System;
using System.Collections.Generic;
using Serf.Primitives;
using Serf.Swim;

namespace Serf.Cluster;

// User events that no packet can carry (spec serf 15.3, U7). The original queues them, and they wait there
// for ever. Here they travel as user messages over connections, which the original takes too: from the sender
// to all members, or where there are many to some at random, and from each receiver on to as many as gossip
// tells.
public sealed partial class SerfNode
{
    private readonly Queue<LongEvent> _longEvents = new();
    private readonly Dictionary<StreamId, LongTarget> _longStreams = [];

    // A call may come in the middle of the gossip layer's work, so the sending waits for an advance.
    private Instant LongEventDeadline =>
        _longEvents.Count > 0 && _longStreams.Count < Limits.LongEventStreamCountMax
            ? default
            : Instant.Never;

    void ISwimObserver.UserMessageSent(StreamId stream, string? error, Instant now)
    {
        if (!_longStreams.Remove(stream, out LongTarget? target) || error is null)
        {
            return;
        }

        if (_refusals.Allows(now))
        {
            _refusals.Write(
                LogLevel.Warn, $"serf: failed to send a long user event to {target.Address}: {error}");
        }

        // Once more, to somebody else if there is one left: whoever gets it passes it on.
        if (!target.IsSecondTry)
        {
            LongEvent again = target.Event;
            if (!Draw(again, 1, isSecondTry: true))
            {
                again.Next.Enqueue(new LongTarget(again, target.Address, isSecondTry: true));
            }

            Await(again);
        }
    }

    private void SendLong(ReadOnlySpan<byte> message, bool isOwn)
    {
        if (_longEvents.Count >= Limits.LongEventCountMax)
        {
            _longEventsDropped++;
            return;
        }

        int count = BroadcastQueue.RetransmitLimit(Swim.Options.RetransmitMultiplier, _members.Count);
        LongEvent next = new(message.ToArray());
        if (Draw(next, isOwn ? Math.Max(count, Limits.LongEventMemberCountMax) : count, isSecondTry: false))
        {
            Await(next);
        }
    }

    private void Await(LongEvent next)
    {
        if (!next.IsWaiting)
        {
            next.IsWaiting = true;
            _longEvents.Enqueue(next);
        }
    }

    private void AdvanceLongEvents(Instant now)
    {
        while (LongEventDeadline <= now)
        {
            LongEvent next = _longEvents.Peek();
            LongTarget target = next.Next.Dequeue();
            if (next.Next.Count == 0)
            {
                _longEvents.Dequeue();
                next.IsWaiting = false;
            }

            StreamId stream = Swim.SendUserMessageStream(target.Address, next.Message, now);
            if (stream == StreamId.None)
            {
                _longEventsDropped++;
            }
            else
            {
                _longStreams.Add(stream, target);
            }
        }
    }

    /// <summary>Draws alive members that the event was not meant for yet.</summary>
    /// <returns>Whether there was one.</returns>
    private bool Draw(LongEvent next, int count, bool isSecondTry)
    {
        List<LongTarget> drawn = [];
        int seen = 0;
        foreach (Member member in Swim.Members)
        {
            if (member.State != MemberState.Alive || member.Name == Name || next.IsMeantFor(member.Address))
            {
                continue;
            }

            // Each of those seen so far is among the drawn with the same probability.
            seen++;
            int place = drawn.Count < count ? drawn.Count : _chance.Next(seen);
            LongTarget target = new(next, member.Address, isSecondTry);
            if (place == drawn.Count)
            {
                drawn.Add(target);
            }
            else if (place < count)
            {
                drawn[place] = target;
            }
        }

        next.Targets.AddRange(drawn);
        foreach (LongTarget target in drawn)
        {
            next.Next.Enqueue(target);
        }

        return drawn.Count > 0;
    }

    private sealed class LongTarget(LongEvent next, NodeAddress address, bool isSecondTry)
    {
        public LongEvent Event { get; } = next;

        public NodeAddress Address { get; } = address;

        public bool IsSecondTry { get; } = isSecondTry;
    }

    private sealed class LongEvent(byte[] message)
    {
        public byte[] Message { get; } = message;

        /// <summary>All that were ever drawn: a few dozen at most.</summary>
        public List<LongTarget> Targets { get; } = [];

        public Queue<LongTarget> Next { get; } = new();

        public bool IsWaiting { get; set; }

        public bool IsMeantFor(in NodeAddress address)
        {
            foreach (LongTarget target in Targets)
            {
                if (target.Address == address)
                {
                    return true;
                }
            }

            return false;
        }
    }
}
