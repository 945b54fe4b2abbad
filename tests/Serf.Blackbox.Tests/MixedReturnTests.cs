using System;
using System.Linq;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

/// <summary>Nodes of either kind that left, or died so briefly that nobody noticed, and are back.</summary>
public sealed class MixedReturnTests : MixedTest
{
    private const int OurIndex = 1;
    private const int TheirIndex = 3;

    [PeerFact]
    public void Who_left_comes_back_through_a_node_of_the_other_kind()
    {
        Agent[] agents = Cluster("b");
        string alive = string.Join(' ', agents.Select(agent => $"{agent.Name}=alive"));
        foreach (int index in new[] { OurIndex, TheirIndex })
        {
            Agent gone = agents[index];
            gone.Process.Send(Signal.Interrupt);
            Assert.Equal(0, gone.Process.WaitForExit());
            string left = alive.Replace($"{gone.Name}=alive", $"{gone.Name}=left", StringComparison.Ordinal);
            foreach (Agent other in agents.Where(agent => agent != gone))
            {
                other.AwaitStatuses(left, Patience);
            }

            agents[index] = Return(gone, $"-join={OfOtherKind(agents, index).Gossip}");
            foreach (Agent agent in agents)
            {
                agent.AwaitStatuses(alive, Patience);
            }

            IsHeardByAndHears(agents, index);
        }
    }

    [PeerFact]
    public void Who_is_back_before_anybody_noticed_has_new_tags_and_did_not_fail()
    {
        Agent[] agents = Cluster("r");
        string alive = string.Join(' ', agents.Select(agent => $"{agent.Name}=alive"));
        foreach (int index in new[] { OurIndex, TheirIndex })
        {
            Agent dead = agents[index];
            dead.Process.Send(Signal.Kill);
            dead.Process.WaitForExit();
            agents[index] = Return(dead, $"-join={OfOtherKind(agents, index).Gossip}", "-tag", $"life=second-{index}");
            foreach (Agent agent in agents)
            {
                Eventually.True(
                    $"{agent.Name} sees the second life of {dead.Name}",
                    Patience,
                    () => agent.Run("members", "-tag", $"life=second-{index}")
                        .StartsWith(dead.Name + " ", StringComparison.Ordinal),
                    DescribeAll);
                agent.AwaitStatuses(alive, Patience);
            }

            IsHeardByAndHears(agents, index);
        }

        Assert.All(agents, agent => Assert.DoesNotContain(
            "EventMemberFailed", agent.Process.Output, StringComparison.Ordinal));
    }

    private static Agent OfOtherKind(Agent[] agents, int index) => agents[(index + 2) % agents.Length];

    private Agent Return(Agent gone, params string[] flags)
    {
        string handler = $"-event-handler=user={Recorder(gone.Name)}";
        return Keep(new Agent(gone.Binary, gone.Name, gone.Address, [handler, .. flags])).Started();
    }

    /// <summary>An event from the one that returned, and one to it.</summary>
    private void IsHeardByAndHears(Agent[] agents, int index)
    {
        foreach (Agent sender in new[] { agents[index], OfOtherKind(agents, index) })
        {
            string name = $"{sender.Name}-with-{index}";
            sender.Run("event", "-coalesce=false", name);
            foreach (Agent agent in agents)
            {
                Eventually.True(
                    $"{name} reaches {agent.Name}",
                    Patience,
                    () => Recorded(agent.Name).Any(line => line.StartsWith($"user|{name}|", StringComparison.Ordinal)),
                    DescribeAll);
            }
        }
    }
}
