using System;
using Serf.Primitives;

namespace Serf.Host;

/// <summary>
/// Gives memory back after streams of many megabytes, such as states of large clusters, or bytes that were
/// no state at all, and after bursts of events. Nothing else would: an agent at rest allocates too little to
/// make the collector run, and a collection of the young keeps what it has. Looks only when a stream has
/// ended or the collector has run, so an agent at rest has no timer for it.
/// </summary>
internal sealed class MemoryTrim : ILoopTimer
{
    // Streams come in bursts, and a collection holds up the node for some milliseconds.
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    // What lived at a collection may have been another stream's bytes, so the size is not trusted for good.
    private static readonly TimeSpan Trust = TimeSpan.FromMinutes(5);

    private readonly Func<long> _heapSize;
    private readonly Func<int> _runCount;
    private readonly Action _collect;
    private int _runsSeen;
    private bool _hasRun;
    private bool _looksAgain;
    private Instant _earliest;
    private Instant _trustEnd;
    private Instant _waitEnd;
    private long _liveSize;

    public MemoryTrim()
        : this(
            static () => GC.GetTotalMemory(forceFullCollection: false),
            static () => GC.CollectionCount(0),
            static () => GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true))
    {
    }

    /// <param name="heapSize">Bytes on the heap, garbage included.</param>
    /// <param name="runCount">How often the collector has run.</param>
    /// <param name="collect">Collects all of it and gives the memory back.</param>
    internal MemoryTrim(Func<long> heapSize, Func<int> runCount, Action collect)
    {
        _heapSize = heapSize;
        _runCount = runCount;
        _runsSeen = runCount();
        _collect = collect;
    }

    public Instant NextDeadline { get; private set; } = Instant.Never;

    public void StreamEnded(Instant now)
    {
        if (NextDeadline == Instant.Never && IsLarge(now))
        {
            _waitEnd = now + Interval;
            NextDeadline = Later(now + Delay, _earliest);
        }
    }

    public void Advance(Instant now)
    {
        int runs = _runCount();
        if (runs != _runsSeen)
        {
            // Under load it runs again and again; then this waits for the end, but not for ever.
            _runsSeen = runs;
            _hasRun = true;
            _waitEnd = NextDeadline == Instant.Never ? now + Interval : _waitEnd;
            NextDeadline = Later(Instant.Min(now + Delay, _waitEnd), _earliest);
        }

        if (NextDeadline > now)
        {
            return;
        }

        NextDeadline = Instant.Never;
        bool isLarge = IsLarge(now);
        if (isLarge || _looksAgain || (_hasRun && _heapSize() <= Limits.HeapSizeKept))
        {
            _collect();
            _runsSeen = _runCount();
            _liveSize = _heapSize();
            _earliest = now + Interval;
            _trustEnd = now + Trust;

            // What was still needed then, such as the events of a burst, may be garbage by the next time.
            _looksAgain = isLarge || !_looksAgain;
            _hasRun = false;
            _waitEnd = _earliest;
            NextDeadline = _looksAgain ? _earliest : Instant.Never;
        }
    }

    private static Instant Later(Instant one, Instant other) => one < other ? other : one;

    private bool IsLarge(Instant now)
    {
        long living = now < _trustEnd ? _liveSize : 0;
        return _heapSize() > Math.Max(Limits.HeapSizeKept, 3 * living);
    }
}
