using System;
using System.Collections.Generic;
using Serf.Cluster;
using Serf.Coordinates;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Rpc;

/// <summary>
/// What an <see cref="RpcSession"/> asks of the agent behind it. All on the node thread. Where an
/// <see cref="IRpcCall"/> is handed over it is completed exactly once, at once or later.
/// </summary>
public interface IRpcAgent
{
    ILog Log { get; }

    IMetrics Metrics => NoMetrics.Instance;

    /// <summary>The token clients must show; empty for none.</summary>
    ByteString AuthKey { get; }

    /// <summary>Ordered by name.</summary>
    IReadOnlyList<MemberInfo> Members();

    /// <returns>Null, or why the event was refused.</returns>
    string? UserEvent(ReadOnlySpan<byte> name, byte[]? payload, bool coalesce);

    void Join(IRpcCall call, IReadOnlyList<ByteString> addresses, bool replay);

    /// <summary>Leaves; once the answer is written the agent shuts down.</summary>
    void Leave(IRpcCall call);

    void ForceLeave(IRpcCall call, ReadOnlySpan<byte> node, bool prune);

    void SetTags(IRpcCall call, Tags set, IReadOnlyList<ByteString> delete);

    /// <returns>Null, or why not.</returns>
    string? Respond(QueryEvent query, ReadOnlySpan<byte> payload);

    /// <summary>Where a node is in network space; null when that is not known.</summary>
    Coordinate? GetCoordinate(ReadOnlySpan<byte> node);

    /// <param name="key">Base64; empty for a list.</param>
    /// <param name="report">Filled until the call is completed.</param>
    void ChangeKeys(IRpcCall call, KeyOperation operation, ByteString key, KeyReport report);

    /// <returns>Null, or why it was refused; the sink is told nothing then.</returns>
    string? Query(QueryParameters parameters, IQuerySink sink);

    /// <summary>Nobody listens to the answers any more. An ended query is no error.</summary>
    void AbandonQuery(IQuerySink sink);

    /// <summary>Sections in order of their names, each with its entries in order.</summary>
    IReadOnlyList<KeyValuePair<string, IReadOnlyList<KeyValuePair<ByteString, ByteString>>>> Stats();

    /// <summary>A client is too slow: an event, a log line or an answer was not sent to it.</summary>
    void RecordDropped()
    {
    }

    /// <summary>From now on <see cref="RpcSession.Deliver"/> is called with every event.</summary>
    void AttachEvents(RpcSession session);

    void DetachEvents(RpcSession session);

    /// <summary>
    /// Calls <see cref="RpcSession.DeliverLog"/> with the stored lines, oldest first, and from then on with
    /// every new one, of all levels: the session filters.
    /// </summary>
    void AttachLog(RpcSession session);

    void DetachLog(RpcSession session);
}

/// <summary>A command that ends later.</summary>
public interface IRpcCall
{
    /// <param name="error">Null on success.</param>
    /// <param name="count">For a join.</param>
    void Complete(string? error, int count, Instant now);
}

/// <summary>The connection below a session.</summary>
public interface IRpcOutput
{
    /// <summary>Bytes queued and not yet taken by the client's side.</summary>
    long PendingSize { get; }

    /// <summary>
    /// Whether more may be queued: while not, commands wait, and records are dropped.
    /// </summary>
    bool HasRoom => PendingSize <= Limits.RpcPendingSizeMax;

    /// <summary>Stream records queued and not yet written.</summary>
    int PendingRecordCount { get; }

    /// <summary>One whole unit, a header and its body. Copied.</summary>
    /// <param name="record">
    /// True for a stream record: it counts in <see cref="PendingRecordCount"/> until written.
    /// </param>
    void Send(ReadOnlySpan<byte> unit, bool record);

    /// <summary>Writes what is queued, then closes.</summary>
    void Close();

    /// <summary>The client's address, for log lines.</summary>
    string ClientText { get; }
}
