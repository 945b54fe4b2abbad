using System;
using System.Collections.Generic;
using System.Globalization;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Simulation;

/// <summary>What is done to nodes and paths while there is no calm, and what the operators do.</summary>
public sealed partial class SimChaos(SimWorld world)
{
    private const int JoinTargetCount = 3;
    private static readonly TimeSpan _startMax = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _cutMax = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _partitionMax = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _pauseMax = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan _downMax = TimeSpan.FromSeconds(40);

    private readonly int[] _moves = new int[world.Options.NodeCount];
    private int _tagCount;

    public bool IsOn { get; private set; } = true;

    public void Begin()
    {
        SimOptions options = world.Options;
        Start(0);
        world.Hosts[0]!.HasJoined = true;
        for (int slot = 1; slot < options.NodeCount; slot++)
        {
            int starting = slot;
            world.Schedule(world.Chance.Between(TimeSpan.Zero, _startMax), () => Start(starting));
        }

        Repeat(options.OneWayCuts, CutOneWay);
        Repeat(options.Partitions, Partition);
        Repeat(options.Pauses, Pause);
        Repeat(options.Crashes, Crash);
        Repeat(options.Leaves, Leave);
        Repeat(options.TagChanges, ChangeTags);
        Repeat(options.UserEvents, SendUserEvent);
        Repeat(options.Queries, Ask);
        Repeat(options.ForceLeaves, ForceLeave);
        Repeat(options.KeyOperations, OperateKeys);
        Repeat(options.FullDisks, FillDisk);
        world.Schedule(options.Chaos, End);
    }

    /// <summary>There is none in this world.</summary>
    public void Skip() => IsOn = false;

    /// <summary>The agent's way: a few known addresses, again and again until one answers.</summary>
    public void Join(SimHost host)
    {
        if (host.IsStopped || host.IsLeaving)
        {
            return;
        }

        List<JoinTarget> targets = Targets(host, mustHaveJoined: true);
        if (targets.Count == 0)
        {
            targets = Targets(host, mustHaveJoined: false);
        }

        if (targets.Count == 0)
        {
            world.Schedule(SimOptions.JoinRetryInterval, () => Join(host));
            return;
        }

        host.Join(targets);
    }

    /// <summary>The leave is through: the process ends, and may be started again.</summary>
    public void Left(SimHost host)
    {
        if (host.IsStopped)
        {
            return;
        }

        host.Serf.Shutdown();
        _disks[host.Slot]?.Finish();
        world.Remove(host);
        bool moves = world.Chance.Happens(world.Options.Moves);
        if (moves)
        {
            _moves[host.Slot]++;
        }

        if (IsOn && world.Chance.Happens(0.7))
        {
            StartLater(host.Slot, moves);
        }
    }

    private void End()
    {
        IsOn = false;
        world.Network.Heal();
        for (int slot = 0; slot < world.Hosts.Count; slot++)
        {
            if (world.Hosts[slot] is { } host)
            {
                if (host.IsPaused)
                {
                    host.Resume();
                }
            }
            else if (world.Chance.Happens(0.5))
            {
                world.Report.See(Sight.Restart);
                Start(slot);
            }
        }
    }

    private void Repeat(double rate, Action act)
    {
        if (rate <= 0)
        {
            return;
        }

        TimeSpan wait = TimeSpan.FromSeconds(world.Chance.Between(0, 2 / rate));
        world.Schedule(wait, () =>
        {
            if (IsOn)
            {
                act();
                Repeat(rate, act);
            }
        });
    }

    private void Start(int slot)
    {
        if (world.Hosts[slot] is not null)
        {
            return;
        }

        NodeAddress address = NodeAddress.FromIPv4(0x0A000001 + (uint)slot + ((uint)_moves[slot] << 8), 7946);
        SimHost host = new(world, slot, address, DrawTags(), world.Chance.Seed(), DiskOf(slot));
        world.Put(host);
        host.Start();
        if (host.IsRejoining)
        {
            world.Report.See(Sight.SnapshotRejoin);
        }
        else if (slot != 0 || world.Now > SimWorld.Origin)
        {
            Join(host);
        }
    }

    private void StartLater(int slot, bool moves) =>
        world.Schedule(world.Chance.Between(TimeSpan.Zero, _downMax), () =>
        {
            // After the chaos its end decides who comes back.
            if (IsOn && world.Hosts[slot] is null)
            {
                world.Report.See(Sight.Restart);
                if (moves)
                {
                    world.Report.See(Sight.Move);
                }

                Start(slot);
            }
        });

    private List<JoinTarget> Targets(SimHost joining, bool mustHaveJoined)
    {
        List<JoinTarget> targets = [];
        foreach (SimHost? host in world.Chance.Shuffled([.. world.Hosts]))
        {
            if (host is not null && !ReferenceEquals(host, joining) && !host.IsLeaving
                && (host.HasJoined || host.Serf.Swim.AliveCount > 1 || !mustHaveJoined)
                && targets.Count < JoinTargetCount)
            {
                targets.Add(new JoinTarget(host.Address.ToString(), host.Address, null));
            }
        }

        return targets;
    }

    private void CutOneWay()
    {
        int from = world.Chance.Below(world.Options.NodeCount);
        int to = world.Chance.Below(world.Options.NodeCount);
        if (from != to)
        {
            world.Report.See(Sight.OneWayCut);
            world.Network.Cut(from, to, world.Now + world.Chance.Between(TimeSpan.Zero, _cutMax));
        }
    }

    private void Partition()
    {
        world.Report.See(Sight.Partition);
        Instant until = world.Now + world.Chance.Between(TimeSpan.Zero, _partitionMax);
        double share = world.Chance.Between(0, 0.6);
        bool[] side = new bool[world.Options.NodeCount];
        for (int slot = 0; slot < side.Length; slot++)
        {
            side[slot] = world.Chance.Happens(share);
        }

        for (int from = 0; from < side.Length; from++)
        {
            for (int to = 0; to < side.Length; to++)
            {
                if (side[from] != side[to])
                {
                    world.Network.Cut(from, to, until);
                }
            }
        }
    }

    private void Pause()
    {
        if (Draw() is { } host)
        {
            world.Report.See(Sight.Pause);
            host.Pause();
            world.Schedule(world.Chance.Between(TimeSpan.Zero, _pauseMax), () =>
            {
                if (host.IsPaused && !host.IsStopped)
                {
                    host.Resume();
                }
            });
        }
    }

    private void Crash()
    {
        if (MayLose() && Draw() is { } host)
        {
            world.Report.See(Sight.Crash);
            world.Remove(host);
            _disks[host.Slot]?.Crash(world.Chance.Happens(world.Options.PowerFailures));
            if (world.Chance.Happens(0.7))
            {
                StartLater(host.Slot, moves: false);
            }
        }
    }

    private void Leave()
    {
        if (MayLose() && Draw() is { } host)
        {
            world.Report.See(Sight.Leave);
            host.Leave();
        }
    }

    private void ChangeTags()
    {
        if (Draw() is { } host)
        {
            world.Report.See(Sight.TagChange);
            host.SetTags(DrawTags());
        }
    }

    private void SendUserEvent()
    {
        if (Draw() is { } host)
        {
            world.Events.Send(host);
        }
    }

    // So few, that those who stay find each other again within the bound.
    private bool MayLose()
    {
        int staying = 0;
        foreach (SimHost? host in world.Hosts)
        {
            staying += host is { IsLeaving: false } ? 1 : 0;
        }

        return staying - 1 > world.Options.NodeCount / 2;
    }

    /// <summary>A node that runs and means to stay.</summary>
    private SimHost? Draw()
    {
        SimHost? host = world.Hosts[world.Chance.Below(world.Hosts.Count)];
        return host is { IsPaused: false, IsLeaving: false } ? host : null;
    }

    private Tags DrawTags() => world.Chance.Below(3) == 0 ? Tags.Empty : Tags.From(
    [
        new(ByteString.FromText("role"), ByteString.FromText(world.Chance.Below(2) == 0 ? "web" : "db")),
        new(
            ByteString.FromText("version"),
            ByteString.FromText((++_tagCount).ToString(CultureInfo.InvariantCulture))),
    ]);
}
