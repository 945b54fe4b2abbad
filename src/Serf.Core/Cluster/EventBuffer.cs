using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
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
/// with one bucket for each time. The window may be wide; the ring grows only when two events within it want
/// the same place. Where bytes are short, the oldest give way, down to the times that peers remember.
/// </summary>
internal sealed class EventBuffer
{
    private const int RingCountMin = 64;

    /// <summary>So many events of one time are told apart by their hashes first.</summary>
    private const int HashedFrom = 16;

    private readonly int _timeCount;
    private EventBucket?[] _ring;
    private long _size;

    // Nothing of a time below it is held, and nothing is taken.
    private ulong _floor;

    /// <param name="timeCount">The window: how many Lamport times are remembered.</param>
    public EventBuffer(int timeCount)
    {
        _timeCount = timeCount;
        _ring = new EventBucket?[Math.Min(timeCount, RingCountMin)];
    }

    /// <summary>Places there are now, taken or not.</summary>
    public int RingCount => _ring.Length;

    /// <summary>The earliest time of which events are taken.</summary>
    /// <param name="clock">The event clock.</param>
    public ulong Floor(ulong clock)
    {
        ulong count = (ulong)_timeCount;
        return Math.Max(_floor, clock > count ? clock - count : 0);
    }

    /// <summary>Whether an event of that time is held.</summary>
    public bool Holds(ulong time) => Find(time) is not null;

    /// <param name="time">The event's Lamport time.</param>
    /// <param name="name">The event's name.</param>
    /// <param name="payload">Nil for none.</param>
    /// <param name="clock">The event clock, after it witnessed <paramref name="time"/>.</param>
    /// <param name="kept">Of a new event, the copies that are kept; they never change.</param>
    public EventVerdict Offer(
        ulong time, ReadOnlySpan<byte> name, ReadOnlySpan<byte> payload, ulong clock, out EventEntry kept)
    {
        kept = default;
        if (time < Floor(clock))
        {
            return EventVerdict.TooOld;
        }

        EventBucket? bucket = Find(time);
        if (bucket is not null && Holds(bucket, name, payload))
        {
            return EventVerdict.Duplicate;
        }

        int size = name.Length + payload.Length + Limits.EventOverhead;
        if (_size + size > Limits.EventBufferSizeMax)
        {
            MakeRoom(size, time, clock);
        }

        if (_size + size > Limits.EventBufferSizeMax || bucket?.Entries.Count >= Limits.EventsPerTimeMax)
        {
            return EventVerdict.Full;
        }

        if (bucket is null)
        {
            bucket = new EventBucket(time);
            Place(bucket, Floor(clock));
        }

        _size += size;
        kept = new EventEntry(ByteString.Copy(name), payload.IsNil() ? null : payload.ToArray());
        bucket.Entries.Add(kept);
        Note(bucket, kept);
        return EventVerdict.New;
    }

    /// <summary>
    /// Adds the buckets from a time on, oldest first. Peers walk whatever list they get, and so replay in
    /// this order (spec serf 11.1).
    /// </summary>
    public void CopyTo(List<EventBucket?> destination, ulong from, ulong clock)
    {
        for (ulong time = Math.Max(from, Floor(clock)); time <= clock; time++)
        {
            if (Find(time) is { } bucket)
            {
                destination.Add(bucket);
            }
        }
    }

    private static bool Holds(EventBucket bucket, ReadOnlySpan<byte> name, ReadOnlySpan<byte> payload)
    {
        ReadOnlySpan<EventEntry> entries = CollectionsMarshal.AsSpan(bucket.Entries);
        if (bucket.Hashes is not { } known)
        {
            return IndexOf(entries, name, payload) >= 0;
        }

        ReadOnlySpan<int> hashes = CollectionsMarshal.AsSpan(known);
        int hash = HashOf(name, payload);
        for (int next = hashes.IndexOf(hash); next >= 0; next = hashes.IndexOf(hash))
        {
            if (IndexOf(entries.Slice(next, 1), name, payload) == 0)
            {
                return true;
            }

            hashes = hashes[(next + 1)..];
            entries = entries[(next + 1)..];
        }

        return false;
    }

    private static int IndexOf(
        ReadOnlySpan<EventEntry> entries, ReadOnlySpan<byte> name, ReadOnlySpan<byte> payload)
    {
        for (int index = 0; index < entries.Length; index++)
        {
            if (entries[index].Name.Equals(name) && payload.SequenceEqual(entries[index].Payload))
            {
                return index;
            }
        }

        return -1;
    }

    // Few times have many events; where they have, each that comes would be compared with all of them.
    private static void Note(EventBucket bucket, in EventEntry entry)
    {
        if (bucket.Hashes is { } hashes)
        {
            hashes.Add(HashOf(entry.Name.Span, entry.Payload));
        }
        else if (bucket.Entries.Count == HashedFrom)
        {
            bucket.Hashes = [];
            foreach (EventEntry kept in bucket.Entries)
            {
                bucket.Hashes.Add(HashOf(kept.Name.Span, kept.Payload));
            }
        }
    }

    private static int HashOf(ReadOnlySpan<byte> name, ReadOnlySpan<byte> payload)
    {
        // Seeded per process by the runtime; nothing but time depends on it.
        HashCode hash = default;
        hash.AddBytes(name);
        hash.AddBytes(payload);
        return hash.ToHashCode();
    }

    private EventBucket? Find(ulong time)
    {
        EventBucket? bucket = _ring[time % (ulong)_ring.Length];
        return bucket is not null && bucket.Time == time ? bucket : null;
    }

    private void Place(EventBucket bucket, ulong floor)
    {
        while (true)
        {
            ref EventBucket? slot = ref _ring[bucket.Time % (ulong)_ring.Length];
            if (slot is null || slot.Time < floor || _ring.Length == _timeCount)
            {
                Drop(ref slot);
                slot = bucket;
                return;
            }

            Grow(floor);
        }
    }

    private void Grow(ulong floor)
    {
        EventBucket?[] smaller = _ring;
        _ring = new EventBucket?[Math.Min(_timeCount, 2 * smaller.Length)];
        foreach (ref EventBucket? held in smaller.AsSpan())
        {
            if (held is null)
            {
                continue;
            }

            // A last step that does not double can bring together the two ends of the window.
            ref EventBucket? slot = ref _ring[held.Time % (ulong)_ring.Length];
            if (held.Time < floor || held.Time < slot?.Time)
            {
                Drop(ref held);
                continue;
            }

            Drop(ref slot);
            slot = held;
        }
    }

    private void Drop(ref EventBucket? slot)
    {
        _size -= SizeOf(slot);
        slot = null;
    }

    // What is older than the window goes first, then what only this node still wants; never what is newer
    // than the event that needs the room. Each time is walked over once.
    private void MakeRoom(int size, ulong time, ulong clock)
    {
        ulong window = Floor(clock);
        ulong peers = clock > Limits.PeerEventTimeCount ? clock - Limits.PeerEventTimeCount : 0;
        ulong end = Math.Max(window, Math.Min(time, peers));
        if (window - _floor >= (ulong)_ring.Length)
        {
            foreach (ref EventBucket? slot in _ring.AsSpan())
            {
                if (slot?.Time < window)
                {
                    Drop(ref slot);
                }
            }

            _floor = window;
        }

        while (_floor < window || (_floor < end && _size + size > Limits.EventBufferSizeMax))
        {
            ref EventBucket? slot = ref _ring[_floor % (ulong)_ring.Length];
            if (slot?.Time == _floor)
            {
                Drop(ref slot);
            }

            _floor++;
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
