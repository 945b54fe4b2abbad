using System;
using System.Collections.Generic;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;

namespace Serf.Cluster;

// Members as the gossip layer reports them (spec serf 4.2 to 4.4), and reaping (4.12).
public sealed partial class SerfNode
{
    private Instant _nextPrune = Instant.Never;

    void ISwimObserver.MemberJoined(Member member, Instant now)
    {
        _memberJoinCount++;
        _metrics.Add(Metric.MemberJoined, 1);
        LostPeer? lost = _lost.Find(member.Name.Span);
        _lost.Forget(lost);
        DropLonelyMessages();
        ClusterMember? record = _members.Find(member.Name.Span);
        if (lost is not null || record is { Status: MemberStatus.Failed })
        {
            Swim.TellReturned(member, now);
        }

        if (record is null)
        {
            record = new ClusterMember(member.Name);
            record.SetStatus(MemberStatus.Alive);
            if (_recentIntents.TryGet(member.Name, IntentKind.Join, out ulong joinTime))
            {
                record.StatusTime = joinTime;
            }

            if (_recentIntents.TryGet(member.Name, IntentKind.Leave, out ulong leaveTime))
            {
                record.StatusTime = leaveTime;
                record.SetStatus(MemberStatus.Leaving);
                record.LeaveTime = now;
            }

            _members.Add(record);
        }
        else
        {
            CountFlap(record, now);

            // Back, whatever intents say: they are older than this evidence, and the status time stays to
            // refuse them.
            ForgetTombstones(record);
            record.SetStatus(MemberStatus.Alive);
            record.LeaveTime = default;
            record.PruneAt = Instant.Never;
        }

        Describe(record, member);
        _log.Write(LogLevel.Info, $"serf: EventMemberJoin: {record.Name} {record.Address.IpText()}");
        Emit(new MemberEvent(SerfEventKind.MemberJoin, [record.Info]), now);
    }

    void ISwimObserver.MemberLeft(Member member, Instant now)
    {
        if (_members.Find(member.Name.Span) is not { } record)
        {
            return;
        }

        StopWaiting(record.Name, now);

        // What the gossip layer knows as a leave is one, whether its intent has arrived or not.
        MemberStatus before = record.Status == MemberStatus.Alive && member.State == MemberState.Left
            ? MemberStatus.Leaving
            : record.Status;
        switch (before)
        {
            case MemberStatus.Leaving:
                record.SetStatus(MemberStatus.Left);
                record.LeaveTime = now;
                _members.Left.Add(record);
                _metrics.Add(Metric.MemberLeft, 1);
                _log.Write(LogLevel.Info, $"serf: EventMemberLeave: {record.Name} {record.Address.IpText()}");
                Emit(new MemberEvent(SerfEventKind.MemberLeave, [record.Info]), now);
                break;
            case MemberStatus.Alive:
                record.SetStatus(MemberStatus.Failed);
                record.LeaveTime = now;
                record.TriedAt = now;
                _members.Failed.Add(record);
                _metrics.Add(Metric.MemberFailed, 1);
                _log.Write(
                    LogLevel.Info, $"serf: EventMemberFailed: {record.Name} {record.Address.IpText()}");
                Emit(new MemberEvent(SerfEventKind.MemberFailed, [record.Info]), now);
                break;
            default:
                _log.Write(
                    LogLevel.Warn,
                    $"serf: Bad state when leave: {record.Name} is {record.Status.Label()} already");
                break;
        }
    }

    void ISwimObserver.MemberUpdated(Member member, Instant now)
    {
        if (_members.Find(member.Name.Span) is not { } record)
        {
            return;
        }

        _metrics.Add(Metric.MemberUpdated, 1);
        Describe(record, member);
        _log.Write(LogLevel.Info, $"serf: EventMemberUpdate: {record.Name}");
        Emit(new MemberEvent(SerfEventKind.MemberUpdate, [record.Info]), now);
    }

    void ISwimObserver.MemberConflict(Member existing, in NodeAddress claimed, Instant now)
    {
        if (existing.Name == Name)
        {
            if (_refusals.Allows(now))
            {
                _refusals.Write(
                    LogLevel.Err,
                    $"serf: Node name conflicts with another node at {claimed}. Names must be unique! "
                    + $"(Resolution enabled: {(Options.NameConflictResolution ? "true" : "false")})");
            }

            CallVote(now);
        }
        else
        {
            if (_refusals.Allows(now))
            {
                _refusals.Write(
                    LogLevel.Warn,
                    $"serf: Name conflict for '{existing.Name}' "
                    + $"both {existing.Address} and {claimed} are claiming");
            }
        }
    }

    private void CountFlap(ClusterMember record, Instant now)
    {
        if (record.Status == MemberStatus.Failed && now - record.LeaveTime < Options.FlapTimeout)
        {
            _metrics.Add(Metric.MemberFlapped, 1);
        }
    }

    private void Describe(ClusterMember record, Member member)
    {
        // A broken map still yields the tags in front of the fault.
        _ = TagsCodec.Read(member.Meta, out Tags tags);
        record.Describe(member.Address, tags.SharingWith(Tags), member.Versions);
    }

    private void ForgetTombstones(ClusterMember record)
    {
        if (record.Status == MemberStatus.Failed)
        {
            ClusterMembers.RemoveFrom(_members.Failed, record);
        }
        else if (record.Status == MemberStatus.Left)
        {
            ClusterMembers.RemoveFrom(_members.Left, record);
        }
    }

    private void Erase(ClusterMember record, Instant now)
    {
        _members.Remove(record);
        StopWaiting(record.Name, now);
        Emit(new MemberEvent(SerfEventKind.MemberReap, [record.Info]), now);
    }

    private void Reap(Instant now)
    {
        ReapList(_members.Failed, Options.ReconnectTimeout, now);
        ReapList(_members.Left, Options.TombstoneTimeout, now);
        _recentIntents.Expire(now, Options.RecentIntentTimeout);
        DoubtLeaves(now);
    }

    private void ReapList(List<ClusterMember> list, TimeSpan timeout, Instant now)
    {
        for (int index = 0; index < list.Count;)
        {
            ClusterMember record = list[index];
            if (now - record.LeaveTime <= timeout || record.Name == Name)
            {
                index++;
                continue;
            }

            list[index] = list[^1];
            list.RemoveAt(list.Count - 1);
            _log.Write(LogLevel.Info, $"serf: EventMemberReap: {record.Name}");
            Erase(record, now);
            if (list == _members.Failed)
            {
                Lose(record);
            }
        }
    }

    /// <summary>Prunes a member that is leaving once its leave had time to arrive (spec serf 4.6).</summary>
    private void SchedulePrune(ClusterMember record, Instant now)
    {
        TimeSpan delay = Options.BroadcastTimeout + Options.LeavePropagateDelay;
        if (delay == TimeSpan.Zero)
        {
            PruneNow(record, now);
            return;
        }

        // Asked for again, it is not put off.
        record.PruneAt = record.PruneAt > now ? Instant.Min(record.PruneAt, now + delay) : now + delay;
        _nextPrune = Instant.Min(_nextPrune, record.PruneAt);
    }

    private void PruneNow(ClusterMember record, Instant now)
    {
        ForgetTombstones(record);
        _log.Write(LogLevel.Info, $"serf: EventMemberReap (forced): {record.Name} {record.Address.IpText()}");
        Erase(record, now);
    }

    private void AdvancePrunes(Instant now)
    {
        if (_nextPrune > now)
        {
            return;
        }

        _nextPrune = Instant.Never;
        for (int index = _members.Count - 1; index >= 0; index--)
        {
            ClusterMember record = _members.All[index];
            if (record.PruneAt > now)
            {
                _nextPrune = Instant.Min(_nextPrune, record.PruneAt);
            }
            else if (record.Status == MemberStatus.Leaving && IsHeard(record))
            {
                // Erased now, it would stay unknown for as long as it lives: nothing announces it again.
                SchedulePrune(record, now);
            }
            else if (record.Status is MemberStatus.Leaving or MemberStatus.Left)
            {
                PruneNow(record, now);
            }
            else
            {
                record.PruneAt = Instant.Never;
            }
        }
    }
}
