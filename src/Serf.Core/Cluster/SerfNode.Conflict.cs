using System;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Cluster;

// Another node claims this node's name: the others are asked whom they know by it (spec serf 4.14, 15.3 M4).
public sealed partial class SerfNode
{
    private Instant _voteAt = Instant.Never;
    private Instant _nextVote = new(long.MinValue);
    private bool _isVoting;

    /// <summary>
    /// Has a vote begin with the next <see cref="Advance"/>: by then all is known of the state that brought
    /// the claim, and so is who may vote. A claim that comes too soon after the last vote changes nothing;
    /// an honest one is repeated.
    /// </summary>
    private void CallVote(Instant now)
    {
        if (Options.NameConflictResolution && State == LifecycleState.Alive && !_isVoting && now >= _nextVote)
        {
            _voteAt = now;
        }
    }

    private void AdvanceVote(Instant now)
    {
        if (_voteAt > now)
        {
            return;
        }

        _voteAt = Instant.Never;
        if (State != LifecycleState.Alive)
        {
            return;
        }

        _nextVote = now + DefaultQueryTimeout + Options.NameConflictPause;
        QueryParameters parameters = new()
        {
            Name = ByteString.FromText("_serf_conflict"),
            Payload = Name.Span.ToArray(),
        };
        string? error = BeginQuery(parameters, new Vote(this), now);
        _isVoting = error is null;
        if (error is not null)
        {
            _log.Write(LogLevel.Err, "serf: Failed to start name resolution query: " + error);
        }
    }

    private void EndVote(int supporterCount, int voterCount)
    {
        _isVoting = false;
        if (State != LifecycleState.Alive)
        {
            return;
        }

        // Of all who may vote, not of those whose answer came: a lost packet must not decide between equals.
        string tally = $"[{supporterCount} / {voterCount}]";
        if (2 * (voterCount - supporterCount) > Math.Max(voterCount, CountElectorate()))
        {
            _log.Write(LogLevel.Warn, "serf: minority in name conflict resolution, quitting " + tally);
            Shutdown();
            _effects.NameLost();
        }
        else if (2 * supporterCount > voterCount)
        {
            _log.Write(LogLevel.Info, "serf: majority in name conflict resolution " + tally);
        }
        else
        {
            // The original ends here, and so does the other node of this name.
            _log.Write(LogLevel.Warn, "serf: no majority in name conflict resolution, staying " + tally);
        }
    }

    private int CountElectorate()
    {
        int count = 0;
        foreach (ClusterMember record in _members.All)
        {
            count += record.Status == MemberStatus.Alive && record.Name != Name ? 1 : 0;
        }

        return count;
    }

    private bool MayVote(ByteString name) =>
        name != Name && _members.Find(name.Span) is { Status: MemberStatus.Alive };

    /// <summary>
    /// Counts who knows a node by this name. An answer of a stranger, or of who knows none or only one that
    /// has failed or left, is no evidence against this node, and neither is silence.
    /// </summary>
    private sealed class Vote(SerfNode node) : IQuerySink
    {
        private int _supporterCount;
        private int _voterCount;

        public void Acked(ByteString name)
        {
            // None are asked for.
        }

        public void Answered(ByteString name, byte[]? payload)
        {
            if (node.MayVote(name)
                && payload is [(byte)SerfMessageType.ConflictResponse, ..]
                && SerfCodec.TryRead(payload.AsSpan(1), out ConflictResponse record, out bool known)
                    == ReadStatus.Ok
                && known
                && node.Name.Equals(record.Name)
                && record.Status is (long)MemberStatus.Alive or (long)MemberStatus.Leaving
                && NodeAddress.TryFromBytes(record.Address, record.Port, out NodeAddress address))
            {
                _voterCount++;
                _supporterCount += address == node.Swim.Options.AdvertiseAddress ? 1 : 0;
            }
        }

        public void Ended() => node.EndVote(_supporterCount, _voterCount);
    }
}
