using System;
using Serf.Primitives;

namespace Serf.Simulation;

/// <summary>The only source of chance in a world: one seed, one order of draws.</summary>
public sealed class SimChance(ulong seed)
{
    private Prng _prng = new(seed);

    public ulong Seed() => _prng.NextUInt64();

    public int Below(int bound) => _prng.Next(bound);

    public bool Happens(double probability) => probability > 0 && _prng.NextDouble() < probability;

    public double Between(double low, double high) => low + ((high - low) * _prng.NextDouble());

    public TimeSpan Between(TimeSpan low, TimeSpan high) => low + _prng.NextDelay(high - low);

    /// <summary>Swarm testing: a fault is off in half of the worlds, rare or frequent in the others.</summary>
    public double Swarm(double rare, double frequent) => Below(4) switch
    {
        0 or 1 => 0,
        2 => rare,
        _ => Between(rare, frequent),
    };

    public T[] Shuffled<T>(T[] items)
    {
        T[] copy = [.. items];
        _prng.Shuffle(copy.AsSpan());
        return copy;
    }
}
