using System;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Threading;

namespace Serf.Host;

/// <summary>
/// Bounded lock-free queue of many producers and many consumers (Vyukov, "Bounded MPMC queue"). Every cell
/// carries the number of the turn it waits for, so a producer and a consumer meet only in their own cell.
/// </summary>
internal sealed class BoundedRing<T>
{
    private readonly Cell[] _cells;
    private readonly int _mask;
    private RingPositions _positions;

    /// <param name="capacity">Rounded up to a power of two.</param>
    public BoundedRing(int capacity)
    {
        _cells = new Cell[(int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(capacity, 2))];
        _mask = _cells.Length - 1;
        for (int index = 0; index < _cells.Length; index++)
        {
            _cells[index].Turn = index;
        }
    }

    public int Capacity => _cells.Length;

    /// <summary>Items in the ring, those being written just now included.</summary>
    public long Count => Volatile.Read(ref _positions.Tail) - Volatile.Read(ref _positions.Head);

    public bool TryEnqueue(in T item)
    {
        long position = Volatile.Read(ref _positions.Tail);
        while (true)
        {
            ref Cell cell = ref _cells[(int)position & _mask];
            long lead = Volatile.Read(ref cell.Turn) - position;
            if (lead < 0)
            {
                return false;
            }

            long seen = lead > 0
                ? Volatile.Read(ref _positions.Tail)
                : Interlocked.CompareExchange(ref _positions.Tail, position + 1, position);
            if (lead == 0 && seen == position)
            {
                cell.Item = item;
                Volatile.Write(ref cell.Turn, position + 1);
                return true;
            }

            position = seen;
        }
    }

    /// <summary>False when the ring is empty, or its oldest item is still being written.</summary>
    public bool TryDequeue(out T item)
    {
        long position = Volatile.Read(ref _positions.Head);
        while (true)
        {
            ref Cell cell = ref _cells[(int)position & _mask];
            long lead = Volatile.Read(ref cell.Turn) - (position + 1);
            if (lead < 0)
            {
                item = default!;
                return false;
            }

            long seen = lead > 0
                ? Volatile.Read(ref _positions.Head)
                : Interlocked.CompareExchange(ref _positions.Head, position + 1, position);
            if (lead == 0 && seen == position)
            {
                item = cell.Item;
                cell.Item = default!;
                Volatile.Write(ref cell.Turn, position + _cells.Length);
                return true;
            }

            position = seen;
        }
    }

    private struct Cell
    {
        public long Turn;
        public T Item;
    }
}

// Apart by more than a cache line, or each side would slow the other down. Not nested: a
// generic type cannot hold it.
[StructLayout(LayoutKind.Explicit, Size = 384)]
internal struct RingPositions
{
    [FieldOffset(128)]
    public long Tail;

    [FieldOffset(256)]
    public long Head;
}
