using Serf.Primitives;

namespace Serf.Cluster;

// What a snapshot brings back (spec serf 8.10), and where new lines for it come from.
public sealed partial class SerfNode
{
    private SnapshotLog? _snapshot;
    private ulong _queryTimeMin;

    private Instant SnapshotDeadline => _snapshot?.NextDeadlineAt(_memberClock.Time) ?? Instant.Never;

    private void Restore(SnapshotLog? snapshot)
    {
        _snapshot = snapshot;
        if (snapshot is null)
        {
            return;
        }

        (ulong memberTime, ulong eventTime, ulong queryTime) = snapshot.Times;
        _memberClock.Witness(memberTime);
        _eventClock.Witness(eventTime);
        _queryClock.Witness(queryTime);
        _eventTimeMin = eventTime + 1;
        _queryTimeMin = queryTime + 1;
    }

    // A place that cannot be is no reason to complain: the node begins at the origin, as the original does.
    private void RestoreCoordinate()
    {
        if (_snapshot is null || _coordinates is null)
        {
            return;
        }

        if (_snapshot.Coordinate is { } known)
        {
            _ = _coordinates.TryRestore(known);
        }

        _snapshot.Follow(_coordinates.Own);
    }

    private void Rejoin(Instant now)
    {
        if (_snapshot?.KnownPeers is { Count: > 0 } peers)
        {
            BeginRejoin(peers, now);
        }
    }
}
