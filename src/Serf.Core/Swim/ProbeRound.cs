using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Swim;

/// <summary>Where a probe round stands.</summary>
internal enum ProbePhase : byte
{
    Idle,

    /// <summary>The target was pinged and has its first chance.</summary>
    Direct,

    /// <summary>Others were asked to ping it, and a stream may be trying.</summary>
    Indirect,
}

/// <summary>
/// The probe in flight, over a snapshot of its target: one per node, used again for every round
/// (spec gossip 5.3).
/// </summary>
internal sealed class ProbeRound
{
    public ProbePhase Phase { get; set; }

    public Member? Target { get; set; }

    public NodeAddress Address { get; set; }

    public NodeVersions Versions { get; set; }

    public uint Incarnation { get; set; }

    public uint SequenceNumber { get; set; }

    public Instant Sent { get; set; }

    /// <summary>End of <see cref="ProbePhase.Direct"/>.</summary>
    public Instant DirectEnd { get; set; }

    public Instant End { get; set; }

    /// <summary>The system refused the first ping: an ack is no news about our own health.</summary>
    public bool SendFailed { get; set; }

    public int NacksExpected { get; set; }

    /// <summary>Where nacks came from: each relay's counts once.</summary>
    public List<NodeAddress> NackSources { get; } = [];

    public StreamId Stream { get; set; }

    /// <summary>The target answered over a stream.</summary>
    public bool StreamContact { get; set; }

    public Instant Deadline => Phase switch
    {
        ProbePhase.Direct => DirectEnd,
        ProbePhase.Indirect => End,
        _ => Instant.Never,
    };
}
