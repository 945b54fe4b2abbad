using System;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Simulation;

/// <summary>Moves packets, and does to them what networks do.</summary>
public sealed class SimNetwork(SimWorld world)
{
    public static readonly TimeSpan DelayMin = TimeSpan.FromMilliseconds(20);
    public static readonly TimeSpan DelayMax = TimeSpan.FromSeconds(3);

    private const byte LabelMark = (byte)MessageType.HasLabel;
    private static readonly TimeSpan _reorderMax = TimeSpan.FromMilliseconds(40);

    // From, to: nothing passes before this instant.
    private readonly Instant[,] _cutUntil = new Instant[world.Options.NodeCount, world.Options.NodeCount];

    /// <summary>Probability that a packet is lost although there is no chaos.</summary>
    public double CalmLoss { get; set; }

    public TimeSpan Latency() => world.Chance.Between(world.Options.LatencyMin, world.Options.LatencyMax);

    public bool Passes(SimHost from, SimHost to) => _cutUntil[from.Slot, to.Slot] <= world.Now;

    public void Cut(int from, int to, Instant until)
    {
        if (_cutUntil[from, to] < until)
        {
            _cutUntil[from, to] = until;
        }
    }

    public void Heal() => Array.Clear(_cutUntil);

    public void Send(SimHost from, NodeAddress target, ReadOnlySpan<byte> packet)
    {
        SimHost? to = world.At(target);
        if (to is null)
        {
            world.Report.See(Sight.PacketToNobody);
            return;
        }

        if (!Passes(from, to))
        {
            world.Report.See(Sight.PacketCut);
            return;
        }

        if (!world.Chaos.IsOn)
        {
            if (Happens(CalmLoss, Sight.LossWhileHealing))
            {
                return;
            }

            Deliver(from, target, packet.ToArray(), Latency());
            return;
        }

        SimOptions options = world.Options;
        if (Happens(options.Loss, Sight.PacketLost))
        {
            return;
        }

        byte[] copy = packet.ToArray();
        if (world.Chance.Happens(options.Corruption) && !Corrupt(copy))
        {
            return;
        }

        TimeSpan time = Latency();
        if (Happens(options.Delay, Sight.PacketDelayed))
        {
            time += world.Chance.Between(DelayMin, DelayMax);
        }
        else if (Happens(options.Reordering, Sight.PacketReordered))
        {
            time += world.Chance.Between(TimeSpan.Zero, _reorderMax);
        }

        Deliver(from, target, copy, time);
        if (Happens(options.Duplication, Sight.PacketDuplicated))
        {
            Deliver(from, target, copy, time + world.Chance.Between(TimeSpan.Zero, _reorderMax));
        }
    }

    // Who is at the address when it arrives gets it.
    private void Deliver(SimHost from, NodeAddress target, byte[] packet, TimeSpan time)
    {
        NodeAddress source = from.Address;
        world.Schedule(time, () => world.At(target)?.Receive(source, packet));
    }

    private bool Happens(double probability, Sight sight)
    {
        bool happens = world.Chance.Happens(probability);
        if (happens)
        {
            world.Report.See(sight);
        }

        return happens;
    }

    /// <returns>False when the checksum of UDP, which alone protects this packet, finds the damage.</returns>
    private bool Corrupt(byte[] packet)
    {
        int start = packet[0] == LabelMark && packet.Length > 1 ? 2 + packet[1] : 0;
        bool isProtected = world.Options.Keys is not null
            || (start < packet.Length && packet[start] == (byte)MessageType.HasCrc);
        if (!isProtected && !world.Options.IsHostile)
        {
            return false;
        }

        world.Report.See(isProtected ? Sight.PacketCorrupted : Sight.UnprotectedPacketCorrupted);
        for (int flips = 1 + world.Chance.Below(3); flips > 0; flips--)
        {
            packet[world.Chance.Below(packet.Length)] ^= (byte)(1 << world.Chance.Below(8));
        }

        return true;
    }
}
