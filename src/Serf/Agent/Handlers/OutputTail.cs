using System;
using Serf.Primitives;

namespace Serf.Agent.Handlers;

/// <summary>The last bytes of a handler's output, and how many there were in all (spec agent 17.4).</summary>
internal sealed class OutputTail
{
    private readonly byte[] _ring = new byte[Limits.HandlerOutputSizeMax];

    /// <summary>Bytes written since <see cref="Clear"/>, kept or not.</summary>
    public long TotalSize { get; private set; }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _ring.Length)
        {
            TotalSize += bytes.Length - _ring.Length;
            bytes = bytes[^_ring.Length..];
        }

        int position = (int)(TotalSize % _ring.Length);
        int first = Math.Min(bytes.Length, _ring.Length - position);
        bytes[..first].CopyTo(_ring.AsSpan(position));
        bytes[first..].CopyTo(_ring);
        TotalSize += bytes.Length;
    }

    /// <summary>What was kept, oldest first.</summary>
    public byte[] ToArray()
    {
        if (TotalSize <= _ring.Length)
        {
            return _ring.AsSpan(0, (int)TotalSize).ToArray();
        }

        byte[] tail = new byte[_ring.Length];
        int oldest = (int)(TotalSize % _ring.Length);
        _ring.AsSpan(oldest).CopyTo(tail);
        _ring.AsSpan(0, oldest).CopyTo(tail.AsSpan(_ring.Length - oldest));
        return tail;
    }

    public void Clear() => TotalSize = 0;
}
