using Serf.Primitives;

namespace Serf.Cluster;

/// <summary>A member that failed and was reaped. Nobody is shown it, yet it is looked for.</summary>
internal sealed class LostPeer(
    ByteString name, NodeAddress address, ulong statusTime, Instant goneSince, Instant triedAt)
    : IGonePeer
{
    public ByteString Name { get; } = name;

    public NodeAddress Address { get; } = address;

    /// <summary>Lamport time of the last intent that counted; an older leave is not news.</summary>
    public ulong StatusTime { get; } = statusTime;

    public Instant GoneSince { get; } = goneSince;

    public Instant TriedAt { get; set; } = triedAt;

    /// <summary>The ping under way; 0 for none.</summary>
    public uint Ping { get; set; }

    /// <summary>It answered by its name, and is to be joined.</summary>
    public bool HasAnswered { get; set; }
}
