using System;
using Serf.Wire;

namespace Serf.Core.Tests.Swim;

/// <summary>What was under way when memory was allocated.</summary>
internal enum Doing : byte
{
    Receiving,
    Sending,

    /// <summary>A log line: always a string, and written when something happened.</summary>
    Logging,

    /// <summary>What is due by time, beside the sending of packets.</summary>
    Waiting,
}

/// <summary>
/// Counts the bytes that a thread allocates, by what it was doing: everything up to the sending of a packet
/// belongs to that packet, the rest to the packet received. Allocates nothing itself. The runtime books its own
/// work on a thread now and then, so time is cut into windows: what each packet allocates shows in all of them.
/// </summary>
internal sealed class AllocationMeter
{
    private const int TypeCount = 16;
    private const int WindowCountMax = 4;
    private const int WindowSize = 4 * TypeCount;
    private readonly long[] _counts = new long[WindowCountMax * WindowSize];
    private readonly long[] _bytes = new long[WindowCountMax * WindowSize];
    private int _window;
    private long _mark;

    /// <summary>Forgets what was counted.</summary>
    public void Reset()
    {
        Array.Clear(_counts);
        Array.Clear(_bytes);
        _window = 0;
    }

    /// <summary>What comes now is counted apart.</summary>
    public void NextWindow() => _window++;

    /// <summary>What is allocated from here on counts.</summary>
    public void Resume() => _mark = GC.GetAllocatedBytesForCurrentThread();

    /// <summary>What was allocated since <see cref="Resume"/>; from here on it does not count.</summary>
    public long Pause() => GC.GetAllocatedBytesForCurrentThread() - _mark;

    public void Charge(Doing doing, MessageType type, long bytes)
    {
        int index = IndexOf(_window, doing, type);
        _counts[index]++;
        _bytes[index] += bytes;
    }

    /// <summary>How often it was charged in all windows.</summary>
    public long CountOf(Doing doing, MessageType type = default) => Sum(_counts, doing, type);

    /// <summary>What was charged in all windows.</summary>
    public long BytesOf(Doing doing, MessageType type = default) => Sum(_bytes, doing, type);

    /// <summary>How often it was charged in the window where that was least.</summary>
    public long LeastCountOf(Doing doing, MessageType type = default) => Least(_counts, doing, type);

    /// <summary>What was charged in the window where that was least.</summary>
    public long LeastBytesOf(Doing doing, MessageType type = default) => Least(_bytes, doing, type);

    private long Sum(long[] windows, Doing doing, MessageType type)
    {
        long sum = 0;
        for (int window = 0; window <= _window; window++)
        {
            sum += windows[IndexOf(window, doing, type)];
        }

        return sum;
    }

    private long Least(long[] windows, Doing doing, MessageType type)
    {
        long least = long.MaxValue;
        for (int window = 0; window <= _window; window++)
        {
            least = Math.Min(least, windows[IndexOf(window, doing, type)]);
        }

        return least;
    }

    private static int IndexOf(int window, Doing doing, MessageType type) =>
        (window * WindowSize) + ((int)doing * TypeCount) + (int)type;
}
