using System;
using System.Collections.Generic;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;

namespace Serf.Cluster;

// User events of one packet in the order of their Lamport times. Senders put the newest first (spec gossip
// 6.1), so a burst of events would else be delivered backwards.
public sealed partial class SerfNode
{
    private static readonly Comparer<Arrival> ByTime = Comparer<Arrival>.Create(
        static (left, right) => left.Time != right.Time
            ? left.Time.CompareTo(right.Time)
            : left.Start.CompareTo(right.Start));

    private readonly List<Arrival> _arrivals = [];
    private readonly ByteBuffer _arrivalBytes = new();

    void ISwimObserver.UserMessagesEnded(Instant now)
    {
        if (_arrivals.Count > 1)
        {
            _arrivals.Sort(ByTime);
        }

        foreach (Arrival arrival in _arrivals)
        {
            ReadOnlySpan<byte> message = _arrivalBytes.Written.Slice(arrival.Start, arrival.Size);
            ReadStatus status = SerfCodec.TryRead(message[1..], out UserEventMessage happened);
            Invariant.Holds(status == ReadStatus.Ok);
            if (HandleUserEvent(happened, now))
            {
                PassOn(message, isOwn: false);
            }
        }

        _arrivals.Clear();
        _arrivalBytes.Clear();
    }

    private void Collect(ulong time, ReadOnlySpan<byte> message)
    {
        _arrivals.Add(new Arrival(time, _arrivalBytes.Length, message.Length));
        _arrivalBytes.Write(message);
    }

    /// <param name="Time">Lamport time.</param>
    /// <param name="Start">Where the message lies in the buffer.</param>
    /// <param name="Size">Its bytes.</param>
    private readonly record struct Arrival(ulong Time, int Start, int Size);
}
