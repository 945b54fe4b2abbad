using System;
using Serf.Net;
using Serf.Primitives;

namespace Serf.Host;

/// <summary>Brings datagrams to the node thread. What the inbox has no room for is
/// dropped; the inbox counts it.</summary>
internal sealed class PacketIntake(Inbox inbox, IGossipPeer peer) : InboxTarget, IPacketSink
{
    private readonly PacketBuffers _buffers = new();

    public void Accept(in NodeAddress source, ReadOnlySpan<byte> packet)
    {
        byte[] buffer = _buffers.Rent(packet.Length);
        packet.CopyTo(buffer);
        if (!inbox.TryPostPacket(new InboxItem(this, 0, buffer, packet.Length, source)))
        {
            _buffers.Return(buffer);
        }
    }

    protected internal override void Process(in InboxItem item, Instant now)
    {
        peer.Receive(item.Source, item.Buffer.AsSpan(0, item.Length), now);
        _buffers.Return(item.Buffer!);
    }
}
