using System;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Swim;

// The claim that a node has failed or left (spec gossip 4.6).
public sealed partial class SwimNode
{
    private ReadStatus HandleDead(in Dead dead, Instant now, int token = 0)
    {
        Member? member = _members.Find(dead.Node);
        if (member is null || dead.Incarnation < member.Incarnation)
        {
            return ReadStatus.Ok;
        }

        bool isSelf = ReferenceEquals(member, _self);
        if (isSelf && !_leaving)
        {
            RefuteAccusation("dead", dead.Incarnation, dead.From, now);
            return ReadStatus.Ok;
        }

        ForgetSuspicion(member);
        if (member.IsGone)
        {
            return ReadStatus.Ok;
        }

        _scratch.Clear();
        _scratch.Advance(SwimCodec.Write(dead, _scratch.GetSpan(SwimCodec.SizeOf(dead))));
        _queue.Add(_scratch.Written, member.Name, token);
        _metrics.Add(Metric.DeadTaken, 1);

        member = Own(member);
        member.Incarnation = dead.Incarnation;
        bool left = dead.Node.SequenceEqual(dead.From);
        _members.SetState(member, left ? MemberState.Left : MemberState.Dead, now);
        _observer.MemberLeft(member, now);
        return ReadStatus.Ok;
    }
}
