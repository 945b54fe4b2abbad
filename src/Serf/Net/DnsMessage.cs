using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Net;

/// <summary>
/// The messages of the domain name system (RFC 1035, section 4), as far as the addresses of a name are
/// concerned: one question out, the A and AAAA records of the answer in.
/// </summary>
/// <remarks>
/// Names in an answer are checked but not compared: the answer's own chain of aliases leads to the addresses,
/// and every address in it counts (spec gossip 8.3).
/// </remarks>
internal static class DnsMessage
{
    public const ushort TypeA = 1;
    public const ushort TypeAaaa = 28;
    public const ushort TypeAny = 255;

    /// <summary>Enough for every question.</summary>
    public const int QuerySizeMax = HeaderSize + NameSizeMax + 4;

    private const int HeaderSize = 12;
    private const int NameSizeMax = 255;
    private const int LabelSizeMax = 63;
    private const ushort ClassInternet = 1;
    private const ushort FlagResponse = 0x8000;
    private const ushort FlagsOperation = 0x7800;
    private const ushort FlagRecursionDesired = 0x0100;
    private const ushort FlagsCode = 0x000F;

    // header = id flags question-count answer-count authority-count additional-count, two bytes each
    // question = name type class
    /// <summary>Writes a question for the name, of class internet, recursion desired.</summary>
    /// <param name="name">With or without the final dot; it is meant from the root in either case.</param>
    /// <returns>Bytes written; 0 when the name has no such form.</returns>
    public static int WriteQuery(Span<byte> destination, ushort id, ReadOnlySpan<char> name, ushort type)
    {
        destination[..HeaderSize].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(destination, id);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], FlagRecursionDesired);
        BinaryPrimitives.WriteUInt16BigEndian(destination[4..], 1);
        int size = WriteName(destination.Slice(HeaderSize, NameSizeMax), name);
        if (size == 0)
        {
            return 0;
        }

        size += HeaderSize;
        BinaryPrimitives.WriteUInt16BigEndian(destination[size..], type);
        BinaryPrimitives.WriteUInt16BigEndian(destination[(size + 2)..], ClassInternet);
        return size + 4;
    }

    /// <summary>The identifier a message begins with.</summary>
    public static bool TryReadId(ReadOnlySpan<byte> message, out ushort id)
    {
        id = 0;
        return message.Length >= 2 && BinaryPrimitives.TryReadUInt16BigEndian(message, out id);
    }

    /// <summary>Adds the addresses of an answer to those found so far, each once.</summary>
    /// <param name="id">Of the question.</param>
    /// <param name="port">Of every address.</param>
    /// <param name="found">Left alone unless the answer is accepted. At most
    /// <see cref="Limits.NameAddressCountMax"/>; what comes on top is left out.</param>
    /// <param name="code">The server's, from its header; 0 when there is none.</param>
    public static DnsAnswer Read(
        ReadOnlySpan<byte> message, ushort id, ushort port, List<NodeAddress> found, out int code)
    {
        code = 0;
        if (message.Length < HeaderSize)
        {
            return DnsAnswer.Malformed;
        }

        ushort flags = BinaryPrimitives.ReadUInt16BigEndian(message[2..]);
        if (BinaryPrimitives.ReadUInt16BigEndian(message) != id
            || (flags & FlagResponse) == 0 || (flags & FlagsOperation) != 0)
        {
            return DnsAnswer.Unrelated;
        }

        code = flags & FlagsCode;
        if (code != 0)
        {
            return DnsAnswer.Refused;
        }

        int known = found.Count;
        if (TryReadSections(message, port, found))
        {
            return DnsAnswer.Accepted;
        }

        found.RemoveRange(known, found.Count - known);
        return DnsAnswer.Malformed;
    }

    // The counts are only believed as far as the message reaches: every question and record takes some of it.
    private static bool TryReadSections(ReadOnlySpan<byte> message, ushort port, List<NodeAddress> found)
    {
        int questionCount = BinaryPrimitives.ReadUInt16BigEndian(message[4..]);
        int answerCount = BinaryPrimitives.ReadUInt16BigEndian(message[6..]);
        int offset = HeaderSize;
        for (int index = 0; index < questionCount; index++)
        {
            if (!TrySkipName(message, ref offset) || message.Length - offset < 4)
            {
                return false;
            }

            offset += 4;
        }

        for (int index = 0; index < answerCount; index++)
        {
            if (!TryReadRecord(message, ref offset, port, found))
            {
                return false;
            }
        }

        return true;
    }

    // record = name type class time-to-live data-size data
    private static bool TryReadRecord(
        ReadOnlySpan<byte> message, ref int offset, ushort port, List<NodeAddress> found)
    {
        const int FixedSize = 10;
        if (!TrySkipName(message, ref offset) || message.Length - offset < FixedSize)
        {
            return false;
        }

        ReadOnlySpan<byte> head = message.Slice(offset, FixedSize);
        ushort type = BinaryPrimitives.ReadUInt16BigEndian(head);
        bool internet = BinaryPrimitives.ReadUInt16BigEndian(head[2..]) == ClassInternet;
        int size = BinaryPrimitives.ReadUInt16BigEndian(head[8..]);
        offset += FixedSize;
        if (message.Length - offset < size)
        {
            return false;
        }

        ReadOnlySpan<byte> data = message.Slice(offset, size);
        offset += size;
        if (!internet || type is not (TypeA or TypeAaaa))
        {
            return true;
        }

        if (size != (type == TypeA ? 4 : 16)
            || !NodeAddress.TryFromBytes(data, port, out NodeAddress address))
        {
            return false;
        }

        Add(found, address.Canonical());
        return true;
    }

    private static void Add(List<NodeAddress> found, NodeAddress address)
    {
        if (found.Count < Limits.NameAddressCountMax && !found.Contains(address))
        {
            found.Add(address);
        }
    }

    // name = *(size octets) (%x00 | pointer); pointer = two bytes, the upper two bits set, the rest an offset
    // A pointer leads to an earlier place than the labels it ends, so that following it comes to an end, and
    // the whole name has 255 bytes at most, so that this end is near.
    private static bool TrySkipName(ReadOnlySpan<byte> message, ref int offset)
    {
        const int PointerMark = 0xC0;
        int at = offset;
        int runStart = offset;
        int nameSize = 0;
        bool jumped = false;
        while ((uint)at < (uint)message.Length)
        {
            int size = message[at];
            if ((size & PointerMark) == PointerMark)
            {
                if (at + 2 > message.Length)
                {
                    return false;
                }

                int target = BinaryPrimitives.ReadUInt16BigEndian(message[at..]) & 0x3FFF;
                offset = jumped ? offset : at + 2;
                jumped = true;
                if (target < HeaderSize || target >= runStart)
                {
                    return false;
                }

                runStart = target;
                at = target;
                continue;
            }

            nameSize += 1 + size;
            at += 1 + size;
            if (size > LabelSizeMax || nameSize > NameSizeMax)
            {
                return false;
            }

            if (size == 0)
            {
                offset = jumped ? offset : at;
                return true;
            }
        }

        return false;
    }

    private static int WriteName(Span<byte> destination, ReadOnlySpan<char> name)
    {
        ReadOnlySpan<char> rest = name.EndsWith(".") ? name[..^1] : name;
        int size = 0;
        while (true)
        {
            int dot = rest.IndexOf('.');
            ReadOnlySpan<char> label = dot < 0 ? rest : rest[..dot];

            // The root's own empty label has to follow.
            if (label.Length is 0 or > LabelSizeMax || size + label.Length + 2 > NameSizeMax)
            {
                return 0;
            }

            destination[size] = (byte)label.Length;
            for (int index = 0; index < label.Length; index++)
            {
                if (!char.IsAscii(label[index]))
                {
                    return 0;
                }

                destination[size + 1 + index] = (byte)label[index];
            }

            size += 1 + label.Length;
            if (dot < 0)
            {
                destination[size] = 0;
                return size + 1;
            }

            rest = rest[(dot + 1)..];
        }
    }
}
