using Serf.Primitives;

namespace Serf.Cluster;

/// <summary>A node that was once a member, and where it is looked for again.</summary>
/// <param name="Name">Empty where only the address is known.</param>
/// <param name="Address">Where it gossiped last.</param>
public readonly record struct KnownPeer(ByteString Name, NodeAddress Address);
