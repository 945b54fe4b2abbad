using System;
using System.Collections.Concurrent;
using System.Threading;
using Serf.Host;
using Serf.Net;
using Serf.Primitives;
using Serf.Swim;
using Xunit;

namespace Serf.Tests.Host;

/// <summary>Sockets, inbox, effects and loop of a node, with a recording peer in place of the node
/// itself.</summary>
internal sealed class TestNode : IDisposable, ILoopTimer, ILog
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public TestNode(RecordingPeer peer, string ip = "127.0.0.1")
    {
        Assert.True(NodeAddress.TryParseIp(ip, 0, out NodeAddress bind));
        GossipSockets sockets = GossipSockets.Open(bind);
        Address = sockets.Address;
        Inbox inbox = new();
        Effects = new NodeEffects(sockets, inbox, this);
        Loop = new NodeLoop(this, inbox);
        Loop.Add(Effects);
        Peer = peer;
        peer.Node = this;
        Effects.Start(peer);
        Loop.Start();
    }

    public NodeAddress Address { get; }

    public NodeEffects Effects { get; }

    public NodeLoop Loop { get; }

    public RecordingPeer Peer { get; }

    public Instant NextDeadline => Instant.Never;

    public void Advance(Instant now)
    {
    }

    public void Write(LogLevel level, string text) => Peer.Happened.Add("log " + text);

    public void Dispose()
    {
        Loop.Stop();
        Effects.Dispose();
    }
}

/// <summary>Writes down what it is told; tests override what they want answered.</summary>
internal class RecordingPeer : IGossipPeer
{
    private ulong _acceptedCount;

    public BlockingCollection<string> Happened { get; } = [];

    public TestNode Node { get; set; } = null!;

    public ILog Log => Node;

    /// <summary>The next thing that happens, waited for.</summary>
    public string Next()
    {
        Assert.True(Happened.TryTake(out string? happened, TestNode.Patience), "nothing happened");
        return happened!;
    }

    public virtual void Receive(in NodeAddress source, ReadOnlySpan<byte> packet, Instant now) =>
        Happened.Add($"packet {source} {packet.Length}");

    /// <summary>Of the connection accepted last.</summary>
    public NodeAddress StreamSource { get; private set; }

    public virtual StreamId StreamAccepted(in NodeAddress source, Instant now)
    {
        StreamSource = source;
        Happened.Add("accepted");
        return NewId(1000 + Interlocked.Increment(ref _acceptedCount));
    }

    public virtual void StreamConnected(StreamId stream, Instant now) => Happened.Add($"connected {Number(stream)}");

    public virtual void StreamReceived(StreamId stream, ReadOnlySpan<byte> bytes, Instant now) =>
        Happened.Add($"received {Number(stream)} {bytes.Length}");

    public virtual void StreamEnded(StreamId stream, Instant now) => Happened.Add($"ended {Number(stream)}");

    public virtual void StreamFailed(StreamId stream, string reason, Instant now) =>
        Happened.Add($"failed {Number(stream)} {reason}");

    public static StreamId NewId(ulong number) => new((long)number);

    private static string Number(StreamId stream) => stream.Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
