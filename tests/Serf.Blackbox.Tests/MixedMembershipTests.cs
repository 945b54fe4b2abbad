using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

/// <summary>Names, removals and tags in clusters of ours and of the original.</summary>
public sealed class MixedMembershipTests : MixedTest
{
    // Whose name is taken, and by a node of which kind: the second one ends, the first hears that it is right.
    [PeerTheory]
    [InlineData(0, true)]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(1, false)]
    public void Who_takes_a_name_that_others_know_ends_and_everybody_else_stays(int taken, bool isOurs)
    {
        Agent[] agents = Three("c");
        Agent second = Keep(new Agent(
            isOurs ? Binaries.Ours : Binaries.Peer,
            agents[taken].Name,
            NextAddress(),
            [$"-join={agents[taken].Gossip}", $"-join={agents[2].Gossip}"]));

        Assert.Equal(0, second.Process.WaitForExit(TimeSpan.FromSeconds(30)));
        string output = second.Process.Output;
        Assert.Matches(@"\[WARN\] serf: minority in name conflict resolution, quitting \[0 / [12]\]\n", output);
        Assert.Contains("[WARN] serf: Shutdown without a Leave\n", output, StringComparison.Ordinal);
        Assert.Contains("[WARN] agent: Serf shutdown detected, quitting\n", output, StringComparison.Ordinal);
        Assert.Contains("[INFO] agent: shutdown complete\n", output, StringComparison.Ordinal);
        if (isOurs)
        {
            // The original may hear of the conflict twice and print its second verdict after this line.
            Assert.EndsWith("[INFO] agent: shutdown complete\n", output, StringComparison.Ordinal);
        }

        agents[taken].Process.WaitForOutput("[INFO] serf: majority in name conflict resolution [", Patience);
        string address = agents[taken].Gossip;
        foreach (Agent agent in agents)
        {
            agent.AwaitStatuses("c0=alive c1=alive c2=alive", Patience);
            JsonArray members = JsonNode.Parse(agent.Members(agent.Binary))!.AsArray();
            Assert.Equal(address, members[taken]!["addr"]!.GetValue<string>());
        }
    }

    [PeerFact]
    public void Alone_with_an_original_of_its_name_ours_stays()
    {
        Agent ours = Start("same");
        Agent second = Keep(new Agent(Binaries.Peer, "same", NextAddress(), [$"-join={ours.Gossip}"]));

        Assert.Equal(0, second.Process.WaitForExit(TimeSpan.FromSeconds(30)));
        ours.Process.WaitForOutput("[WARN] serf: no majority in name conflict resolution, staying [0 / 0]", Patience);
        ours.AwaitStatuses("same=alive");
    }

    [PeerFact]
    public void Where_resolution_is_disabled_ours_stays_whatever_the_others_say()
    {
        Agent[] agents = Three("d");
        string config = Write("quiet.json", "{\"disable_name_resolution\": true}");
        Agent second = Keep(new Agent(
            Binaries.Ours, "d1", NextAddress(), [$"-join={agents[1].Gossip}", $"-config-file={config}"])).Started();

        second.Process.WaitForOutput("Names must be unique! (Resolution enabled: false)");
        agents[1].Process.WaitForOutput("serf: majority in name conflict resolution [", Patience);
        Assert.False(second.Process.HasExited);
    }

    [PeerFact]
    public void Either_kind_removes_the_dead_of_the_other_with_and_without_prune()
    {
        Agent[] agents = Cluster("f");
        (Agent ours, Agent peer) = (agents[0], agents[2]);

        // The living refute.
        ours.Run("force-leave", "f2");
        peer.Run("force-leave", "f0");
        Await("f0=alive f1=alive f2=alive f3=alive");
        agents[1].Process.Send(Signal.Kill);
        agents[3].Process.Send(Signal.Kill);
        Await("f0=alive f1=failed f2=alive f3=failed");

        peer.Run("force-leave", "f1");
        Await("f0=alive f1=left f2=alive f3=failed");
        ours.Run("force-leave", "f3");
        Await("f0=alive f1=left f2=alive f3=left");
        peer.Run("force-leave", "-prune", "f1");
        Await("f0=alive f2=alive f3=left");
        ours.Run("force-leave", "-prune", "f3");
        Await("f0=alive f2=alive");
        Assert.Contains($"serf: EventMemberReap (forced): f1 {agents[1].Address}", ours.Process.Output);

        void Await(string expected)
        {
            ours.AwaitStatuses(expected, Patience);
            peer.AwaitStatuses(expected, Patience);
        }
    }

    [PeerFact]
    public void A_leave_of_either_kind_is_a_leave_and_no_failure_on_ours()
    {
        Agent[] agents = Cluster("l");
        agents[3].Run("leave");
        agents[1].Run("leave");

        agents[0].AwaitStatuses("l0=alive l1=left l2=alive l3=left", Patience);
        agents[2].AwaitStatuses("l0=alive l1=left l2=alive l3=left", Patience);
        Assert.DoesNotContain("EventMemberFailed", agents[0].Process.Output, StringComparison.Ordinal);
        Assert.Contains("EventMemberLeave: l1 ", agents[0].Process.Output, StringComparison.Ordinal);
        Assert.Contains("EventMemberLeave: l3 ", agents[0].Process.Output, StringComparison.Ordinal);
    }

    [PeerFact]
    public void Tags_set_and_deleted_on_either_side_are_seen_on_the_other()
    {
        Agent[] agents = Cluster("t");
        agents[0].Run("tags", "-set", "a=1", "-set", "b=2");
        agents[2].Run("tags", "-set", "a=3", "-set", "b=4");
        Await("t0 a=1,b=2; t1 ; t2 a=3,b=4; t3 ");

        agents[0].Run("tags", "-delete", "a");
        agents[2].Run("tags", "-delete", "b", "-set", "c=5");
        Await("t0 b=2; t1 ; t2 a=3,c=5; t3 ");

        void Await(string expected)
        {
            foreach (Agent agent in agents)
            {
                string last = string.Empty;
                Eventually.True(
                    $"{agent.Name} sees {expected}", Patience, () => (last = TagsAt(agent)) == expected, () => last);
            }
        }
    }

    private static string TagsAt(Agent agent) => string.Join(
        "; ",
        JsonNode.Parse(agent.Members(agent.Binary))!.AsArray().Select(member => member!["name"] + " " + string.Join(
            ',', member["tags"]!.AsObject().OrderBy(tag => tag.Key, StringComparer.Ordinal)
                .Select(tag => tag.Key + "=" + tag.Value))));

    /// <summary>The middle one is an original.</summary>
    private Agent[] Three(string prefix)
    {
        List<Agent> agents = [];
        for (int number = 0; number < 3; number++)
        {
            agents.Add(Keep(new Agent(
                number == 1 ? Binaries.Peer : Binaries.Ours, $"{prefix}{number}", NextAddress(), [])).Started());
        }

        agents[1].Run("join", agents[0].Gossip, agents[2].Gossip);
        string expected = string.Join(' ', agents.Select(agent => $"{agent.Name}=alive"));
        agents.ForEach(agent => agent.AwaitStatuses(expected, Patience));
        return [.. agents];
    }
}
