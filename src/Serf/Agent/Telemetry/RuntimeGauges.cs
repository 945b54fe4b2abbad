using System;
using System.Buffers.Text;
using Serf.Posix;
using Serf.Primitives;

namespace Serf.Agent.Telemetry;

/// <summary>
/// The state of the process (spec agent 19.2): what the runtime has that comes nearest to the original's.
/// One thread at a time.
/// </summary>
internal sealed class RuntimeGauges
{
    private const int PageSize = 4096;

    // Of the fields behind the name in /proc/self/stat, which is in brackets and may hold anything.
    private const int ThreadField = 17;
    private const int ResidentField = 21;

    private int _collectionCount;
    private TimeSpan _pauses;

    /// <param name="add">Called once for each gauge, and for each collection since the last time.</param>
    public void Take(Action<Metric, double> add)
    {
        (long threads, long resident) = ReadProcess();
        long heap = GC.GetTotalMemory(forceFullCollection: false);
        long allocated = GC.GetTotalAllocatedBytes(precise: false);
        int collections = GC.CollectionCount(0);
        TimeSpan pauses = GC.GetTotalPauseDuration();
        int count = collections - _collectionCount;
        double pause = (pauses - _pauses).TotalNanoseconds;
        _collectionCount = collections;
        _pauses = pauses;
        add(Metric.RuntimeThreads, threads);
        add(Metric.RuntimeHeapSize, heap);
        add(Metric.RuntimeResidentSize, resident);
        add(Metric.RuntimeAllocated, allocated);
        add(Metric.RuntimeFreed, Math.Max(0, allocated - heap));
        add(Metric.RuntimeLive, Math.Min(allocated, heap));
        add(Metric.RuntimePauseTotal, pauses.TotalNanoseconds);
        add(Metric.RuntimeCollections, collections);

        // The runtime tells the pause of the last one only; of several, each counts as their mean.
        for (int index = 0; index < count; index++)
        {
            add(Metric.RuntimePause, pause / count);
        }
    }

    private static unsafe (long Threads, long Resident) ReadProcess()
    {
        const int StatSizeMax = 1024;
        byte* stat = stackalloc byte[StatSizeMax];
        int descriptor = Libc.OpenFile("/proc/self/stat", 0);
        if (descriptor < 0)
        {
            return (0, 0);
        }

        nint size = Libc.ReadDescriptor(descriptor, stat, StatSizeMax);
        _ = Libc.CloseDescriptor(descriptor);
        ReadOnlySpan<byte> text = new(stat, (int)Math.Max(0, size));
        text = text[(text.LastIndexOf((byte)')') + 1)..];
        return (Field(text, ThreadField), Field(text, ResidentField) * PageSize);
    }

    // field = " " text
    private static long Field(ReadOnlySpan<byte> text, int index)
    {
        for (int skipped = 0; skipped <= index; skipped++)
        {
            text = text[(text.IndexOf((byte)' ') + 1)..];
        }

        return Utf8Parser.TryParse(text, out long value, out _) ? value : 0;
    }
}
