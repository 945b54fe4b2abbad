using System;
using System.Collections.Generic;
using Serf.Primitives;
using Serf.Swim;

namespace Serf.Cluster;

// A cluster finds its missing parts again (spec serf 4.13 and 15.3, M5 and M12; docs/healing.md). Every round
// a node looks for a few of those that are gone, so few that the cluster as a whole looks for each about once
// a round: failed members, and lost peers, which are failed members that were reaped.
public sealed partial class SerfNode
{
    /// <summary>A shorter interval would only keep the node busy.</summary>
    private static readonly TimeSpan RoundMin = TimeSpan.FromMilliseconds(100);

    private readonly LostPeers _lost = new();
    private readonly List<Attempt> _attempts = [];
    private readonly IGonePeer[] _due = new IGonePeer[Limits.ReconnectCountMax];
    private readonly double[] _dueness = new double[Limits.ReconnectCountMax];
    private int _dueCount;
    private double _credit;
    private long _memberJoinCount;
    private Instant _roundAt = Instant.Never;
    private Instant _answeredAt = Instant.Never;

    private enum AttemptKind : byte
    {
        Reconnect,
        LostPeer,
        Rejoin,
        Seed,
    }

    private TimeSpan RoundInterval =>
        Options.ReconnectInterval > RoundMin ? Options.ReconnectInterval : RoundMin;

    private Instant NextHealingDeadline => Instant.Min(_roundAt, Instant.Min(_answeredAt, _rejoinAt));

    /// <summary>Members that failed, were reaped, and are looked for all the same; the longest lost
    /// first.</summary>
    internal IReadOnlyList<KnownPeer> LostPeers()
    {
        KnownPeer[] peers = new KnownPeer[_lost.Count];
        for (int index = 0; index < peers.Length; index++)
        {
            peers[index] = new(_lost.All[index].Name, _lost.All[index].Address);
        }

        return peers;
    }

    void ISwimObserver.PingEnded(uint ping, TimeSpan? roundTrip, Instant now)
    {
        foreach (LostPeer peer in _lost.All)
        {
            if (peer.Ping == ping)
            {
                // Joined by the next Advance: this call comes from the middle of the gossip layer's work.
                peer.Ping = 0;
                peer.HasAnswered = roundTrip is not null;
                _answeredAt = peer.HasAnswered ? now : _answeredAt;
                return;
            }
        }
    }

    private void StartHealing(Instant now)
    {
        // The nodes of a cluster begin at different points, so that their attempts do not come together.
        _credit = _chance.NextDouble();
        _roundAt = NextRound(now);
        _seedRounds = Options.HasSeeds ? _chance.Next(SerfOptions.SeedRounds) + 1 : 0;
    }

    private Instant NextRound(Instant now) => now + Jittered(RoundInterval);

    private TimeSpan Jittered(TimeSpan pause) =>
        (pause * (1 - SerfOptions.RoundJitter)) + _chance.NextDelay(pause * (2 * SerfOptions.RoundJitter));

    private void AdvanceHealing(Instant now)
    {
        if (_roundAt <= now)
        {
            _roundAt = NextRound(now);
            if (State == LifecycleState.Alive)
            {
                bool isAlone = !HasOtherAliveMember();
                LookForTheGone(isAlone, now);
                if (Options.HasSeeds)
                {
                    SeekSeeds(isAlone);
                }
            }
        }

        if (_answeredAt <= now)
        {
            _answeredAt = Instant.Never;
            JoinAnswering(now);
        }

        if (_rejoinAt <= now)
        {
            ContinueRejoin(now);
        }
    }

    private void LookForTheGone(bool isAlone, Instant now)
    {
        int failed = _members.Failed.Count;
        int gone = failed + _lost.Count;
        if (gone == 0)
        {
            return;
        }

        double share = 0;
        _dueCount = 0;

        // Those that are equally due are taken as they come, which is from another place each time.
        int start = _chance.Next(gone);
        for (int step = 0; step < gone; step++)
        {
            int index = (start + step) % gone;
            IGonePeer peer = index < failed ? _members.Failed[index] : _lost.All[index - failed];
            double pause = isAlone ? 1 : PauseOf(peer, now);
            share += 1 / pause;
            if (!IsTried(peer))
            {
                Offer(peer, (now - peer.TriedAt).TotalSeconds / pause);
            }
        }

        int alive = Math.Max(1, _members.Count - failed - _members.Left.Count);
        _credit = Math.Min(_credit + (share / alive), Limits.ReconnectCountMax);
        int free = Limits.ReconnectCountMax - CountAttempts(AttemptKind.Reconnect)
            - CountAttempts(AttemptKind.LostPeer);
        for (int index = 0; index < _dueCount && index < free && _credit >= 1; index++)
        {
            _credit--;
            Try(_due[index], now);
        }
    }

    /// <summary>Rounds in which the cluster looks for a peer once: more the longer it is gone.</summary>
    private double PauseOf(IGonePeer peer, Instant now) => Math.Clamp(
        (now - peer.GoneSince) / (RoundInterval * SerfOptions.PauseGrowth), 1, SerfOptions.PauseRoundsMax);

    // Keeps the most due ones, in order.
    private void Offer(IGonePeer peer, double dueness)
    {
        int place = _dueCount;
        while (place > 0 && _dueness[place - 1] < dueness)
        {
            place--;
        }

        if (place == _due.Length)
        {
            return;
        }

        int last = Math.Min(_dueCount, _due.Length - 1);
        Array.Copy(_due, place, _due, place + 1, last - place);
        Array.Copy(_dueness, place, _dueness, place + 1, last - place);
        _due[place] = peer;
        _dueness[place] = dueness;
        _dueCount = last + 1;
    }

    private void Try(IGonePeer peer, Instant now)
    {
        peer.TriedAt = now;
        LostPeer? lost = peer as LostPeer;
        if (HasMemberAt(peer.Address, orFailed: false))
        {
            // Its place is taken: another node has its address, or it has another name now. Whoever is there
            // would answer, and exchange everything with every node that tries, again and again.
            _lost.Forget(lost);
            return;
        }

        if (lost is null)
        {
            _log.Write(LogLevel.Info, $"serf: attempting reconnect to {peer.Name} {peer.Address}");
            Dial(AttemptKind.Reconnect, new KnownPeer(peer.Name, peer.Address), now);
            return;
        }

        // After so long the address may be that of a node of another cluster, which is not to be drawn into
        // this one. It does not answer to a name that is not its own.
        lost.Ping = Swim.Ping(lost.Name.Span, lost.Address, now);
    }

    private void JoinAnswering(Instant now)
    {
        foreach (LostPeer peer in _lost.All)
        {
            if (peer.HasAnswered)
            {
                peer.HasAnswered = false;
                if (State == LifecycleState.Alive && !IsTried(peer))
                {
                    _log.Write(LogLevel.Info, $"serf: lost node answers again: {peer.Name} {peer.Address}");
                    Dial(AttemptKind.LostPeer, new KnownPeer(peer.Name, peer.Address), now);
                }
            }
        }
    }

    private void Dial(AttemptKind kind, in KnownPeer peer, Instant now, bool isNews = true)
    {
        StreamId exchange = Swim.PushPull(peer.Address, join: true, now);
        if (exchange != StreamId.None)
        {
            _attempts.Add(new Attempt(exchange, kind, peer, isNews ? -1 : _memberJoinCount));
        }
    }

    /// <returns>Whether the exchange was one of the attempts to find somebody again.</returns>
    private bool EndAttempt(StreamId exchange, string? error, Instant now)
    {
        int index = _attempts.Count - 1;
        while (index >= 0 && _attempts[index].Exchange != exchange)
        {
            index--;
        }

        if (index < 0)
        {
            return false;
        }

        Attempt attempt = _attempts[index];
        _attempts.RemoveAt(index);
        if (attempt.Kind == AttemptKind.Rejoin)
        {
            EndRejoin(attempt.Peer, error is null, now);
        }
        else if (attempt.Kind == AttemptKind.Seed)
        {
            EndSeed(attempt, error);
        }

        // Behind a configured address may be any member, again and again, and that is no news to anybody.
        bool isNews = _memberJoinCount > attempt.MemberJoinCount;
        if (error is null && isNews && State == LifecycleState.Alive)
        {
            // Tombstones that others still hold must not turn the returned node away (spec serf 15.3, M12).
            BroadcastJoin(RepeatedJoinTime(), now);
        }

        return true;
    }

    private int CountAttempts(AttemptKind kind)
    {
        int count = 0;
        foreach (Attempt attempt in _attempts)
        {
            count += attempt.Kind == kind ? 1 : 0;
        }

        return count;
    }

    private bool IsTried(IGonePeer peer) => peer is LostPeer { Ping: not 0 } || IsDialled(peer.Address);

    private bool IsDialled(in NodeAddress address)
    {
        foreach (Attempt attempt in _attempts)
        {
            if (attempt.Peer.Address == address)
            {
                return true;
            }
        }

        return false;
    }

    private bool HasMemberAt(in NodeAddress address, bool orFailed)
    {
        for (int index = 0; index < _members.Count; index++)
        {
            ClusterMember member = _members.At(index);
            if (member.Address == address
                && (member.Status == MemberStatus.Alive
                    || (orFailed && member.Status == MemberStatus.Failed)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Goes on looking for a member that failed and is reaped.</summary>
    private void Lose(ClusterMember record)
    {
        if (MayBeLost(new KnownPeer(record.Name, record.Address)))
        {
            _lost.Add(new LostPeer(
                record.Name, record.Address, record.StatusTime, record.LeaveTime, record.TriedAt));
        }
    }

    private bool MayBeLost(in KnownPeer peer) =>
        IsName(peer.Name.Span) && !peer.Address.IsNone && peer.Address != Swim.Options.AdvertiseAddress
        && _members.Find(peer.Name.Span) is null;

    /// <summary>Who left, or was made to leave by an operator, is not looked for.</summary>
    private void ForgetLost(ReadOnlySpan<byte> name, ulong leaveTime)
    {
        if (_lost.Find(name) is { } peer && leaveTime > peer.StatusTime)
        {
            _lost.Forget(peer);
            _snapshot?.Forget(peer.Name);
        }
    }

    private sealed class Attempt(StreamId exchange, AttemptKind kind, KnownPeer peer, long memberJoinCount)
    {
        public StreamId Exchange { get; } = exchange;

        public AttemptKind Kind { get; } = kind;

        public KnownPeer Peer { get; } = peer;

        /// <summary>With more than so many joins of members, it has brought news.</summary>
        public long MemberJoinCount { get; } = memberJoinCount;
    }
}
