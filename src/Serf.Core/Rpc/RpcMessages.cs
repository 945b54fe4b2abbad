using System.Collections.Generic;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;

namespace Serf.Rpc;

/// <summary>What stands before every request (spec rpc 3.1).</summary>
public record struct RequestHeader(ByteString Command, ulong Sequence);

/// <summary>
/// What stands before every reply and record (spec rpc 3.2). <see cref="Error"/> is empty on success.
/// </summary>
public record struct ResponseHeader(string Error, ulong Sequence);

/// <summary>
/// Body of <c>event</c>; <see cref="Payload"/> is null where none was given (spec rpc 6.3).
/// </summary>
public record struct EventRequest(ByteString Name, byte[]? Payload, bool Coalesce);

/// <summary>Body of <c>force-leave</c> (spec rpc 6.4).</summary>
public record struct ForceLeaveRequest(ByteString Node, bool Prune);

/// <summary>Body of <c>join</c> (spec rpc 6.5).</summary>
public record struct JoinRequest(IReadOnlyList<ByteString> Existing, bool Replay);

/// <summary>Body of <c>members-filtered</c>: expressions (spec rpc 6.7).</summary>
public record struct MembersFilteredRequest(Tags Tags, ByteString Status, ByteString Name);

/// <summary>Body of <c>tags</c> (spec rpc 6.8).</summary>
public record struct TagsRequest(Tags Set, IReadOnlyList<ByteString> Delete);

/// <summary>Body of <c>respond</c> (spec rpc 6.18).</summary>
public record struct RespondRequest(ulong Id, byte[]? Payload);

/// <summary>
/// Body of <c>query</c> (spec rpc 6.13). <see cref="Timeout"/> is nanoseconds, <see cref="FilterTags"/> has
/// expressions for values.
/// </summary>
public record struct QueryRequest(
    IReadOnlyList<ByteString> FilterNodes,
    Tags FilterTags,
    bool RequestAck,
    byte RelayFactor,
    long Timeout,
    ByteString Name,
    byte[]? Payload);

/// <summary>What comes back of a query (spec rpc 7.4): <c>ack</c>, <c>response</c> or <c>done</c>.</summary>
public record struct QueryRecord(string Kind, ByteString From, byte[]? Payload);

/// <summary>A member as a client is shown it (spec rpc 6.6). The status is the server's word.</summary>
public sealed record RpcMember(
    ByteString Name, NodeAddress Address, Tags Tags, string Status, NodeVersions Versions);
