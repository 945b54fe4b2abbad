using System;

namespace Serf.Wire;

/// <summary>What the commands of a packet are handed to. Spans are valid until the call returns.</summary>
public interface IPacketSink
{
    /// <param name="type">A type that may stand in a packet and carries a message.</param>
    /// <param name="body">The bytes behind the type byte.</param>
    void Accept(MessageType type, ReadOnlySpan<byte> body);

    /// <summary>A part, or the whole packet, was refused.</summary>
    /// <param name="fault">Why.</param>
    /// <param name="detail">The offending type byte, the number of truncated parts, or 0.</param>
    void Refuse(PacketFault fault, int detail);
}
