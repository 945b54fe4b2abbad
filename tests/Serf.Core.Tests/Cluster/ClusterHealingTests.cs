using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Swim;
using Xunit;

namespace Serf.Core.Tests.Cluster;

/// <summary>A cluster finds its missing parts again (docs/healing.md).</summary>
public sealed class ClusterHealingTests
{
    private static readonly SwimOptions Fast = SwimOptions.Lan with { SuspicionMultiplier = 1 };

    // Days of virtual time pass quickly when little happens in them.
    private static readonly SwimOptions Calm = SwimOptions.Lan with
    {
        SuspicionMultiplier = 1,
        ProbeInterval = TimeSpan.FromSeconds(20),
        GossipInterval = TimeSpan.FromSeconds(1),
        GossipToTheDeadTime = TimeSpan.FromSeconds(60),
        PushPullInterval = TimeSpan.FromMinutes(10),
    };

    [Theory]
    [InlineData(3, 3)]
    [InlineData(5, 1)]
    [InlineData(4, 2)]
    public void Parts_that_were_cut_for_ten_minutes_are_whole_again_within_the_bound(int size, int otherSize)
    {
        ClusterWorld world = ClusterWorld.Joined(size + otherSize, 31, swim: Fast);
        List<SerfHost> part = [.. world.Hosts.Take(size)];
        Cut(world, part);
        world.Run(600);
        Assert.All(world.Hosts, host => Assert.Equal(
            part.Contains(host) ? otherSize : size, host.Serf.Members().Count(Is(MemberStatus.Failed))));

        Heal(world);
        AssertMeetWithin(world, part, ClusterWorld.Plain.HealingBound(size, otherSize, 0, Fast));
        AssertWhole(world, seconds: 120);
    }

    [Theory]
    [InlineData(3, 3)]
    [InlineData(4, 1)]
    public void Parts_that_were_cut_for_two_days_and_forgot_each_other_are_whole_again_within_the_bound(
        int size, int otherSize)
    {
        ClusterWorld world = ClusterWorld.Joined(size + otherSize, 32, swim: Calm);
        List<SerfHost> part = [.. world.Hosts.Take(size)];
        Cut(world, part);
        world.Run(48 * 3600);
        Assert.All(world.Hosts, host => Assert.Equal(
            part.Contains(host) ? size : otherSize, host.Serf.Members().Count));
        Assert.All(world.Hosts, host => Assert.Equal(
            part.Contains(host) ? otherSize : size, host.Serf.LostPeers().Count));

        Heal(world);
        AssertMeetWithin(world, part, ClusterWorld.Plain.HealingBound(size, otherSize, 0, Calm));
        AssertWhole(world, seconds: 300);
        Assert.All(world.Hosts, host => Assert.Empty(host.Serf.LostPeers()));
    }

    [Fact]
    public void A_node_started_again_while_alone_finds_the_peers_of_its_earlier_life()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 33, swim: Fast);
        KnownPeer[] peers = PeersOf(world);
        SerfHost dead = world.Hosts[2];
        world.Kill(dead);
        world.Run(30);
        SerfHost back = world.Add("n2", null, Fast, dead.Address);
        Cut(world, [back]);
        back.Serf.BeginRejoin(peers, world.Now);
        world.Run(3600);
        Assert.Single(back.Serf.Members());
        Assert.Equal(2, back.Lines.Count(line => line.Contains("[Info] serf: Attempting re-join to previously")));
        Assert.Single(back.Lines, line => line.Contains("Failed to re-join any previously known node"));

        Heal(world);
        AssertMeetWithin(world, [back], ClusterWorld.Plain.HealingBound(1, 2, 0, Fast));
        Assert.Single(back.Lines, line => line.Contains("serf: Re-joined to previously known node: n"));
        AssertWhole(world, seconds: 60);
    }

    [Fact]
    public void A_rejoin_names_the_peers_and_ends_with_the_first_that_answers()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 34);
        SerfHost back = world.Add("n9");
        KnownPeer[] peers = [.. PeersOf(world), new(back.Serf.Name, NodeAddress.FromIPv4(0x0A0000C8, 7946))];
        back.Serf.BeginRejoin(peers, world.Now);
        world.Run(5);
        string line = Assert.Single(back.Lines, line => line.Contains("Attempting re-join to previously known"));
        string shown = line[(line.IndexOf("node: ", StringComparison.Ordinal) + 6)..];
        Assert.Contains(shown, world.Hosts.Take(2).Select(host => $"{host.Serf.Name}: {host.Address}"));
        Assert.Contains($"[Info] serf: Re-joined to previously known node: {shown}", back.Lines);

        // The join intent that follows is what raises the clock of the others.
        Assert.Equal("3", world.Hosts[0].Stat("member_time"));
        AssertWhole(world, seconds: 5);
    }

    [Fact]
    public void After_the_end_of_all_nodes_those_that_come_back_find_each_other()
    {
        ClusterWorld world = ClusterWorld.Joined(4, 35);
        KnownPeer[] peers = PeersOf(world);
        foreach (SerfHost host in world.Hosts.ToArray())
        {
            world.Kill(host);
        }

        // Long after one another, so that each but the last has failed to find anybody.
        foreach (KnownPeer peer in peers)
        {
            SerfHost back = world.Add(peer.Name.ToString(), address: peer.Address);
            back.Serf.BeginRejoin(peers, world.Now);
            world.Run(400);
        }

        AssertWhole(world, seconds: 60);
    }

    [Fact]
    public void Nodes_that_came_back_in_two_parts_find_each_other_although_neither_knows_the_other_as_failed()
    {
        ClusterWorld world = ClusterWorld.Joined(4, 36);
        KnownPeer[] peers = PeersOf(world);
        foreach (SerfHost host in world.Hosts.ToArray())
        {
            world.Kill(host);
        }

        foreach (KnownPeer peer in peers)
        {
            world.Add(peer.Name.ToString(), address: peer.Address);
        }

        List<SerfHost> part = [.. world.Hosts.Take(2)];
        Cut(world, part);
        world.Hosts.ForEach(host => host.Serf.BeginRejoin(peers, world.Now));
        world.Run(600);
        Assert.All(world.Hosts, host => Assert.Equal(2, host.Serf.Members().Count));
        Assert.All(world.Hosts, host => Assert.Equal(2, host.Serf.LostPeers().Count));

        Heal(world);
        AssertMeetWithin(world, part, ClusterWorld.Plain.HealingBound(2, 2, 0, SwimOptions.Lan));
        AssertWhole(world, seconds: 60);
    }

    [Fact]
    public void Of_the_peers_of_an_earlier_life_those_that_cannot_be_lost_are_not()
    {
        ClusterWorld world = new(37);
        SerfHost first = world.Add("n0");
        SerfHost second = world.Add("n1");
        world.Net.StreamPasses = (_, _) => false;
        first.Serf.BeginRejoin(
            [
                new(second.Serf.Name, second.Address), new(first.Serf.Name, second.Address),
                new(default, second.Address), new(ByteString.FromText("x"), first.Address),
            ],
            world.Now);
        KnownPeer lost = Assert.Single(first.Serf.LostPeers());
        Assert.Equal(second.Address, lost.Address);
        world.Net.StreamPasses = (_, _) => true;
        AssertWhole(world, seconds: 45);
        Assert.Empty(first.Serf.LostPeers());
    }

    [Fact]
    public void A_thousand_dead_members_cost_a_few_connections_a_minute()
    {
        ClusterWorld world = Outlived(1000, 38, alive: 2);
        SerfHost host = world.Hosts[0];
        Assert.Equal(1000, host.Serf.Members().Count(Is(MemberStatus.Failed)));
        world.Hosts.ForEach(other => other.Forget());
        world.Run(600);
        int attempts = Reconnects(host).Count();

        // Eight in each of 20 rounds, of which jitter makes 16 to 27.
        Assert.InRange(attempts, 16 * 8, 27 * 8);

        // Nobody a second time before all others had their turn.
        Assert.Equal(attempts, Reconnects(host).Distinct().Count());
    }

    [Fact]
    public void Members_that_are_gone_for_hours_are_tried_less_often()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 39, swim: Calm);
        world.Kill(world.Hosts[2]);
        world.Run(6 * 3600);
        world.Hosts.ForEach(host => host.Forget());
        world.Run(2 * 3600);

        // Once in 300 seconds by both together.
        Assert.InRange(world.Hosts.Sum(host => Reconnects(host).Count()), 20, 28);
    }

    [Fact]
    public void A_lost_peer_whose_address_another_node_has_is_neither_joined_nor_told_anything()
    {
        ClusterWorld world = Losing(40, out NodeAddress address);
        SerfHost stranger = world.Add("stranger", null, Calm, address);
        world.Run(3600);
        Assert.Single(stranger.Serf.Members());
        Assert.Contains(stranger.Lines, line => line.Contains("Got ping for unexpected node 'n2'"));
        Assert.DoesNotContain(stranger.Lines, line => line.Contains("Stream connection"));
        Assert.All(world.Hosts.Take(2), host => Assert.Single(host.Serf.LostPeers()));
    }

    [Fact]
    public void A_lost_peer_is_forgotten_when_a_member_has_its_address()
    {
        ClusterWorld world = Losing(41, out NodeAddress address);
        world.Add("renamed", null, Calm, address).Join([world.Hosts[0]]);
        world.Run(3600);
        Assert.All(world.Hosts, host => Assert.Equal(3, host.Serf.Members().Count));
        Assert.All(world.Hosts, host => Assert.Empty(host.Serf.LostPeers()));
    }

    [Fact]
    public void A_lost_peer_is_forgotten_when_its_name_is_a_member_again()
    {
        ClusterWorld world = Losing(42, out _);
        world.Add("n2", null, Calm).Join([world.Hosts[0]]);
        world.Run(30);
        Assert.All(world.Hosts, host => Assert.Empty(host.Serf.LostPeers()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_lost_peer_that_is_forced_to_leave_is_forgotten_by_all(bool prune)
    {
        ClusterWorld world = Losing(43, out NodeAddress address);
        world.Hosts[1].ForceLeave("n2", prune);
        world.Run(10);
        Assert.All(world.Hosts, host => Assert.Empty(host.Serf.LostPeers()));
        SerfHost back = world.Add("n2", null, Calm, address);
        world.Run(3600);
        Assert.Single(back.Serf.Members());
    }

    [Fact]
    public void A_leave_that_is_older_than_the_peer_s_last_join_is_no_reason_to_forget_it()
    {
        ClusterWorld world = Losing(44, out _);
        world.Hosts[0].HearLeave("n2", 1);
        Assert.Single(world.Hosts[0].Serf.LostPeers());
        world.Hosts[0].HearLeave("n2", 9);
        Assert.Empty(world.Hosts[0].Serf.LostPeers());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_failed_member_that_is_forced_to_leave_is_not_looked_for(bool prune)
    {
        ClusterWorld world = ClusterWorld.Joined(3, 45, swim: Fast);
        SerfHost dead = world.Hosts[2];
        world.Kill(dead);
        world.Run(60);
        world.Hosts[0].ForceLeave("n2", prune);
        world.Run(5);
        world.Hosts.ForEach(host => host.Forget());
        SerfHost back = world.Add("n2", null, Fast, dead.Address);
        world.Run(3600);
        Assert.Single(back.Serf.Members());
        Assert.All(world.Hosts, host => Assert.Empty(Reconnects(host)));
        Assert.All(world.Hosts, host => Assert.Empty(host.Serf.LostPeers()));
    }

    [Fact]
    public void A_failed_member_at_the_address_of_a_member_is_not_dialled()
    {
        // Forged, or renamed: whoever is there would answer, and exchange everything, round after round.
        ClusterWorld world = ClusterWorld.Joined(2, 48);
        SerfHost host = world.Hosts[0];
        ISwimObserver observer = host.Serf;
        for (int number = 0; number < 20; number++)
        {
            Member member = new(ByteString.FromText($"x{number}"))
            {
                Address = world.Hosts[number % 2].Address,
            };
            observer.MemberJoined(member, world.Now);
            observer.MemberLeft(member, world.Now);
        }

        string before = world.Hosts[1].Stat("member_time");
        host.Forget();
        world.Run(600);
        Assert.Empty(Reconnects(host));
        Assert.Equal(before, world.Hosts[1].Stat("member_time"));
    }

    [Fact]
    public void Lost_peers_are_bounded_and_the_longest_lost_gives_way()
    {
        LostPeers lost = new();
        LostPeer[] peers = [.. Enumerable.Range(0, Limits.LostPeerCountMax + 5).Select(number => new LostPeer(
            ByteString.FromText($"x{number}"), NodeAddress.FromIPv4(0x0B000000 + (uint)number, 7946), 0, new(1), new(1)))];
        foreach (LostPeer peer in peers)
        {
            lost.Add(peer);
        }

        Assert.Equal(peers.Skip(5), lost.All);
        Assert.Null(lost.Find("x4"u8));

        // A newer record takes the place of its own name, and nobody else's.
        LostPeer again = new(peers[9].Name, peers[9].Address, 7, new(2), new(2));
        lost.Add(again);
        Assert.Equal([.. peers.Skip(5).Where(peer => peer != peers[9]), again], lost.All);
        lost.Forget(peers[9]);
        lost.Forget(null);
        Assert.Equal(Limits.LostPeerCountMax - 1, lost.Count);
        Assert.Null(lost.Find(again.Name.Span));
    }

    [Fact]
    public void Rounds_never_come_without_a_pause_whatever_is_configured()
    {
        ClusterWorld world = ClusterWorld.Joined(
            2, 47, ClusterWorld.Plain with { ReconnectInterval = TimeSpan.FromSeconds(-5) }, Fast);
        world.Kill(world.Hosts[1]);
        world.Run(30);
        world.Hosts[0].Forget();
        world.Run(10);

        // A refused connection is over within a millisecond or two; a round takes 75 at least.
        Assert.InRange(Reconnects(world.Hosts[0]).Count(), 50, 134);
    }

    private static Func<MemberInfo, bool> Is(MemberStatus status) => member => member.Status == status;

    private static IEnumerable<string> Reconnects(SerfHost host) =>
        host.Lines.Where(line => line.Contains("attempting reconnect to"));

    private static KnownPeer[] PeersOf(ClusterWorld world) =>
        [.. world.Hosts.Select(host => new KnownPeer(host.Serf.Name, host.Address))];

    private static void Cut(ClusterWorld world, List<SerfHost> part)
    {
        world.Net.PacketPasses = (from, to) => part.Contains(from) == part.Contains(to);
        world.Net.StreamPasses = world.Net.PacketPasses;
    }

    private static void Heal(ClusterWorld world)
    {
        world.Net.PacketPasses = (_, _) => true;
        world.Net.StreamPasses = (_, _) => true;
    }

    /// <summary>Runs until a member of one part is alive for one of the other.</summary>
    private static void AssertMeetWithin(ClusterWorld world, List<SerfHost> part, TimeSpan bound)
    {
        Instant healed = world.Now;
        HashSet<string> names = [.. part.Select(host => host.Serf.Name.ToString())];
        List<SerfHost> others = [.. world.Hosts.Where(host => !part.Contains(host))];
        while (!others.Exists(host => host.Serf.Members().Any(member =>
            member.Status == MemberStatus.Alive && names.Contains(member.Name.ToString()))))
        {
            // A refutation, where one is needed, takes a moment more than the exchange.
            Assert.InRange(world.Now - healed, TimeSpan.Zero, bound + TimeSpan.FromSeconds(5));
            world.Run(1);
        }
    }

    private static void AssertWhole(ClusterWorld world, double seconds)
    {
        world.Run(seconds);
        string names = string.Join(' ', world.Hosts.Select(host => host.Serf.Name.ToString()).Order());
        Assert.All(world.Hosts, host => Assert.Equal(
            names,
            string.Join(' ', host.Serf.Members().Where(Is(MemberStatus.Alive)).Select(one => one.Name))));
        Assert.All(world.Hosts, host => Assert.Equal(world.Hosts.Count, host.Serf.Members().Count));
    }

    /// <summary>A cluster of two that has forgotten the third, <c>n2</c>.</summary>
    private static ClusterWorld Losing(ulong seed, out NodeAddress address)
    {
        SerfOptions options = ClusterWorld.Plain with { ReconnectTimeout = TimeSpan.FromMinutes(10) };
        ClusterWorld world = ClusterWorld.Joined(3, seed, options, Calm);
        address = world.Hosts[2].Address;
        world.Kill(world.Hosts[2]);
        world.Run(1200);
        Assert.All(world.Hosts, host => Assert.Equal("n0 n1", string.Join(
            ' ', host.Serf.Members().Select(member => member.Name))));
        Assert.All(world.Hosts, host => Assert.Equal("n2", Assert.Single(host.Serf.LostPeers()).Name.ToString()));
        world.Hosts.ForEach(host => host.Forget());
        return world;
    }

    /// <summary>Nodes that have heard of many others, and that those are dead.</summary>
    private static ClusterWorld Outlived(int dead, ulong seed, int alive)
    {
        ClusterWorld world = ClusterWorld.Joined(alive, seed);
        foreach (SerfHost host in world.Hosts)
        {
            for (int number = 0; number < dead; number++)
            {
                Member member = new(ByteString.Copy(Encoding.UTF8.GetBytes($"x{number}")))
                {
                    Address = NodeAddress.FromIPv4(0x0B000000 + (uint)number, 7946),
                };
                ISwimObserver observer = host.Serf;
                observer.MemberJoined(member, world.Now);
                observer.MemberLeft(member, world.Now);
            }
        }

        return world;
    }
}
