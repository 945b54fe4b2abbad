namespace Serf.Simulation.Checkers;

/// <summary>The three logical clocks of a node never step back.</summary>
public sealed class LamportChecker
{
    private ulong _member;
    private ulong _event;
    private ulong _query;

    /// <returns>The reason the history is illegal, or null.</returns>
    public string? Observe(ulong memberTime, ulong eventTime, ulong queryTime) =>
        Step("member", ref _member, memberTime)
        ?? Step("event", ref _event, eventTime)
        ?? Step("query", ref _query, queryTime);

    private static string? Step(string clock, ref ulong before, ulong time)
    {
        ulong last = before;
        before = time;
        return time < last ? $"the {clock} clock stepped back from {last} to {time}" : null;
    }
}
