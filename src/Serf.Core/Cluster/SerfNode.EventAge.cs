using System;
using Serf.Primitives;
using Serf.Swim;

namespace Serf.Cluster;

// How long whole events are kept beyond the times that peers take: only who is missing ever gets them (spec
// serf 15.3, U1). While nobody is, hashes of them do, and a steady stream of events holds a steady memory.
public sealed partial class SerfNode
{
    // Whoever falls silent is suspected by somebody within so many probes, however long it takes to be sure.
    private const int ProbesUntilDoubt = 15;

    private ulong _ageMark;
    private Instant _ageAt = Instant.Never;

    private void NoteEventAge(Instant now)
    {
        if (_ageAt == Instant.Never && EventAgeEnd(_eventClock.Time) > _events.WholeFrom)
        {
            _ageMark = _eventClock.Time;
            _ageAt = now + (ProbesUntilDoubt * Swim.Options.ProbeInterval);
        }
    }

    private void AdvanceEventAge(Instant now)
    {
        if (_ageAt > now)
        {
            return;
        }

        _ageAt = Instant.Never;
        if (!IsSomebodyMissing())
        {
            _events.Shrink(Math.Min(_ageMark, EventAgeEnd(_eventClock.Time)));
        }

        NoteEventAge(now);
    }

    private static ulong EventAgeEnd(ulong clock) => clock - Math.Min(clock, Limits.PeerEventTimeCount);

    private bool IsSomebodyMissing()
    {
        if (_members.Failed.Count > 0 || _lost.Count > 0)
        {
            return true;
        }

        foreach (Member member in Swim.Members)
        {
            if (member.State == MemberState.Suspect)
            {
                return true;
            }
        }

        return false;
    }
}
