using System;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Cluster;

/// <summary>Settings of the Serf layer (spec serf 13.1), with the agent's defaults (13.3).</summary>
public sealed record SerfOptions
{
    public const int ProtocolVersionMin = 2;
    public const int ProtocolVersionMax = 5;

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

    public TimeSpan RecentIntentTimeout { get; init; } = TimeSpan.FromMinutes(5);

    public TimeSpan QueueCheckInterval { get; init; } = TimeSpan.FromSeconds(30);

    public int QueueDepthWarning { get; init; } = 128;

    public int QueueDepthMax { get; init; } = Limits.BroadcastCountMax;

    /// <summary>Lamport times the node remembers user events of.</summary>
    public int EventBufferCount { get; init; } = 512;

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
    /// Names hold ASCII letters, digits, dashes and dots, 128 at the most; who has another is kept out.
    /// </summary>
    public bool ValidateNodeNames { get; init; }

    /// <summary>Acks carry no coordinate, and those of peers are ignored.</summary>
    public bool DisableCoordinates { get; init; }
}
