using System;

namespace Serf.Primitives;

/// <summary>
/// A point on the node's monotonic clock, counted in nanoseconds from an origin the host picks.
/// The core never reads a clock: every entry point takes the instant it happens at, so a run
/// depends on nothing but its inputs.
/// </summary>
public readonly record struct Instant(long Nanoseconds) : IComparable<Instant>
{
    /// <summary>No deadline is pending.</summary>
    public static readonly Instant Never = new(long.MaxValue);

    // Saturating, because a deadline computed from a hostile interval must not wrap into the past.
    public static Instant operator +(Instant at, TimeSpan delay)
    {
        long ticks = delay.Ticks;
        if (ticks >= (long.MaxValue - Math.Max(at.Nanoseconds, 0)) / TimeSpan.NanosecondsPerTick)
        {
            return Never;
        }

        if (ticks < long.MinValue / 2 / TimeSpan.NanosecondsPerTick)
        {
            return new(long.MinValue / 2);
        }

        return new(at.Nanoseconds + (ticks * TimeSpan.NanosecondsPerTick));
    }

    /// <summary>
    /// The time from <paramref name="earlier"/> to <paramref name="later"/>, to 100 nanoseconds.
    /// </summary>
    public static TimeSpan operator -(Instant later, Instant earlier) =>
        new((later.Nanoseconds - earlier.Nanoseconds) / TimeSpan.NanosecondsPerTick);

    public static bool operator <(Instant left, Instant right) => left.Nanoseconds < right.Nanoseconds;

    public static bool operator >(Instant left, Instant right) => left.Nanoseconds > right.Nanoseconds;

    public static bool operator <=(Instant left, Instant right) => left.Nanoseconds <= right.Nanoseconds;

    public static bool operator >=(Instant left, Instant right) => left.Nanoseconds >= right.Nanoseconds;

    public static Instant Min(Instant left, Instant right) => left <= right ? left : right;

    public int CompareTo(Instant other) => Nanoseconds.CompareTo(other.Nanoseconds);
}
