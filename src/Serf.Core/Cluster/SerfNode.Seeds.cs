using System.Collections.Generic;
using Serf.Primitives;
using Serf.Swim;

namespace Serf.Cluster;

// The join addresses that the host was configured with are no one-time affair: one that is not the address of
// a member is tried again, from time to time for as long as others are there, and every round when none is.
public sealed partial class SerfNode
{
    /// <summary>Rounds until the host is asked again.</summary>
    private int _seedRounds;
    private int _nextSeed;
    private bool _isSeedMissed;

    /// <summary>
    /// Joins those of the configured addresses where no member is: what
    /// <see cref="ISerfEffects.SeedsWanted"/> asks for. Nobody is told how it ends.
    /// </summary>
    /// <param name="targets">All of them, resolved anew.</param>
    /// <param name="now">The instant.</param>
    public void TrySeeds(IReadOnlyList<JoinTarget> targets, Instant now)
    {
        if (State != LifecycleState.Alive)
        {
            return;
        }

        // Failed members are looked for anyway, and by the whole cluster.
        bool isAlone = !HasOtherAliveMember();
        int free = Limits.ReconnectCountMax - CountAttempts(AttemptKind.Seed);
        int missing = 0;
        int first = _nextSeed;
        for (int step = 0; step < targets.Count && missing < free; step++)
        {
            int index = (first + step) % targets.Count;
            JoinTarget target = targets[index];
            if (target.Fault is not null)
            {
                missing++;
                MissSeed(target.Fault);
            }
            else if (target.Address != Swim.Options.AdvertiseAddress && !IsDialled(target.Address)
                && !HasMemberAt(target.Address, orFailed: !isAlone))
            {
                missing++;
                Dial(AttemptKind.Seed, new KnownPeer(default, target.Address), now, isNews: isAlone);
            }

            _nextSeed = index + 1;
        }

        _isSeedMissed &= missing > 0;
    }

    private void SeekSeeds(bool isAlone)
    {
        if (--_seedRounds > 0 && !isAlone)
        {
            return;
        }

        // Most often all nodes know the same ones, so that with many nodes each has to ask less.
        _seedRounds = SerfOptions.SeedRounds * SwimNode.PushPullScale(_members.Count);
        _effects.SeedsWanted();
    }

    private void EndSeed(Attempt attempt, string? error)
    {
        if (error is not null)
        {
            MissSeed($"failed to join {attempt.Peer.Address}: {error}");
        }
        else if (_memberJoinCount > attempt.MemberJoinCount)
        {
            _isSeedMissed = false;
            _log.Write(LogLevel.Info, $"serf: Joined a configured address again: {attempt.Peer.Address}");
        }
    }

    // Told once, and not with each attempt.
    private void MissSeed(string reason)
    {
        _log.Write(
            _isSeedMissed ? LogLevel.Debug : LogLevel.Info,
            "serf: A configured join address does not answer, and is tried again: " + reason);
        _isSeedMissed = true;
    }
}
