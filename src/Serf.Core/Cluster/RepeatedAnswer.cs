using Serf.Primitives;

namespace Serf.Cluster;

/// <summary>An answer that goes out a second time, in case its first packet was lost.</summary>
internal sealed class RepeatedAnswer(NodeAddress target, byte[] message) : DeadlineEntry
{
    public NodeAddress Target { get; } = target;

    public byte[] Message { get; } = message;
}
