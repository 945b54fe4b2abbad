using System;

namespace Serf.Simulation;

// Snapshots, and what disks do to them.
public sealed partial class SimChaos
{
    private static readonly TimeSpan _fullMax = TimeSpan.FromSeconds(20);

    private readonly SimDisk?[] _disks = new SimDisk?[world.Options.NodeCount];

    private SimDisk? DiskOf(int slot) =>
        world.Options.HasSnapshots ? _disks[slot] ??= new SimDisk(world) : null;

    private void FillDisk() => _disks[world.Chance.Below(_disks.Length)]?.Fill(
        world.Now + world.Chance.Between(TimeSpan.Zero, _fullMax));
}
