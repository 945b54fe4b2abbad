using System.Diagnostics;
using Serf.Primitives;

namespace Serf.Host;

/// <summary>The clock of every node of this process: never set back, origin at the machine's start.</summary>
internal static class MonotonicClock
{
    // The runtime's counter is the kernel's, in nanoseconds; the check keeps the arithmetic from being
    // trusted elsewhere.
    private static readonly long NanosecondsPerCount = 1_000_000_000 / Stopwatch.Frequency;

    static MonotonicClock() => Invariant.Holds(1_000_000_000 % Stopwatch.Frequency == 0);

    public static Instant Now => new(Stopwatch.GetTimestamp() * NanosecondsPerCount);
}
