using System;
using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace Serf.Blackbox.Harness;

/// <summary>
/// A network that is cut through the middle of a cluster of six and heals: the short form. One class for each kind of
/// cluster, so that they run side by side, since all of it is waiting.
/// </summary>
public abstract class Partition : BlackboxTest
{
    // Every second each node tries one of the lost: the first try begins within it, a dial of the profile gives up within
    // another, and the news is around in a third. The rest is for a busy machine.
    private static readonly TimeSpan _wholeAgain = TimeSpan.FromSeconds(3 + 12);

    // With half of the cluster gone the probes slow down to a ninth, and a suspicion that nobody shares lasts 18 seconds.
    private static readonly TimeSpan _split = TimeSpan.FromSeconds((5 * 9) + 18 + 12);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(40);

    protected void CutAndHeal(IReadOnlyList<string> binaries)
    {
        string config = Write("config.json", """{ "reconnect_interval": "1s" }""");
        SplitCluster cluster = Keep(new SplitCluster(binaries, _ => TimeSpan.Zero, number =>
        [
            "-profile=local", $"-config-file={config}", $"-event-handler=user={Recorder($"n{number}")}",
        ]));

        cluster.Cut();
        cluster.AwaitSplit(_split);
        Assert.All(cluster.Agents, agent => Assert.Equal(3, agent.Statuses().Split("=failed").Length - 1));

        // Nothing comes back across the cut, not even a refusal.
        foreach (Agent agent in cluster.First)
        {
            CliResult join = agent.Cli("join", cluster.Second[0].Gossip);
            Assert.Equal(1, join.ExitCode);
            Assert.Contains("i/o timeout", join.Output + join.Error, StringComparison.Ordinal);
        }

        // Events of one half reach all of it and nobody else.
        SendAndAwait(cluster.First, "first");
        SendAndAwait(cluster.Second, "second");
        Assert.DoesNotContain(cluster.First, agent => Heard(agent, "second") > 0);
        Assert.DoesNotContain(cluster.Second, agent => Heard(agent, "first") > 0);

        cluster.Heal();
        cluster.AwaitWhole(_wholeAgain);

        SendAndAwait(cluster.Agents, "all");
        Assert.All(cluster.Agents, agent => Assert.Equal(1, Heard(agent, "all")));
    }

    private void SendAndAwait(IReadOnlyList<Agent> agents, string name)
    {
        agents[^1].Run("event", "-coalesce=false", name);
        foreach (Agent agent in agents)
        {
            Eventually.True(
                $"{name} reaches {agent.Name}", _patience, () => Heard(agent, name) > 0, agent.Process.Describe);
        }
    }

    private int Heard(Agent agent, string name)
    {
        return Recorded(agent.Name).Count(line => line.StartsWith($"user|{name}|", StringComparison.Ordinal));
    }
}
