using Serf.Primitives;

namespace Serf.Swim;

/// <summary>A ping that the layer above asked for, while its ack is awaited (spec gossip 8.7).</summary>
internal sealed class PingCall(uint sequenceNumber, Instant sent) : DeadlineEntry
{
    public uint SequenceNumber => sequenceNumber;

    public Instant Sent => sent;
}
