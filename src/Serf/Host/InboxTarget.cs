using Serf.Primitives;

namespace Serf.Host;

/// <summary>Something that handles inbox items on the node thread.</summary>
internal abstract class InboxTarget
{
    /// <summary>
    /// Handles one item. <see cref="InboxItem.Buffer"/> belongs to whoever posted it: the target gives it
    /// back or hands it on as that poster expects.
    /// </summary>
    protected internal abstract void Process(in InboxItem item, Instant now);
}

/// <summary>One thing that happened outside the node thread.</summary>
/// <param name="Target">Who handles it.</param>
/// <param name="Kind">The target's own number for what happened.</param>
/// <param name="Buffer">Bytes, or null.</param>
/// <param name="Length">How many of them count.</param>
/// <param name="Source">Where they came from, for a datagram.</param>
/// <param name="State">Anything else.</param>
internal readonly record struct InboxItem(
    InboxTarget Target,
    int Kind,
    byte[]? Buffer = null,
    int Length = 0,
    NodeAddress Source = default,
    object? State = null);
