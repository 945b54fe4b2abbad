using System;
using System.Globalization;
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
    private static readonly TimeSpan ToldPeriod = TimeSpan.FromSeconds(1);

    private readonly Inbox _inbox;
    private readonly IAcceptOwner _owner;
    private readonly StreamListener _listener;
    private TimeSpan _delay;
    private Instant _toldEnd = new(long.MinValue);
    private int _toldCount;
    private int _untoldCount;
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
            Tell((string)item.State!, now);
        }
    }

    // Every failure of a lasting kind, because its pauses grow; but one that comes and goes has short ones.
    private void Tell(string reason, Instant now)
    {
        if (now >= _toldEnd)
        {
            _toldEnd = now + ToldPeriod;
            _toldCount = 0;
        }

        if (_toldCount >= Limits.AcceptFailureLogCountMax)
        {
            _untoldCount++;
            return;
        }

        _toldCount++;
        string more = _untoldCount == 0
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $" ({_untoldCount} more were left out)");
        _untoldCount = 0;
        _owner.AcceptFailed(reason + more);
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
