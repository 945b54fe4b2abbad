using System;
using System.Collections.Generic;
using System.Net.Sockets;
using System.Threading;
using Serf.Net;
using Serf.Primitives;
using Serf.Swim;

namespace Serf.Host;

/// <summary>One gossip exchange: brings what its connection tells to the node thread and to the
/// node.</summary>
internal sealed class GossipStream : InboxTarget, IStreamSink
{
    private const int ConnectedKind = 0;
    private const int ReceivedKind = 1;
    private const int EndedKind = 2;
    private const int FailedKind = 3;

    private readonly Inbox _inbox;
    private readonly IGossipPeer _peer;
    private readonly Dictionary<StreamId, GossipStream> _open;
    private bool _forgotten;

    private GossipStream(Inbox inbox, IGossipPeer peer, Dictionary<StreamId, GossipStream> open)
    {
        _inbox = inbox;
        _peer = peer;
        _open = open;
    }

    public StreamId Id { get; private set; }

    /// <summary>Null when there was no socket to dial with: the failure is on its way.</summary>
    public StreamDriver? Driver { get; private set; }

    /// <summary>Dials, and enters itself among the open streams; the outcome
    /// comes through the inbox.</summary>
    public static void Open(
        Inbox inbox,
        IGossipPeer peer,
        Dictionary<StreamId, GossipStream> open,
        StreamId id,
        in NodeAddress target)
    {
        GossipStream stream = new(inbox, peer, open) { Id = id };
        open.Add(id, stream);
        try
        {
            stream.Driver = StreamDriver.Dial(target, stream);
        }
        catch (SocketException exception)
        {
            // Told from another thread: the node must not be re-entered, and its own
            // thread must not wait for room.
            string reason = $"dial tcp {target}: socket: {SocketText.Reason(exception.SocketErrorCode)}";
            ThreadPool.UnsafeQueueUserWorkItem(stream.PostFault, reason, preferLocal: false);
        }
    }

    /// <summary>Offers the connection to the node; what it does not want is closed.</summary>
    public static void Accept(
        Inbox inbox, IGossipPeer peer, Dictionary<StreamId, GossipStream> open, Socket socket, Instant now)
    {
        GossipStream stream = new(inbox, peer, open);
        StreamDriver driver = StreamDriver.Adopt(socket, stream);
        stream.Driver = driver;
        stream.Id = peer.StreamAccepted(driver.Remote, now);
        if (stream.Id == StreamId.None)
        {
            driver.Abort();
            return;
        }

        open.Add(stream.Id, stream);
        driver.Resume();
    }

    /// <summary>Queues bytes. A state above the connection's bound fails the stream.</summary>
    public void Send(ByteBuffer bytes)
    {
        if (!Driver!.Send(bytes))
        {
            Driver.Abort();
            string reason = $"write tcp {Driver.Remote}: more than the output buffer holds";
            ThreadPool.UnsafeQueueUserWorkItem(PostFault, reason, preferLocal: false);
        }
    }

    /// <summary>Nothing more is brought to the node.</summary>
    public void Forget() => _forgotten = true;

    void IStreamSink.Connected() => _inbox.Post(new InboxItem(this, ConnectedKind));

    void IStreamSink.Received(byte[] buffer, int length) =>
        _inbox.Post(new InboxItem(this, ReceivedKind, buffer, length));

    void IStreamSink.Ended() => _inbox.Post(new InboxItem(this, EndedKind));

    void IStreamSink.Failed(string reason) => PostFault(reason);

    void IStreamSink.Drained()
    {
        // The node does not wait for its own output.
    }

    void IStreamSink.Closed()
    {
        // Nobody waits for gossip streams to be closed.
    }

    protected internal override void Process(in InboxItem item, Instant now)
    {
        if (_forgotten)
        {
            return;
        }

        switch (item.Kind)
        {
            case ConnectedKind:
                Driver!.Resume();
                _peer.StreamConnected(Id, now);
                break;
            case ReceivedKind:
                _peer.StreamReceived(Id, item.Buffer.AsSpan(0, item.Length), now);
                if (!_forgotten)
                {
                    Driver!.Resume();
                }

                break;
            case EndedKind:
                _peer.StreamEnded(Id, now);
                break;
            default:
                _forgotten = true;
                _open.Remove(Id);
                _peer.StreamFailed(Id, (string)item.State!, now);
                break;
        }
    }

    private void PostFault(string reason) => _inbox.Post(new InboxItem(this, FailedKind, State: reason));
}
