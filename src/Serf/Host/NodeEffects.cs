using System;
using System.Collections.Generic;
using System.Net.Sockets;
using Serf.Net;
using Serf.Primitives;
using Serf.Swim;

namespace Serf.Host;

/// <summary>The gossip layer's effects on real sockets, and the way back from them to the node.</summary>
/// <remarks>
/// Made before the node, which needs it; <see cref="Start"/> is given the node. Everything else but
/// <see cref="Dispose"/> is for the node thread.
/// </remarks>
internal sealed class NodeEffects : ISwimEffects, IAcceptOwner, ILoopTimer, IDisposable
{
    private readonly GossipSockets _sockets;
    private readonly Inbox _inbox;
    private readonly UdpSender _sender;
    private readonly AcceptLoop _acceptLoop;
    private readonly ClosingStreams _closing = new();
    private readonly MemoryTrim _trim = new();
    private readonly Dictionary<StreamId, GossipStream> _streams = [];
    private IGossipPeer? _peer;
    private int _streamCount;

    /// <param name="sockets">Owned from now on.</param>
    public NodeEffects(GossipSockets sockets, Inbox inbox, ILog log, IMetrics? metrics = null)
    {
        Metrics = metrics ?? NoMetrics.Instance;
        _sockets = sockets;
        _inbox = inbox;
        Log = log;
        _sender = new UdpSender(sockets.Packets);
        _acceptLoop = new AcceptLoop(sockets.Listener, inbox, this);
    }

    public ILog Log { get; }

    public IMetrics Metrics { get; }

    public Instant NextDeadline => Instant.Min(
        _trim.NextDeadline, Instant.Min(_acceptLoop.NextDeadline, _closing.NextDeadline));

    /// <summary>Begins to receive and to accept. Add this to the loop before it starts.</summary>
    public void Start(IGossipPeer peer)
    {
        Invariant.Holds(_peer is null);
        _peer = peer;
        new UdpReceiver(_sockets.Packets, new PacketIntake(_inbox, peer)).Start();
        _acceptLoop.Start();
    }

    public void Advance(Instant now)
    {
        _acceptLoop.Advance(now);
        _closing.Advance(now);

        // Counted here: a stream whose connection failed was closed by nobody.
        if (_streams.Count < _streamCount)
        {
            _trim.StreamEnded(now);
        }

        _streamCount = _streams.Count;
        _trim.Advance(now);
    }

    public bool SendPacket(in NodeAddress target, ReadOnlySpan<byte> packet) => _sender.Send(target, packet);

    public void OpenStream(StreamId stream, in NodeAddress target) =>
        GossipStream.Open(_inbox, _peer!, _streams, stream, target);

    public void SendStream(StreamId stream, ByteBuffer bytes)
    {
        if (_streams.TryGetValue(stream, out GossipStream? open) && open.Driver is not null)
        {
            open.Send(bytes);
        }
    }

    public void CloseStream(StreamId stream)
    {
        if (_streams.Remove(stream, out GossipStream? open))
        {
            open.Forget();
            if (open.Driver is not null)
            {
                _closing.Close(open.Driver);
            }
        }
    }

    /// <summary>Closes everything. On the node thread, or when that has ended.</summary>
    public void Dispose()
    {
        _acceptLoop.Stop();
        _closing.Abort();
        foreach (GossipStream stream in _streams.Values)
        {
            stream.Forget();
            stream.Driver?.Abort();
        }

        _streams.Clear();
        _sockets.Dispose();
    }

    void IAcceptOwner.Accepted(Socket socket, Instant now) =>
        GossipStream.Accept(_inbox, _peer!, _streams, socket, now);

    void IAcceptOwner.AcceptFailed(string reason) =>
        Log.Write(LogLevel.Err, "memberlist: Error accepting TCP connection: " + reason);
}
