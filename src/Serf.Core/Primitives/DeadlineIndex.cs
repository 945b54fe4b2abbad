using System;

namespace Serf.Primitives;

/// <summary>Something that has a deadline, kept in at most one <see cref="DeadlineIndex{T}"/>.</summary>
public abstract class DeadlineEntry
{
    /// <summary><see cref="Instant.Never"/> while in no index.</summary>
    public Instant Deadline { get; internal set; } = Instant.Never;

    internal int Slot { get; set; } = -1;

    internal long Order { get; set; }
}

/// <summary>
/// The earliest deadline over a set of entries. An entry is moved or removed where it stands, so none
/// ever fires late or twice. Equal deadlines come in the order they were set.
/// </summary>
public sealed class DeadlineIndex<T>
    where T : DeadlineEntry
{
    // A binary heap whose entries know their place.
    private T[] _heap = [];
    private int _count;
    private long _order;

    public int Count => _count;

    /// <summary>The earliest deadline, or <see cref="Instant.Never"/>.</summary>
    public Instant Earliest => _count == 0 ? Instant.Never : _heap[0].Deadline;

    /// <summary>The entry with the earliest deadline, or null.</summary>
    public T? First => _count == 0 ? null : _heap[0];

    /// <summary>Adds the entry, or gives it another deadline.</summary>
    public void Set(T entry, Instant deadline)
    {
        entry.Deadline = deadline;
        entry.Order = ++_order;
        if (entry.Slot < 0)
        {
            if (_count == _heap.Length)
            {
                Array.Resize(ref _heap, Math.Max(16, _count * 2));
            }

            _heap[_count] = entry;
            entry.Slot = _count++;
            Rise(entry.Slot);
            return;
        }

        Invariant.Holds(entry.Slot < _count && ReferenceEquals(_heap[entry.Slot], entry));
        Sink(Rise(entry.Slot));
    }

    /// <summary>Nothing happens if the entry is not in the index.</summary>
    public void Remove(T entry)
    {
        int slot = entry.Slot;
        if (slot < 0)
        {
            return;
        }

        Invariant.Holds(slot < _count && ReferenceEquals(_heap[slot], entry));
        entry.Slot = -1;
        entry.Deadline = Instant.Never;
        T last = _heap[--_count];
        _heap[_count] = null!;
        if (slot < _count)
        {
            _heap[slot] = last;
            last.Slot = slot;
            Sink(Rise(slot));
        }
    }

    private static bool IsBefore(T left, T right) =>
        left.Deadline < right.Deadline || (left.Deadline == right.Deadline && left.Order < right.Order);

    private int Rise(int slot)
    {
        while (slot > 0 && IsBefore(_heap[slot], _heap[(slot - 1) / 2]))
        {
            Swap(slot, (slot - 1) / 2);
            slot = (slot - 1) / 2;
        }

        return slot;
    }

    private void Sink(int slot)
    {
        while (true)
        {
            int child = (2 * slot) + 1;
            if (child >= _count)
            {
                return;
            }

            if (child + 1 < _count && IsBefore(_heap[child + 1], _heap[child]))
            {
                child++;
            }

            if (!IsBefore(_heap[child], _heap[slot]))
            {
                return;
            }

            Swap(slot, child);
            slot = child;
        }
    }

    private void Swap(int left, int right)
    {
        (_heap[left], _heap[right]) = (_heap[right], _heap[left]);
        _heap[left].Slot = left;
        _heap[right].Slot = right;
    }
}
