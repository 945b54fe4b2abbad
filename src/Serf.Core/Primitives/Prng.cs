using System;
using System.Numerics;

namespace Serf.Primitives;

/// <summary>
/// Seeded choice for everything that need not be secret: targets, shuffles, phases. Integer-only, so
/// a seed means the same on every machine. The generator is xoshiro256** (Blackman and Vigna, 2018),
/// its state filled from the seed by SplitMix64.
/// </summary>
/// <remarks>A mutable struct: keep it in a field and never copy it.</remarks>
public struct Prng
{
    private ulong _a;
    private ulong _b;
    private ulong _c;
    private ulong _d;

    public Prng(ulong seed)
    {
        _a = SplitMix(ref seed);
        _b = SplitMix(ref seed);
        _c = SplitMix(ref seed);
        _d = SplitMix(ref seed);
    }

    public ulong NextUInt64()
    {
        ulong result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        ulong shifted = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= shifted;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>A uniform number from 0 up to, not including, <paramref name="bound"/>.</summary>
    public int Next(int bound)
    {
        Invariant.Holds(bound > 0);

        // Lemire's multiplication, with the few biased draws rejected.
        uint range = (uint)bound;
        uint threshold = (0u - range) % range;
        while (true)
        {
            ulong product = (NextUInt64() >> 32) * range;
            if ((uint)product >= threshold)
            {
                return (int)(product >> 32);
            }
        }
    }

    /// <summary>A uniform number in [0, 1) with 53 bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A uniform span of time in [0, <paramref name="bound"/>).</summary>
    public TimeSpan NextDelay(TimeSpan bound) =>
        bound <= TimeSpan.Zero ? TimeSpan.Zero : new TimeSpan((long)(NextUInt64() % (ulong)bound.Ticks));

    public void Shuffle<T>(Span<T> items)
    {
        for (int last = items.Length - 1; last > 0; last--)
        {
            int other = Next(last + 1);
            (items[last], items[other]) = (items[other], items[last]);
        }
    }

    private static ulong SplitMix(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        ulong mixed = state;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
