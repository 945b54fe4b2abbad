using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Cluster;

/// <summary>
/// Identifiers of the queries of the last Lamport times, to recognise duplicates (spec serf 6.6).
/// </summary>
internal sealed class QueryBuffer(int timeCount)
{
    // A time of very many queries must not hold its memory for good.
    private const int IdsKept = 8;

    private readonly Bucket?[] _ring = new Bucket?[timeCount];

    /// <param name="clock">The query clock, after it witnessed <paramref name="time"/>.</param>
    public EventVerdict Offer(ulong time, uint id, ulong clock)
    {
        ulong count = (ulong)_ring.Length;
        if (clock > count && time < clock - count)
        {
            return EventVerdict.TooOld;
        }

        ref Bucket? slot = ref _ring[time % count];
        if (slot is null || (slot.Time != time && slot.Ids.Capacity > IdsKept))
        {
            slot = new Bucket { Time = time };
        }
        else if (slot.Time != time)
        {
            slot.Time = time;
            slot.Ids.Clear();
        }
        else if (slot.Ids.Contains(id))
        {
            return EventVerdict.Duplicate;
        }
        else if (slot.Ids.Count == Limits.QueriesPerTimeMax)
        {
            return EventVerdict.Full;
        }

        slot.Ids.Add(id);
        return EventVerdict.New;
    }

    private sealed class Bucket
    {
        public ulong Time { get; set; }

        public List<uint> Ids { get; } = [];
    }
}
