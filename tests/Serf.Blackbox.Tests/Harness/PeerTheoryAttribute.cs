using System;
using Xunit;

namespace Serf.Blackbox.Harness;

/// <summary>As <see cref="PeerFactAttribute"/>, for several cases.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PeerTheoryAttribute : TheoryAttribute
{
    public PeerTheoryAttribute()
    {
        if (!Binaries.PeerIsThere && !Binaries.PeerIsRequired)
        {
            Skip = "The original serf is not installed (SERF_PEER names another place).";
        }
    }
}
