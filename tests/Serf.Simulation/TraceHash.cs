using System;
using System.Buffers.Binary;
using System.Numerics;

namespace Serf.Simulation;

/// <summary>
/// One number for a whole run: everything that was delivered, to whom and when. Not meant against an
/// adversary; the same on every machine and runtime.
/// </summary>
public sealed class TraceHash
{
    private const ulong Factor = 0x9E3779B97F4A7C15;

    public ulong Value { get; private set; } = 0x5345524653494D31;

    public void Add(ulong value) => Value = BitOperations.RotateLeft((Value ^ value) * Factor, 29);

    public void Add(ReadOnlySpan<byte> bytes)
    {
        Add((ulong)bytes.Length);
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            Add(BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        ulong rest = 0;
        foreach (byte value in bytes)
        {
            rest = (rest << 8) | value;
        }

        Add(rest);
    }
}
