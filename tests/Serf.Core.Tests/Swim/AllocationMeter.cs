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
/// belongs to that packet, the rest to the packet received. Allocates nothing itself.
/// </summary>
internal sealed class AllocationMeter
{
    private const int TypeCount = 16;
    private readonly long[] _counts = new long[4 * TypeCount];
    private readonly long[] _bytes = new long[4 * TypeCount];
    private long _mark;

    /// <summary>Forgets what was counted.</summary>
    public void Reset()
    {
        Array.Clear(_counts);
        Array.Clear(_bytes);
    }

    /// <summary>What is allocated from here on counts.</summary>
    public void Resume() => _mark = GC.GetAllocatedBytesForCurrentThread();

    /// <summary>What was allocated since <see cref="Resume"/>; from here on it does not count.</summary>
    public long Pause() => GC.GetAllocatedBytesForCurrentThread() - _mark;

    public void Charge(Doing doing, MessageType type, long bytes)
    {
        int index = IndexOf(doing, type);
        _counts[index]++;
        _bytes[index] += bytes;
    }

    public long CountOf(Doing doing, MessageType type = default) => _counts[IndexOf(doing, type)];

    public long BytesOf(Doing doing, MessageType type = default) => _bytes[IndexOf(doing, type)];

    private static int IndexOf(Doing doing, MessageType type) => ((int)doing * TypeCount) + (int)type;
}
