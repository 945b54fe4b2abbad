using System;
using Serf.Primitives;

namespace Serf.Simulation;

// Snapshots, and what disks do to them.
public sealed partial class SimChaos
{
    private static readonly TimeSpan _fullMax = TimeSpan.FromSeconds(20);

    private readonly SimDisk?[] _disks = new SimDisk?[world.Options.NodeCount];

    /// <summary>A node with a snapshot goes down, and is back before the given time.</summary>
    public void Bounce(SimHost host, Instant latest)
    {
        world.Report.See(Sight.RestartWhileParted);
        world.Remove(host);
        _disks[host.Slot]?.Crash(world.Chance.Happens(world.Options.PowerFailures));
        world.Schedule(world.Chance.Between(TimeSpan.Zero, latest - world.Now), () => Start(host.Slot));
    }

    private SimDisk? DiskOf(int slot) =>
        world.Options.HasSnapshots ? _disks[slot] ??= new SimDisk(world) : null;

    private void FillDisk() => _disks[world.Chance.Below(_disks.Length)]?.Fill(
        world.Now + world.Chance.Between(TimeSpan.Zero, _fullMax));
}
