using System;
using System.Threading;
using Serf.Primitives;

namespace Serf.Host;

/// <summary>
/// The one way into the node thread: a bounded lock-free ring of many producers and one consumer (Vyukov's
/// bounded queue), with a sleeping consumer woken on demand.
/// </summary>
internal sealed class Inbox
{
    private const int SpinCountMax = 20;

    private readonly BoundedRing<InboxItem> _ring;
    private readonly object _itemGate = new();
    private readonly object _roomGate = new();
    private readonly int _roomyCount;
    private readonly int _packetCountMax;
    private long _refusedCount;
    private int _sleeping;
    private bool _signalled;
    private int _waitingCount;
    private bool _closed;

    public Inbox(int capacity = Limits.InboxCountMax, int packetCountMax = Limits.InboxPacketCountMax)
    {
        _ring = new(capacity);
        _packetCountMax = packetCountMax;
        _roomyCount = _ring.Capacity / 2;
    }

    /// <summary>Items refused because the ring was full.</summary>
    public long RefusedCount => Interlocked.Read(ref _refusedCount);

    /// <summary>
    /// False, and counted, when many items wait already: for datagrams. A flood of them must leave room for
    /// what waits for it, or that would wait as long as the flood lasts.
    /// </summary>
    public bool TryPostPacket(in InboxItem item)
    {
        if (_ring.Count < _packetCountMax)
        {
            return TryPost(item);
        }

        Interlocked.Increment(ref _refusedCount);
        return false;
    }

    /// <summary>False, and counted, when the ring is full.</summary>
    public bool TryPost(in InboxItem item)
    {
        if (!_ring.TryEnqueue(item))
        {
            Interlocked.Increment(ref _refusedCount);
            return false;
        }

        WakeConsumer();
        return true;
    }

    /// <summary>Waits for room: for everything that must not be lost. Never
    /// called on the node thread.</summary>
    public void Post(in InboxItem item)
    {
        SpinWait spinner = default;
        while (!_ring.TryEnqueue(item))
        {
            if (spinner.Count < SpinCountMax)
            {
                spinner.SpinOnce(sleep1Threshold: -1);
                continue;
            }

            if (!WaitForRoom(item))
            {
                return;
            }

            break;
        }

        WakeConsumer();
    }

    public bool TryTake(out InboxItem item)
    {
        if (!_ring.TryDequeue(out item))
        {
            return false;
        }

        // The fence pairs with the one in WaitForRoom: either the producer sees the free
        // cell or it is seen waiting.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _waitingCount) > 0 && _ring.Count <= _roomyCount)
        {
            lock (_roomGate)
            {
                Monitor.PulseAll(_roomGate);
            }
        }

        return true;
    }

    /// <summary>Waits until an item may be there or the time is up. Node thread only.</summary>
    public void Wait(TimeSpan timeout)
    {
        // The exchange is a fence: either the item is seen below or its producer sees the flag.
        Interlocked.Exchange(ref _sleeping, 1);
        if (_ring.Count == 0)
        {
            lock (_itemGate)
            {
                if (!_signalled)
                {
                    Monitor.Wait(_itemGate, timeout);
                }

                _signalled = false;
            }
        }

        Volatile.Write(ref _sleeping, 0);
    }

    /// <summary>Nobody takes items any more: lets waiting producers go, and drops
    /// what is posted from now on.</summary>
    public void Close()
    {
        lock (_roomGate)
        {
            _closed = true;
            Monitor.PulseAll(_roomGate);
        }
    }

    private void WakeConsumer()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _sleeping) == 0 || Interlocked.Exchange(ref _sleeping, 0) == 0)
        {
            return;
        }

        lock (_itemGate)
        {
            _signalled = true;
            Monitor.Pulse(_itemGate);
        }
    }

    // Producers are let go when half of the ring is free, so that each does not wake for a single cell.
    private bool WaitForRoom(in InboxItem item)
    {
        lock (_roomGate)
        {
            Interlocked.Increment(ref _waitingCount);
            bool posted = _ring.TryEnqueue(item);
            while (!posted && !_closed)
            {
                Monitor.Wait(_roomGate);
                posted = _ring.TryEnqueue(item);
            }

            Interlocked.Decrement(ref _waitingCount);
            return posted;
        }
    }
}
