using System;
using System.Collections.Generic;
using System.Net.Sockets;
using System.Threading;
using Serf.Host;
using Serf.Net;
using Serf.Primitives;
using Serf.Rpc;

namespace Serf.Agent.Rpc;

/// <summary>
/// Listens for RPC clients and keeps their connections (spec rpc 1). Node thread only, but for
/// <see cref="WaitClosed"/>. Add it to the loop behind the node.
/// </summary>
internal sealed class RpcServer : IAcceptOwner, ILoopTimer
{
    private readonly object _gate = new();
    private readonly IRpcAgent _agent;
    private readonly RpcListener _listener;
    private readonly AcceptLoop _acceptLoop;
    private readonly ClosingStreams _closing = new();
    private readonly HashSet<RpcConnection> _connections = [];
    private readonly List<RpcConnection> _resting = [];
    private readonly List<RpcConnection> _ended = [];
    private Instant _restingEnd = Instant.Never;
    private bool _stopped;

    // Guarded by the gate: the last sockets are closed on other threads.
    private int _socketCount;

    /// <param name="listener">Owned from now on.</param>
    public RpcServer(RpcListener listener, IRpcAgent agent, Inbox inbox)
    {
        _agent = agent;
        _listener = listener;
        Inbox = inbox;
        Address = SocketText.Address(listener.Socket.LocalEndPoint);
        _acceptLoop = new AcceptLoop(listener.Socket, inbox, this);
    }

    public Inbox Inbox { get; }

    /// <summary>What all connections hold for clients that have not taken it.</summary>
    public StreamTotal Pending { get; } = new();

    public TokenGuard Guard { get; } = new();

    /// <summary>What is really bound; none where that is a file.</summary>
    public NodeAddress Address { get; }

    public int ConnectionCount => _connections.Count;

    public int ConnectionCountMax { get; init; } = Limits.RpcConnectionCountMax;

    /// <summary>Who has said nothing for so long makes room when there is none.</summary>
    public TimeSpan GreetingTime { get; init; } = TimeSpan.FromSeconds(Limits.RpcGreetingSecondsMax);

    public Instant NextDeadline =>
        Instant.Min(_restingEnd, Instant.Min(_acceptLoop.NextDeadline, _closing.NextDeadline));

    /// <summary>Begins to accept.</summary>
    public void Start() => _acceptLoop.Start();

    /// <summary>Closes the listener, and every connection after what it holds was written.</summary>
    public void Stop()
    {
        if (_stopped)
        {
            return;
        }

        _stopped = true;
        _listener.RemoveFile();
        _acceptLoop.Stop();
        foreach (RpcConnection connection in new List<RpcConnection>(_connections))
        {
            connection.Close();
        }

        ReleaseEnded();
    }

    /// <summary>After <see cref="Stop"/>, on another thread than the node's: waits until
    /// all connections are closed.</summary>
    /// <returns>False when the time is up; the process may end all the same.</returns>
    public bool WaitClosed(TimeSpan timeout)
    {
        Instant deadline = MonotonicClock.Now + timeout;
        lock (_gate)
        {
            while (_socketCount > 0)
            {
                TimeSpan left = deadline - MonotonicClock.Now;
                if (left <= TimeSpan.Zero || !Monitor.Wait(_gate, left))
                {
                    return _socketCount == 0;
                }
            }

            return true;
        }
    }

    public void Advance(Instant now)
    {
        _acceptLoop.Advance(now);
        ReleaseEnded();
        _restingEnd = Instant.Never;
        for (int index = _resting.Count - 1; index >= 0; index--)
        {
            if (_resting[index].TryReadOn(now))
            {
                _resting.RemoveAt(index);
            }
            else
            {
                _restingEnd = Instant.Min(_restingEnd, _resting[index].NextDeadline);
            }
        }

        _closing.Advance(now);
    }

    void IAcceptOwner.Accepted(Socket socket, Instant now)
    {
        // Counted by socket: one that closes may still hold answers for a client that does not read them.
        if (_stopped || (!TryCountSocket() && !(TryMakeRoom(now) && TryCountSocket())))
        {
            _agent.Log.Write(
                LogLevel.Warn,
                "agent.ipc: Too many clients, refused: " + RpcListener.Describe(socket));
            socket.Dispose();
            return;
        }

        _agent.Metrics.Add(Metric.RpcAccepted, 1);
        RpcConnection connection = new(this, _agent, socket, now);
        _connections.Add(connection);
        _agent.Log.Write(LogLevel.Info, "agent.ipc: Accepted client: " + connection.ClientText);
        connection.Start();
    }

    void IAcceptOwner.AcceptFailed(string reason) =>
        _agent.Log.Write(LogLevel.Err, "agent.ipc: Failed to accept client: " + reason);

    /// <summary>The connection's session waits for the end of a command.</summary>
    internal void Watch(RpcConnection connection)
    {
        _resting.Add(connection);
        _restingEnd = Instant.Min(_restingEnd, connection.NextDeadline);
    }

    /// <summary>Closes the connection's socket when all is written, and its
    /// session after this batch.</summary>
    internal void CloseLater(RpcConnection connection, StreamDriver driver)
    {
        _connections.Remove(connection);
        _ended.Add(connection);
        _closing.Close(driver);
    }

    /// <summary>Any thread.</summary>
    internal void SocketClosed()
    {
        lock (_gate)
        {
            _socketCount--;
            Monitor.PulseAll(_gate);
        }
    }

    private bool TryCountSocket()
    {
        lock (_gate)
        {
            bool hasRoom = _socketCount < ConnectionCountMax;
            _socketCount += hasRoom ? 1 : 0;
            return hasRoom;
        }
    }

    // Who has long had time to say who it is, and has not, goes before anybody is refused: the longest first.
    private bool TryMakeRoom(Instant now)
    {
        Instant accepted = Instant.Never;
        RpcConnection? silent = null;
        foreach (RpcConnection connection in _connections)
        {
            if (!connection.IsGreeted && connection.AcceptedAt < accepted)
            {
                accepted = connection.AcceptedAt;
                silent = connection;
            }
        }

        if (silent is null || accepted + GreetingTime > now)
        {
            return false;
        }

        _agent.Log.Write(
            LogLevel.Warn, "agent.ipc: Too many clients, closed one that says nothing: " + silent.ClientText);
        silent.Abort();
        return true;
    }

    private void ReleaseEnded()
    {
        // By index: a session that is released may close another one.
        for (int index = 0; index < _ended.Count; index++)
        {
            _ended[index].Release();
        }

        _ended.Clear();
    }
}
