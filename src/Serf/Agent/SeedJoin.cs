using System.Collections.Generic;
using Serf.Cluster;
using Serf.Host;
using Serf.Net;
using Serf.Primitives;

namespace Serf.Agent;

/// <summary>
/// Gives the node its configured join addresses, resolved anew, whenever it asks for them. On the node
/// thread.
/// </summary>
internal sealed class SeedJoin(
    SerfNode node, Resolver resolver, NodeLoop loop, IReadOnlyList<string> addresses, ushort port)
    : ILoopTimer
{
    private bool _isResolving;

    public Instant NextDeadline { get; private set; } = Instant.Never;

    /// <summary>The node asks. It may not be entered before it has returned, so it is answered in the same
    /// turn of the loop, by <see cref="Advance"/>.</summary>
    public void Ask() => NextDeadline = default;

    public void Advance(Instant now)
    {
        if (NextDeadline > now)
        {
            return;
        }

        NextDeadline = Instant.Never;
        if (Resolver.CanAnswerAtOnce(addresses, port))
        {
            node.TrySeeds(resolver.Resolve(addresses, port), now);
        }
        else if (!_isResolving)
        {
            // Not asked a second time while the name server takes its time.
            _isResolving = resolver.TryBegin(addresses, port, targets => loop.Post(later =>
            {
                _isResolving = false;
                node.TrySeeds(targets, later);
            }));
        }
    }
}
