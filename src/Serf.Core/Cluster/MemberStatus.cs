using System;

namespace Serf.Cluster;

/// <summary>A member's status; numbers as on the wire (spec serf 4.1).</summary>
public enum MemberStatus : byte
{
    None = 0,
    Alive = 1,
    Leaving = 2,
    Left = 3,
    Failed = 4,
}

/// <summary>Labels of <see cref="MemberStatus"/>, as shown and sent.</summary>
public static class MemberStatusNames
{
    public static string Label(this MemberStatus status) => status switch
    {
        MemberStatus.None => "none",
        MemberStatus.Alive => "alive",
        MemberStatus.Leaving => "leaving",
        MemberStatus.Left => "left",
        MemberStatus.Failed => "failed",
        _ => throw new ArgumentOutOfRangeException(nameof(status)),
    };
}
