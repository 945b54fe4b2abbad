using Serf.Primitives;

namespace Serf.Cluster;

/// <summary>A node that is gone and is looked for: a failed member, or a lost peer.</summary>
internal interface IGonePeer
{
    ByteString Name { get; }

    NodeAddress Address { get; }

    /// <summary>When it failed; of an earlier life, when this one began.</summary>
    Instant GoneSince { get; }

    /// <summary>When this node last looked for it; before that, since when it is gone.</summary>
    Instant TriedAt { get; set; }
}
