using System;
using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Wire;

// Bodies of the Serf layer (spec serf 1.5). The ref structs borrow, as those of the gossip layer do.

/// <summary>leave (0)</summary>
public ref struct LeaveIntent
{
    public ulong LamportTime;
    public ReadOnlySpan<byte> Node;
    public bool Prune;
}

/// <summary>join (1)</summary>
public ref struct JoinIntent
{
    public ulong LamportTime;
    public ReadOnlySpan<byte> Node;
}

/// <summary>user event (3)</summary>
public ref struct UserEventMessage
{
    public ulong LamportTime;
    public ReadOnlySpan<byte> Name;
    public ReadOnlySpan<byte> Payload;
    public bool Coalesce;
}

/// <summary>query (4)</summary>
public ref struct QueryMessage
{
    public const uint FlagAck = 1;
    public const uint FlagNoBroadcast = 2;

    public ulong LamportTime;
    public uint Id;
    public ReadOnlySpan<byte> Address;
    public ushort Port;
    public ReadOnlySpan<byte> SourceNode;

    /// <summary>
    /// The MessagePack list as it stands on the wire; empty or nil (c0) when there is no filter. See
    /// <see cref="QueryFilterReader"/>.
    /// </summary>
    public ReadOnlySpan<byte> Filters;

    public uint Flags;
    public byte RelayFactor;

    /// <summary>Nanoseconds.</summary>
    public long Timeout;

    public ReadOnlySpan<byte> Name;
    public ReadOnlySpan<byte> Payload;
}

/// <summary>query response or acknowledgement (5)</summary>
public ref struct QueryResponseMessage
{
    public const uint FlagAck = 1;

    public ulong LamportTime;
    public uint Id;
    public ReadOnlySpan<byte> From;
    public uint Flags;
    public ReadOnlySpan<byte> Payload;
}

/// <summary>conflict response (6): one member, as the answering node knows it.</summary>
public ref struct ConflictResponse
{
    public ReadOnlySpan<byte> Name;
    public ReadOnlySpan<byte> Address;
    public ushort Port;

    /// <summary>Null is the wire's nil.</summary>
    public Tags? Tags;

    public long Status;
    public byte ProtocolMin;
    public byte ProtocolMax;
    public byte ProtocolCur;
    public byte DelegateMin;
    public byte DelegateMax;
    public byte DelegateCur;
}

/// <summary>key request (7)</summary>
public ref struct KeyRequest
{
    public ReadOnlySpan<byte> Key;
}

/// <summary>key response (8)</summary>
public ref struct KeyResponse
{
    public bool Result;
    public ReadOnlySpan<byte> Message;

    /// <summary>Null is the wire's nil.</summary>
    public IReadOnlyList<ByteString>? Keys;

    public ReadOnlySpan<byte> PrimaryKey;
}

/// <summary>Head of a relay (9); the whole inner Serf message follows it without a length.</summary>
public ref struct RelayHeader
{
    public ReadOnlySpan<byte> Ip;
    public long Port;
    public ReadOnlySpan<byte> Zone;
    public ReadOnlySpan<byte> DestinationName;
}

/// <summary>push/pull (2) as it is written.</summary>
public ref struct SerfPushPull
{
    public ulong LamportTime;
    public ReadOnlySpan<StatusTime> Statuses;
    public ReadOnlySpan<ByteString> LeftMembers;
    public ulong EventTime;

    /// <summary>Null elements are empty places (nil on the wire).</summary>
    public ReadOnlySpan<EventBucket?> Events;

    public ulong QueryTime;
}

/// <summary>
/// push/pull (2) as it is read: the containers are checked and borrowed, to be walked with their readers.
/// </summary>
public ref struct SerfPushPullView
{
    public ulong LamportTime;

    /// <summary>MessagePack map text to unsigned, or empty. See <see cref="StatusTimeReader"/>.</summary>
    public ReadOnlySpan<byte> Statuses;

    /// <summary>MessagePack list of text, or empty. See <see cref="TextListReader"/>.</summary>
    public ReadOnlySpan<byte> LeftMembers;

    public ulong EventTime;

    /// <summary>MessagePack list of buckets, or empty. See <see cref="EventBucketReader"/>.</summary>
    public ReadOnlySpan<byte> Events;

    public ulong QueryTime;
}

/// <summary>A member's name and the Lamport time of its last intent.</summary>
public readonly record struct StatusTime(ByteString Name, ulong Time);

/// <summary>The user events of one Lamport time.</summary>
public sealed class EventBucket(ulong time)
{
    public ulong Time { get; } = time;

    public List<EventEntry> Entries { get; } = new(1);

    /// <summary>Of the entries, one each, for whoever looks for one; null where they are few.</summary>
    internal List<int>? Hashes { get; set; }
}

/// <summary>A user event as replayed; a null payload is the wire's nil.</summary>
public readonly record struct EventEntry(ByteString Name, byte[]? Payload);
