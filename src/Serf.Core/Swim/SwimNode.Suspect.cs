using System;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Swim;

// The claim that a node may have failed (spec gossip 4.5), and its timers (5.6).
public sealed partial class SwimNode
{
    private readonly DeadlineIndex<Suspicion> _suspicions = new();

    private ReadStatus HandleSuspect(in Suspect suspect, Instant now)
    {
        // Accusers are kept, and no node has a name that long.
        Member? member = _members.Find(suspect.Node);
        if (member is null || suspect.Incarnation < member.Incarnation
            || suspect.From.Length > Limits.NameSizeMax)
        {
            return ReadStatus.Ok;
        }

        if (member.Suspicion is Suspicion suspicion)
        {
            if (suspicion.Confirm(suspect.From))
            {
                _suspicions.Set(suspicion, suspicion.Due);
                QueueSuspect(suspect, member.Name);
            }

            return ReadStatus.Ok;
        }

        if (member.State != MemberState.Alive)
        {
            return ReadStatus.Ok;
        }

        if (ReferenceEquals(member, _self))
        {
            RefuteAccusation("suspect", suspect.Incarnation, suspect.From, now);
            return ReadStatus.Ok;
        }

        QueueSuspect(suspect, member.Name);
        _metrics.Add(Metric.SuspectTaken, 1);
        member = Own(member);
        member.Incarnation = suspect.Incarnation;
        _members.SetState(member, MemberState.Suspect, now);
        StartSuspicion(member, suspect.From, now);
        return ReadStatus.Ok;
    }

    private void StartSuspicion(Member member, ReadOnlySpan<byte> from, Instant now)
    {
        int count = _members.Count;
        TimeSpan min = Suspicion.MinTimeout(Options.SuspicionMultiplier, count, Options.ProbeInterval);
        TimeSpan max = min * Math.Max(1, Options.SuspicionMaxTimeoutMultiplier);
        int expected = Suspicion.ConfirmationsExpected(Options.SuspicionMultiplier, count);
        Suspicion suspicion = new(member, from, expected, min, max, now);
        member.Suspicion = suspicion;
        _suspicions.Set(suspicion, suspicion.Due);
    }

    private void ForgetSuspicion(Member member)
    {
        if (member.Suspicion is Suspicion suspicion)
        {
            member.Suspicion = null;
            _suspicions.Remove(suspicion);
        }
    }

    private void SuspicionExpired(Suspicion suspicion, Instant now)
    {
        Member member = suspicion.Member;
        ForgetSuspicion(member);
        if (member.State != MemberState.Suspect)
        {
            return;
        }

        if (suspicion.IsShort)
        {
            _metrics.Add(Metric.DegradedTimeout, 1);
        }

        _log.Write(
            LogLevel.Info,
            $"memberlist: Marking {member.Name} as failed, suspect timeout reached " +
            $"({suspicion.ConfirmationCount} peer confirmations)");
        HandleDead(
            new Dead { Incarnation = member.Incarnation, Node = member.Name.Span, From = Self.Name.Span },
                now);
    }

    // Every change of a member but our own goes through here; only in a simulation is any of them shared.
    private Member Own(Member member)
    {
        if (!member.IsShared)
        {
            return member;
        }

        Member own = _members.Own(member);
        if (ReferenceEquals(_round.Target, member))
        {
            _round.Target = own;
        }

        return own;
    }

    private void RefuteAccusation(string kind, uint incarnation, ReadOnlySpan<byte> from, Instant now)
    {
        if (!CanRefute(incarnation, now))
        {
            return;
        }

        if (_refusals.Allows(now))
        {
            _refusals.Write(
                LogLevel.Warn, $"memberlist: Refuting a {kind} message (from: {Shown(from)})");
        }

        Refute(incarnation);
    }

    private void QueueSuspect(in Suspect suspect, ByteString name)
    {
        _scratch.Clear();
        _scratch.Advance(SwimCodec.Write(suspect, _scratch.GetSpan(SwimCodec.SizeOf(suspect))));
        _queue.Add(_scratch.Written, name);
    }
}
