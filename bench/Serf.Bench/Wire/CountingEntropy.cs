using System;
using Serf.Primitives;

namespace Serf.Bench.Wire;

/// <summary>Nonces that never repeat and cost nothing.</summary>
internal sealed class CountingEntropy : IEntropy
{
    private ulong _count;

    public void Fill(Span<byte> bytes)
    {
        bytes.Clear();
        for (int start = 0; start + 12 <= bytes.Length; start += 12)
        {
            BitConverter.TryWriteBytes(bytes[start..], ++_count);
        }
    }
}
