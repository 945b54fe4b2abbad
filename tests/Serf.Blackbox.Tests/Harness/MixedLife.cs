using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Text.Json.Nodes;
using Xunit;

namespace Serf.Blackbox.Harness;

/// <summary>
/// The life of a cluster of both kinds: joins, events, pauses, deaths and returns. Once for each way to seal and to
/// compress, side by side, since most of it is waiting.
/// </summary>
public abstract class MixedLife(bool isEncrypted, bool isCompressed) : MixedTest
{
    private const int OurVictim = 1;
    private const int TheirVictim = 3;

    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(3);

    private string[] Flags =>
    [
        .. isEncrypted ? new[] { $"-encrypt={Keys.First}" } : [],
        .. isCompressed ? [] : new[] { "-disable-compression" },
    ];

    [PeerFact]
    public void Both_kinds_join_agree_on_all_and_hear_of_events()
    {
        Agent[] agents = Cluster("j", flags: _ => Flags);

        // Long and dull, so that it is worth compressing where that is allowed.
        string payload = new('x', 400);
        for (int sent = 0; sent < agents.Length; sent++)
        {
            agents[sent].Run("event", "-coalesce=false", $"from-{sent}", payload);
        }

        foreach (Agent agent in agents)
        {
            string[] events = [.. AwaitRecorded(agent.Name, agents.Length, Patience).Order(StringComparer.Ordinal)];
            Assert.Equal(agents.Length, events.Length);
            Assert.All(
                events.Index(),
                item => Assert.Matches($@"^user\|from-{item.Index}\|\d+\|{payload}$", item.Item));
        }

        string first = agents[0].Members(Binaries.Ours);
        Assert.All(agents, agent => Assert.Equal(first, agent.Members(agent.Binary)));
        Assert.Equal(4, JsonNode.Parse(first)!.AsArray().Count);
        Assert.All(agents, ShowsItsSettings);
        Assert.DoesNotContain("[ERR]", DescribeAll(), StringComparison.Ordinal);
    }

    [PeerFact]
    public void A_pause_is_suspected_and_refuted_and_taken_for_a_failure_no_more_often_than_among_originals()
    {
        Agent[] mixed = Cluster("s", flags: _ => Flags);
        Agent[] originals = Cluster("p", ourCount: 0, flags: _ => Flags);

        Pause(OurVictim, mixed, originals);
        Pause(TheirVictim, mixed, originals);

        int among = FailureCount(originals);
        Assert.True(FailureCount(mixed) <= among, $"more than the {among} among originals:\n{DescribeAll()}");
        string alive = string.Join(' ', mixed.Select(agent => $"{agent.Name}=alive"));
        Assert.All(mixed, agent => agent.AwaitStatuses(alive, Patience));
    }

    [PeerFact]
    public void A_death_of_either_kind_is_noticed_by_all_and_a_return_is_welcome()
    {
        Agent[] agents = Cluster("k", flags: _ => Flags);
        string alive = string.Join(' ', agents.Select(agent => $"{agent.Name}=alive"));
        foreach (int victim in new[] { OurVictim, TheirVictim })
        {
            Agent dead = agents[victim];
            Agent[] others = [.. agents.Where(agent => agent != dead)];
            dead.Process.Send(Signal.Kill);

            string failed = alive.Replace($"{dead.Name}=alive", $"{dead.Name}=failed", StringComparison.Ordinal);
            foreach (Agent other in others)
            {
                other.Process.WaitForOutput($"serf: EventMemberFailed: {dead.Name} {dead.Address}", Patience);
                other.AwaitStatuses(failed);
            }

            // Welcomed by a node of the other kind.
            string welcome = agents[(victim + 2) % agents.Length].Gossip;
            string handler = $"-event-handler=user={Recorder($"returned-{victim}")}";
            agents[victim] = Keep(new Agent(
                dead.Binary, dead.Name, dead.Address, [.. Flags, $"-join={welcome}", handler])).Started();
            foreach (Agent agent in agents)
            {
                agent.AwaitStatuses(alive, Patience);
            }

            others[0].Run("event", "-coalesce=false", "welcome");
            Assert.Matches(@"^user\|welcome\|\d+\|$", AwaitRecorded($"returned-{victim}", 1, Patience)[0]);
        }
    }

    /// <summary>
    /// Stops the agent of this number in each cluster for three seconds, and for longer only until it is suspected.
    /// A suspicion lasts four seconds or more, so none of them has a right to end.
    /// </summary>
    private void Pause(int index, params Agent[][] clusters)
    {
        foreach (Agent[] cluster in clusters)
        {
            cluster[index].Process.Send(Signal.Stop);
        }

        Stopwatch watch = Stopwatch.StartNew();
        List<Agent[]> paused = [.. clusters];
        Eventually.True("all are suspected", TimeSpan.FromSeconds(30), () =>
        {
            foreach (Agent[] cluster in paused.Where(_ => watch.Elapsed >= _pause).ToArray())
            {
                string suspicion = $"memberlist: Suspect {cluster[index].Name} has failed, no acks received";
                if (cluster.Any(agent => agent.Process.Output.Contains(suspicion, StringComparison.Ordinal)))
                {
                    cluster[index].Process.Send(Signal.Continue);
                    paused.Remove(cluster);
                }
            }

            return paused.Count == 0;
        });

        foreach (Agent[] cluster in clusters)
        {
            cluster[index].Process.WaitForOutput("memberlist: Refuting a suspect message (from: ", Patience);
            // Sent behind the refutation: who has the one has the other.
            string name = $"back-{index}";
            cluster[index].Run("event", "-coalesce=false", name);
            foreach (Agent agent in cluster)
            {
                Eventually.True(
                    $"{name} reaches {agent.Name}",
                    Patience,
                    () => Recorded(agent.Name).Any(line => line.StartsWith($"user|{name}|", StringComparison.Ordinal)),
                    DescribeAll);
            }
        }
    }

    private static int FailureCount(Agent[] cluster)
    {
        return cluster.Sum(agent => agent.Process.Lines.Count(
            line => line.Text.Contains("serf: EventMemberFailed: ", StringComparison.Ordinal)));
    }

    private void ShowsItsSettings(Agent agent)
    {
        string encrypted = isEncrypted ? "true" : "false";
        string compressed = isCompressed ? "true" : "false";
        JsonNode info = JsonNode.Parse(agent.Run("info", "-format=json"))!;
        Assert.Equal(encrypted, info["serf"]!["encrypted"]!.GetValue<string>());
        Assert.Contains($"  Encrypted: {encrypted}\n", agent.Process.Output, StringComparison.Ordinal);
        Assert.Contains(
            $"Message Compression Enabled: {compressed}\n", agent.Process.Output, StringComparison.Ordinal);
    }
}
