using System;
using Serf.Primitives;

namespace Serf.Wire;

/// <summary>Puts the layers around one outgoing stream message (spec gossip 3.1).</summary>
public static class GossipStreamWriter
{
    /// <summary>
    /// Appends the label header (for the dialling side), then <paramref name="message"/> (its type byte
    /// first), in a compress message when <paramref name="compress"/> is set, even if that makes it
    /// larger, as every peer does.
    /// </summary>
    public static void Write(
        ReadOnlySpan<byte> message,
        ReadOnlySpan<byte> label,
        bool compress,
        ByteBuffer destination)
    {
        Invariant.Holds(!message.IsEmpty);
        destination.Advance(Label.Write(label, destination.GetSpan(Label.HeaderSize(label))));

        // A sealed frame begins here, behind the label, and takes in all that follows.
        if (compress)
        {
            WriteCompressed(message, destination);
        }
        else
        {
            destination.Write(message);
        }
    }

    private static void WriteCompressed(ReadOnlySpan<byte> message, ByteBuffer destination)
    {
        // Streams are rare beside packets: the encoder's table is made for each, and nothing is shared.
        LzwEncoder encoder = new();
        Span<byte> room = destination.GetSpan(CompressHeader.SizeMax + LzwEncoder.SizeMax(message.Length));
        Span<byte> content = room[CompressHeader.SizeMax..];
        bool isWritten = encoder.TryEncode(message, content, out int contentSize);
        Invariant.Holds(isWritten);

        int headerSize = CompressHeader.Write(contentSize, room);
        content[..contentSize].CopyTo(room[headerSize..]);
        destination.Advance(headerSize + contentSize);
    }
}
