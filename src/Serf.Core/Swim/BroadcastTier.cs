using System;
using System.Buffers;
using Serf.Primitives;

namespace Serf.Swim;

/// <summary>
/// The messages that were sent equally often, longest first, of equal length newest first. A sorted array
/// with room at both ends: what comes and goes does so near an end, so that little has to move.
/// </summary>
internal sealed class BroadcastTier
{
    private const int LengthMin = 8;

    // A larger array goes when the tier is empty, and is another tier's next: a wave of messages passes
    // through all of them, one by one. What is given back to the pool holds no references.
    private const int KeptLengthMax = 64;

    private BroadcastEntry?[] _items = [];
    private int _head;

    public int Count { get; private set; }

    public BroadcastEntry this[int index] => _items[_head + index]!;

    public void Add(BroadcastEntry entry)
    {
        int index = LowerBound(0, entry.Length, entry.Id);
        bool isFrontShorter = index < Count - index;
        if (isFrontShorter ? _head == 0 : _head + Count == _items.Length)
        {
            MakeRoom();
        }

        if (isFrontShorter)
        {
            Array.Copy(_items, _head, _items, _head - 1, index);
            _head--;
        }
        else
        {
            Array.Copy(_items, _head + index, _items, _head + index + 1, Count - index);
        }

        _items[_head + index] = entry;
        Count++;
    }

    public void RemoveAt(int index)
    {
        int behind = Count - index - 1;
        if (index < behind)
        {
            Array.Copy(_items, _head, _items, _head + 1, index);
            _items[_head] = null;
            _head++;
        }
        else
        {
            Array.Copy(_items, _head + index + 1, _items, _head + index, behind);
            _items[_head + Count - 1] = null;
        }

        Count--;
        if (Count == 0 && _items.Length > KeptLengthMax)
        {
            Replace([]);
            _head = 0;
        }
    }

    public int IndexOf(BroadcastEntry entry)
    {
        int index = LowerBound(0, entry.Length, entry.Id);
        Invariant.Holds(index < Count && ReferenceEquals(this[index], entry));
        return index;
    }

    /// <summary>The first that is no longer than <paramref name="free"/>, from <paramref name="start"/> on;
    /// <see cref="Count"/> for none.</summary>
    public int FirstThatFits(int start, int free) =>
        start == Count || this[start].Length <= free ? start : LowerBound(start, free, long.MaxValue);

    // The first entry not before (length descending, id descending).
    private int LowerBound(int start, int length, long id)
    {
        int low = start;
        int high = Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            BroadcastEntry entry = this[middle];
            bool before = entry.Length != length ? entry.Length > length : entry.Id > id;
            if (before)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    // In the middle of an array of which at most half is used, so that the next time is far away.
    private void MakeRoom()
    {
        BroadcastEntry?[] target = _items;
        if (target.Length < LengthMin || Count > target.Length / 2)
        {
            target = ArrayPool<BroadcastEntry?>.Shared.Rent(Math.Max(LengthMin, 2 * target.Length));
        }

        int head = (target.Length - Count) / 2;
        Array.Copy(_items, _head, target, head, Count);
        if (ReferenceEquals(target, _items))
        {
            Array.Clear(target, 0, head);
            Array.Clear(target, head + Count, target.Length - head - Count);
        }
        else
        {
            Array.Clear(_items);
            Replace(target);
        }

        _head = head;
    }

    private void Replace(BroadcastEntry?[] items)
    {
        if (_items.Length > 0)
        {
            ArrayPool<BroadcastEntry?>.Shared.Return(_items);
        }

        _items = items;
    }
}
