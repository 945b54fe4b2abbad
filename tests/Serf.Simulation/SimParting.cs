using System;
using System.Collections.Generic;
using Serf.Cluster;
using Serf.Primitives;

namespace Serf.Simulation;

/// <summary>Parts the nodes that run for a long time. Nobody helps them afterwards.</summary>
public sealed class SimParting
{
    private const int OccasionCount = 12;

    private readonly SimWorld _world;
    private readonly SimPartition _partition;
    private readonly int[] _partOf;

    public SimParting(SimWorld world, SimPartition partition)
    {
        _world = world;
        _partition = partition;
        _partOf = new int[world.Options.NodeCount];
    }

    /// <summary>
    /// Longer than the usual bound by this: each time, two parts find each other, those that are gone in
    /// their way.
    /// </summary>
    public TimeSpan Bound
    {
        get
        {
            int gone = 0;
            foreach (SimHost? host in _world.Hosts)
            {
                gone += host is null ? 1 : 0;
            }

            SimOptions options = _world.Options;
            int half = (options.NodeCount - gone) / 2;
            return options.Serf.HealingBound(half, half, gone, options.Swim) * (_partition.PartCount - 1);
        }
    }

    public Instant Begin()
    {
        _world.Report.See(Sight.LongPartition);
        List<int> running = [];
        foreach (SimHost? host in _world.Chance.Shuffled([.. _world.Hosts]))
        {
            if (host is not null)
            {
                // The first nodes make sure that no part is empty.
                int part = running.Count < _partition.PartCount
                    ? running.Count
                    : _world.Chance.Below(_partition.PartCount);
                _partOf[host.Slot] = part;
                running.Add(host.Slot);
            }
        }

        Instant end = _world.Now + _partition.Length;
        foreach (int from in running)
        {
            foreach (int to in running)
            {
                if (_partOf[from] != _partOf[to])
                {
                    _world.Network.Cut(from, to, end);
                }
            }
        }

        for (int count = 0; count < OccasionCount; count++)
        {
            _world.Schedule(_world.Chance.Between(TimeSpan.Zero, _partition.Length), Use);
        }

        if (_world.Options.HasSnapshots)
        {
            // It may find itself alone, with a snapshot that names the others.
            SimHost bounced = _world.DrawRunning();
            _world.Schedule(
                _world.Chance.Between(TimeSpan.Zero, _partition.Length / 2),
                () => _world.Chaos.Bounce(bounced, end));
        }

        _world.ScheduleAt(end, Note);
        return end;
    }

    // Life goes on in each of the parts, and so do their clocks.
    private void Use()
    {
        _world.Events.Send(_world.DrawRunning());
        _world.Queries.Ask(_world.DrawRunning());
    }

    private void Note()
    {
        foreach (SimHost? host in _world.Hosts)
        {
            foreach (SimHost? other in _world.Hosts)
            {
                if (host is null || other is null || _partOf[host.Slot] == _partOf[other.Slot])
                {
                    continue;
                }

                MemberStatus status = host.StatusOf(other.Name);
                if (status != MemberStatus.Alive)
                {
                    _world.Report.See(
                        status == MemberStatus.None ? Sight.ReapedWhileParted : Sight.PartsWithoutEachOther);
                }
            }
        }
    }
}
