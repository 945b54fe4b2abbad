using Serf.Primitives;

namespace Serf.Cluster;

// The way of an event to the application (spec serf 7): through the coalescers, in one order.
public sealed partial class SerfNode
{
    private void Emit(MemberEvent happened, Instant now)
    {
        _snapshot?.Record(happened, _memberClock.Time, now);
        if (_memberCoalescer is null)
        {
            _effects.Deliver(happened);
        }
        else
        {
            _memberCoalescer.Absorb(happened, now);
        }
    }

    private void Emit(UserEvent happened, Instant now)
    {
        _metrics.Add(Metric.UserEvents, 1);
        _metrics.Add(MetricFamily.UserEvents, happened.Name.Span, 1);
        _snapshot?.RecordUserEvent(happened.LamportTime, now);
        if (happened.Coalesce && _userCoalescer is not null)
        {
            _userCoalescer.Absorb(happened, now);
        }
        else
        {
            DeliverInOrder(happened);
        }
    }

    /// <summary>
    /// Passes on a user event or a query. The application hears of its sender first: joins that are held go
    /// before it. Other member events stay held, so that there is at most one call more for each event.
    /// </summary>
    private void DeliverInOrder(SerfEvent happened)
    {
        _memberCoalescer?.ReleaseJoins();
        _effects.Deliver(happened);
    }

    private void AdvanceCoalescers(Instant now)
    {
        if (_userCoalescer is not null && _userCoalescer.Deadline <= now)
        {
            _memberCoalescer?.ReleaseJoins();
            _userCoalescer.Flush();
        }

        _memberCoalescer?.Advance(now);
    }

    private void FlushCoalescers()
    {
        _memberCoalescer?.ReleaseJoins();
        _userCoalescer?.Flush();
        _memberCoalescer?.Flush();
    }
}
