using System;
using System.Net.Sockets;
using Serf.Net;
using Serf.Primitives;

namespace Serf.Host;

/// <summary>Who gets accepted connections. Node thread only.</summary>
internal interface IAcceptOwner
{
    /// <summary>The socket belongs to the owner from now on.</summary>
    void Accepted(Socket socket, Instant now);

    /// <summary>Accepting failed; it is tried again after a pause.</summary>
    void AcceptFailed(string reason);
}

/// <summary>
/// Brings accepted connections to the node thread, one at a time, and waits after an error: 5 milliseconds,
/// doubling to a second (spec gossip 10.1).
/// </summary>
internal sealed class AcceptLoop : InboxTarget, IAcceptSink, ILoopTimer
{
    private const int AcceptedKind = 0;
    private const int FailedKind = 1;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LastDelay = TimeSpan.FromSeconds(1);

    private readonly Inbox _inbox;
    private readonly IAcceptOwner _owner;
    private readonly StreamListener _listener;
    private TimeSpan _delay;
    private bool _stopped;

    /// <param name="listener">Listening; owned from now on.</param>
    public AcceptLoop(Socket listener, Inbox inbox, IAcceptOwner owner)
    {
        _inbox = inbox;
        _owner = owner;
        _listener = new StreamListener(listener, this);
    }

    public Instant NextDeadline { get; private set; } = Instant.Never;

    public void Start() => _listener.Resume();

    /// <summary>Closes the listener. Node thread, or when that has ended.</summary>
    public void Stop()
    {
        _stopped = true;
        NextDeadline = Instant.Never;
        _listener.Stop();
    }

    public void Advance(Instant now)
    {
        if (NextDeadline <= now)
        {
            NextDeadline = Instant.Never;
            _listener.Resume();
        }
    }

    void IAcceptSink.Accepted(Socket socket) => _inbox.Post(new InboxItem(this, AcceptedKind, State: socket));

    void IAcceptSink.AcceptFailed(string reason) =>
        _inbox.Post(new InboxItem(this, FailedKind, State: reason));

    protected internal override void Process(in InboxItem item, Instant now)
    {
        if (item.Kind == AcceptedKind)
        {
            ProcessAccepted((Socket)item.State!, now);
        }
        else if (!_stopped)
        {
            _delay = _delay == TimeSpan.Zero
                ? FirstDelay
                : TimeSpan.FromTicks(Math.Min(2 * _delay.Ticks, LastDelay.Ticks));
            NextDeadline = now + _delay;
            _owner.AcceptFailed((string)item.State!);
        }
    }

    private void ProcessAccepted(Socket socket, Instant now)
    {
        if (_stopped)
        {
            socket.Dispose();
            return;
        }

        _delay = TimeSpan.Zero;
        _listener.Resume();
        _owner.Accepted(socket, now);
    }
}
