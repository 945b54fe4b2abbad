using Serf.Primitives;

namespace Serf.Cluster;

/// <summary>
/// Who is told what comes back of a query. Each name once for its ack and once for its answer, in any order.
/// </summary>
public interface IQuerySink
{
    /// <summary>The node has received the query. Must not re-enter the node.</summary>
    void Acked(ByteString name);

    /// <param name="name">Who answers. Must not re-enter the node.</param>
    /// <param name="payload">Null where the node gave none.</param>
    void Answered(ByteString name, byte[]? payload);

    /// <summary>
    /// Once, last of all, and never from within the call that began the query: everybody has answered, or
    /// time is up. The node may be called from here.
    /// </summary>
    void Ended();
}
