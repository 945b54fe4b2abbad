using System;
using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Swim;

/// <summary>A ping sent for another node, which waits for the ack (spec gossip 5.5).</summary>
internal sealed class RelayedPing : DeadlineEntry
{
    /// <summary>Of our own ping.</summary>
    public uint SequenceNumber { get; set; }

    /// <summary>Of the request, echoed in ack and nack.</summary>
    public uint RequestNumber { get; set; }

    public NodeAddress ReplyAddress { get; set; }

    /// <summary>It is the address of the member that asked.</summary>
    public bool IsReplyKnown { get; set; }

    /// <summary>A nack was asked for and has not been sent.</summary>
    public bool NackPending { get; set; }

    /// <summary>When the request is forgotten.</summary>
    public Instant Expiry { get; set; }
}

/// <summary>Who owes us an ack on behalf of somebody else. Bounded; its entries are used again.</summary>
internal sealed class AckRegistry
{
    private readonly Dictionary<uint, RelayedPing> _pings = [];
    private readonly DeadlineIndex<RelayedPing> _deadlines = new();
    private readonly Stack<RelayedPing> _free = new();

    public Instant Earliest => _deadlines.Earliest;

    public bool IsFull => _pings.Count >= Limits.RelayCountMax;

    public bool Contains(uint sequence) => _pings.ContainsKey(sequence);

    /// <param name="nackDelay">When a nack is sent; null for none.</param>
    public void Add(uint sequence, uint request, in NodeAddress reply, bool isReplyKnown,
        TimeSpan? nackDelay, TimeSpan lifetime, Instant now)
    {
        RelayedPing ping = _free.TryPop(out RelayedPing? used) ? used : new RelayedPing();
        ping.SequenceNumber = sequence;
        ping.RequestNumber = request;
        ping.ReplyAddress = reply;
        ping.IsReplyKnown = isReplyKnown;
        ping.NackPending = nackDelay.HasValue;
        ping.Expiry = now + lifetime;
        if (_pings.TryAdd(sequence, ping))
        {
            _deadlines.Set(ping, nackDelay.HasValue
                ? Instant.Min(now + nackDelay.Value, ping.Expiry) : ping.Expiry);
        }
    }

    /// <summary>Takes the entry an ack answers; it must be given back with <see cref="Release"/>.</summary>
    public RelayedPing? Take(uint sequence)
    {
        if (!_pings.Remove(sequence, out RelayedPing? ping))
        {
            return null;
        }

        _deadlines.Remove(ping);
        return ping;
    }

    /// <summary>The next entry that is due: its nack is to be sent if one is
    /// pending. Moves on by itself.</summary>
    public RelayedPing NextDue(out bool nack)
    {
        RelayedPing ping = _deadlines.First!;
        nack = ping.NackPending;
        ping.NackPending = false;
        if (nack && ping.Deadline < ping.Expiry)
        {
            _deadlines.Set(ping, ping.Expiry);
            return ping;
        }

        _deadlines.Remove(ping);
        _pings.Remove(ping.SequenceNumber);
        Release(ping);
        return ping;
    }

    public void Release(RelayedPing ping) => _free.Push(ping);
}
