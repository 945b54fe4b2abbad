using System;
using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Swim;

// Pings that the layer above asks for (spec gossip 8.7). They decide nothing about the member.
public sealed partial class SwimNode
{
    private readonly Dictionary<uint, PingCall> _pingCalls = [];
    private readonly DeadlineIndex<PingCall> _pingDeadlines = new();

    /// <summary>Pings a node once; it ends in <see cref="ISwimObserver.PingEnded"/>.</summary>
    /// <param name="name">Whose answer is wanted: another node at the address stays silent.</param>
    /// <returns>The number of the call; 0, and nothing will follow, when the node does not run, has too many
    /// calls open, or the system refused the packet.</returns>
    public uint Ping(ReadOnlySpan<byte> name, in NodeAddress address, Instant now)
    {
        if (!IsRunning || _pingCalls.Count >= Limits.PingCallCountMax || name.Length > Limits.NameSizeMax)
        {
            return 0;
        }

        _now = now;
        uint sequence = NextSequence();
        if (!SendPing(address, name, sequence, IsKnown(name, address)))
        {
            return 0;
        }

        PingCall call = new(sequence, now);
        _pingCalls.Add(sequence, call);
        _pingDeadlines.Set(call, now + Options.ProbeTimeout);
        return sequence;
    }

    private void EndPing(PingCall call, TimeSpan? roundTrip, Instant now)
    {
        _pingCalls.Remove(call.SequenceNumber);
        _pingDeadlines.Remove(call);
        _observer.PingEnded(call.SequenceNumber, roundTrip, now);
    }
}
