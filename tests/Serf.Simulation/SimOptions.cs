using System;
using System.Globalization;
using System.Numerics;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Swim;

namespace Serf.Simulation;

/// <summary>What one world is like. Each seed switches some faults off and makes others frequent.</summary>
public sealed class SimOptions
{
    public const int NodeCountMin = 2;
    public const int NodeCountMax = 64;

    // Steps of a key rotation, those counted that have to be repeated.
    private const int KeyStepCountMax = 64;

    // What came later is drawn from a source of its own, so that what a seed meant before stays.
    private const ulong Salt = 0x5E4F_1A7E_5E4F_1A7E;
    private const ulong LateSalt = 0xD0E1_5EED_1055_01D0;

    /// <summary>Between two attempts of a node whose join failed.</summary>
    public static readonly TimeSpan JoinRetryInterval = TimeSpan.FromSeconds(5);

    public required int NodeCount { get; init; }

    public required SwimOptions Swim { get; init; }

    public required SerfOptions Serf { get; init; }

    /// <summary>What the nodes seal with; null for nothing.</summary>
    public SimKeys? Keys { get; init; }

    /// <summary>What happens after the chaos; null in most worlds.</summary>
    public SimPartition? LongPartition { get; init; }

    /// <summary>
    /// Above 0, the world is two clusters with one name in both, and the first has so many nodes.
    /// </summary>
    public int DuelFirstCount { get; init; }

    /// <summary>Joins do not want what was before them.</summary>
    public bool IgnoresOld { get; init; }

    /// <summary>Probability that a packet is lost in a long partition, and until the cluster is whole.</summary>
    public double HealingLoss { get; init; }

    /// <summary>How long faults are made; calm follows.</summary>
    public required TimeSpan Chaos { get; init; }

    /// <summary>Every packet and piece of a stream takes at least this.</summary>
    public required TimeSpan LatencyMin { get; init; }

    public required TimeSpan LatencyMax { get; init; }

    // Probabilities, per packet.
    public double Loss { get; init; }

    public double Duplication { get; init; }

    public double Delay { get; init; }

    public double Reordering { get; init; }

    public double Corruption { get; init; }

    /// <summary>
    /// Damage also reaches packets that carry no checksum. Nothing protects the members then, so only
    /// what must hold in any case is checked.
    /// </summary>
    public bool IsHostile { get; init; }

    // Probabilities, per stream and piece of a stream.
    public double StreamCut { get; init; }

    public double StreamDelay { get; init; }

    // Rates, in events per second of the whole world.
    public double OneWayCuts { get; init; }

    public double Partitions { get; init; }

    public double Pauses { get; init; }

    public double Crashes { get; init; }

    public double Leaves { get; init; }

    public double TagChanges { get; init; }

    public double UserEvents { get; init; }

    public double Queries { get; init; }

    public double ForceLeaves { get; init; }

    /// <summary>Only where the nodes seal.</summary>
    public double KeyOperations { get; init; }

    public double FullDisks { get; init; }

    /// <summary>Nodes keep a snapshot, and come back from it.</summary>
    public bool HasSnapshots { get; init; }

    /// <summary>A recorded leave forgets nothing.</summary>
    public bool RejoinAfterLeave { get; init; }

    /// <summary>Probability that a crash takes what was not synced, too.</summary>
    public double PowerFailures { get; init; }

    /// <summary>Probability that a node which left comes back at another address.</summary>
    public double Moves { get; init; }

    /// <summary>
    /// Within this time of calm the cluster must agree: the sum of what each of the mechanisms needs that
    /// bring it together, one after the other. docs/simulation.md has the reasons.
    /// </summary>
    public TimeSpan AgreementBound
    {
        get
        {
            double scale = Math.Max(1.0, Math.Log10(NodeCount));
            TimeSpan suspicion = Swim.ProbeInterval * Swim.SuspicionMultiplier * scale
                * Swim.SuspicionMaxTimeoutMultiplier;
            TimeSpan detection = (Swim.ProbeInterval * 16 * Swim.AwarenessMaxMultiplier) + suspicion;
            TimeSpan forgetting = Swim.GossipToTheDeadTime + (Swim.ProbeInterval * 2 * NodeCount);
            TimeSpan joining = (JoinRetryInterval + (Swim.TcpTimeout * 3)) * 2;
            TimeSpan reconnecting = Serf.HealingBound(NodeCount / 2, NodeCount - (NodeCount / 2), 0, Swim);
            TimeSpan leaving = (Serf.BroadcastTimeout * 2) + Serf.LeavePropagateDelay;
            TimeSpan doubting = leaving + (Serf.ReapInterval * 2);
            return detection + forgetting + joining + reconnecting + doubting + Exchange;
        }
    }

    /// <summary>Within this time a calm cluster has done what <see cref="SimExam"/> asks of it.</summary>
    public TimeSpan ExamBound =>
        Exchange + Serf.UserCoalescePeriod + (QueryTimeout * KeyStepCountMax) + (Serf.BroadcastTimeout * 4);

    private TimeSpan QueryTimeout =>
        SerfNode.QueryTimeout(Swim.GossipInterval, Serf.QueryTimeoutMultiplier, NodeCount);

    /// <summary>State that gossip missed goes through all nodes.</summary>
    private TimeSpan Exchange
    {
        get
        {
            int rounds = BitOperations.Log2((uint)NodeCount) + 1 + 4;
            int slowdown = NodeCount <= 32 ? 1 : 2;
            return Swim.PushPullInterval * slowdown * rounds;
        }
    }

    public static SimOptions Draw(SimChance chance, ulong seed)
    {
        double share = chance.Between(0, 1);
        int count = 5 + (int)((NodeCountMax - 4) * share * share * share);
        int profile = chance.Below(10);
        SwimOptions swim = profile switch { < 6 => SwimOptions.Lan, < 9 => SwimOptions.Local, _ => SwimOptions.Wan };
        double latency = chance.Between(0.0001, 0.002);
        bool isHostile = chance.Below(10) == 0;
        SimChance layer = new(seed ^ Salt);
        SimPartition? partition = SimPartition.Draw(layer);
        SimChance late = new(seed ^ LateSalt);
        bool isDuel = late.Below(16) == 0;
        int duellers = SimDuel.NodeCountMin + late.Below(SimDuel.NodeCountMax - SimDuel.NodeCountMin + 1);
        int duelFirst = late.Below(3) == 0 ? duellers / 2 : 1 + late.Below(duellers - 1);
        bool hasSeeds = late.Below(2) == 0;
        return new SimOptions
        {
            NodeCount = isDuel ? duellers : partition?.NodeCount ?? count,
            DuelFirstCount = isDuel ? duelFirst : 0,
            IgnoresOld = late.Below(3) == 0,
            HealingLoss = late.Swarm(0.02, 0.2),
            LongPartition = isDuel ? null : partition,
            Swim = swim with
            {
                Compression = chance.Below(2) == 0,
                Label = chance.Below(4) == 0 ? ByteString.FromText("blue") : default,
            },
            Serf = (partition is null ? DrawSerf(chance) : partition.Shorten(DrawSerf(chance))) with
            {
                HasSeeds = hasSeeds,
            },
            Keys = SimKeys.Draw(seed),
            Chaos = TimeSpan.FromSeconds(chance.Between(20, 90) * (profile == 9 ? 3 : 1)),
            LatencyMin = TimeSpan.FromSeconds(latency),
            LatencyMax = TimeSpan.FromSeconds(latency + chance.Between(0, 0.01)),
            Loss = chance.Swarm(0.02, 0.3),
            Duplication = chance.Swarm(0.01, 0.2),
            Delay = chance.Swarm(0.005, 0.1),
            Reordering = chance.Swarm(0.02, 0.3),
            IsHostile = isHostile && !isDuel,
            Corruption = isHostile ? chance.Between(0.01, 0.1) : chance.Swarm(0.01, 0.1),
            StreamCut = chance.Swarm(0.02, 0.3),
            StreamDelay = chance.Swarm(0.02, 0.3),
            OneWayCuts = chance.Swarm(0.05, 1),
            Partitions = chance.Swarm(0.02, 0.1),
            Pauses = chance.Swarm(0.02, 0.3),
            Crashes = chance.Swarm(0.02, 0.3),
            Leaves = chance.Swarm(0.02, 0.2),
            TagChanges = chance.Swarm(0.05, 0.5),
            UserEvents = chance.Swarm(0.2, 5),
            Moves = chance.Swarm(0.5, 0.9),
            Queries = layer.Swarm(0.2, 3),
            ForceLeaves = layer.Swarm(0.02, 0.2),
            KeyOperations = layer.Swarm(0.05, 0.3),
            HasSnapshots = layer.Below(2) == 0,
            RejoinAfterLeave = layer.Below(2) == 0,
            PowerFailures = layer.Between(0.2, 1),
            FullDisks = layer.Swarm(0.05, 0.3),
        };
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"nodes={NodeCount} keys={Keys?.ToString() ?? "none"} probe={Swim.ProbeInterval.TotalSeconds}s chaos={Chaos.TotalSeconds:F1}s "
        + $"loss={Loss:F3} duplication={Duplication:F3} delay={Delay:F3} reordering={Reordering:F3} "
        + $"corruption={Corruption:F3} hostile={IsHostile} stream-cut={StreamCut:F3} "
        + $"stream-delay={StreamDelay:F3} cuts={OneWayCuts:F3} partitions={Partitions:F3} "
        + $"pauses={Pauses:F3} crashes={Crashes:F3} leaves={Leaves:F3} tags={TagChanges:F3} "
        + $"events={UserEvents:F3} queries={Queries:F3} "
        + $"force-leaves={ForceLeaves:F3} key-operations={KeyOperations:F3} moves={Moves:F3} "
        + $"snapshots={HasSnapshots} seeds={Serf.HasSeeds} ignore-old={IgnoresOld} "
        + $"healing-loss={HealingLoss:F3} duel={DuelFirstCount} "
        + $"rejoin={RejoinAfterLeave} power-failures={PowerFailures:F3} full-disks={FullDisks:F3} "
        + $"partition={LongPartition?.ToString() ?? "none"} bound={AgreementBound.TotalSeconds:F0}s");

    // A few times only, as many as the original, or as many as the agent.
    private static int DrawWindow(SimChance chance) => chance.Below(3) switch
    {
        0 => 16,
        1 => 512,
        _ => Limits.EventTimeCount,
    };

    private static SerfOptions DrawSerf(SimChance chance)
    {
        // A short memory of events makes the window matter.
        SerfOptions options = new() { EventBufferCount = DrawWindow(chance) };
        return chance.Below(2) == 0 ? options : options with
        {
            CoalescePeriod = TimeSpan.Zero,
            UserCoalescePeriod = TimeSpan.Zero,
        };
    }
}
