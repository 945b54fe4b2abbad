using Serf.Primitives;

namespace Serf.Cluster;

/// <summary>
/// A logical clock (Lamport, 1978; spec serf 3). Received times are checked against
/// <see cref="Limits.LamportTimeMax"/> before they are witnessed, so the counter cannot wrap.
/// </summary>
/// <remarks>A mutable struct: keep it in a field and never copy it.</remarks>
public struct LamportClock
{
    public ulong Time { get; private set; }

    /// <returns>The new value.</returns>
    public ulong Increment() => ++Time;

    /// <summary>After a time was seen, the clock is above it.</summary>
    public void Witness(ulong time)
    {
        Invariant.Holds(time < Limits.LamportTimeMax);
        if (time >= Time)
        {
            Time = time + 1;
        }
    }

    /// <summary>The time for a message of our own, and the step past it, in one.</summary>
    public ulong Take() => Time++;
}
