using System;
using Serf.Primitives;

namespace Serf.Wire;

/// <summary>
/// The cluster label in front of packets and of dialled streams (spec gossip 2.6).
/// Empty label: no header.
/// </summary>
public static class Label
{
    /// <summary>Its length is one byte on the wire; a longer one is refused at start.</summary>
    public const int SizeMax = byte.MaxValue;

    private const int PrefixSize = 2;

    /// <summary>Bytes that the header takes.</summary>
    public static int HeaderSize(ReadOnlySpan<byte> label) => label.IsEmpty ? 0 : PrefixSize + label.Length;

    /// <summary>Whether what bears one label is for a node that has another.</summary>
    /// <param name="received">Of the packet or the stream; empty for none.</param>
    /// <param name="own">The node's; empty for none.</param>
    /// <param name="inTransition">What has no label is accepted too, and any label by a node without.</param>
    public static bool IsAccepted(
        ReadOnlySpan<byte> received, ReadOnlySpan<byte> own, bool inTransition) =>
        received.SequenceEqual(own) || (inTransition && (received.IsEmpty || own.IsEmpty));

    // header = f4 | length (1..255) | label
    /// <returns>Bytes written.</returns>
    public static int Write(ReadOnlySpan<byte> label, Span<byte> destination)
    {
        Invariant.Holds(label.Length <= SizeMax);
        if (label.IsEmpty)
        {
            return 0;
        }

        destination[0] = (byte)MessageType.HasLabel;
        destination[1] = (byte)label.Length;
        label.CopyTo(destination[PrefixSize..]);
        return PrefixSize + label.Length;
    }

    /// <summary>
    /// Splits off the header, if there is one. NeedMore: it is cut short, which is an error in a packet.
    /// Mismatch: a header with an empty label.
    /// </summary>
    public static ReadStatus TryStrip(
        ReadOnlySpan<byte> source,
        out ReadOnlySpan<byte> label,
        out ReadOnlySpan<byte> rest)
    {
        label = default;
        rest = source;
        if (source.IsEmpty || source[0] != (byte)MessageType.HasLabel)
        {
            return ReadStatus.Ok;
        }

        if (source.Length < PrefixSize)
        {
            return ReadStatus.NeedMore;
        }

        int size = source[1];
        if (size == 0)
        {
            return ReadStatus.Mismatch;
        }

        if (source.Length < PrefixSize + size)
        {
            return ReadStatus.NeedMore;
        }

        label = source.Slice(PrefixSize, size);
        rest = source[(PrefixSize + size)..];
        return ReadStatus.Ok;
    }
}
