using System;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Swim;

/// <summary>Settings of the gossip layer (spec gossip 9.1). The defaults are
/// those of the LAN profile.</summary>
public sealed record SwimOptions
{
    /// <summary>The profile <c>lan</c>.</summary>
    public static SwimOptions Lan => new();

    /// <summary>The profile <c>wan</c>.</summary>
    public static SwimOptions Wan => new()
    {
        TcpTimeout = TimeSpan.FromSeconds(30),
        SuspicionMultiplier = 6,
        PushPullInterval = TimeSpan.FromSeconds(60),
        ProbeInterval = TimeSpan.FromSeconds(5),
        ProbeTimeout = TimeSpan.FromSeconds(3),
        GossipInterval = TimeSpan.FromMilliseconds(500),
        GossipNodes = 4,
        GossipToTheDeadTime = TimeSpan.FromSeconds(60),
    };

    /// <summary>The profile <c>local</c>.</summary>
    public static SwimOptions Local => new()
    {
        TcpTimeout = TimeSpan.FromSeconds(1),
        IndirectChecks = 1,
        RetransmitMultiplier = 2,
        SuspicionMultiplier = 3,
        PushPullInterval = TimeSpan.FromSeconds(15),
        ProbeTimeout = TimeSpan.FromMilliseconds(200),
        GossipInterval = TimeSpan.FromMilliseconds(100),
        GossipToTheDeadTime = TimeSpan.FromSeconds(15),
    };

    public ByteString Name { get; init; }

    /// <summary>What others are told, in the form they are told it (4 or 16 bytes).</summary>
    public NodeAddress AdvertiseAddress { get; init; }

    /// <summary>Packets and connections from elsewhere, and claims about nodes elsewhere, are
    /// refused.</summary>
    public AllowedNetworks AllowedNetworks { get; init; } = AllowedNetworks.All;

    /// <summary>Stands in for port 0 in received messages.</summary>
    public ushort BindPort { get; init; } = 7946;

    /// <summary>PMin, PMax, PCur, DMin, DMax, DCur as announced.</summary>
    public NodeVersions Versions { get; init; } = new(1, 5, 2, 2, 5, 5);

    /// <summary>Cluster label; empty for none.</summary>
    public ByteString Label { get; init; }

    /// <summary>True for a transport that takes labels off itself: what still bears one is refused. It is not
    /// a way to accept peers with and without a label (spec gossip 2.6).</summary>
    public bool SkipInboundLabelCheck { get; init; }

    /// <summary>
    /// On the way to a label, or away from it, while some nodes bear one and others do not yet: what has no
    /// label is accepted beside what has ours. A node without a label accepts what has any.
    /// </summary>
    public bool LabelTransition { get; init; }

    /// <summary>The keys and how they are used; null for none, now or later.</summary>
    public Encryption? Encryption { get; init; }

    /// <summary>What a node of these versions seals with (spec gossip 2.5).</summary>
    public byte EncryptionVersion => (byte)(Versions.ProtocolCur == 1 ? 0 : 1);

    public bool Compression { get; init; } = true;

    public TimeSpan TcpTimeout { get; init; } = TimeSpan.FromSeconds(10);

    public int IndirectChecks { get; init; } = 3;

    public int RetransmitMultiplier { get; init; } = 4;

    public int SuspicionMultiplier { get; init; } = 4;

    public int SuspicionMaxTimeoutMultiplier { get; init; } = 6;

    public TimeSpan PushPullInterval { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan ProbeInterval { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan ProbeTimeout { get; init; } = TimeSpan.FromMilliseconds(500);

    public bool DisableTcpPings { get; init; }

    /// <summary>Whether to disable them for the node of this name; null for none.</summary>
    public Func<ByteString, bool>? DisableTcpPingsForNode { get; init; }

    /// <summary>The health score stays below this.</summary>
    public int AwarenessMaxMultiplier { get; init; } = 8;

    public TimeSpan GossipInterval { get; init; } = TimeSpan.FromMilliseconds(200);

    public int GossipNodes { get; init; } = 3;

    public TimeSpan GossipToTheDeadTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>After this time a dead node's name may be taken by another address; zero for never.</summary>
    public TimeSpan DeadNodeReclaimTime { get; init; }

    /// <summary>Bytes of one packet, all layers counted.</summary>
    public int PacketBudget { get; init; } = Limits.PacketBudget;

    /// <summary>The longest message that gossip can carry: alone in a packet, beside the bytes of the
    /// checksum, a compound's head and a part's length (spec gossip 6.5).</summary>
    public int BroadcastSizeMax => PacketBudget - Wire.Label.HeaderSize(Label.Span) - 9
        - (Encryption is null ? 0 : Sealing.Overhead(Encryption.Version));
}
