using Serf.Primitives;

namespace Serf.Swim;

/// <summary>One node as the gossip layer knows it. Changed by <see cref="SwimNode"/> only.</summary>
public sealed class Member(ByteString name)
{
    // Longer ago than any interval, and far enough from the edge to be subtracted.
    internal static readonly Instant LongAgo = new(long.MinValue / 2);

    public ByteString Name { get; } = name;

    public NodeAddress Address { get; internal set; }

    /// <summary>Never changed in place: a new array comes with a new announcement.</summary>
    public byte[] Meta { get; internal set; } = [];

    public NodeVersions Versions { get; internal set; }

    public uint Incarnation { get; internal set; }

    public MemberState State { get; internal set; } = MemberState.Dead;

    public Instant StateChange { get; internal set; } = LongAgo;

    public bool IsGone => State is MemberState.Dead or MemberState.Left;

    /// <summary>The suspicion under way, if any.</summary>
    internal Suspicion? Suspicion { get; set; }

    /// <summary>Several nodes hold this very object, so that none of them may change it.</summary>
    internal bool IsShared { get; init; }

    internal Member Clone() => new(Name)
    {
        Address = Address,
        Meta = Meta,
        Versions = Versions,
        Incarnation = Incarnation,
        State = State,
        StateChange = StateChange,
    };
}
