using System;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Cluster;

/// <summary>What became of an event offered to the buffer.</summary>
internal enum EventVerdict : byte
{
    New,
    Duplicate,
    TooOld,

    /// <summary>The buffer holds as many bytes as it may.</summary>
    Full,
}

/// <summary>
/// The user events of the last Lamport times, to recognise duplicates and to replay (spec serf 5.2): a ring
/// with one bucket for each time.
/// </summary>
internal sealed class EventBuffer(int timeCount)
{
    private readonly EventBucket?[] _ring = new EventBucket?[timeCount];
    private long _size;

    /// <param name="time">The event's Lamport time.</param>
    /// <param name="name">The event's name.</param>
    /// <param name="payload">Nil for none.</param>
    /// <param name="clock">The event clock, after it witnessed <paramref name="time"/>.</param>
    /// <param name="kept">Of a new event, the copies that are kept; they never change.</param>
    public EventVerdict Offer(
        ulong time, ReadOnlySpan<byte> name, ReadOnlySpan<byte> payload, ulong clock, out EventEntry kept)
    {
        kept = default;
        ulong count = (ulong)_ring.Length;
        if (clock > count && time < clock - count)
        {
            return EventVerdict.TooOld;
        }

        ref EventBucket? slot = ref _ring[time % count];
        if (slot is not null && slot.Time == time)
        {
            foreach (EventEntry entry in slot.Entries)
            {
                if (entry.Name.Equals(name) && payload.SequenceEqual(entry.Payload))
                {
                    return EventVerdict.Duplicate;
                }
            }
        }

        if (slot is not null && slot.Time != time)
        {
            Drop(ref slot);
        }

        int size = name.Length + payload.Length + Limits.EventOverhead;
        if (_size + size > Limits.EventBufferSizeMax)
        {
            DropBefore(clock > count ? clock - count : 0);
        }

        if (_size + size > Limits.EventBufferSizeMax || slot?.Entries.Count >= Limits.EventsPerTimeMax)
        {
            return EventVerdict.Full;
        }

        slot ??= new EventBucket(time);

        _size += size;
        kept = new EventEntry(ByteString.Copy(name), payload.IsNil() ? null : payload.ToArray());
        slot.Entries.Add(kept);
        return EventVerdict.New;
    }

    /// <summary>
    /// The buckets within the window, oldest first. Peers walk whatever list they get, and so replay in
    /// this order (spec serf 11.1).
    /// </summary>
    /// <returns>How many were written.</returns>
    public int CopyTo(Span<EventBucket?> destination, ulong clock)
    {
        ulong count = (ulong)_ring.Length;
        int written = 0;
        for (ulong time = clock > count ? clock - count : 0; time <= clock; time++)
        {
            if (_ring[time % count] is { } bucket && bucket.Time == time)
            {
                destination[written++] = bucket;
            }
        }

        return written;
    }

    private void Drop(ref EventBucket? slot)
    {
        _size -= SizeOf(slot);
        slot = null;
    }

    // Times below the window are refused before they are looked up, so nothing is forgotten.
    private void DropBefore(ulong time)
    {
        foreach (ref EventBucket? slot in _ring.AsSpan())
        {
            if (slot is not null && slot.Time < time)
            {
                Drop(ref slot);
            }
        }
    }

    private static long SizeOf(EventBucket? bucket)
    {
        long size = 0;
        if (bucket is not null)
        {
            foreach (EventEntry entry in bucket.Entries)
            {
                size += entry.Name.Length + (entry.Payload?.Length ?? 0) + Limits.EventOverhead;
            }
        }

        return size;
    }
}
