using System;
using System.Collections.Generic;
using System.Linq;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Swim;
using Xunit;

namespace Serf.Core.Tests.Cluster;

/// <summary>Configured join addresses are tried again for ever (docs/healing.md).</summary>
public sealed class ClusterSeedTests
{
    private const string Missed = "A configured join address does not answer, and is tried again";

    private static readonly SerfOptions Seeded = ClusterWorld.Plain with { HasSeeds = true };
    private static readonly SwimOptions Fast = SwimOptions.Lan with { SuspicionMultiplier = 1 };

    [Fact]
    public void A_node_without_configured_addresses_never_asks()
    {
        ClusterWorld world = new(61);
        SerfHost host = world.Add("n0");
        world.Run(3600);
        Assert.Equal(0, host.SeedsWantedCount);
    }

    [Fact]
    public void A_lone_node_tries_every_round_and_tells_of_the_outage_once()
    {
        ClusterWorld world = new(62);
        SerfHost host = world.Add("n0", Seeded);
        NodeAddress address = NodeAddress.FromIPv4(0x0A0000C8, 7946);
        host.Seeds =
        [
            SerfHost.Target(address), SerfHost.Target(host.Address),
            new JoinTarget("x", default, "failed to resolve x: no"),
        ];
        world.Run(1800);
        int rounds = host.SeedsWantedCount;
        Assert.InRange(rounds, 48, 80);
        Assert.Equal(rounds, Dials(host).Count);
        Assert.All(Dials(host), line => Assert.EndsWith(" 10.0.0.200:7946", line));
        Assert.Single(host.Lines, line => line.StartsWith("[Info]") && line.Contains(Missed));

        SerfHost other = world.Add("n1", address: address);
        world.Run(40);
        Assert.Equal(2, host.Serf.Members().Count);
        Assert.Equal(2, other.Serf.Members().Count);
        Assert.Single(host.Lines, line => line.Contains("Joined a configured address again: 10.0.0.200:7946"));

        // Its join intent is what raises the clock of the other.
        Assert.Equal("2", other.Stat("member_time"));
    }

    [Fact]
    public void Addresses_of_members_are_left_alone()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 63, Seeded, Fast);
        SerfHost host = world.Hosts[0];
        host.Seeds = [.. world.Hosts.Select(other => SerfHost.Target(other.Address))];
        world.Kill(world.Hosts[2]);
        world.Run(60);
        Assert.Equal(MemberStatus.Failed, host.StatusOf("n2"));
        host.Forget();
        world.Run(3600);
        int rounds = host.SeedsWantedCount;

        // Every tenth round of 30 seconds, and failed members are left to the rounds that are for them.
        Assert.InRange(rounds, 9, 18);
        Assert.DoesNotContain(host.Lines, line => line.Contains(Missed));
        Assert.Equal(
            host.Lines.Count(line => line.Contains("attempting reconnect to")),
            Dials(host).Count(line => line.EndsWith($" {SerfHostAddress(3)}")));
    }

    [Fact]
    public void A_part_of_a_cluster_finds_the_others_through_an_address_although_it_never_knew_them()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 64, Seeded);
        SerfHost seed = world.Add("seed", Seeded);
        world.Hosts[1].Seeds = [SerfHost.Target(seed.Address)];

        // Ten rounds, longest, and the exchange.
        world.Run((10 * 30 * 1.25) + 10);
        Assert.All(world.Hosts, host => Assert.Equal(3, host.Serf.Members().Count));
    }

    [Fact]
    public void An_address_that_leads_to_a_known_member_causes_no_intents()
    {
        // As one does that is translated on the way.
        ClusterWorld world = ClusterWorld.Joined(2, 65, Seeded);
        NodeAddress outside = NodeAddress.FromIPv4(0x0A0000C8, 7946);
        world.Hosts[0].Seeds = [SerfHost.Target(outside)];
        world.Run(30);
        string before = world.Hosts[1].Stat("member_time");
        world.Net.Aliases.Add(outside, world.Hosts[1].Address);
        world.Hosts[0].Forget();
        world.Run(1800);
        Assert.Contains(Dials(world.Hosts[0]), line => line.EndsWith(" 10.0.0.200:7946"));
        Assert.DoesNotContain(world.Hosts[0].Lines, line => line.Contains(Missed));
        Assert.Equal(before, world.Hosts[1].Stat("member_time"));
    }

    [Fact]
    public void Few_of_many_addresses_are_tried_at_a_time_and_all_of_them_in_turn()
    {
        ClusterWorld world = new(66);
        SerfHost host = world.Add("n0", Seeded);
        host.Seeds = [.. Enumerable.Range(0, 100).Select(number =>
            SerfHost.Target(NodeAddress.FromIPv4(0x0B000000 + (uint)number, 7946)))];
        Instant begun = world.Now;
        while (host.SeedsWantedCount < 13)
        {
            int before = Dials(host).Count;
            world.Run(1);
            Assert.InRange(Dials(host).Count - before, 0, Limits.ReconnectCountMax);
        }

        world.Run(1);
        Assert.InRange(world.Now - begun, TimeSpan.FromSeconds(13 * 22), TimeSpan.FromSeconds(13 * 38));
        Assert.Equal(13 * 8, Dials(host).Count);
        Assert.Equal(100, Dials(host).Select(line => line.Split("with: ")[1]).Distinct().Count());
    }

    [Fact]
    public void Nothing_is_tried_once_the_node_leaves()
    {
        ClusterWorld world = new(67);
        SerfHost host = world.Add("n0", Seeded);
        host.Seeds = [SerfHost.Target(NodeAddress.FromIPv4(0x0A0000C8, 7946))];
        host.Leave();
        host.Serf.TrySeeds(host.Seeds, world.Now);
        world.Run(600);
        Assert.Equal(0, host.SeedsWantedCount);
        Assert.Empty(Dials(host));
    }

    private static string SerfHostAddress(int number) => $"10.0.0.{number}:7946";

    private static List<string> Dials(SerfHost host) =>
        [.. host.Lines.Where(line => line.Contains("Initiating push/pull sync with"))];
}
