using System;
using System.Linq;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

/// <summary>Nodes that find each other by multicast (spec agent 12), on the loopback interface and on a real cable.</summary>
public sealed class DiscoveryTests : BlackboxTest
{
    private const string Iface = "-iface=" + MulticastNetwork.Interface;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    // Other runs of these tests may be on the same loopback interface.
    private readonly string _cluster = $"t{Environment.ProcessId}-{Guid.NewGuid():N}"[..24];

    [Fact]
    public void Two_agents_on_one_machine_find_each_other_over_the_loopback_interface()
    {
        Agent first = Start("lo1", $"-discover={_cluster}", "-mdns-iface=lo");
        Agent second = Start("lo2", $"-discover={_cluster}", "-mdns-iface=lo");
        Agent stranger = Start("lo3", $"-discover={_cluster}x", "-mdns-iface=lo");

        second.AwaitStatuses("lo1=alive lo2=alive", _patience);
        first.AwaitStatuses("lo1=alive lo2=alive", _patience);
        second.Process.WaitForOutput("[INFO] agent.mdns: Joined 1 hosts");
        Assert.Contains($"                   mDNS cluster: {_cluster}\n", first.Process.Output, StringComparison.Ordinal);
        Assert.Contains(
            "[INFO] agent: Starting mDNS listener on interface lo\n", second.Process.Output, StringComparison.Ordinal);
        Assert.Contains(
            $"[INFO] agent: joining: [{first.Gossip}] replay: false\n", second.Process.Output, StringComparison.Ordinal);
        Assert.Equal("lo3=alive", stranger.Statuses());
        Assert.DoesNotContain("agent: joining", first.Process.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("agent: joining", stranger.Process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void With_both_families_disabled_nobody_is_looked_for_and_the_agent_lives()
    {
        SerfProcess agent = Keep(new SerfProcess(Binaries.Ours,
        [
            "agent", "-bind=127.0.0.1:0", $"-rpc-addr={NextAddress()}:{Agent.RpcPort}", $"-discover={_cluster}",
            "-iface=lo", "-mdns-disable-ipv4", "-mdns-disable-ipv6",
        ]));

        agent.WaitForOutput(
            "[ERR] agent.mdns: Failed to poll for new hosts: Must enable at least one of IPv4 and IPv6 querying\n");
        agent.WaitForOutput("agent: Received event: member-join");
        agent.Send(Signal.Interrupt);
        Assert.Equal(0, agent.WaitForExit());
    }

    [PartitionFact]
    public void Agents_on_two_machines_find_each_other_and_clusters_stay_apart()
    {
        using MulticastNetwork network = new();
        Agent one = Keep(network.Start(Binaries.Ours, "a1", 0, 1, "-discover=a"));
        Agent two = Keep(network.Start(Binaries.Ours, "b1", 0, 2, "-discover=b", Iface));
        Agent three = Keep(network.Start(Binaries.Ours, "a2", 1, 1, "-discover=a", Iface));
        Agent four = Keep(network.Start(Binaries.Ours, "b2", 1, 2, "-discover=b"));

        foreach (Agent agent in new[] { one, three })
        {
            agent.AwaitStatuses("a1=alive a2=alive", _patience);
        }

        foreach (Agent agent in new[] { two, four })
        {
            agent.AwaitStatuses("b1=alive b2=alive", _patience);
        }

        // Only who came later had somebody to find.
        Assert.DoesNotContain("agent: joining", one.Process.Output + two.Process.Output, StringComparison.Ordinal);
    }

    [PartitionFact]
    public void Each_family_serves_alone()
    {
        using MulticastNetwork network = new();
        Agent first = Keep(network.Start(Binaries.Ours, "n1", 0, 1, "-discover=c", Iface, "-mdns-disable-ipv4"));
        Agent second = Keep(network.Start(Binaries.Ours, "n2", 1, 1, "-discover=c", Iface, "-mdns-disable-ipv4"));
        second.AwaitStatuses("n1=alive n2=alive", _patience);
        Agent third = Keep(network.Start(Binaries.Ours, "n3", 1, 2, "-discover=c", Iface, "-mdns-disable-ipv6"));

        // Who does not ask over a family answers over it all the same.
        foreach (Agent agent in new[] { first, second, third })
        {
            agent.AwaitStatuses("n1=alive n2=alive n3=alive", _patience);
        }
    }

    [PartitionFact]
    public void Where_there_is_no_IPv6_agents_find_each_other_over_IPv4()
    {
        using MulticastNetwork network = new(hasIPv6: false);
        Agent first = Keep(network.Start(Binaries.Ours, "n1", 0, 1, "-discover=c", Iface));
        Agent second = Keep(network.Start(Binaries.Ours, "n2", 1, 1, "-discover=c"));

        first.AwaitStatuses("n1=alive n2=alive", _patience);
        Assert.DoesNotContain(
            "[ERR]", first.Process.Output + second.Process.Output, StringComparison.Ordinal);
    }

    [PartitionFact]
    public void Where_IPv4_has_no_way_to_the_group_agents_find_each_other_over_IPv6()
    {
        using MulticastNetwork network = new(hasRoute: false);
        Agent first = Keep(network.Start(Binaries.Ours, "n1", 0, 1, "-discover=c", Iface));
        Agent second = Keep(network.Start(Binaries.Ours, "n2", 1, 1, "-discover=c"));

        first.AwaitStatuses("n1=alive n2=alive", _patience);
        second.Process.WaitForOutput("[DEBUG] agent.mdns: Failed to poll for new hosts: write udp4 0.0.0.0:");
        Assert.DoesNotContain("[ERR]", second.Process.Output, StringComparison.Ordinal);
    }

    [PartitionFact]
    public void Where_no_group_can_be_joined_the_agent_does_not_start()
    {
        using MulticastNetwork network = new(hasIPv6: false, hasRoute: false);
        using Agent agent = network.Prepare(Binaries.Ours, "n1", 0, 1, "-discover=c");

        Assert.Equal(1, agent.Process.WaitForExit());
        Assert.Equal(
            "==> Starting Serf agent...\n"
            + "==> Error starting mDNS listener: no multicast listeners could be started\n",
            agent.Process.Output);
    }

    [PartitionFact(needsPeer: true)]
    public void Ours_finds_the_original()
    {
        using MulticastNetwork network = new();
        Agent peer = Keep(network.Start(Binaries.Peer, "peer", 0, 1, "-discover=c", Iface));
        Agent ours = Keep(network.Start(Binaries.Ours, "ours", 1, 1, "-discover=c", Iface));

        ours.AwaitStatuses("ours=alive peer=alive", _patience);
        peer.AwaitStatuses("ours=alive peer=alive", _patience);
        ours.Process.WaitForOutput("[INFO] agent.mdns: Joined 1 hosts");
        Assert.Equal(1, ours.Process.Lines.Count(line => line.Text.Contains("agent: joining", StringComparison.Ordinal)));
    }

    [PartitionFact(needsPeer: true)]
    public void The_original_finds_ours_and_a_node_of_a_long_name_too()
    {
        string name = new('n', 70);
        using MulticastNetwork network = new();
        Agent ours = Keep(network.Start(Binaries.Ours, name, 0, 1, "-discover=c", Iface));
        Agent peer = Keep(network.Start(Binaries.Peer, "peer", 1, 1, "-discover=c", Iface));

        peer.AwaitStatuses($"{name}=alive peer=alive", _patience);
        ours.AwaitStatuses($"{name}=alive peer=alive", _patience);
        Assert.Contains(
            peer.Process.Lines,
            line => line.Text.Contains("joining: [", StringComparison.Ordinal)
                && line.Text.Contains(ours.Gossip, StringComparison.Ordinal));
        Assert.DoesNotContain("agent: joining", ours.Process.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mDNS interface specified without enabling mDNS discovery", "-mdns-iface=lo")]
    [InlineData(
        "Invalid mDNS network interface: route ip+net: no such network interface", "-discover=c", "-mdns-iface=none")]
    [InlineData(
        "Invalid mDNS configuration: both IPv4 and IPv6 are disabled",
        "-discover=c", "-mdns-iface=lo", "-mdns-disable-ipv4", "-mdns-disable-ipv6")]
    public void A_setting_that_cannot_be_is_refused(string expected, params string[] flags)
    {
        CliResult result = CliResult.Of(Binaries.Ours, ["agent", "-bind=127.0.0.1:0", .. flags]);

        Assert.Equal((1, $"==> {expected}\n"), (result.ExitCode, result.Output));
    }
}
