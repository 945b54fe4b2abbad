using System;
using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Swim;

/// <summary>
/// Lifeguard's suspicion timer (spec gossip 5.6): the time left to a suspect shrinks with every independent
/// accuser, from <c>max</c> down to <c>min</c>.
/// </summary>
public sealed class Suspicion : DeadlineEntry
{
    private readonly List<ByteString> _accusers = [];
    private readonly int _confirmationCountMax;
    private readonly TimeSpan _min;
    private readonly TimeSpan _max;
    private readonly Instant _start;

    public Suspicion(Member member, ReadOnlySpan<byte> from, int confirmationCountMax, TimeSpan min,
        TimeSpan max, Instant now)
    {
        Member = member;
        _confirmationCountMax = confirmationCountMax;
        _min = min;
        _max = max;
        _start = now;
        _accusers.Add(ByteString.Copy(from));
    }

    public Member Member { get; }

    public int ConfirmationCount { get; private set; }

    /// <summary>Fewer have confirmed it than were hoped for.</summary>
    public bool IsShort => ConfirmationCount < _confirmationCountMax;

    /// <summary>When the suspect is to be declared dead, by what is known so far.</summary>
    public Instant Due => _confirmationCountMax < 1
        ? _start + _min
        : _start + Remaining(ConfirmationCount, _confirmationCountMax, TimeSpan.Zero, _min, _max);

    /// <returns>True when the accuser is a new one, and still of use.</returns>
    public bool Confirm(ReadOnlySpan<byte> from)
    {
        if (ConfirmationCount >= _confirmationCountMax)
        {
            return false;
        }

        foreach (ByteString accuser in _accusers)
        {
            if (accuser.Equals(from))
            {
                return false;
            }
        }

        _accusers.Add(ByteString.Copy(from));
        ConfirmationCount++;
        return true;
    }

    /// <summary>What is left of a suspicion; zero or less when it is over.</summary>
    public static TimeSpan Remaining(int count, int countMax, TimeSpan elapsed, TimeSpan min, TimeSpan max)
    {
        double share = Math.Log(count + 1.0) / Math.Log(countMax + 1.0);
        double seconds = max.TotalSeconds - (share * (max.TotalSeconds - min.TotalSeconds));

        // Whole milliseconds, as every peer computes it; a finer value would expire first here.
        TimeSpan timeout = new((long)Math.Floor(1000.0 * seconds) * TimeSpan.TicksPerMillisecond);
        return (timeout < min ? min : timeout) - elapsed;
    }

    /// <summary>Confirmations hoped for; none in a cluster too small to give them.</summary>
    public static int ConfirmationsExpected(int multiplier, int nodeCount)
    {
        int expected = multiplier - 2;
        return nodeCount - 2 < expected ? 0 : Math.Max(0, expected);
    }

    /// <summary>The shortest life of a suspicion in a cluster of <paramref name="nodeCount"/>.</summary>
    public static TimeSpan MinTimeout(int multiplier, int nodeCount, TimeSpan probeInterval)
    {
        double scale = Math.Max(1.0, Math.Log10(Math.Max(1.0, nodeCount)));
        Int128 ticks = (Int128)multiplier * (long)Math.Floor(1000.0 * scale) * probeInterval.Ticks / 1000;
        return new TimeSpan((long)Int128.Min(ticks, TimeSpan.MaxValue.Ticks / 1024));
    }
}
