using System;
using System.Buffers.Binary;
using Serf.Primitives;

namespace Serf.Wire;

/// <summary>
/// Many messages in one (spec gossip 2.2): <c>07 | count | count x BE16 length | parts</c>.
/// An instance walks the parts of a received one.
/// </summary>
public ref struct Compound
{
    /// <summary>
    /// The count is one byte on the wire. What we send is bounded by <see cref="Limits"/>, lower.
    /// </summary>
    public const int PartCountMax = byte.MaxValue;

    private ReadOnlySpan<byte> _sizes;
    private ReadOnlySpan<byte> _parts;

    /// <summary>Parts announced but not there, known once <see cref="TryNext"/> has returned false.</summary>
    public int TruncatedCount { get; private set; }

    /// <summary>Bytes in front of the first part, type byte included.</summary>
    public static int HeaderSize(int partCount) => 2 + (2 * partCount);

    /// <returns>Bytes written: <see cref="HeaderSize"/>.</returns>
    public static int WriteHeader(ReadOnlySpan<ushort> partSizes, Span<byte> destination)
    {
        Invariant.Holds(partSizes.Length <= PartCountMax);
        destination[0] = (byte)MessageType.Compound;
        destination[1] = (byte)partSizes.Length;
        for (int index = 0; index < partSizes.Length; index++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(destination[HeaderSize(index)..], partSizes[index]);
        }

        return HeaderSize(partSizes.Length);
    }

    /// <summary>NeedMore: the count or the lengths are cut short, and no part can be told.</summary>
    /// <param name="body">The bytes behind the type byte.</param>
    public static ReadStatus TryOpen(ReadOnlySpan<byte> body, out Compound compound)
    {
        compound = default;
        if (body.IsEmpty || body.Length < 1 + (2 * body[0]))
        {
            return ReadStatus.NeedMore;
        }

        compound._sizes = body.Slice(1, 2 * body[0]);
        compound._parts = body[(1 + compound._sizes.Length)..];
        return ReadStatus.Ok;
    }

    /// <summary>The next part, empty ones included. The first that is cut short ends the walk.</summary>
    public bool TryNext(out ReadOnlySpan<byte> part)
    {
        part = default;
        if (_sizes.IsEmpty)
        {
            return false;
        }

        int size = BinaryPrimitives.ReadUInt16BigEndian(_sizes);
        if (size > _parts.Length)
        {
            TruncatedCount = _sizes.Length / 2;
            _sizes = default;
            return false;
        }

        part = _parts[..size];
        _parts = _parts[size..];
        _sizes = _sizes[2..];
        return true;
    }
}
