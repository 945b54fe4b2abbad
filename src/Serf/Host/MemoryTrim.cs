using System;
using Serf.Primitives;

namespace Serf.Host;

/// <summary>
/// Gives memory back after streams of many megabytes, such as states of large clusters, or bytes that were
/// no state at all. Nothing else would: an agent at rest allocates too little to make the collector run.
/// Looks only when a stream has ended, so a steady agent has no timer for it.
/// </summary>
internal sealed class MemoryTrim : ILoopTimer
{
    // Streams come in bursts, and a collection holds up the node for some milliseconds.
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    // What lived at a collection may have been another stream's bytes, so the size is not trusted for good.
    private static readonly TimeSpan Trust = TimeSpan.FromMinutes(5);

    private readonly Func<long> _heapSize;
    private readonly Action _collect;
    private Instant _earliest;
    private Instant _trustEnd;
    private long _liveSize;

    public MemoryTrim()
        : this(
            static () => GC.GetTotalMemory(forceFullCollection: false),
            static () => GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true))
    {
    }

    /// <param name="heapSize">Bytes on the heap, garbage included.</param>
    /// <param name="collect">Collects all of it and gives the memory back.</param>
    internal MemoryTrim(Func<long> heapSize, Action collect)
    {
        _heapSize = heapSize;
        _collect = collect;
    }

    public Instant NextDeadline { get; private set; } = Instant.Never;

    public void StreamEnded(Instant now)
    {
        if (NextDeadline == Instant.Never && IsLarge(now))
        {
            Instant due = now + Delay;
            NextDeadline = due < _earliest ? _earliest : due;
        }
    }

    public void Advance(Instant now)
    {
        if (NextDeadline > now)
        {
            return;
        }

        NextDeadline = Instant.Never;
        if (IsLarge(now))
        {
            _collect();
            _liveSize = _heapSize();
            _earliest = now + Interval;
            _trustEnd = now + Trust;
        }
    }

    private bool IsLarge(Instant now)
    {
        long living = now < _trustEnd ? _liveSize : 0;
        return _heapSize() > Math.Max(Limits.HeapSizeKept, 3 * living);
    }
}
