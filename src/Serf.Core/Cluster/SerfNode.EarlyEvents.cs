using System.Collections.Generic;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Cluster;

// Events of this node from before its first contact (spec serf 15.3, U2). Their times are those of a clock
// that knows no cluster, which refuses them as old. So they are kept back, from the ring too, until it shows
// who comes to whom. If this node's own join succeeds, and the cluster's clock is ahead, they are stamped
// anew; no peer has seen them under their first time. If a peer joins this node, it is told of them in the
// replay as they are, and gossip does not flood it with the past.
public sealed partial class SerfNode
{
    private readonly Queue<UserEvent> _early = new();
    private bool _isContacted;

    private void HoldEarly(in UserEventMessage message, Instant now)
    {
        if (_early.Count == Limits.EarlyEventCountMax)
        {
            UserEvent oldest = _early.Dequeue();
            Keep(oldest, oldest.LamportTime);
            NoteEventAge(now);
        }

        byte[]? payload = message.Payload.IsNil() ? null : message.Payload.ToArray();
        ByteString name = ByteString.Copy(message.Name);
        UserEvent happened = new(_eventClock.Take(), name, payload, message.Coalesce);
        _early.Enqueue(happened);
        Emit(happened, now);
    }

    /// <summary>A peer joins this node: what was kept back becomes part of the replay.</summary>
    private void ReplayEarly()
    {
        while (_early.TryDequeue(out UserEvent? early))
        {
            Keep(early, early.LamportTime);
        }
    }

    /// <summary>This node has joined: what was kept back goes to the cluster.</summary>
    /// <param name="clusterTime">The cluster's event clock, already witnessed.</param>
    private void SendEarly(ulong clusterTime)
    {
        bool isBehind = _early.TryPeek(out UserEvent? first) && first.LamportTime < clusterTime;
        while (_early.TryDequeue(out UserEvent? early))
        {
            // Into the ring under the new time, so that its echo is not delivered here a second time.
            ulong time = isBehind ? _eventClock.Take() : early.LamportTime;
            Keep(early, time);
            SendOwn(new UserEventMessage
            {
                LamportTime = time,
                Name = early.Name.Span,
                Payload = early.Payload,
                Coalesce = early.Coalesce,
            });
        }
    }

    private void Keep(UserEvent early, ulong time) =>
        _ = _events.Offer(time, early.Name.Span, early.Payload, _eventClock.Time, out _);
}
