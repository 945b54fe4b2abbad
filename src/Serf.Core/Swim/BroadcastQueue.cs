using System;
using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Swim;

/// <summary>Told when a queued message came to its end.</summary>
public interface IBroadcastObserver
{
    /// <param name="token">What the message was added with.</param>
    /// <param name="transmitted">True when it was sent as often as the limit asks; false when replaced or
    /// dropped.</param>
    void BroadcastFinished(int token, bool transmitted);
}

/// <summary>
/// The transmit-limited queue (spec gossip 6): messages in strict order of transmissions, then length,
/// then age; each leaves after it was sent <c>RetransmitMult x ceil(log10(n + 1))</c> times.
/// </summary>
public sealed class BroadcastQueue
{
    // A sorted array: every place is found by halving, and moving a few kilobytes of references is
    // cheaper than a tree's nodes. The first entry of a tier that fits is a lower bound as well.
    private readonly List<Entry> _entries = [];
    private readonly Dictionary<ByteString, Entry> _names = new(ByteString.Comparer);
    private readonly List<Entry> _taken = [];
    private readonly List<int> _finished = [];
    private readonly Stack<Entry> _free = new();
    private readonly int _retransmitMultiplier;
    private readonly int _countMax;
    private readonly IBroadcastObserver? _observer;
    private readonly int _sizeMax;
    private long _lastId;

    /// <param name="retransmitMultiplier">RetransmitMult.</param>
    /// <param name="countMax">Bound at insertion: the entry last in order is dropped, and counted, when one
    /// more comes.</param>
    /// <param name="observer">Told of messages with a token other than 0; may be null.</param>
    /// <param name="sizeMax">A longer message is dropped, and counted, unless it has a token: no packet would
    /// ever take it, and it would stay ahead of all others.</param>
    public BroadcastQueue(
        int retransmitMultiplier, int countMax, IBroadcastObserver? observer, int sizeMax = int.MaxValue)
    {
        Invariant.Holds(countMax > 0);
        _sizeMax = sizeMax;
        _retransmitMultiplier = retransmitMultiplier;
        _countMax = countMax;
        _observer = observer;
    }

    public int Count => _entries.Count;

    /// <summary>Messages dropped because the queue was full, or they too long.</summary>
    public long DroppedCount { get; private set; }

    /// <summary>How often a message is sent in a cluster of <paramref name="nodeCount"/>.</summary>
    public static int RetransmitLimit(int multiplier, int nodeCount)
    {
        // The smallest power of ten not below n + 1, by whole numbers: exact at every power.
        int exponent = 0;
        for (long power = 1; power < nodeCount + 1L; power *= 10)
        {
            exponent++;
        }

        return multiplier * exponent;
    }

    /// <param name="message">Copied.</param>
    /// <param name="name">A queued message of the same name is replaced; empty for none.</param>
    /// <param name="token">Other than 0: the observer is told of the end.</param>
    public void Add(ReadOnlySpan<byte> message, ByteString name = default, int token = 0)
    {
        if (message.Length > _sizeMax && token == 0)
        {
            DroppedCount++;
            return;
        }

        int replaced = 0;
        if (!name.IsEmpty && _names.Remove(name, out Entry? older))
        {
            replaced = RemoveAt(IndexOf(older));
        }

        int dropped = 0;
        if (_entries.Count >= _countMax)
        {
            DroppedCount++;
            dropped = RemoveAt(_entries.Count - 1);
        }

        Entry entry = _free.TryPop(out Entry? used) ? used : new Entry();
        entry.Set(message, name, token, ++_lastId);
        _entries.Insert(LowerBound(0, message.Length, entry.Id), entry);
        if (!name.IsEmpty)
        {
            _names[name] = entry;
        }

        Tell(replaced, transmitted: false);
        Tell(dropped, transmitted: false);
    }

    /// <summary>Takes messages while (length + overhead) fits into what is left of <paramref
    /// name="limit"/>.</summary>
    /// <param name="nodeCount">n of the retransmit limit.</param>
    /// <returns>Bytes used, overheads included.</returns>
    public int Take(int overhead, int limit, int nodeCount, int partCountMax, IBroadcastSink sink)
    {
        if (_entries.Count == 0)
        {
            return 0;
        }

        int transmitLimit = RetransmitLimit(_retransmitMultiplier, nodeCount);
        int used = 0;
        int tier = _entries[0].Transmissions;
        while (_taken.Count < partCountMax)
        {
            int free = limit - used - overhead;
            if (free <= 0)
            {
                break;
            }

            int index = LowerBound(tier, free, long.MaxValue);
            if (index == _entries.Count)
            {
                break;
            }

            Entry entry = _entries[index];
            if (entry.Transmissions != tier)
            {
                tier = entry.Transmissions;
                continue;
            }

            _entries.RemoveAt(index);
            _taken.Add(entry);
            used += overhead + entry.Length;
            sink.Add(entry.Message);
        }

        PutBack(transmitLimit);
        return used;
    }

    /// <summary>Drops from the end of the order until <paramref name="countMax"/> remain.</summary>
    public void Prune(int countMax)
    {
        while (_entries.Count > Math.Max(0, countMax))
        {
            Tell(RemoveAt(_entries.Count - 1), transmitted: false);
        }
    }

    // Behind the whole selection, so that nothing is taken twice for one packet. The observer hears of
    // the finished ones last: it may add to the queue.
    private void PutBack(int transmitLimit)
    {
        foreach (Entry entry in _taken)
        {
            entry.Transmissions++;
            if (entry.Transmissions < transmitLimit)
            {
                _entries.Insert(LowerBound(entry.Transmissions, entry.Length, entry.Id), entry);
                continue;
            }

            if (entry.Token != 0)
            {
                _finished.Add(entry.Token);
            }

            Forget(entry);
        }

        _taken.Clear();
        foreach (int token in _finished)
        {
            Tell(token, transmitted: true);
        }

        _finished.Clear();
    }

    private void Tell(int token, bool transmitted)
    {
        if (token != 0)
        {
            _observer?.BroadcastFinished(token, transmitted);
        }
    }

    private int RemoveAt(int index)
    {
        Entry entry = _entries[index];
        int token = entry.Token;
        _entries.RemoveAt(index);
        Forget(entry);
        return token;
    }

    private void Forget(Entry entry)
    {
        if (!entry.Name.IsEmpty && _names.TryGetValue(entry.Name, out Entry? named)
            && ReferenceEquals(named, entry))
        {
            _names.Remove(entry.Name);
        }

        entry.Clear();
        if (_free.Count < Entry.SpareCountMax)
        {
            _free.Push(entry);
        }
    }

    private int IndexOf(Entry entry)
    {
        int index = LowerBound(entry.Transmissions, entry.Length, entry.Id);
        Invariant.Holds(index < _entries.Count && ReferenceEquals(_entries[index], entry));
        return index;
    }

    // The first entry not before (transmissions ascending, length descending, id descending).
    private int LowerBound(int transmissions, int length, long id)
    {
        int low = 0;
        int high = _entries.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            Entry entry = _entries[middle];
            bool before = entry.Transmissions != transmissions ? entry.Transmissions < transmissions
                : entry.Length != length ? entry.Length > length
                : entry.Id > id;
            low = before ? middle + 1 : low;
            high = before ? high : middle;
        }

        return low;
    }

    private sealed class Entry
    {
        public const int SpareCountMax = 256;
        private const int SpareSizeMax = 2048;
        private byte[] _bytes = [];

        public int Transmissions { get; set; }

        public int Length { get; private set; }

        public long Id { get; private set; }

        public int Token { get; private set; }

        public ByteString Name { get; private set; }

        public ReadOnlySpan<byte> Message => _bytes.AsSpan(0, Length);

        public void Set(ReadOnlySpan<byte> message, ByteString name, int token, long id)
        {
            if (_bytes.Length < message.Length)
            {
                _bytes = new byte[message.Length];
            }

            message.CopyTo(_bytes);
            Transmissions = 0;
            Length = message.Length;
            Id = id;
            Token = token;
            Name = name;
        }

        public void Clear()
        {
            Name = default;
            if (_bytes.Length > SpareSizeMax)
            {
                _bytes = [];
            }
        }
    }
}
