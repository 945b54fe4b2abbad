using System;
using Serf.Primitives;

namespace Serf.Net;

/// <summary>Where received datagrams go.</summary>
internal interface IPacketSink
{
    /// <summary>
    /// Called by the thread that serves all sockets: checks, copies and posts, and never blocks. The span is
    /// valid only until the call returns.
    /// </summary>
    void Accept(in NodeAddress source, ReadOnlySpan<byte> packet);
}
