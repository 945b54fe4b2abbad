using System;

namespace Serf.Wire;

// Bodies of the gossip layer (spec gossip 1.4). All of them borrow: a span is valid as long as the packet
// it was read from. For a byte array, the default span is the wire's nil (c0); an empty span that points
// somewhere is the wire's empty string (a0).

/// <summary>ping (0)</summary>
public ref struct Ping
{
    public uint SequenceNumber;
    public ReadOnlySpan<byte> Node;
    public ReadOnlySpan<byte> SourceAddress;
    public ushort SourcePort;
    public ReadOnlySpan<byte> SourceNode;
}

/// <summary>indirectPing (1)</summary>
public ref struct IndirectPing
{
    public uint SequenceNumber;
    public ReadOnlySpan<byte> Target;
    public ushort Port;
    public ReadOnlySpan<byte> Node;
    public bool Nack;
    public ReadOnlySpan<byte> SourceAddress;
    public ushort SourcePort;
    public ReadOnlySpan<byte> SourceNode;
}

/// <summary>ackResp (2)</summary>
public ref struct Ack
{
    public uint SequenceNumber;
    public ReadOnlySpan<byte> Payload;
}

/// <summary>nackResp (11)</summary>
public struct Nack
{
    public uint SequenceNumber;
}

/// <summary>err (13)</summary>
public ref struct ErrReply
{
    public ReadOnlySpan<byte> Error;
}

/// <summary>suspect (3)</summary>
public ref struct Suspect
{
    public uint Incarnation;
    public ReadOnlySpan<byte> Node;
    public ReadOnlySpan<byte> From;
}

/// <summary>dead (5); a node that is its own accuser has left on purpose.</summary>
public ref struct Dead
{
    public uint Incarnation;
    public ReadOnlySpan<byte> Node;
    public ReadOnlySpan<byte> From;
}

/// <summary>alive (4)</summary>
public ref struct Alive
{
    public uint Incarnation;
    public ReadOnlySpan<byte> Node;
    public ReadOnlySpan<byte> Address;
    public ushort Port;
    public ReadOnlySpan<byte> Meta;

    /// <summary>PMin, PMax, PCur, DMin, DMax, DCur: six bytes, always.</summary>
    public ReadOnlySpan<byte> Versions;
}

/// <summary>What stands at the head of a push/pull (6).</summary>
public struct PushPullHeader
{
    public long NodeCount;
    public long UserStateSize;
    public bool Join;
}

/// <summary>One node of a push/pull.</summary>
public ref struct NodeRecord
{
    public ReadOnlySpan<byte> Name;
    public ReadOnlySpan<byte> Address;
    public ushort Port;
    public ReadOnlySpan<byte> Meta;
    public uint Incarnation;

    /// <summary>0 alive, 1 suspect, 2 dead, 3 left; others are ignored by all.</summary>
    public long State;

    public ReadOnlySpan<byte> Versions;
}

/// <summary>What stands at the head of a user message on a stream (8).</summary>
public struct UserStreamHeader
{
    public long MessageSize;
}

/// <summary>compress (9)</summary>
public ref struct Compressed
{
    /// <summary>0 is LZW, the only one.</summary>
    public byte Algorithm;

    public ReadOnlySpan<byte> Content;
}
