using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;

namespace Serf.Cluster;

// State carried along in push/pulls (spec serf 11).
public sealed partial class SerfNode
{
    private const int LeftTimesKept = 4096;

    private const int ReplayedKept = 1024;

    private readonly List<EventBucket?> _replay = [];
    private readonly List<Arrival> _replayed = [];
    private readonly List<StatusTime> _statuses = [];
    private readonly List<ByteString> _leftNames = [];
    private readonly Dictionary<ByteString, ulong> _leftTimes = new(ByteString.Comparer);

    void ISwimObserver.WriteLocalState(bool join, ByteBuffer destination)
    {
        _statuses.Clear();
        _leftNames.Clear();
        foreach (ClusterMember record in _members.All)
        {
            _statuses.Add(new(record.Name, record.StatusTime));
        }

        foreach (ClusterMember record in _members.Left)
        {
            _leftNames.Add(record.Name);
        }

        if (Swim.IsAnswering)
        {
            ReplayEarly();
        }

        // Whoever was away for long has much to make up for; to all others what they still take is enough.
        // Who is away is held for failed here, or is lost; a newcomer to a whole cluster has missed nothing.
        bool heals = join && (_members.Failed.Count > 0 || _lost.Count > 0);
        ulong peers = _eventClock.Time - Math.Min(_eventClock.Time, Limits.PeerEventTimeCount);
        _events.CopyTo(_replay, heals ? 0 : peers, _eventClock.Time);
        SerfPushPull state = new()
        {
            LamportTime = _memberClock.Time,
            Statuses = CollectionsMarshal.AsSpan(_statuses),
            LeftMembers = CollectionsMarshal.AsSpan(_leftNames),
            EventTime = _eventClock.Time,
            Events = CollectionsMarshal.AsSpan(_replay),
            QueryTime = _queryClock.Time,
        };
        Span<byte> space = destination.GetSpan(SerfCodec.SizeOf(state));
        destination.Advance(SerfCodec.Write(state, space));
        _replay.Clear();
        if (_replay.Capacity > ReplayedKept)
        {
            _replay.TrimExcess();
        }
    }

    void ISwimObserver.MergeRemoteState(ReadOnlySpan<byte> state, bool join, StreamId exchange, Instant now)
    {
        if (state.IsEmpty || state[0] != (byte)SerfMessageType.PushPull)
        {
            if (_refusals.Allows(now))
            {
                _refusals.Write(LogLevel.Err, "serf: Remote state has bad type prefix");
            }

            return;
        }

        if (SerfCodec.TryRead(state[1..], out SerfPushPullView view) != ReadStatus.Ok)
        {
            if (_refusals.Allows(now))
            {
                _refusals.Write(LogLevel.Err, "serf: Failed to decode remote state");
            }

            return;
        }

        // A clock may be any number below the end.
        if (!IsPlausible(view.LamportTime, view.LamportTime, now)
            || !IsPlausible(view.EventTime, view.EventTime, now)
            || !IsPlausible(view.QueryTime, view.QueryTime, now))
        {
            return;
        }

        // A clock names the next message, so what was seen is one less.
        WitnessSender(ref _memberClock, view.LamportTime);
        if (view.EventTime > 0)
        {
            WitnessEvent(Believed(view.EventTime) - 1, now);
        }

        WitnessSender(ref _queryClock, view.QueryTime);
        bool isFirst = !_isContacted;
        _isContacted = true;
        MergeIntents(view, now);
        if (join && exchange == _joinExchange && exchange != StreamId.None && _joins.Peek().IgnoreOld)
        {
            _eventTimeMin = Math.Max(_eventTimeMin, Believed(view.EventTime));
        }

        Replay(view, isFirst, now);
        if (isFirst)
        {
            SendEarly(Believed(view.EventTime));
        }
    }

    // One that is too high is not refused: who joins a cluster that somebody has driven up there must come so
    // near its clock that single messages do the rest.
    private static ulong Believed(ulong clock) => Math.Min(clock, Limits.LamportClockMax);

    private static void WitnessSender(ref LamportClock clock, ulong time)
    {
        if (time > 0)
        {
            clock.Witness(Believed(time) - 1);
        }
    }

    private void MergeIntents(in SerfPushPullView view, Instant now)
    {
        _leftTimes.Clear();
        Dictionary<ByteString, ulong>.AlternateLookup<ReadOnlySpan<byte>> left =
            _leftTimes.GetAlternateLookup<ReadOnlySpan<byte>>();
        TextListReader names = new(view.LeftMembers);
        while (names.TryNext(out ReadOnlySpan<byte> name))
        {
            left[name] = 0;
        }

        StatusTimeReader statuses = new(view.Statuses);
        while (statuses.TryNext(out ReadOnlySpan<byte> name, out ulong time))
        {
            if (left.ContainsKey(name))
            {
                left[name] = time;
            }
        }

        // Leaves before joins, so that a member that left is not revived first. The time of a leave is not
        // sent;
        // one more than the status time is what a peer that only knows the join accepts.
        names = new(view.LeftMembers);
        while (names.TryNext(out ReadOnlySpan<byte> name))
        {
            // Two nodes that both hold the tombstone would tell each other of ever later leaves.
            if (left[name] < Limits.LamportTimeMax
                && _members.Find(name) is not { Status: MemberStatus.Left })
            {
                _ = HandleLeaveIntent(new LeaveIntent { LamportTime = left[name] + 1, Node = name }, now);
            }
        }

        bool refutes = false;
        statuses = new(view.Statuses);
        while (statuses.TryNext(out ReadOnlySpan<byte> name, out ulong time))
        {
            if (!left.ContainsKey(name))
            {
                bool newer = HandleJoinIntent(new JoinIntent { LamportTime = time, Node = name }, now);
                refutes |= newer && State == LifecycleState.Alive && Name.Equals(name);
            }
        }

        // All intents of ours are known here. A newer one was derived, above, from the record of a peer that
        // had us as left: whoever believes that leave shows us as leaving until it hears something newer.
        if (refutes)
        {
            _log.Write(LogLevel.Debug, "serf: Refuting an intent that is not ours");
            BroadcastJoin(RepeatedJoinTime(), now);
        }

        _leftTimes.Clear();
        if (_leftTimes.Capacity > LeftTimesKept)
        {
            // One state with very many tombstones must not hold its memory for good.
            _leftTimes.TrimExcess(LeftTimesKept);
        }
    }

    /// <summary>Handles the events of a push/pull, oldest first, whatever order they came in.</summary>
    private void Replay(in SerfPushPullView view, bool isFirst, Instant now)
    {
        ulong clock = _eventClock.Time;
        ulong floor = Math.Max(_events.Floor(clock), _eventTimeMin);

        // A newcomer was not there before and has missed nothing: it hears as much as from the original. One
        // that remembers a time goes on from there.
        if (isFirst && _eventTimeMin <= 1)
        {
            floor = Math.Max(floor, clock - Math.Min(clock, Limits.PeerEventTimeCount));
        }

        EventBucketReader buckets = new(view.Events);
        while (buckets.TryNext(out ulong time, out ReadOnlySpan<byte> bucket))
        {
            // What is below was known once, or counts as missed already.
            if (time < floor || !view.Events.Overlaps(bucket, out int start))
            {
                continue;
            }

            _replayed.Add(new Arrival(time, start, bucket.Length));
            if (_replayed.Count == Limits.ReplaySortCountMax)
            {
                HandleReplayed(view.Events, now);
            }
        }

        HandleReplayed(view.Events, now);
        if (_replayed.Capacity > ReplayedKept)
        {
            _replayed.TrimExcess();
        }
    }

    private void HandleReplayed(ReadOnlySpan<byte> events, Instant now)
    {
        _replayed.Sort(ByTime);
        foreach (Arrival bucket in _replayed)
        {
            EventEntryReader entries = new(events.Slice(bucket.Start, bucket.Size));
            while (entries.TryNext(out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> payload))
            {
                // What a push/pull carries is not queued again: gossip has had its turn.
                _ = HandleUserEvent(
                    new UserEventMessage { LamportTime = bucket.Time, Name = name, Payload = payload }, now);
            }
        }

        _replayed.Clear();
    }
}
