using Serf.Primitives;

namespace Serf.Host;

/// <summary>Something on the node thread that has work at certain instants.</summary>
internal interface ILoopTimer
{
    /// <summary>When it next has work; <see cref="Instant.Never"/> when idle.</summary>
    Instant NextDeadline { get; }

    /// <summary>Called after every batch of the inbox, whether or not a deadline has come.</summary>
    void Advance(Instant now);
}
