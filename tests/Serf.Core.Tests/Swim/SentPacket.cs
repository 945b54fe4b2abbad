using System;
using System.Collections.Generic;
using System.Linq;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Core.Tests.Swim;

/// <summary>A packet that a node sent, taken apart.</summary>
internal sealed class SentPacket : IPacketSink
{
    private readonly List<(MessageType Type, byte[] Body)> _messages = [];

    public SentPacket(in NodeAddress target, ReadOnlySpan<byte> packet, ReadOnlySpan<byte> label)
    {
        Target = target;
        Size = packet.Length;
        HasChecksum = packet[0] == (byte)MessageType.HasCrc;
        new PacketReader(label).Read(packet, this);
    }

    public NodeAddress Target { get; }

    public int Size { get; }

    /// <summary>Of packets without a label.</summary>
    public bool HasChecksum { get; }

    public IReadOnlyList<(MessageType Type, byte[] Body)> Messages => _messages;

    public MessageType[] Types => [.. _messages.Select(message => message.Type)];

    public byte[] First(MessageType type) => _messages.First(message => message.Type == type).Body;

    public bool Has(MessageType type) => _messages.Exists(message => message.Type == type);

    public void Accept(MessageType type, ReadOnlySpan<byte> body) => _messages.Add((type, body.ToArray()));

    public void Refuse(PacketFault fault, int detail) =>
        throw new InvalidOperationException($"own packet refused: {fault}");
}
