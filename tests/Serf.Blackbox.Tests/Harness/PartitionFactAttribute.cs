using System;
using Xunit;

namespace Serf.Blackbox.Harness;

/// <summary>Needs network namespaces, and where it says so the original. Not run where they are not to be had.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PartitionFactAttribute : FactAttribute
{
    public PartitionFactAttribute(bool needsPeer = false)
    {
        Skip = needsPeer ? new PeerFactAttribute().Skip ?? SplitNetwork.Obstacle : SplitNetwork.Obstacle;
    }
}
