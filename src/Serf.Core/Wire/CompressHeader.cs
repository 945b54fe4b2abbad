using System;
using System.Buffers.Binary;

namespace Serf.Wire;

/// <summary>
/// What stands in front of the LZW bytes of a compress message (spec gossip 1.4): type byte,
/// map, <c>Algo</c> 0 and the head of <c>Buf</c>. Written apart from the content, which is
/// made in its final place.
/// </summary>
internal static class CompressHeader
{
    /// <summary>The largest header.</summary>
    public const int SizeMax = 17;

    private const int PrefixSize = 12;

    // 09, map of 2, "Algo" 0, "Buf"
    private static ReadOnlySpan<byte> Prefix =>
        [(byte)MessageType.Compress, 0x82, 0xA4, 0x41, 0x6C, 0x67, 0x6F, 0x00, 0xA3, 0x42, 0x75, 0x66];

    public static int SizeOf(int contentSize) =>
        PrefixSize + (contentSize < 32 ? 1 : contentSize <= ushort.MaxValue ? 3 : 5);

    // raw = fixraw | raw 16 | raw 32   https://github.com/msgpack/msgpack/blob/master/spec-old.md
    /// <returns>Bytes written: <see cref="SizeOf"/>.</returns>
    public static int Write(int contentSize, Span<byte> destination)
    {
        Prefix.CopyTo(destination);
        Span<byte> head = destination[PrefixSize..];
        if (contentSize < 32)
        {
            head[0] = (byte)(0xA0 | contentSize);
        }
        else if (contentSize <= ushort.MaxValue)
        {
            head[0] = 0xDA;
            BinaryPrimitives.WriteUInt16BigEndian(head[1..], (ushort)contentSize);
        }
        else
        {
            head[0] = 0xDB;
            BinaryPrimitives.WriteUInt32BigEndian(head[1..], (uint)contentSize);
        }

        return SizeOf(contentSize);
    }
}
