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
/// the same place. Where bytes are short, the oldest give way, down to the times that peers remember. Of
/// what need not be replayed any more only hashes stay, which tell duplicates just as well.
/// </summary>
internal sealed class EventBuffer
{
    private const int RingCountMin = 64;

    /// <summary>So many events of one time are told apart by their hashes first.</summary>
    private const int HashedFrom = 16;

    // Stands in a slot for the one event of its time, whose hash is beside it.
    private static readonly object OneHash = new();

    private readonly int _timeCount;
    private readonly SipHash _hash;
    private Slot[] _ring;
    private long _size;

    // Of earlier times only hashes are held.
    private ulong _wholeFrom;

    // Nothing of a time below it is held, and nothing is taken.
    private ulong _floor;

    // What Find gives for a time of which nothing is held.
    private Slot _none;

    /// <param name="timeCount">The window: how many Lamport times are remembered.</param>
    /// <param name="key">By chance and unknown to peers, so that none makes up an event that passes for
    /// another.</param>
    public EventBuffer(int timeCount, (ulong, ulong) key)
    {
        _timeCount = timeCount;
        _hash = new SipHash(key.Item1, key.Item2);
        _ring = new Slot[Math.Min(timeCount, RingCountMin)];
    }

    /// <summary>Places there are now, taken or not.</summary>
    public int RingCount => _ring.Length;

    /// <summary>The earliest time of which whole events are held.</summary>
    public ulong WholeFrom => _wholeFrom;

    /// <summary>The earliest time of which events are taken.</summary>
    /// <param name="clock">The event clock.</param>
    public ulong Floor(ulong clock)
    {
        ulong count = (ulong)_timeCount;
        return Math.Max(_floor, clock > count ? clock - count : 0);
    }

    /// <summary>Whether an event of that time is held.</summary>
    public bool Holds(ulong time) => Find(time).Held is not null;

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

        ref Slot slot = ref Find(time);
        bool isWhole = time >= _wholeFrom;
        ulong hash = isWhole ? 0 : _hash.Of(name, payload);
        if (isWhole ? slot.Held is EventBucket held && Holds(held, name, payload) : Holds(slot, hash))
        {
            return EventVerdict.Duplicate;
        }

        int size = isWhole ? name.Length + payload.Length + Limits.EventOverhead : Limits.EventHashOverhead;
        if (_size + size > Limits.EventBufferSizeMax)
        {
            MakeRoom(size, time, clock);
        }

        if (_size + size > Limits.EventBufferSizeMax || CountOf(slot) >= Limits.EventsPerTimeMax)
        {
            return EventVerdict.Full;
        }

        _size += size;
        kept = new EventEntry(ByteString.Copy(name), payload.IsNil() ? null : payload.ToArray());
        if (slot.Held is null)
        {
            slot = ref Place(time, Floor(clock));
        }

        if (isWhole)
        {
            Add(ref slot, kept);
        }
        else
        {
            Add(ref slot, hash);
        }

        return EventVerdict.New;
    }

    /// <summary>
    /// Keeps only hashes of earlier times: they are recognised, and not replayed any more.
    /// </summary>
    public void Shrink(ulong end)
    {
        if (end <= _wholeFrom)
        {
            return;
        }

        if (end - _wholeFrom >= (ulong)_ring.Length)
        {
            foreach (ref Slot slot in _ring.AsSpan())
            {
                if (slot.Time < end)
                {
                    Shrink(ref slot);
                }
            }
        }
        else
        {
            for (ulong time = _wholeFrom; time < end; time++)
            {
                Shrink(ref Find(time));
            }
        }

        _wholeFrom = end;
    }

    /// <summary>
    /// Adds the buckets from a time on, oldest first. Peers walk whatever list they get, and so replay in
    /// this order (spec serf 11.1).
    /// </summary>
    public void CopyTo(List<EventBucket?> destination, ulong from, ulong clock)
    {
        for (ulong time = Math.Max(Math.Max(from, _wholeFrom), Floor(clock)); time <= clock; time++)
        {
            if (Find(time).Held is EventBucket bucket)
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

    private static bool Holds(in Slot slot, ulong hash) =>
        slot.Held is ulong[] hashes
            ? hashes.AsSpan().Contains(hash)
            : slot.Held is not null && slot.Hash == hash;

    private static int CountOf(in Slot slot) => slot.Held switch
    {
        null => 0,
        EventBucket bucket => bucket.Entries.Count,
        ulong[] hashes => hashes.Length,
        _ => 1,
    };

    private static void Add(ref Slot slot, in EventEntry entry)
    {
        if (slot.Held is not EventBucket bucket)
        {
            bucket = new EventBucket(slot.Time);
            slot.Held = bucket;
        }

        bucket.Entries.Add(entry);
        Note(bucket, entry);
    }

    private static void Add(ref Slot slot, ulong hash)
    {
        switch (slot.Held)
        {
            case null:
                slot.Held = OneHash;
                slot.Hash = hash;
                break;
            case ulong[] hashes:
                slot.Held = (ulong[])[.. hashes, hash];
                break;
            default:
                slot.Held = (ulong[])[slot.Hash, hash];
                break;
        }
    }

    private void Shrink(ref Slot slot)
    {
        if (slot.Held is not EventBucket bucket)
        {
            return;
        }

        _size -= SizeOf(slot);
        ReadOnlySpan<EventEntry> entries = CollectionsMarshal.AsSpan(bucket.Entries);
        if (entries.Length == 1)
        {
            slot.Held = OneHash;
            slot.Hash = _hash.Of(entries[0].Name.Span, entries[0].Payload);
        }
        else
        {
            ulong[] hashes = new ulong[entries.Length];
            for (int index = 0; index < hashes.Length; index++)
            {
                hashes[index] = _hash.Of(entries[index].Name.Span, entries[index].Payload);
            }

            slot.Held = hashes;
        }

        _size += SizeOf(slot);
    }

    // The slot of a time, or an empty one for none.
    private ref Slot Find(ulong time)
    {
        ref Slot slot = ref _ring[time % (ulong)_ring.Length];
        if (slot.Held is not null && slot.Time == time)
        {
            return ref slot;
        }

        _none = default;
        return ref _none;
    }

    private ref Slot Place(ulong time, ulong floor)
    {
        while (true)
        {
            ref Slot slot = ref _ring[time % (ulong)_ring.Length];
            if (slot.Held is null || slot.Time < floor || _ring.Length == _timeCount)
            {
                Drop(ref slot);
                slot.Time = time;
                return ref slot;
            }

            Grow(floor);
        }
    }

    private void Grow(ulong floor)
    {
        Slot[] smaller = _ring;
        _ring = new Slot[Math.Min(_timeCount, 2 * smaller.Length)];
        foreach (ref Slot held in smaller.AsSpan())
        {
            if (held.Held is null)
            {
                continue;
            }

            // A last step that does not double can bring together the two ends of the window.
            ref Slot slot = ref _ring[held.Time % (ulong)_ring.Length];
            if (held.Time < floor || (slot.Held is not null && held.Time < slot.Time))
            {
                Drop(ref held);
                continue;
            }

            Drop(ref slot);
            slot = held;
        }
    }

    private void Drop(ref Slot slot)
    {
        _size -= SizeOf(slot);
        slot = default;
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
            foreach (ref Slot slot in _ring.AsSpan())
            {
                if (slot.Time < window)
                {
                    Drop(ref slot);
                }
            }

            _floor = window;
        }

        while (_floor < window || (_floor < end && _size + size > Limits.EventBufferSizeMax))
        {
            ref Slot slot = ref _ring[_floor % (ulong)_ring.Length];
            if (slot.Time == _floor)
            {
                Drop(ref slot);
            }

            _floor++;
        }
    }

    private static long SizeOf(in Slot slot)
    {
        if (slot.Held is not EventBucket bucket)
        {
            return (long)CountOf(slot) * Limits.EventHashOverhead;
        }

        long size = 0;
        foreach (EventEntry entry in bucket.Entries)
        {
            size += entry.Name.Length + (entry.Payload?.Length ?? 0) + Limits.EventOverhead;
        }

        return size;
    }

    // A time's events: a bucket, an array of hashes, or one hash.
    private struct Slot
    {
        public object? Held;
        public ulong Time;
        public ulong Hash;
    }
}
