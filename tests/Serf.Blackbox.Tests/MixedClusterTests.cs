using System;
using System.Diagnostics;
using System.Linq;
using System.Text.Json.Nodes;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

/// <summary>Two of ours and two of the original in one cluster, both with their default options.</summary>
public sealed class MixedClusterTests : MixedTest
{
    [PeerFact]
    public void The_peer_is_the_original()
    {
        Agent peer = StartPeer("peer");

        JsonNode info = JsonNode.Parse(peer.Run("info", "-format=json"))!;

        Assert.StartsWith("go", info["runtime"]!["version"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [PeerFact]
    public void All_agree_on_the_members_by_either_command_line()
    {
        Agent[] agents = Cluster("m");

        string[] lists = agents
            .SelectMany(agent => new[] { Binaries.Ours, Binaries.Peer }.Select(agent.Members))
            .ToArray();

        Assert.All(lists, list => Assert.Equal(lists[0], list));
        Assert.Equal(4, JsonNode.Parse(lists[0])!.AsArray().Count);
    }

    [PeerFact]
    public void An_event_from_any_node_runs_every_handler_once()
    {
        Agent[] agents = Cluster("e");
        for (int sent = 0; sent < agents.Length; sent++)
        {
            agents[sent].Run("event", "deploy", "1234");
            foreach (Agent agent in agents)
            {
                AwaitRecorded(agent.Name, sent + 1, Patience);
            }
        }

        Sentinel(agents);
        string[] first = Recorded(agents[0].Name);
        Assert.Equal(5, first.Length);
        Assert.All(first[..4], line => Assert.Matches(@"^user\|deploy\|\d+\|1234$", line));
        Assert.Equal(5, first.Distinct().Count());
        Assert.All(agents, agent => Assert.Equal(first, Recorded(agent.Name)));
    }

    [PeerFact]
    public void Fifty_quick_events_that_must_not_be_merged_all_run()
    {
        const int EventCount = 50;
        Agent[] mixed = Cluster("mixed");
        Agent[] originals = Cluster("pure", ourCount: 0);
        for (int number = 0; number < EventCount; number++)
        {
            mixed[number % 4].Run("event", "-coalesce=false", "queue", $"item-{number}");
            originals[number % 4].Run("event", "-coalesce=false", "queue", $"item-{number}");
        }

        foreach (Agent ours in mixed[..2])
        {
            string[] runs = AwaitRecorded(ours.Name, EventCount, Patience);
            string[] payloads = runs.Select(run => run.Split('|')[3]).ToArray();
            Assert.Equal(EventCount, payloads.Length);
            Assert.Equal(EventCount, payloads.Distinct().Count());
        }

        int atMixed = mixed[2..].Sum(agent => SettledCount(agent, EventCount));
        int atOriginals = originals[2..].Sum(agent => SettledCount(agent, EventCount));
        Assert.True(
            atMixed >= atOriginals, $"{atMixed} runs on the originals here, {atOriginals} among themselves");
    }

    [PeerFact]
    public void A_burst_that_may_be_merged_arrives_with_its_last_payload()
    {
        Agent[] agents = Cluster("c");
        for (int number = 0; number < 20; number++)
        {
            agents[number < 10 ? 0 : 2].Run("event", "build", $"v{number}");
        }

        foreach (Agent agent in agents)
        {
            Eventually.True(
                $"the last payload reaches {agent.Name}",
                Patience,
                () => Recorded(agent.Name).LastOrDefault()?.EndsWith("|v19", StringComparison.Ordinal) == true,
                () => string.Join(" ; ", Recorded(agent.Name)));
            Assert.InRange(Recorded(agent.Name).Length, 1, 8);
        }
    }

    [PeerFact]
    public void A_leave_of_ours_shows_as_left_everywhere()
    {
        Agent[] agents = Cluster("l");

        agents[1].Run("leave");

        Assert.Equal(0, agents[1].Process.WaitForExit());
        foreach (Agent agent in new[] { agents[0], agents[2], agents[3] })
        {
            agent.AwaitStatuses("l0=alive l1=left l2=alive l3=alive", Patience);
        }
    }

    [PeerFact]
    public void A_leave_of_an_original_shows_as_left_on_ours()
    {
        Agent[] agents = Cluster("o");

        agents[3].Run("leave");

        foreach (Agent agent in agents[..3])
        {
            agent.AwaitStatuses("o0=alive o1=alive o2=alive o3=left", Patience);
        }
    }

    [PeerFact]
    public void A_death_is_noticed_as_fast_as_among_originals_and_a_return_is_welcome()
    {
        Agent[] mixed = Cluster("d");
        Agent[] originals = Cluster("p", ourCount: 0);
        Stopwatch watch = Stopwatch.StartNew();
        mixed[1].Process.Send(Signal.Kill);
        originals[1].Process.Send(Signal.Kill);

        TimeSpan[] noticed = [TimeSpan.MaxValue, TimeSpan.MaxValue];
        Eventually.True("both deaths are noticed", TimeSpan.FromSeconds(120), () =>
        {
            Notice(0, mixed[2..], "d0=alive d1=failed d2=alive d3=alive");
            Notice(1, originals[2..], "p0=alive p1=failed p2=alive p3=alive");
            return noticed.All(time => time < TimeSpan.MaxValue);
        });

        // One probe order may be luckier than the other; a detector that does not work is far outside.
        Assert.True(noticed[0] <= noticed[1] * 3 + TimeSpan.FromSeconds(8), $"{noticed[0]} against {noticed[1]}");
        mixed[0].AwaitStatuses("d0=alive d1=failed d2=alive d3=alive", Patience);

        Keep(new Agent(Binaries.Ours, "d1", mixed[1].Address, [$"-join={mixed[3].Gossip}"])).Started();
        foreach (Agent agent in new[] { mixed[0], mixed[2], mixed[3] })
        {
            agent.AwaitStatuses("d0=alive d1=alive d2=alive d3=alive", Patience);
        }

        void Notice(int index, Agent[] witnesses, string expected)
        {
            if (noticed[index] == TimeSpan.MaxValue && witnesses.All(agent => agent.Statuses() == expected))
            {
                noticed[index] = watch.Elapsed;
            }
        }
    }

    [PeerFact]
    public void A_death_of_an_original_is_noticed_by_ours()
    {
        Agent[] agents = Cluster("x");
        agents[2].Process.Send(Signal.Kill);

        foreach (Agent agent in new[] { agents[0], agents[1], agents[3] })
        {
            agent.AwaitStatuses("x0=alive x1=alive x2=failed x3=alive", Patience);
        }
    }

    [PeerFact]
    public void An_event_sent_to_originals_while_ours_is_away_arrives_with_replay_only()
    {
        Agent first = StartPeer("p0");
        Agent second = StartPeer("p1", $"-join={first.Gossip}");
        first.Run("event", "-coalesce=false", "missed", "payload");
        second.Process.WaitForOutput("Received event: user-event: missed");

        Start("with", $"-join={first.Gossip}", "-replay", $"-event-handler=user={Recorder("with")}");
        Start("without", $"-join={second.Gossip}", $"-event-handler=user={Recorder("without")}");
        first.AwaitStatuses("p0=alive p1=alive with=alive without=alive", Patience);
        first.Run("event", "-coalesce=false", "sentinel");

        foreach (string file in new[] { "with", "without" })
        {
            Eventually.True(
                $"the sentinel reaches {file}",
                Patience,
                () => Recorded(file).Contains("user|sentinel|2|"),
                DescribeAll);
        }

        Assert.Contains("user|missed|1|payload", Recorded("with"));
        Assert.DoesNotContain("user|missed|1|payload", Recorded("without"));
    }

    [PeerFact]
    public void A_query_from_an_original_is_answered_by_all()
    {
        Agent[] agents = Cluster("q");
        foreach (Agent asker in agents[2..])
        {
            JsonNode answers = JsonNode.Parse(asker.Run("query", "-timeout=4s", "-format=json", "whoami", "hey"))!;

            Assert.Equal(
                ["q0", "q1", "q2", "q3"],
                answers["Acks"]!.AsArray().Select(ack => ack!.GetValue<string>()).Order(StringComparer.Ordinal));
            foreach (Agent agent in agents)
            {
                Assert.Equal($"{agent.Name} hey\n", answers["Responses"]![agent.Name]?.GetValue<string>());
            }
        }
    }

    [PeerFact]
    public void Tags_and_filters_cross_the_border()
    {
        Agent[] agents = Cluster("t");
        agents[0].Run("tags", "-set", "side=ours");
        agents[2].Run("tags", "-set", "side=theirs");
        foreach (Agent agent in agents)
        {
            Eventually.True(
                $"{agent.Name} sees both tags",
                Patience,
                () => agent.Run("members", "-tag", "side=.+").Split('\n').Length == 3);
        }

        Assert.StartsWith("t0 ", agents[3].Run("members", "-tag", "side=ours"), StringComparison.Ordinal);
        Assert.StartsWith("t2 ", agents[1].Run("members", "-tag", "side=theirs"), StringComparison.Ordinal);
        JsonNode answers = JsonNode.Parse(
            agents[3].Run("query", "-timeout=3s", "-format=json", "-tag", "side=ou.s", "whoami"))!;
        Assert.Equal(["t0"], answers["Responses"]!.AsObject().Select(answer => answer.Key));
    }

    private int SettledCount(Agent agent, int enough)
    {
        return Eventually.Settled(
            TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(40), enough, () => Recorded(agent.Name).Length);
    }
}
