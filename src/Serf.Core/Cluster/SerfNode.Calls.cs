using System;
using System.Collections.Generic;
using System.Text;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;

namespace Serf.Cluster;

// Calls of the host that end later: join, leave, force-leave, tags (spec serf 2.5, 4.8, 4.9, 4.11).
public sealed partial class SerfNode
{
    private const string TagsTooLong = "Encoded length of tags exceeds limit of 512 bytes";
    private const string NotMember = "Serf can't Join after Leave or Shutdown";
    private const string RemovalTimedOut = "timed out broadcasting node removal";
    private const string UpdateTimedOut = "timeout waiting for update broadcast";

    /// <summary>The token of our own leave message; force-leaves count from the next.</summary>
    private const int LeaveToken = 1;

    private readonly Queue<Join> _joins = new();
    private readonly Queue<Completion> _completions = new();
    private readonly List<Pending> _removals = [];
    private readonly List<Pending> _announcements = [];
    private StreamId _joinExchange;
    private int _lastToken = LeaveToken;
    private LeavePhase _leavePhase;
    private Instant _leaveDeadline = Instant.Never;
    private CallId _leaveCall;

    private enum LeavePhase : byte
    {
        None,
        Intent,
        Announcement,
        Propagation,
    }

    /// <summary>
    /// Joins through each target in turn; joins run one after another. Completes with the number of targets
    /// that answered, and an error only when there was none.
    /// </summary>
    /// <param name="ignoreOld">User events older than the join are not delivered.</param>
    public void BeginJoin(CallId call, IReadOnlyList<JoinTarget> targets, bool ignoreOld, Instant now)
    {
        if (State != LifecycleState.Alive)
        {
            _effects.CallCompleted(call, NotMember, 0);
            return;
        }

        _joins.Enqueue(new Join(call, targets, ignoreOld));
        if (_joins.Count == 1)
        {
            ContinueJoin(now);
        }
    }

    public void BeginLeave(CallId call, Instant now)
    {
        switch (State)
        {
            case LifecycleState.Left:
                _effects.CallCompleted(call, null, 0);
                return;
            case LifecycleState.Leaving:
                _effects.CallCompleted(call, "Leave already in progress", 0);
                return;
            case LifecycleState.Shutdown:
                _effects.CallCompleted(call, "Leave called after Shutdown", 0);
                return;
            default:
                break;
        }

        State = LifecycleState.Leaving;
        _leaveCall = call;
        _snapshot?.Leave(now);
        ReadOnlySpan<byte> message = ProcessOwnLeaveIntent(Name.Span, prune: false, now);
        if (HasOtherAliveMember())
        {
            _leavePhase = LeavePhase.Intent;
            _leaveDeadline = now + Options.BroadcastTimeout;
            _intentQueue.Add(message, token: LeaveToken);
        }
        else
        {
            // For whoever turns up while this node goes: a rejoin that is under way may still meet somebody.
            _intentQueue.Add(message);
            AnnounceLeave(now);
            AdvanceLeave(now);
        }
    }

    /// <summary>Moves a failed member to left, and with <paramref name="prune"/> out of the list.</summary>
    public void BeginForceLeave(CallId call, ReadOnlySpan<byte> name, bool prune, Instant now)
    {
        if (State == LifecycleState.Shutdown)
        {
            _effects.CallCompleted(call, RemovalTimedOut, 0);
            return;
        }

        ReadOnlySpan<byte> message = ProcessOwnLeaveIntent(name, prune, now);
        if (!HasOtherAliveMember())
        {
            _effects.CallCompleted(call, null, 0);
            return;
        }

        int token = ++_lastToken;
        _removals.Add(new Pending(call, now + Options.BroadcastTimeout, token));
        _intentQueue.Add(message, token: token);
    }

    /// <summary>Replaces the tags. A set that is too long fails at once and changes nothing.</summary>
    public void BeginSetTags(CallId call, Tags tags, Instant now)
    {
        if (EncodeTags(tags, Options.ProtocolVersion) is not { } meta)
        {
            _effects.CallCompleted(call, TagsTooLong, 0);
            return;
        }

        Tags = tags;
        _meta = meta;

        // A node that leaves announces nothing any more, so there is nothing to wait for.
        if (State == LifecycleState.Alive && Swim.UpdateMeta(now))
        {
            _announcements.Add(new Pending(call, now + Options.BroadcastTimeout, 0));
        }
        else
        {
            _effects.CallCompleted(call, null, 0);
        }
    }

    void ISwimObserver.PushPullCompleted(StreamId exchange, string? error, Instant now)
    {
        if (EndAttempt(exchange, error, now) || exchange != _joinExchange || _joinExchange == StreamId.None)
        {
            return;
        }

        _joinExchange = StreamId.None;
        Join join = _joins.Peek();
        JoinTarget target = join.Targets[join.Next - 1];
        if (error is null)
        {
            join.Count++;
        }
        else
        {
            AddJoinError(join, "failed to join " + target.Text + ": " + error);
        }

        ContinueJoin(now);
    }

    void ISwimObserver.AnnouncementFinished(Instant now)
    {
        foreach (Pending pending in _announcements)
        {
            CompleteSoon(pending.Call, null, 0);
        }

        _announcements.Clear();
        if (_leavePhase == LeavePhase.Announcement)
        {
            // Taken up by the next Advance, because this call comes from the middle of
            // the gossip layer's work.
            _leaveDeadline = now;
        }
    }

    void IBroadcastObserver.BroadcastFinished(int token, bool transmitted)
    {
        if (token == LeaveToken)
        {
            if (_leavePhase == LeavePhase.Intent)
            {
                _leaveDeadline = default;
            }

            return;
        }

        for (int index = 0; index < _removals.Count; index++)
        {
            if (_removals[index].Token == token)
            {
                CallId call = _removals[index].Call;
                _removals.RemoveAt(index);
                CompleteSoon(call, transmitted ? null : RemovalTimedOut, 0);
                return;
            }
        }
    }

    private static byte[]? EncodeTags(Tags tags, int protocolVersion)
    {
        int size = TagsCodec.SizeOf(tags, protocolVersion);
        if (size > Limits.MetaSizeMax)
        {
            return null;
        }

        byte[] meta = new byte[size];
        Invariant.Holds(TagsCodec.Write(tags, protocolVersion, meta) == size);
        return meta;
    }

    private void ContinueJoin(Instant now)
    {
        while (_joins.TryPeek(out Join? join))
        {
            if (join.Next < join.Targets.Count && State == LifecycleState.Alive)
            {
                JoinTarget target = join.Targets[join.Next++];
                if (target.Fault is null)
                {
                    _joinExchange = Swim.PushPull(target.Address, join: true, now);
                    return;
                }

                AddJoinError(join, target.Fault);
                continue;
            }

            _joins.Dequeue();

            // A leave that began meanwhile stands: a newer join would make it a failure.
            if (join.Count > 0 && State == LifecycleState.Alive)
            {
                BroadcastJoin(RepeatedJoinTime(), now);
            }

            CompleteJoin(join);
        }
    }

    private void CompleteJoin(Join join)
    {
        string? error = null;
        if (join.Count == 0 && join.Errors.Count > 0)
        {
            error = JoinErrors(join.Errors);
        }
        else if (join.Count == 0 && join.Next < join.Targets.Count)
        {
            error = NotMember;
        }

        CompleteSoon(join.Call, error, join.Count);
    }

    /// <summary>Ends every call still open: no time passes for this node any more.</summary>
    private void AbandonCalls()
    {
        while (_joins.TryDequeue(out Join? join))
        {
            if (_joinExchange != StreamId.None)
            {
                _joinExchange = StreamId.None;
                join.Next--;
            }

            CompleteJoin(join);
        }

        Expire(_removals, RemovalTimedOut, Instant.Never);
        Expire(_announcements, UpdateTimedOut, Instant.Never);
        if (_leavePhase != LeavePhase.None)
        {
            _leavePhase = LeavePhase.None;
            _leaveDeadline = Instant.Never;
            _effects.CallCompleted(_leaveCall, null, 0);
        }

        AdvanceCompletions();
    }

    // Not at once: the end of one call may begin the next, and this may be in the middle of a queue, of a
    // stream, or of the gossip layer.
    private void CompleteSoon(CallId call, string? error, int count) =>
        _completions.Enqueue(new Completion(call, error, count));

    private void AdvanceCompletions()
    {
        while (_completions.TryDequeue(out Completion? ended))
        {
            _effects.CallCompleted(ended.Call, ended.Error, ended.Count);
        }
    }

    private void AddJoinError(Join join, string error)
    {
        join.Errors.Add(error);
        _log.Write(LogLevel.Debug, "memberlist: " + error);
    }

    // The line breaks and the empty line at the end are part of the text that clients see (spec agent 11).
    private static string JoinErrors(List<string> errors)
    {
        StringBuilder text = new();
        text.Append(errors.Count == 1 ? "1 error occurred:\n" : $"{errors.Count} errors occurred:\n");
        foreach (string error in errors)
        {
            text.Append("\t* ").Append(error).Append('\n');
        }

        return text.Append('\n').ToString();
    }

    private void AnnounceLeave(Instant now)
    {
        // The phase begins after the call: an announcement of tags that the leave replaces is told to have
        // ended in it.
        bool heard = Swim.Leave(now);
        _leavePhase = LeavePhase.Announcement;
        _leaveDeadline = heard ? now + Options.BroadcastTimeout : now;
    }

    private void AdvanceLeave(Instant now)
    {
        while (_leaveDeadline <= now)
        {
            switch (_leavePhase)
            {
                case LeavePhase.Intent:
                    AnnounceLeave(now);
                    break;
                case LeavePhase.Announcement:
                    _leavePhase = LeavePhase.Propagation;
                    _leaveDeadline = now + Options.LeavePropagateDelay;
                    break;
                default:
                    _leavePhase = LeavePhase.None;
                    _leaveDeadline = Instant.Never;
                    State = LifecycleState.Left;
                    _effects.CallCompleted(_leaveCall, null, 0);
                    break;
            }
        }
    }

    private Instant NextPendingDeadline()
    {
        if (_completions.Count > 0)
        {
            return default;
        }

        // Calls are added with one and the same time-out, so the first is the earliest.
        Instant removal = _removals.Count > 0 ? _removals[0].Deadline : Instant.Never;
        return _announcements.Count > 0 ? Instant.Min(removal, _announcements[0].Deadline) : removal;
    }

    private void AdvancePending(Instant now)
    {
        Expire(_removals, RemovalTimedOut, now);
        Expire(_announcements, UpdateTimedOut, now);
        AdvanceCompletions();
    }

    private void Expire(List<Pending> pending, string error, Instant now)
    {
        while (pending.Count > 0 && pending[0].Deadline <= now)
        {
            CallId call = pending[0].Call;
            pending.RemoveAt(0);
            _effects.CallCompleted(call, error, 0);
        }
    }

    private sealed class Completion(CallId call, string? error, int count)
    {
        public CallId Call { get; } = call;

        public string? Error { get; } = error;

        public int Count { get; } = count;
    }

    private readonly record struct Pending(CallId Call, Instant Deadline, int Token);

    private sealed class Join(CallId call, IReadOnlyList<JoinTarget> targets, bool ignoreOld)
    {
        public CallId Call { get; } = call;

        public IReadOnlyList<JoinTarget> Targets { get; } = targets;

        public bool IgnoreOld { get; } = ignoreOld;

        public List<string> Errors { get; } = [];

        /// <summary>Index of the target to be tried next.</summary>
        public int Next { get; set; }

        public int Count { get; set; }
    }
}
