using System;
using System.Net.Sockets;
using Serf.Host;
using Serf.Net;
using Serf.Primitives;
using Serf.Rpc;

namespace Serf.Agent.Rpc;

/// <summary>
/// The socket side of one <see cref="RpcSession"/>. Reads one buffer, has the session process it, and reads
/// on only when the session wants more. What is sent never blocks: a client that does not read loses records
/// first, which the session bounds by their number, and its connection when replies pile up beyond
/// <see cref="Limits.StreamPendingSizeMax"/>, or those of all clients together beyond
/// <see cref="Limits.RpcPendingTotalSizeEnd"/>. Node thread only.
/// </summary>
internal sealed class RpcConnection : InboxTarget, IRpcOutput, IStreamSink
{
    private const int ReceivedKind = 0;
    private const int EndedKind = 1;
    private const int FailedKind = 2;
    private const int DrainedKind = 3;

    private readonly RpcServer _server;
    private readonly StreamDriver _driver;
    private readonly RpcSession _session;
    private volatile bool _resting;
    private bool _closed;

    /// <param name="socket">Accepted; owned from now on.</param>
    public RpcConnection(RpcServer server, IRpcAgent agent, Socket socket, Instant now)
    {
        _server = server;
        AcceptedAt = now;
        _driver = StreamDriver.Adopt(socket, this, server.Pending);
        ClientText = RpcListener.Describe(socket);
        _session = new RpcSession(agent, this, server.Guard);
    }

    public Instant AcceptedAt { get; }

    /// <summary>Whether the client has said all that it must before it is served.</summary>
    public bool IsGreeted => _session.IsGreeted;

    /// <summary>When <see cref="TryReadOn"/> has something to do, whatever else happens.</summary>
    public Instant NextDeadline => _session.NextDeadline;

    public long PendingSize => _driver.PendingSize;

    /// <inheritdoc/>
    public bool HasRoom
    {
        get
        {
            long size = _driver.PendingSize;
            return size <= Limits.RpcPendingSizeKept
                || (size <= Limits.RpcPendingSizeMax
                    && _server.Pending.Size <= Limits.RpcPendingTotalSizeMax);
        }
    }

    public int PendingRecordCount => _driver.PendingRecordCount;

    public string ClientText { get; }

    /// <summary>Begins to read.</summary>
    public void Start() => _driver.Resume();

    public void Send(ReadOnlySpan<byte> unit, bool record)
    {
        if (_closed)
        {
            return;
        }

        if (_server.Pending.Size + unit.Length > Limits.RpcPendingTotalSizeEnd
            || !_driver.Send(unit, record))
        {
            Abort();
        }
    }

    /// <summary>Closes at once, and drops what was not written.</summary>
    public void Abort()
    {
        _driver.Abort();
        Close();
    }

    /// <inheritdoc/>
    /// <remarks>The session is told by the server, after this batch: it may be the one that calls.</remarks>
    public void Close()
    {
        if (!_closed)
        {
            _closed = true;
            _server.CloseLater(this, _driver);
        }
    }

    /// <summary>The connection was closed, on whichever side: lets go of the agent.</summary>
    public void Release() => _session.Closed();

    /// <summary>Reads on if the session waited, for the end of a command or for its client to read, and does
    /// not any more.</summary>
    /// <returns>True when there is nothing more to watch.</returns>
    public bool TryReadOn(Instant now)
    {
        if (!_closed)
        {
            _session.Advance(now);
        }

        if (!_closed && _session.WantsInput)
        {
            // What came in with the command that has ended goes first.
            _session.Receive([], now);
            if (!_closed && _session.WantsInput)
            {
                _resting = false;
                _driver.Resume();
            }
        }

        return _closed || !_resting;
    }

    void IStreamSink.Connected() => Invariant.Holds(false);

    void IStreamSink.Received(byte[] buffer, int length) =>
        _server.Inbox.Post(new InboxItem(this, ReceivedKind, buffer, length));

    void IStreamSink.Ended() => _server.Inbox.Post(new InboxItem(this, EndedKind));

    void IStreamSink.Failed(string reason) =>
        _server.Inbox.Post(new InboxItem(this, FailedKind, State: reason));

    void IStreamSink.Drained()
    {
        // Only to wake the loop, which then looks at all that rest; with a full inbox it is awake.
        if (_resting)
        {
            _server.Inbox.TryPost(new InboxItem(this, DrainedKind));
        }
    }

    void IStreamSink.Closed() => _server.SocketClosed();

    protected internal override void Process(in InboxItem item, Instant now)
    {
        if (_closed || item.Kind == DrainedKind)
        {
            return;
        }

        if (item.Kind != ReceivedKind)
        {
            Close();
            return;
        }

        _session.Receive(item.Buffer.AsSpan(0, item.Length), now);
        if (_closed)
        {
            return;
        }

        if (_session.WantsInput)
        {
            _driver.Resume();
        }
        else
        {
            _resting = true;
            _server.Watch(this);
        }
    }
}
