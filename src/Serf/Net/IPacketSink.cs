using System;
using System.Net.Sockets;
using Serf.Primitives;

namespace Serf.Net;

/// <summary>
/// Where received datagrams go. Called by the thread that serves all sockets: neither call may block.
/// </summary>
internal interface IPacketSink
{
    /// <summary>Copies and posts. The span is valid only until the call returns; it may be empty.</summary>
    void Accept(in NodeAddress source, ReadOnlySpan<byte> packet);

    /// <summary>The same for those who answer a link-local source.</summary>
    /// <param name="scope">The interface of such a source, as the kernel counts them; 0 for none.</param>
    void Accept(in NodeAddress source, uint scope, ReadOnlySpan<byte> packet) => Accept(source, packet);

    /// <summary>A receive failed; the next one is on its way.</summary>
    void ReceiveFailed(SocketError error);
}
