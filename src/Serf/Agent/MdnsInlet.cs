using System;
using System.Net.Sockets;
using System.Threading;
using Serf.Host;
using Serf.Net;
using Serf.Primitives;

namespace Serf.Agent;

/// <summary>Brings the datagrams of one socket for multicast DNS to the node thread.</summary>
internal sealed class MdnsInlet(Inbox inbox, MdnsSocket socket, MdnsInlet.IOwner owner)
    : InboxTarget, IPacketSink
{
    private int _waitingCount;

    /// <summary>Who is given them.</summary>
    internal interface IOwner
    {
        /// <summary>Whether it wants such a datagram. Any thread.</summary>
        bool Wants(ReadOnlySpan<byte> message);

        /// <summary>On the node thread.</summary>
        /// <param name="scope">The interface of a link-local source; else 0.</param>
        void Receive(
            MdnsSocket socket, in NodeAddress source, uint scope, ReadOnlySpan<byte> message, Instant now);
    }

    public void Accept(in NodeAddress source, ReadOnlySpan<byte> packet) => Accept(source, 0, packet);

    // A network is full of such datagrams that concern nobody here: these are not even copied.
    public void Accept(in NodeAddress source, uint scope, ReadOnlySpan<byte> packet)
    {
        if (Volatile.Read(ref _waitingCount) >= Limits.MdnsWaitingCountMax || !owner.Wants(packet))
        {
            return;
        }

        Interlocked.Increment(ref _waitingCount);
        if (!inbox.TryPostPacket(new InboxItem(this, (int)scope, packet.ToArray(), packet.Length, source)))
        {
            Interlocked.Decrement(ref _waitingCount);
        }
    }

    // Refused ports of askers, and nothing else, come back like this.
    public void ReceiveFailed(SocketError error)
    {
    }

    protected internal override void Process(in InboxItem item, Instant now)
    {
        Interlocked.Decrement(ref _waitingCount);
        owner.Receive(socket, item.Source, (uint)item.Kind, item.Buffer.AsSpan(0, item.Length), now);
    }
}
