using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;

namespace Serf.Cluster;

/// <summary>A member as it was at one moment: what events carry and lists show.</summary>
public sealed record MemberInfo(
    ByteString Name, NodeAddress Address, Tags Tags, MemberStatus Status, NodeVersions Versions);
