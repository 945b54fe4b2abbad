using System;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;

namespace Serf.Cluster;

/// <summary>Settings of the Serf layer (spec serf 13.1), with the agent's defaults (13.3).</summary>
public sealed record SerfOptions
{
    public const int ProtocolVersionMin = 2;
    public const int ProtocolVersionMax = 5;

    /// <summary>
    /// The rounds in which the cluster looks for one that is gone are at the most this many apart.
    /// </summary>
    internal const double PauseRoundsMax = 10;

    /// <summary>
    /// They are one more apart for each so many rounds that it is gone already.
    /// </summary>
    internal const double PauseGrowth = 32;

    /// <summary>Rounds after which the configured join addresses are tried again.</summary>
    internal const int SeedRounds = 10;

    /// <summary>By this part of it a round is shorter or longer, so that nodes do not keep step.</summary>
    internal const double RoundJitter = 0.25;

    public Tags Tags { get; init; } = Tags.Empty;

    public int ProtocolVersion { get; init; } = ProtocolVersionMax;

    /// <summary>Longest wait for leave, force-leave and tag announcements.</summary>
    public TimeSpan BroadcastTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Between the announcement of a leave and its end, so that late peers still get acks.</summary>
    public TimeSpan LeavePropagateDelay { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan CoalescePeriod { get; init; } = TimeSpan.FromSeconds(3);

    public TimeSpan QuiescentPeriod { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan UserCoalescePeriod { get; init; } = TimeSpan.FromSeconds(3);

    public TimeSpan UserQuiescentPeriod { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan ReapInterval { get; init; } = TimeSpan.FromSeconds(15);

    public TimeSpan ReconnectInterval { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan ReconnectTimeout { get; init; } = TimeSpan.FromHours(24);

    public TimeSpan TombstoneTimeout { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Who fails and is back sooner than this is counted as flapping.</summary>
    public TimeSpan FlapTimeout { get; init; } = TimeSpan.FromSeconds(60);

    public TimeSpan RecentIntentTimeout { get; init; } = TimeSpan.FromMinutes(5);

    public TimeSpan QueueCheckInterval { get; init; } = TimeSpan.FromSeconds(30);

    public int QueueDepthWarning { get; init; } = 128;

    public int QueueDepthMax { get; init; } = Limits.BroadcastCountMax;

    /// <summary>
    /// Above 0, a queue holds this many messages, or two for each member if that is more, and
    /// <see cref="QueueDepthMax"/> does not count (spec serf 10.4).
    /// </summary>
    public int QueueDepthMin { get; init; }

    /// <summary>
    /// Lamport times the node remembers user events of. The original's 512 are few in a burst, or after a
    /// partition (spec serf 15.3, U1); peers are not asked to take more than they do.
    /// </summary>
    public int EventBufferCount { get; init; } = Limits.EventTimeCount;

    /// <summary>Lamport times the node remembers queries of.</summary>
    public int QueryBufferCount { get; init; } = 512;

    public int QueryResponseSizeMax { get; init; } = 1024;

    public int QuerySizeMax { get; init; } = 1024;

    /// <summary>
    /// A query runs this many gossip intervals for each decimal digit of the number of nodes.
    /// </summary>
    public int QueryTimeoutMultiplier { get; init; } = 16;

    /// <summary>After this an answer is sent once more, in case it was lost; zero for never.</summary>
    public TimeSpan AnswerRepeatDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    public int UserEventSizeMax { get; init; } = 512;

    public bool NameConflictResolution { get; init; } = true;

    /// <summary>
    /// The host knows addresses to join, and tells them when <see cref="ISerfEffects.SeedsWanted"/> asks.
    /// </summary>
    public bool HasSeeds { get; init; }

    /// <summary>
    /// After a vote on the node's own name there is none for so long: who claims the name again and again
    /// must not make the cluster vote all the time.
    /// </summary>
    public TimeSpan NameConflictPause { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Names of all nodes are ASCII letters, digits, dashes and dots, 128 at most; others are not taken.
    /// </summary>
    public bool ValidateNodeNames { get; init; }

    /// <summary>Acks carry no coordinate, and those of peers are ignored.</summary>
    public bool DisableCoordinates { get; init; }

    /// <summary>
    /// After a partition has ended, some node of one part has exchanged its state with one of the other
    /// within this time, however long it lasted, if no packet is lost. docs/healing.md has the reasons.
    /// </summary>
    /// <param name="partSize">Nodes of one part, which all know those of the other as failed or lost.</param>
    /// <param name="otherSize">Nodes of the other part.</param>
    /// <param name="deadCount">Nodes that are gone for good and looked for by both parts.</param>
    /// <param name="swim">The timings of the gossip layer.</param>
    public TimeSpan HealingBound(int partSize, int otherSize, int deadCount, SwimOptions swim)
    {
        double rounds = Math.Min(
            HealingRounds(partSize, otherSize, deadCount), HealingRounds(otherSize, partSize, deadCount));
        TimeSpan round = ReconnectInterval * (1 + RoundJitter);
        round = round > swim.TcpTimeout ? round : swim.TcpTimeout;

        // Attempts that began before the end of the partition may have to time out first.
        return (round * rounds) + swim.TcpTimeout + swim.ProbeTimeout + swim.TcpTimeout;
    }

    // In the worst case a node has to try all dead ones first.
    private static double HealingRounds(int alive, int others, int dead)
    {
        double pause = alive == 1 ? 1 : PauseRoundsMax;
        double perRound = Math.Min(Limits.ReconnectCountMax, (others + dead) / (alive * pause));
        return Math.Ceiling((dead + 1) / perRound);
    }
}
