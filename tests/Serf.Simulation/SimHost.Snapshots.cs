using Serf.Cluster;

namespace Serf.Simulation;

// Coming back from a snapshot.
public sealed partial class SimHost
{
    private readonly SnapshotLog? _snapshot;
    private ulong _eventFloor;
    private ulong _queryFloor;

    /// <summary>It knows somebody who runs, so nobody helps.</summary>
    public bool IsRejoining
    {
        get
        {
            foreach (KnownPeer peer in _snapshot?.KnownPeers ?? [])
            {
                if (peer.Name != Name && _world.At(peer.Address) is { IsLeaving: false })
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>User events up to this time were recorded in an earlier life, or skipped with one that was.</summary>
    public ulong EventFloor => _eventFloor;

    private SnapshotLog? Restore(SimDisk? disk, bool rejoinAfterLeave)
    {
        SnapshotLog? snapshot = disk?.Open(this, rejoinAfterLeave);
        if (snapshot is not null && snapshot.Times != default)
        {
            _world.Report.See(Sight.SnapshotRestart);
            (ulong memberTime, ulong eventTime, ulong queryTime) = snapshot.Times;
            (_eventFloor, _queryFloor) = (eventTime, queryTime);

            // The clocks go on from here.
            Require(_clocks.Observe(memberTime + 1, eventTime + 1, queryTime + 1));
        }

        return snapshot;
    }

    private void CheckPlace(SimDisk? disk)
    {
        // Where damage reaches acks, a place may be one where no node can be.
        if (disk is not null && !_world.Options.IsHostile)
        {
            Require(disk.CheckPlace(Serf.GetCoordinate()));
        }
    }

    private void Rejoin()
    {
        if (_snapshot is { KnownPeers: { Count: > 0 } peers })
        {
            Serf.BeginRejoin(peers, _world.Now);
        }
    }

    private void CheckFloor(string what, ulong time, ulong floor) => Require(
        floor == 0 || time > floor ? null : $"{what} of time {time} was delivered again, {floor} was recorded");
}
