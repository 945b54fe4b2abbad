using System;
using System.Collections.Generic;
using Serf.Cluster;
using Serf.Primitives;

namespace Serf.Simulation;

// Configured join addresses, joins that do not want the past, and a name that another has.
public sealed partial class SimHost
{
    private const int SeedCount = 3;

    void ISerfEffects.SeedsWanted()
    {
        Require(_world.Options.Serf.HasSeeds ? null : "seeds are wanted of a host that has none");
        _world.Report.See(Sight.SeedsWanted);
        _world.Schedule(TimeSpan.Zero, () => Enter(() => Serf.TrySeeds(Seeds(), _world.Now)));
    }

    void ISerfEffects.NameLost()
    {
        Require(_world.Duel is null ? "a node gave up its name, which nobody else has" : null);
        _world.Duel?.Lost(this);
    }

    // What is older than this join's begin is not wanted.
    private void NoteJoin(IReadOnlyList<JoinTarget> targets)
    {
        _joinedHosts.Clear();
        _joinFloor = ulong.MaxValue;
        foreach (JoinTarget target in targets)
        {
            if (_world.At(target.Address) is { } host)
            {
                _joinedHosts.Add(host);
                _joinFloor = ulong.Min(_joinFloor, host.Serf.ClockTimes.Event);
            }
        }
    }

    private void EndJoin(int count)
    {
        if (!_world.Options.IgnoresOld)
        {
            return;
        }

        // Whatever it refuses now was sent before this.
        _world.Events.Skip(this);
        foreach (SimHost host in _joinedHosts)
        {
            if (host.IsStopped)
            {
                // Another process may have answered.
                return;
            }
        }

        if (count > 0 && _joinedHosts.Count > 0)
        {
            // What is held back to be merged was taken earlier.
            ulong floor = _joinFloor;
            _world.Report.See(Sight.OldEventsIgnored);
            _world.Schedule(_world.Options.Serf.UserCoalescePeriod, () => _oldEvents.Joined(floor));
        }
    }

    // Where the first nodes were started; they may have moved, or be gone.
    private static JoinTarget[] Seeds()
    {
        JoinTarget[] seeds = new JoinTarget[SeedCount];
        for (int slot = 0; slot < seeds.Length; slot++)
        {
            NodeAddress address = NodeAddress.FromIPv4(0x0A000001 + (uint)slot, 7946);
            seeds[slot] = new JoinTarget(address.ToString(), address, null);
        }

        return seeds;
    }
}
