using System;
using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Cluster;

/// <summary>
/// Merges user events that allow it: of each name only those with the highest Lamport
/// time go on (spec serf 7.4).
/// </summary>
internal sealed class UserCoalescer(TimeSpan coalescePeriod, TimeSpan quiescentPeriod, ISerfEffects effects)
    : Coalescer(coalescePeriod, quiescentPeriod, effects)
{
    private readonly List<List<UserEvent>> _held = [];
    private readonly Dictionary<ByteString, List<UserEvent>> _byName = new(ByteString.Comparer);

    public void Absorb(UserEvent happened, Instant now)
    {
        if (!_byName.TryGetValue(happened.Name, out List<UserEvent>? events))
        {
            events = [];
            _byName.Add(happened.Name, events);
            _held.Add(events);
        }

        if (events.Count > 0 && happened.LamportTime > events[0].LamportTime)
        {
            events.Clear();
        }

        if (events.Count == 0 || happened.LamportTime == events[0].LamportTime)
        {
            events.Add(happened);
        }

        Absorbed(now);
    }

    protected override void Release()
    {
        foreach (List<UserEvent> events in _held)
        {
            foreach (UserEvent happened in events)
            {
                Effects.Deliver(happened);
            }
        }

        _held.Clear();
        _byName.Clear();
    }
}
