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
    private const int SpareCountMax = 256;

    // One for each number of transmissions.
    private readonly List<BroadcastTier> _tiers = [];
    private readonly Dictionary<ByteString, BroadcastEntry> _names = new(ByteString.Comparer);
    private readonly List<BroadcastEntry> _taken = [];
    private readonly List<int> _finished = [];
    private readonly Stack<BroadcastEntry> _free = new();
    private readonly int _retransmitMultiplier;
    private int _countMax;
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

    public int Count { get; private set; }

    /// <summary>Messages dropped because the queue was full, or they too long.</summary>
    public long DroppedCount { get; private set; }

    /// <summary>One more would make room by dropping something that nobody was told yet.</summary>
    public bool IsFullOfUnsent => Count >= _countMax && _tiers[0].Count == Count;

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
        if (!name.IsEmpty && _names.Remove(name, out BroadcastEntry? older))
        {
            BroadcastTier tier = _tiers[older.Transmissions];
            replaced = RemoveAt(tier, tier.IndexOf(older));
        }

        int dropped = 0;
        if (Count >= _countMax)
        {
            DroppedCount++;
            dropped = RemoveLast();
        }

        BroadcastEntry entry = _free.TryPop(out BroadcastEntry? used) ? used : new BroadcastEntry();
        entry.Set(message, name, token, ++_lastId);
        Place(entry);
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
        if (Count == 0)
        {
            return 0;
        }

        int used = 0;
        foreach (BroadcastTier tier in _tiers)
        {
            int index = 0;
            while (_taken.Count < partCountMax)
            {
                int free = limit - used - overhead;
                index = free > 0 ? tier.FirstThatFits(index, free) : tier.Count;
                if (index == tier.Count)
                {
                    break;
                }

                BroadcastEntry entry = tier[index];
                tier.RemoveAt(index);
                _taken.Add(entry);
                used += overhead + entry.Length;
                sink.Add(entry.Message);
            }
        }

        Count -= _taken.Count;
        PutBack(RetransmitLimit(_retransmitMultiplier, nodeCount));
        return used;
    }

    /// <summary>Changes the bound; what is above a lower one is dropped, and counted.</summary>
    public void SetCountMax(int countMax)
    {
        Invariant.Holds(countMax > 0);
        _countMax = countMax;
        DroppedCount += Math.Max(0, Count - countMax);
        Prune(countMax);
    }

    /// <summary>Drops from the end of the order until <paramref name="countMax"/> remain.</summary>
    public void Prune(int countMax)
    {
        while (Count > Math.Max(0, countMax))
        {
            Tell(RemoveLast(), transmitted: false);
        }
    }

    // Behind the whole selection, so that nothing is taken twice for one packet. The observer hears of
    // the finished ones last: it may add to the queue.
    private void PutBack(int transmitLimit)
    {
        foreach (BroadcastEntry entry in _taken)
        {
            entry.Transmissions++;
            if (entry.Transmissions < transmitLimit)
            {
                Place(entry);
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

    private void Place(BroadcastEntry entry)
    {
        while (_tiers.Count <= entry.Transmissions)
        {
            _tiers.Add(new BroadcastTier());
        }

        _tiers[entry.Transmissions].Add(entry);
        Count++;
    }

    private int RemoveLast()
    {
        int last = _tiers.Count - 1;
        while (_tiers[last].Count == 0)
        {
            last--;
        }

        return RemoveAt(_tiers[last], _tiers[last].Count - 1);
    }

    private int RemoveAt(BroadcastTier tier, int index)
    {
        BroadcastEntry entry = tier[index];
        int token = entry.Token;
        tier.RemoveAt(index);
        Count--;
        Forget(entry);
        return token;
    }

    private void Forget(BroadcastEntry entry)
    {
        if (!entry.Name.IsEmpty && _names.TryGetValue(entry.Name, out BroadcastEntry? named)
            && ReferenceEquals(named, entry))
        {
            _names.Remove(entry.Name);
        }

        entry.Clear();
        if (_free.Count < SpareCountMax)
        {
            _free.Push(entry);
        }
    }
}
