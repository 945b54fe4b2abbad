using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;

namespace Serf.Blackbox.Harness;

/// <summary>A cluster on a network that can be cut: the first half of the agents on one side, the rest on the other.</summary>
public sealed class SplitCluster : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly SplitNetwork _network = new();
    private readonly List<Agent> _agents = [];
    private readonly TimeSpan? _pause;

    /// <param name="binaries">The program of each agent.</param>
    /// <param name="stagger">How long after the agent of a number the next starts.</param>
    /// <param name="flags">More flags for the agent of a number.</param>
    /// <param name="pause">Between two looks at the cluster, where many are looked at side by side.</param>
    public SplitCluster(
        IReadOnlyList<string> binaries,
        Func<int, TimeSpan> stagger,
        Func<int, string[]> flags,
        TimeSpan? pause = null)
    {
        _pause = pause;
        try
        {
            int half = binaries.Count / 2;
            for (int number = 0; number < binaries.Count; number++)
            {
                int side = number / half;
                string[] join = number == 0 ? [] : [$"-join={_agents[0].Gossip}"];
                _agents.Add(new Agent(
                    binaries[number],
                    $"n{number}",
                    SplitNetwork.Address(side, 1 + (number % half)),
                    [.. join, .. flags(number)],
                    inside: _network.Inside(side)));
                _agents[number].Started();
                Thread.Sleep(stagger(number));
            }

            First = [.. _agents[..half]];
            Second = [.. _agents[half..]];
            AwaitWhole(_patience);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public IReadOnlyList<Agent> Agents => _agents;

    public Agent[] First { get; } = [];

    public Agent[] Second { get; } = [];

    public void Cut() => _network.Cut();

    public void Heal() => _network.Heal();

    /// <summary>Waits until every agent sees all others alive.</summary>
    /// <returns>How long it took.</returns>
    public TimeSpan AwaitWhole(TimeSpan limit) => Await("the cluster is whole", limit, _ => _agents);

    /// <summary>Waits until each agent sees those of its own half alive, and nobody else.</summary>
    /// <returns>How long it took.</returns>
    public TimeSpan AwaitSplit(TimeSpan limit)
    {
        return Await(
            "each half sees itself alone", limit, agent => First.Contains(agent) ? First : Second);
    }

    public string Describe() => string.Concat(_agents.Select(agent => agent.Process.Describe()));

    public void Dispose()
    {
        foreach (Agent agent in _agents)
        {
            agent.Dispose();
        }

        _network.Dispose();
    }

    /// <summary>Looks at one agent after the other, and at all of them again as long as one does not see it so.</summary>
    private TimeSpan Await(string what, TimeSpan limit, Func<Agent, IEnumerable<Agent>> alive)
    {
        Stopwatch watch = Stopwatch.StartNew();
        TimeSpan begun = TimeSpan.Zero;
        Eventually.True(
            what,
            limit,
            () =>
            {
                begun = watch.Elapsed;
                return _agents.All(agent => Alive(agent).SequenceEqual(alive(agent).Select(other => other.Name)));
            },
            Describe,
            _pause);
        return begun;
    }

    private static IEnumerable<string> Alive(Agent agent)
    {
        const string Status = "=alive";
        return agent.Statuses(Binaries.Ours).Split(' ')
            .Where(member => member.EndsWith(Status, StringComparison.Ordinal))
            .Select(member => member[..^Status.Length]);
    }
}
