using System;
using System.Buffers.Binary;

namespace Serf.Net;

/// <summary>
/// Names of the domain name system in their wire form (RFC 1035, section 4.1.4): labels with their sizes in
/// front, the root's empty label at the end.
/// </summary>
internal static class DnsName
{
    /// <summary>A whole name, the sizes of its labels and the root's counted.</summary>
    public const int SizeMax = 255;

    public const int LabelSizeMax = 63;

    /// <summary>The two upper bits of a pointer, in place of a label's size.</summary>
    public const int PointerMark = 0xC0;

    /// <summary>Places in a message that a pointer can name.</summary>
    public const int PointerTargetMax = 0x3FFF;

    private const int HeaderSize = 12;

    // No writer has a reason for more than one in a name that another name did not bring along.
    private const int PointerCountMax = 126;

    /// <summary>Writes a name given with dots between its labels.</summary>
    /// <param name="destination">At least <see cref="SizeMax"/> bytes.</param>
    /// <param name="name">With or without the final dot; it is meant from the root in either case.</param>
    /// <returns>Bytes written; 0 when the name has no such form.</returns>
    public static int Write(Span<byte> destination, ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> rest = name.EndsWith("."u8) ? name[..^1] : name;
        int size = 0;
        while (true)
        {
            int dot = rest.IndexOf((byte)'.');
            ReadOnlySpan<byte> label = dot < 0 ? rest : rest[..dot];

            // The root's own empty label has to follow.
            if (label.Length is 0 or > LabelSizeMax || size + label.Length + 2 > SizeMax)
            {
                return 0;
            }

            destination[size] = (byte)label.Length;
            label.CopyTo(destination[(size + 1)..]);
            size += 1 + label.Length;
            if (dot < 0)
            {
                destination[size] = 0;
                return size + 1;
            }

            rest = rest[(dot + 1)..];
        }
    }

    /// <summary>Steps over a name.</summary>
    /// <param name="offset">Where it begins in the message; afterwards where it ends.</param>
    /// <returns>False when it is no name.</returns>
    public static bool TrySkip(ReadOnlySpan<byte> message, ref int offset)
    {
        Span<byte> name = stackalloc byte[SizeMax];
        return TryRead(message, ref offset, name, out _);
    }

    // name = *(size octets) (%x00 | pointer); pointer = two bytes, the upper two bits set, the rest an offset
    // A pointer leads to an earlier place than the labels it ends, so that following it comes to an end, and
    // the whole name has 255 bytes at most, so that this end is near.
    /// <summary>Reads a name, its pointers followed.</summary>
    /// <param name="message">The whole message, since pointers lead anywhere in it.</param>
    /// <param name="offset">Where the name begins; afterwards where it ends.</param>
    /// <param name="name">At least <see cref="SizeMax"/> bytes.</param>
    /// <param name="size">Bytes of the name.</param>
    /// <returns>False when it is no name.</returns>
    public static bool TryRead(
        ReadOnlySpan<byte> message, ref int offset, scoped Span<byte> name, out int size)
    {
        int at = offset;
        int runStart = offset;
        int pointerCount = 0;
        size = 0;
        while ((uint)at < (uint)message.Length)
        {
            int label = message[at];
            if ((label & PointerMark) == PointerMark)
            {
                if (at + 2 > message.Length || ++pointerCount > PointerCountMax)
                {
                    return false;
                }

                int target = BinaryPrimitives.ReadUInt16BigEndian(message[at..]) & PointerTargetMax;
                offset = pointerCount > 1 ? offset : at + 2;
                if (target < HeaderSize || target >= runStart)
                {
                    return false;
                }

                runStart = target;
                at = target;
                continue;
            }

            int end = at + 1 + label;
            if (label > LabelSizeMax || size + 1 + label > SizeMax || end > message.Length)
            {
                return false;
            }

            message[at..end].CopyTo(name[size..]);
            size += 1 + label;
            at = end;
            if (label == 0)
            {
                offset = pointerCount > 0 ? offset : at;
                return true;
            }
        }

        return false;
    }
}
