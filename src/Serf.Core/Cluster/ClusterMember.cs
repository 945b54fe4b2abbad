using Serf.Coordinates;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;

namespace Serf.Cluster;

/// <summary>One member's record (spec serf 4.1). Changed by <see cref="SerfNode"/> only.</summary>
internal sealed class ClusterMember(ByteString name) : IGonePeer
{
    private MemberInfo? _info;

    public ByteString Name { get; } = name;

    public NodeAddress Address { get; private set; }

    public Tags Tags { get; private set; } = Tags.Empty;

    public NodeVersions Versions { get; private set; }

    public MemberStatus Status { get; private set; }

    /// <summary>Lamport time of the last intent that counted; 0 before any.</summary>
    public ulong StatusTime { get; set; }

    /// <summary>When it failed or left, or began to leave.</summary>
    public Instant LeaveTime { get; set; }

    public Instant GoneSince => LeaveTime;

    public Instant TriedAt { get; set; }

    /// <summary>When a requested prune falls due.</summary>
    public Instant PruneAt { get; set; } = Instant.Never;

    /// <summary>No member any more.</summary>
    public bool IsErased { get; set; }

    /// <summary>Round trips of the last direct pings; null before any.</summary>
    public LatencySamples? Latencies { get; set; }

    /// <summary>The coordinate last accepted from it; null before any.</summary>
    public Coordinate? Coordinate { get; set; }

    /// <summary>The record as it is now, for events and lists.</summary>
    public MemberInfo Info => _info ??= new(Name, Address, Tags, Status, Versions);

    public void SetStatus(MemberStatus status)
    {
        Status = status;
        _info = null;
    }

    public void Describe(in NodeAddress address, Tags tags, NodeVersions versions)
    {
        Address = address;
        Tags = tags;
        Versions = versions;
        _info = null;
    }
}
