using System;
using System.Collections.Generic;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Simulation.Checkers;
using Serf.Wire;

namespace Serf.Simulation;

/// <summary>
/// Two clusters that have a node of the same name each become one. Who is known by fewer has to end, and
/// nobody else; between equals both stay.
/// </summary>
public sealed class SimDuel
{
    public const int NodeCountMin = 2;
    public const int NodeCountMax = 12;

    // A lost answer can lose a vote, and the next one comes when the claim is repeated.
    private const int VoteCountMax = 5;
    private static readonly TimeSpan _settling = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _step = TimeSpan.FromSeconds(1);

    private readonly SimWorld _world;
    private readonly int _firstCount;
    private readonly NameChecker _names;
    private readonly List<SimHost> _hosts = [];

    /// <param name="world">Nothing runs in it.</param>
    /// <param name="firstCount">Nodes of the first cluster, one or more, and fewer than all.</param>
    public SimDuel(SimWorld world, int firstCount)
    {
        _world = world;
        _firstCount = firstCount;
        _names = new NameChecker(firstCount - 1, world.Options.NodeCount - firstCount - 1);
    }

    /// <summary>The name is claimed again with each exchange of states with one of the other cluster.</summary>
    private TimeSpan Bound =>
        (_world.Options.Serf.NameConflictPause + (_world.Options.Swim.PushPullInterval * 2)) * VoteCountMax;

    /// <returns>The reason the world failed, or null.</returns>
    public string? Run()
    {
        _world.Report.See(Sight.NameConflict);
        for (int slot = 0; slot < _world.Options.NodeCount; slot++)
        {
            // The last one has the name of the first.
            bool isSecond = slot == _world.Options.NodeCount - 1;
            NodeAddress address = NodeAddress.FromIPv4(0x0A000001 + (uint)slot, 7946);
            SimHost host = new(
                _world, slot, address, Tags.Empty, _world.Chance.Seed(), name: SimHost.NameOf(isSecond ? 0 : slot));
            _hosts.Add(host);
            _world.Put(host);
            host.Start();
            if (slot != 0 && slot != _firstCount)
            {
                host.Join([TargetOf(_hosts[slot < _firstCount ? 0 : _firstCount])]);
            }
        }

        _world.RunUntil(_world.Now + _settling);
        _hosts[_world.Chance.Below(_firstCount)].Join(
            [TargetOf(_hosts[_firstCount + _world.Chance.Below(_hosts.Count - _firstCount)])]);
        Instant end = _world.Now + Bound;
        while (_world.Now < end)
        {
            _world.RunUntil(_world.Now + _step);
        }

        bool hasEnded = _world.Hosts[0] is null || _world.Hosts[^1] is null;
        return _names.IsDecided && !hasEnded ? "nobody gave up the name" : null;
    }

    /// <summary>A node was told that its name is another's.</summary>
    public void Lost(SimHost host)
    {
        _world.Report.See(Sight.NameLost);
        host.Require(_names.Ended(host.Slot == 0, host.Slot == _hosts.Count - 1));
        _world.Schedule(TimeSpan.Zero, () => _world.Remove(host));
    }

    private static JoinTarget TargetOf(SimHost host) => new(host.Address.ToString(), host.Address, null);
}
