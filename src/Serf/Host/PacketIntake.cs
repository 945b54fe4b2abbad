using System;
using System.Net.Sockets;
using System.Threading;
using Serf.Net;
using Serf.Primitives;

namespace Serf.Host;

/// <summary>
/// Brings datagrams to the node thread. What the inbox has no room for is dropped; that, failed receives and
/// empty datagrams are told in a few lines of the log each second.
/// </summary>
internal sealed class PacketIntake(Inbox inbox, IGossipPeer peer) : InboxTarget, IPacketSink
{
    private const int PacketKind = 0;
    private const int FailedKind = 1;

    private readonly PacketBuffers _buffers = new();
    private readonly RefusalLog _refusals = new(peer.Log, "memberlist");
    private long _droppedCount;
    private long _droppedToldCount;

    public void Accept(in NodeAddress source, ReadOnlySpan<byte> packet)
    {
        byte[] buffer = _buffers.Rent(packet.Length);
        packet.CopyTo(buffer);
        if (!inbox.TryPostPacket(new InboxItem(this, PacketKind, buffer, packet.Length, source)))
        {
            _buffers.Return(buffer);
            Interlocked.Increment(ref _droppedCount);
        }
    }

    public void ReceiveFailed(SocketError error) =>
        inbox.TryPostPacket(new InboxItem(this, FailedKind, State: SocketText.Reason(error)));

    protected internal override void Process(in InboxItem item, Instant now)
    {
        ReportDropped(now);
        if (item.Kind == FailedKind)
        {
            if (_refusals.Allows(now))
            {
                _refusals.Write(LogLevel.Err, "memberlist: Error reading UDP packet: " + item.State);
            }

            return;
        }

        if (item.Length > 0)
        {
            peer.Receive(item.Source, item.Buffer.AsSpan(0, item.Length), now);
        }
        else if (_refusals.Allows(now))
        {
            _refusals.Write(
                LogLevel.Err, $"memberlist: UDP packet too short (0 bytes) from={item.Source}");
        }

        _buffers.Return(item.Buffer!);
    }

    // While packets are dropped others are processed, so it comes to light at once.
    private void ReportDropped(Instant now)
    {
        long count = Interlocked.Read(ref _droppedCount);
        if (count != _droppedToldCount && _refusals.Allows(now))
        {
            _refusals.Write(
                LogLevel.Warn,
                $"memberlist: UDP packets dropped, too many wait to be handled: {count - _droppedToldCount}");
            _droppedToldCount = count;
        }
    }
}
