using System;
using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Cluster;

// What was lost, as far as it can be known (spec serf 15.3: U1, B1, E2). Nothing is lost without a count.
public sealed partial class SerfNode
{
    // A burst that comes newest first, or a push/pull that is ahead of gossip, leaves a gap that fills by
    // itself. What is still missing after this is not on its way any more.
    private static readonly TimeSpan GapPatience = TimeSpan.FromSeconds(15);

    private ulong _lateEventCount;
    private ulong _refusedEventCount;
    private ulong _missedEventCount;
    private long _longEventsDropped;
    private ulong _gapFrom;
    private ulong _gapEnd;
    private Instant _gapAt = Instant.Never;

    /// <summary>
    /// What was lost, by name and number, ordered by name; empty when nothing was. Messages that found no
    /// room in a queue; user events that came too late; that are known to exist and never came; and that the
    /// event buffer had no room for.
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, string>> Losses()
    {
        List<KeyValuePair<string, string>> losses = [];
        AddLoss(losses, "broadcasts", (ulong)(_longEventsDropped + Swim.DroppedBroadcastCount
            + _intentQueue.DroppedCount + _eventQueue.DroppedCount + _queryQueue.DroppedCount));
        AddLoss(losses, "late_events", _lateEventCount);
        AddLoss(losses, "missed_events", _missedEventCount);
        AddLoss(losses, "refused_events", _refusedEventCount);
        return losses;
    }

    private static void AddLoss(List<KeyValuePair<string, string>> losses, string key, ulong count)
    {
        if (count > 0)
        {
            losses.Add(new(key, Text(count)));
        }
    }

    private void WitnessEvent(ulong time, Instant now)
    {
        ulong before = _eventClock.Time;
        _eventClock.Witness(time);

        // Smaller steps are filled by the next push/pull. Before the first contact nothing was due yet,
        // unless a snapshot tells where an earlier life has ended.
        if ((_isContacted || _eventTimeMin > 1) && _eventClock.Time - before > Limits.PeerEventTimeCount)
        {
            bool isOpen = _gapAt != Instant.Never;
            _gapFrom = isOpen ? Math.Min(before, _gapFrom) : before;
            _gapEnd = _eventClock.Time;
            _gapAt = isOpen ? _gapAt : now;
        }
    }

    /// <summary>
    /// Counts the times passed over of which no event came after all: each had one, somewhere.
    /// </summary>
    private void CheckGap(Instant now)
    {
        if (_gapAt == Instant.Never || now - _gapAt < GapPatience)
        {
            return;
        }

        // Nobody misses what a join was told to leave out.
        ulong from = Math.Clamp(_eventTimeMin, _gapFrom, _gapEnd);
        ulong floor = Math.Clamp(_events.Floor(_eventClock.Time), from, _gapEnd);
        ulong missed = floor - from;
        for (ulong time = floor; time < _gapEnd; time++)
        {
            missed += _events.Holds(time) ? 0UL : 1UL;
        }

        _gapAt = Instant.Never;
        if (missed > 0)
        {
            // Clocks stay below 2^63, and with them all that they can pass over.
            _missedEventCount += missed;
            _log.Write(
                LogLevel.Warn,
                $"serf: user events were missed: of {missed} times between {from} and {_gapEnd} "
                + "none was heard");
        }
    }
}
