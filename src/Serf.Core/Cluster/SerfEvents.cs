using System;
using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Cluster;

/// <summary>Kinds of events, with the original's numbers (spec serf 0.4).</summary>
public enum SerfEventKind : byte
{
    MemberJoin = 0,
    MemberLeave = 1,
    MemberFailed = 2,
    MemberUpdate = 3,
    MemberReap = 4,
    User = 5,
    Query = 6,
}

/// <summary>
/// Labels of <see cref="SerfEventKind"/>: what handlers see in SERF_EVENT and filters name.
/// </summary>
public static class SerfEventKinds
{
    public static string Label(this SerfEventKind kind) => kind switch
    {
        SerfEventKind.MemberJoin => "member-join",
        SerfEventKind.MemberLeave => "member-leave",
        SerfEventKind.MemberFailed => "member-failed",
        SerfEventKind.MemberUpdate => "member-update",
        SerfEventKind.MemberReap => "member-reap",
        SerfEventKind.User => "user",
        SerfEventKind.Query => "query",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}

/// <summary>What the application is told. Immutable; may be kept and handed to other threads.</summary>
public abstract class SerfEvent(SerfEventKind kind)
{
    public SerfEventKind Kind { get; } = kind;

    /// <summary>Display form: the label, <c>user-event: NAME</c> or <c>query: NAME</c>.</summary>
    public abstract override string ToString();
}

/// <summary>One or more members changed in the same way.</summary>
public sealed class MemberEvent(SerfEventKind kind, IReadOnlyList<MemberInfo> members) : SerfEvent(kind)
{
    public IReadOnlyList<MemberInfo> Members { get; } = members;

    public override string ToString() => Kind.Label();
}

/// <summary>A custom event.</summary>
/// <param name="lamportTime">Time on the event clock.</param>
/// <param name="name">Its name.</param>
/// <param name="payload">Null when none was given.</param>
/// <param name="coalesce">Whether it may be merged with others of its name.</param>
public sealed class UserEvent(ulong lamportTime, ByteString name, byte[]? payload, bool coalesce)
    : SerfEvent(SerfEventKind.User)
{
    public ulong LamportTime { get; } = lamportTime;

    public ByteString Name { get; } = name;

    public byte[]? Payload { get; } = payload;

    public bool Coalesce { get; } = coalesce;

    public override string ToString() => "user-event: " + Name;
}

/// <summary>A query that this node may answer, once, with <see cref="SerfNode.Respond"/>.</summary>
public sealed class QueryEvent(
    ulong lamportTime, uint id, ByteString name, byte[]? payload, ByteString sourceNode, NodeAddress source,
    byte relayFactor, Instant deadline)
    : SerfEvent(SerfEventKind.Query)
{
    public ulong LamportTime { get; } = lamportTime;

    public uint Id { get; } = id;

    public ByteString Name { get; } = name;

    public byte[]? Payload { get; } = payload;

    public ByteString SourceNode { get; } = sourceNode;

    public NodeAddress Source { get; } = source;

    public byte RelayFactor { get; } = relayFactor;

    public Instant Deadline { get; } = deadline;

    /// <summary>Set by the node, on its thread, once the answer went out.</summary>
    public bool Responded { get; internal set; }

    public override string ToString() => "query: " + Name;
}
