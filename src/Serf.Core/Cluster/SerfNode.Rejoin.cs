using System;
using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Cluster;

// The way back to the peers of an earlier life (spec serf 8.10 and 15.3, M6).
public sealed partial class SerfNode
{
    private static readonly TimeSpan RejoinPauseMin = TimeSpan.FromSeconds(5);

    private KnownPeer[] _rejoinPeers = [];
    private int _rejoinNext;
    private bool _isRejoinRepeated;
    private TimeSpan _rejoinPause;
    private Instant _rejoinAt = Instant.Never;

    /// <summary>
    /// Joins one of the peers of an earlier life, whichever answers first; tries for ever, unless other
    /// members turn up meanwhile. All of them count as lost until they are members again: those that answer
    /// may not know the others. After the gossip layer's start.
    /// </summary>
    internal void BeginRejoin(IReadOnlyList<KnownPeer> peers, Instant now)
    {
        List<KnownPeer> others = [];
        foreach (KnownPeer peer in peers)
        {
            if (peer.Name == Name || peer.Address.IsNone || peer.Address == Swim.Options.AdvertiseAddress)
            {
                continue;
            }

            others.Add(peer);
            if (!_lost.IsFull && MayBeLost(peer))
            {
                _lost.Add(new LostPeer(peer.Name, peer.Address, 0, now, now));
            }
        }

        _rejoinPeers = [.. others];
        _rejoinNext = 0;
        _isRejoinRepeated = false;
        _rejoinPause = RejoinPauseMin;
        _chance.Shuffle<KnownPeer>(_rejoinPeers);
        ContinueRejoin(now);
    }

    private void ContinueRejoin(Instant now)
    {
        _rejoinAt = Instant.Never;
        if (State != LifecycleState.Alive || (_isRejoinRepeated && HasOtherAliveMember()))
        {
            _rejoinPeers = [];
        }

        if (_rejoinPeers.Length == 0)
        {
            return;
        }

        // First one after the other, as the original does, which never tries again.
        int free = (_isRejoinRepeated ? Limits.ReconnectCountMax : 1) - CountAttempts(AttemptKind.Rejoin);
        for (; free > 0 && _rejoinNext < _rejoinPeers.Length; free--)
        {
            KnownPeer peer = _rejoinPeers[_rejoinNext++];
            _log.Write(
                _isRejoinRepeated ? LogLevel.Debug : LogLevel.Info,
                $"serf: Attempting re-join to previously known node: {Shown(peer)}");
            Dial(AttemptKind.Rejoin, peer, now);
        }

        if (CountAttempts(AttemptKind.Rejoin) == 0)
        {
            RepeatRejoin(now);
        }
    }

    private void RepeatRejoin(Instant now)
    {
        if (!_isRejoinRepeated)
        {
            _log.Write(LogLevel.Warn, "serf: Failed to re-join any previously known node");
        }

        _isRejoinRepeated = true;
        _rejoinNext = 0;
        _chance.Shuffle<KnownPeer>(_rejoinPeers);
        _rejoinAt = now + Jittered(_rejoinPause);
        TimeSpan longest = RoundInterval > RejoinPauseMin ? RoundInterval : RejoinPauseMin;
        _rejoinPause = _rejoinPause * 2 < longest ? _rejoinPause * 2 : longest;
    }

    private void EndRejoin(in KnownPeer peer, bool hasAnswered, Instant now)
    {
        if (_rejoinPeers.Length == 0)
        {
            return;
        }

        if (hasAnswered)
        {
            _log.Write(LogLevel.Info, $"serf: Re-joined to previously known node: {Shown(peer)}");
            _rejoinPeers = [];
            return;
        }

        // By the next Advance: this call comes from the middle of the gossip layer's work.
        _rejoinAt = now;
    }

    private static string Shown(in KnownPeer peer) =>
        peer.Name.IsEmpty ? peer.Address.ToString() : $"{peer.Name}: {peer.Address}";
}
