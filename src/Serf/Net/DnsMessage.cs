using System;
using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Net;

/// <summary>
/// The messages of the domain name system (RFC 1035, section 4): one question out, and of an answer the A and
/// AAAA records in.
/// </summary>
/// <remarks>
/// Names in an answer are checked but not compared: the answer's own chain of aliases leads to the addresses,
/// and every address in it counts (spec gossip 8.3).
/// </remarks>
internal static class DnsMessage
{
    public const ushort TypeA = 1;
    public const ushort TypePtr = 12;
    public const ushort TypeTxt = 16;
    public const ushort TypeAaaa = 28;
    public const ushort TypeSrv = 33;
    public const ushort TypeAny = 255;

    /// <summary>Enough for every question.</summary>
    public const int QuerySizeMax = DnsReader.HeaderSize + DnsName.SizeMax + 4;

    public const ushort ClassInternet = 1;
    public const ushort FlagResponse = 0x8000;
    public const ushort FlagsOperation = 0x7800;
    public const ushort FlagTruncated = 0x0200;
    public const ushort FlagsCode = 0x000F;

    private const ushort FlagRecursionDesired = 0x0100;

    /// <summary>Writes a question for the name, of class internet, recursion desired.</summary>
    /// <param name="name">With or without the final dot; it is meant from the root in either case.</param>
    /// <returns>Bytes written; 0 when the name has no such form.</returns>
    public static int WriteQuery(Span<byte> destination, ushort id, ReadOnlySpan<char> name, ushort type)
    {
        Span<byte> ascii = stackalloc byte[DnsName.SizeMax];
        Span<byte> wire = stackalloc byte[DnsName.SizeMax];
        bool fits = System.Text.Ascii.FromUtf16(name, ascii, out int count) == OperationStatus.Done;
        int size = fits ? DnsName.Write(wire, ascii[..count]) : 0;
        return size == 0 ? 0 : WriteQuery(destination, id, FlagRecursionDesired, wire[..size], type);
    }

    /// <summary>Writes a question of class internet.</summary>
    /// <param name="name">In its wire form.</param>
    /// <returns>Bytes written.</returns>
    public static int WriteQuery(
        Span<byte> destination, ushort id, ushort flags, ReadOnlySpan<byte> name, ushort type)
    {
        const int HeaderSize = DnsReader.HeaderSize;
        destination[..HeaderSize].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(destination, id);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], flags);
        BinaryPrimitives.WriteUInt16BigEndian(destination[4..], 1);
        name.CopyTo(destination[HeaderSize..]);
        int size = HeaderSize + name.Length;
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
        if (!DnsReader.TryOpen(message, out DnsReader reader))
        {
            return DnsAnswer.Malformed;
        }

        ushort flags = reader.Flags;
        if (reader.Id != id || (flags & FlagResponse) == 0 || (flags & FlagsOperation) != 0)
        {
            return DnsAnswer.Unrelated;
        }

        code = flags & FlagsCode;
        if (code != 0)
        {
            return DnsAnswer.Refused;
        }

        int known = found.Count;
        if (TryReadSections(message, ref reader, port, found))
        {
            return DnsAnswer.Accepted;
        }

        found.RemoveRange(known, found.Count - known);
        return DnsAnswer.Malformed;
    }

    /// <summary>The address in a record of such a type.</summary>
    /// <returns>False when the record has the wrong size for one.</returns>
    public static bool TryReadAddress(
        ReadOnlySpan<byte> message, in DnsRecord record, ushort port, out NodeAddress address)
    {
        bool read = NodeAddress.TryFromBytes(
            message.Slice(record.Data, record.DataSize), port, out address);
        address = address.Canonical();
        return read && record.DataSize == (record.Type == TypeA ? 4 : 16);
    }

    private static bool TryReadSections(
        ReadOnlySpan<byte> message, ref DnsReader reader, ushort port, List<NodeAddress> found)
    {
        Span<byte> name = stackalloc byte[DnsName.SizeMax];
        for (int index = reader.QuestionCount; index > 0; index--)
        {
            if (!reader.TryReadQuestion(name, out _, out _, out _))
            {
                return false;
            }
        }

        for (int index = reader.AnswerCount; index > 0; index--)
        {
            if (!reader.TryReadRecord(out DnsRecord record))
            {
                return false;
            }

            if (record.Class != ClassInternet || record.Type is not (TypeA or TypeAaaa))
            {
                continue;
            }

            if (!TryReadAddress(message, record, port, out NodeAddress address))
            {
                return false;
            }

            Add(found, address);
        }

        return true;
    }

    private static void Add(List<NodeAddress> found, NodeAddress address)
    {
        if (found.Count < Limits.NameAddressCountMax && !found.Contains(address))
        {
            found.Add(address);
        }
    }
}
