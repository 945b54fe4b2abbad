using Serf.Cluster;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Agent.Handlers;

/// <summary>What one event means to handlers: taken on the node thread, used on the handler thread.</summary>
/// <param name="Event">The event.</param>
/// <param name="SelfName">This node's name.</param>
/// <param name="SelfTags">Its tags at that moment.</param>
internal sealed record HandlerInvocation(SerfEvent Event, ByteString SelfName, Tags SelfTags);
