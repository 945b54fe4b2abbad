using System;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Cluster;

// Join and leave intents (spec serf 4.5 to 4.7).
public sealed partial class SerfNode
{
    // More steps than a made-up leave makes before all who pass it on know better.
    private const ulong RepeatedJoinDistance = 16;

    /// <returns>Whether the message is to be passed on.</returns>
    private bool HandleLeaveIntent(in LeaveIntent intent, Instant now)
    {
        if (!IsPlausible(intent.LamportTime, _memberClock.Time, now))
        {
            return false;
        }

        _memberClock.Witness(intent.LamportTime);
        if (_members.Find(intent.Node) is not { } record)
        {
            ForgetLost(intent.Node, intent.LamportTime);
            return IsName(intent.Node)
                && _recentIntents.Offer(intent.Node, IntentKind.Leave, intent.LamportTime, now);
        }

        if (intent.LamportTime <= record.StatusTime)
        {
            return false;
        }

        if (State == LifecycleState.Alive && record.Name == Name)
        {
            _log.Write(LogLevel.Debug, "serf: Refuting an older leave intent");
            BroadcastJoin(_memberClock.Time, now);
            return false;
        }

        // Also where nothing else changes: two leaves with different times would be echoed for ever.
        record.StatusTime = intent.LamportTime;
        if (record.Status == MemberStatus.Alive)
        {
            record.SetStatus(MemberStatus.Leaving);
            record.LeaveTime = now;
        }
        else if (record.Status == MemberStatus.Failed)
        {
            ClusterMembers.RemoveFrom(_members.Failed, record);
            _members.Left.Add(record);
            record.SetStatus(MemberStatus.Left);
            _log.Write(
                LogLevel.Info, $"serf: EventMemberLeave (forced): {record.Name} {record.Address.IpText()}");
            Emit(new MemberEvent(SerfEventKind.MemberLeave, [record.Info]), now);
        }

        if (intent.Prune)
        {
            Prune(record, now);
        }

        return true;
    }

    /// <returns>Whether the message is to be passed on.</returns>
    private bool HandleJoinIntent(in JoinIntent intent, Instant now)
    {
        if (!IsPlausible(intent.LamportTime, _memberClock.Time, now))
        {
            return false;
        }

        _memberClock.Witness(intent.LamportTime);
        if (_members.Find(intent.Node) is not { } record)
        {
            return IsName(intent.Node)
                && _recentIntents.Offer(intent.Node, IntentKind.Join, intent.LamportTime, now);
        }

        if (intent.LamportTime <= record.StatusTime)
        {
            return false;
        }

        record.StatusTime = intent.LamportTime;
        if (record.Status == MemberStatus.Leaving)
        {
            record.SetStatus(MemberStatus.Alive);
            record.PruneAt = Instant.Never;
        }

        return true;
    }

    private static bool IsName(ReadOnlySpan<byte> name) => name.Length is > 0 and <= Limits.NameSizeMax;

    private void Prune(ClusterMember record, Instant now)
    {
        if (record.Name == Name)
        {
            // The node goes on gossiping until it is shut down, and describes itself to the last.
            return;
        }

        if (record.Status == MemberStatus.Leaving)
        {
            SchedulePrune(record, now);
        }
        else
        {
            PruneNow(record, now);
        }
    }

    // A peer that still has us as left tells others of a leave one later than our last intent, and they tell
    // it one later again. A join of the same time as theirs would not be newer, so it keeps a distance.
    private ulong RepeatedJoinTime() => Local.StatusTime == 0
        ? _memberClock.Time
        : Math.Max(_memberClock.Time, Local.StatusTime + RepeatedJoinDistance);

    /// <summary>Tells the cluster that this node means to be a member.</summary>
    private void BroadcastJoin(ulong time, Instant now)
    {
        JoinIntent intent = new() { LamportTime = time, Node = Name.Span };
        _ = HandleJoinIntent(intent, now);
        _scratch.Clear();
        Span<byte> message = _scratch.GetSpan(SerfCodec.SizeOf(intent));
        QueueIntent(message[..SerfCodec.Write(intent, message)], Name.Span);
    }

    /// <summary>
    /// Takes part in a leave of this or another node and prepares the message for the queue.
    /// </summary>
    /// <returns>The message, valid until the scratch memory is used again.</returns>
    private ReadOnlySpan<byte> ProcessOwnLeaveIntent(ReadOnlySpan<byte> node, bool prune, Instant now)
    {
        LeaveIntent intent = new() { LamportTime = _memberClock.Take(), Node = node, Prune = prune };
        _ = HandleLeaveIntent(intent, now);
        _scratch.Clear();
        Span<byte> message = _scratch.GetSpan(SerfCodec.SizeOf(intent));
        return message[..SerfCodec.Write(intent, message)];
    }

    private bool HasOtherAliveMember()
    {
        for (int index = 0; index < _members.Count; index++)
        {
            ClusterMember record = _members.At(index);
            if (record.Status == MemberStatus.Alive && record.Name != Name)
            {
                return true;
            }
        }

        return false;
    }
}
