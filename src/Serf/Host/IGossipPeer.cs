using System;
using Serf.Primitives;
using Serf.Swim;

namespace Serf.Host;

/// <summary>The side of a <see cref="SwimNode"/> that faces the network; see
/// there. Node thread only.</summary>
internal interface IGossipPeer
{
    /// <summary>For what never reaches the node.</summary>
    ILog Log { get; }

    void Receive(in NodeAddress source, ReadOnlySpan<byte> packet, Instant now);

    StreamId StreamAccepted(in NodeAddress source, Instant now);

    void StreamConnected(StreamId stream, Instant now);

    void StreamReceived(StreamId stream, ReadOnlySpan<byte> bytes, Instant now);

    void StreamEnded(StreamId stream, Instant now);

    void StreamFailed(StreamId stream, string reason, Instant now);
}

/// <summary>The real one.</summary>
internal sealed class SwimPeer(SwimNode node, ILog log) : IGossipPeer
{
    public ILog Log => log;

    public void Receive(in NodeAddress source, ReadOnlySpan<byte> packet, Instant now) =>
        node.Receive(source, packet, now);

    public StreamId StreamAccepted(in NodeAddress source, Instant now) => node.StreamAccepted(source, now);

    public void StreamConnected(StreamId stream, Instant now) => node.StreamConnected(stream, now);

    public void StreamReceived(StreamId stream, ReadOnlySpan<byte> bytes, Instant now) =>
        node.StreamReceived(stream, bytes, now);

    public void StreamEnded(StreamId stream, Instant now) => node.StreamEnded(stream, now);

    public void StreamFailed(StreamId stream, string reason, Instant now) =>
        node.StreamFailed(stream, reason, now);
}
