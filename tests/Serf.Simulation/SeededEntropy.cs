using System;
using Serf.Primitives;

namespace Serf.Simulation;

/// <summary>Bytes from a seed: nobody attacks a simulation, but a run must repeat.</summary>
public sealed class SeededEntropy(ulong seed) : IEntropy
{
    private Prng _prng = new(seed);

    public void Fill(Span<byte> destination)
    {
        foreach (ref byte value in destination)
        {
            value = (byte)_prng.Next(256);
        }
    }
}
