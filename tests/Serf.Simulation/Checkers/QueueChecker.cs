namespace Serf.Simulation.Checkers;

/// <summary>
/// Queues stay bounded: at most one claim for each name ever heard of, and no more messages of the layer
/// above than its limit.
/// </summary>
public sealed class QueueChecker(int nameCountMax, int queueDepthMax)
{
    /// <returns>The reason the state is illegal, or null.</returns>
    public string? Observe(int claims, int intents, int events, int queries)
    {
        if (claims > nameCountMax)
        {
            return $"{claims} claims are queued about {nameCountMax} names";
        }

        int longest = int.Max(intents, int.Max(events, queries));
        return longest > queueDepthMax ? $"{longest} messages are queued, the limit is {queueDepthMax}" : null;
    }
}
