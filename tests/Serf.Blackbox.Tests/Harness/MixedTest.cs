using System;
using System.Collections.Generic;
using System.Linq;

namespace Serf.Blackbox.Harness;

/// <summary>Clusters of four, of ours and of the original.</summary>
public abstract class MixedTest : BlackboxTest
{
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The first two are ours unless asked otherwise. Each records its user events in the file of its name.
    /// </summary>
    /// <param name="prefix">Of the names, which end with a number.</param>
    /// <param name="ourCount">How many of the four are ours.</param>
    /// <param name="flags">More flags for the agent of a number.</param>
    protected Agent[] Cluster(string prefix, int ourCount = 2, Func<int, string[]>? flags = null)
    {
        List<Agent> agents = [];
        for (int number = 0; number < 4; number++)
        {
            string name = $"{prefix}{number}";
            string binary = number < ourCount ? Binaries.Ours : Binaries.Peer;
            agents.Add(Keep(new Agent(
                binary,
                name,
                NextAddress(),
                [
                    $"-event-handler=user={Recorder(name)}",
                    "-event-handler=query:whoami=echo \"$SERF_SELF_NAME $(cat)\"",
                    .. flags?.Invoke(number) ?? [],
                ])));
        }

        foreach (Agent agent in agents)
        {
            agent.Started();
        }

        agents[2].Run("join", agents[0].Gossip, agents[3].Gossip);
        agents[1].Run("join", agents[3].Gossip);
        string expected = string.Join(' ', agents.Select(agent => $"{agent.Name}=alive"));
        foreach (Agent agent in agents)
        {
            agent.AwaitStatuses(expected, Patience);
        }

        return [.. agents];
    }

    /// <summary>An event that must not be merged, awaited everywhere: what came before it has arrived.</summary>
    protected void Sentinel(Agent[] agents)
    {
        agents[0].Run("event", "-coalesce=false", "sentinel");
        foreach (Agent agent in agents)
        {
            Eventually.True(
                $"the sentinel reaches {agent.Name}",
                Patience,
                () => Recorded(agent.Name).Any(line => line.StartsWith("user|sentinel|", StringComparison.Ordinal)));
        }
    }
}
