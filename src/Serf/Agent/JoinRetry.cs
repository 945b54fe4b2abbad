using System;
using System.Collections.Generic;
using Serf.Host;
using Serf.Primitives;

namespace Serf.Agent;

/// <summary>
/// Joins in the background until it succeeds once or has been tried too often (spec agent 11.2). On the node
/// thread.
/// </summary>
internal sealed class JoinRetry(JoinRetry.IHost host, IReadOnlyList<string> addresses) : ILoopTimer
{
    private int _attemptCount;

    /// <summary>What it works with.</summary>
    internal interface IHost
    {
        ILog Log { get; }

        /// <summary>Whether the node is still to join anybody.</summary>
        bool MayJoin { get; }

        /// <summary>Ends in <see cref="Ended"/>, later or at once.</summary>
        void BeginJoin(IReadOnlyList<string> addresses, bool replay);

        /// <summary>Nothing follows: the agent is to end.</summary>
        void GiveUp();
    }

    public required bool Replay { get; init; }

    /// <summary>At least a second.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>Attempts after the first one; 0 for no limit.</summary>
    public required int RetryCountMax { get; init; }

    /// <summary>Neither joined yet, nor given up.</summary>
    public bool IsActive { get; private set; } = true;

    public Instant NextDeadline { get; private set; }

    public void Advance(Instant now)
    {
        if (NextDeadline > now)
        {
            return;
        }

        NextDeadline = Instant.Never;
        if (!host.MayJoin)
        {
            IsActive = false;
            return;
        }

        host.Log.Write(LogLevel.Info, "agent: " + AgentMessages.Joining(Replay));
        host.BeginJoin(addresses, Replay);
    }

    /// <summary>The end of an attempt.</summary>
    public void Ended(string? error, int count, Instant now)
    {
        if (error is null)
        {
            IsActive = false;
            host.Log.Write(LogLevel.Info, "agent: " + AgentMessages.Joined(count));
            return;
        }

        if (!host.MayJoin)
        {
            // The agent leaves or ends; that is why.
            IsActive = false;
            return;
        }

        _attemptCount++;
        if (RetryCountMax > 0 && _attemptCount > RetryCountMax)
        {
            IsActive = false;
            host.Log.Write(LogLevel.Err, "agent: maximum retry join attempts made, exiting");
            host.GiveUp();
            return;
        }

        NextDeadline = now + Interval;
        string pause = GoDuration.ToText(Interval);
        host.Log.Write(LogLevel.Warn, $"agent: Join failed: {error}, retrying in {pause}");
    }
}
