using System;
using System.Collections.Generic;
using System.Linq;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Swim;

public sealed class SwimStateTests
{
    private static readonly NodeAddress Peer = NodeAddress.FromIPv4(0x0A0000FE, 7946);
    private static readonly NodeAddress Other = NodeAddress.FromIPv4(0x0A0000FD, 7946);

    [Fact]
    public void A_newer_claim_about_an_alive_node_keeps_the_time_of_its_change()
    {
        SwimHost host = One(out SwimWorld world);
        host.Node.Receive(Peer, SwimMessage.Alive("b", Other), world.Now);
        Instant change = host.Node.Find("b"u8)!.StateChange;
        Assert.Equal(world.Now, change);
        host.Node.Receive(Peer, SwimMessage.Alive("b", Other, 2), world.Now + TimeSpan.FromSeconds(1));
        Assert.Equal(change, host.Node.Find("b"u8)!.StateChange);
        Assert.Equal(["join a", "join b"], host.Events);
    }

    [Fact]
    public void The_name_of_a_dead_node_may_be_taken_after_the_reclaim_time()
    {
        SwimHost host = One(
            out SwimWorld world, SwimOptions.Lan with { DeadNodeReclaimTime = TimeSpan.FromSeconds(10) });
        host.Node.Receive(Peer, SwimMessage.Alive("b", Other, 5), world.Now);
        host.Node.Receive(Peer, SwimMessage.Dead("b", 5, "x"), world.Now);
        host.Node.Receive(Peer, SwimMessage.Alive("b", Peer, 6), world.Now + TimeSpan.FromSeconds(10));
        Assert.Equal(MemberState.Dead, host.StateOf("b"));
        Assert.Equal("conflict b 10.0.0.254:7946", host.Events[^1]);

        // A replacement may have a lower incarnation.
        host.Node.Receive(Peer, SwimMessage.Alive("b", Peer, 1), world.Now + TimeSpan.FromSeconds(11));
        Assert.Equal(MemberState.Alive, host.StateOf("b"));
        Assert.Equal((Peer, 1u), (host.Node.Find("b"u8)!.Address, host.Node.Find("b"u8)!.Incarnation));
    }

    [Fact]
    public void Without_a_reclaim_time_a_dead_nodes_name_is_kept_for_it()
    {
        SwimHost host = One(out SwimWorld world);
        host.Node.Receive(Peer, SwimMessage.Alive("b", Other, 5), world.Now);
        host.Node.Receive(Peer, SwimMessage.Dead("b", 5, "x"), world.Now);
        host.Node.Receive(Peer, SwimMessage.Alive("b", Peer, 6), world.Now + TimeSpan.FromHours(1));
        Assert.Equal(MemberState.Dead, host.StateOf("b"));
        Assert.Equal("conflict b 10.0.0.254:7946", host.Events[^1]);
    }

    [Fact]
    public void Who_left_may_be_replaced_from_another_address_at_once()
    {
        SwimHost host = One(out SwimWorld world);
        host.Node.Receive(Peer, SwimMessage.Alive("b", Other, 5), world.Now);
        host.Node.Receive(Peer, SwimMessage.Dead("b", 5, "b"), world.Now);
        host.Node.Receive(Peer, SwimMessage.Alive("b", Peer, 1), world.Now);
        Assert.Equal(MemberState.Alive, host.StateOf("b"));
        Assert.Equal(Peer, host.Node.Find("b"u8)!.Address);
    }

    [Fact]
    public void A_claim_with_incarnation_0_is_kept_as_dead_until_it_is_reaped()
    {
        SwimHost host = One(out SwimWorld world);
        host.Node.Receive(Peer, SwimMessage.Alive("b", Other, 0), world.Now);
        Assert.Equal(MemberState.Dead, host.StateOf("b"));
        Assert.Equal(["join a"], host.Events);
        world.Run(TimeSpan.FromSeconds(5));
        Assert.Null(host.StateOf("b"));
    }

    [Fact]
    public void While_leaving_no_claim_about_the_node_itself_counts()
    {
        SwimHost host = One(out SwimWorld world);
        host.Node.Receive(Peer, SwimMessage.Alive("b", Other), world.Now);
        host.Node.Leave(world.Now);
        host.Node.Receive(Peer, SwimMessage.Alive("a", host.Address, 9), world.Now);
        host.Node.Receive(Peer, SwimMessage.Suspect("a", 9, "b"), world.Now);
        host.Node.Receive(Peer, SwimMessage.Dead("a", 9, "b"), world.Now);
        Assert.Equal(MemberState.Left, host.Node.Self.State);
        Assert.Equal(0, host.Node.HealthScore);
        Assert.Equal(["join a", "join b", "left a"], host.Events);
    }

    [Fact]
    public void Two_nodes_of_one_name_are_reported_as_a_conflict()
    {
        SwimWorld world = new(7);
        SwimHost first = world.Add("twin");
        SwimHost second = world.Add("twin");
        second.Node.PushPull(first.Address, join: true, world.Now);
        world.Run(TimeSpan.FromMilliseconds(100));
        Assert.Contains("conflict twin 10.0.0.1:7946", second.Events);
        Assert.Contains("conflict twin 10.0.0.2:7946", first.Events);
        Assert.Single(first.Node.Members);
    }

    [Fact]
    public void The_answer_to_a_state_exchange_is_what_was_known_before_it()
    {
        SwimHost host = One(out SwimWorld world, SwimOptions.Lan with { Compression = false });
        host.Records = true;
        host.DropsStreams = true;
        host.Node.Receive(Peer, SwimMessage.Alive("b", Peer), world.Now);
        byte[] state = SwimMessage.PushPull(join: false, SwimMessage.Alive("c", Other));
        host.Node.StreamReceived(host.Node.StreamAccepted(Peer, world.Now), state, world.Now);
        Assert.Equal(3, host.Node.Members.Count);
        MsgpackReader reader = new(Assert.Single(host.SentOnStreams).AsSpan(1));
        Assert.Equal(ReadStatus.Ok, SwimCodec.TryRead(ref reader, out PushPullHeader header));
        Assert.Equal(2, header.NodeCount);
    }

    [Theory]
    [InlineData("000", "000", true)]
    [InlineData("000", "010", true)]
    [InlineData("000", "111", false)]
    [InlineData("010 021", "131", false)]
    [InlineData("032 020", "021 050", true)]
    public void Versions_that_not_all_understand_are_refused(string left, string right, bool accepted)
    {
        string[] nodes = [.. left.Split(' '), .. right.Split(' ')];
        Assert.Equal(accepted, Agree(nodes, ofDelegate: false));
        Assert.Equal(accepted, Agree(nodes, ofDelegate: true));
        Array.Reverse(nodes);
        Assert.Equal(accepted, Agree(nodes, ofDelegate: false));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(5)]
    public void A_record_with_too_few_version_bytes_refuses_the_state_it_is_in(int size)
    {
        SwimHost host = One(out SwimWorld world);
        host.DropsStreams = true;
        byte[] versions = [1, 5, 2, 2, 5, 5];
        byte[] state = SwimMessage.PushPull(
            join: true, SwimMessage.Alive("b", Other), SwimMessage.Alive("c", Peer, versions: versions[..size]));
        host.Node.StreamReceived(host.Node.StreamAccepted(Peer, world.Now), state, world.Now);
        Assert.Single(host.Node.Members);
        Assert.Contains(host.Lines, line => line.Contains("'c' protocol version (0) is incompatible"));
    }

    [Fact]
    public void In_a_tiny_cluster_everybody_who_may_be_picked_is_picked_every_time()
    {
        SwimHost host = One(out SwimWorld world, SwimOptions.Lan with { ProbeInterval = TimeSpan.Zero });
        HashSet<NodeAddress> alive = [];
        for (int number = 1; number <= 7; number++)
        {
            NodeAddress address = NodeAddress.FromIPv4(0x0A000100 + (uint)number, 7946);
            host.Node.Receive(Peer, SwimMessage.Alive("m" + number, address), world.Now);
            if (number > 2)
            {
                host.Node.Receive(Peer, SwimMessage.Dead("m" + number, 1, "m" + number), world.Now);
            }
            else
            {
                alive.Add(address);
            }
        }

        host.Records = true;
        world.Run(TimeSpan.FromSeconds(0.5));
        Assert.Equal(2 * 2, host.Sent.Count);
        Assert.True(alive.SetEquals(host.Sent.Take(2).Select(packet => packet.Target)));
        Assert.True(alive.SetEquals(host.Sent.Skip(2).Select(packet => packet.Target)));
    }

    private static bool Agree(string[] nodes, bool ofDelegate)
    {
        NodeVersions[] all = [.. nodes.Select(text => VersionsOf(text, ofDelegate))];
        VersionRange range = VersionRange.Widest;
        byte[] bytes = new byte[NodeVersions.Size];
        foreach (NodeVersions versions in all)
        {
            versions.Write(bytes);
            range.Narrow(bytes);
        }

        return all.All(versions => range.Violation("n"u8, versions) is null);
    }

    private static NodeVersions VersionsOf(string text, bool ofDelegate)
    {
        byte min = (byte)(text[0] - '0');
        byte max = (byte)(text[1] - '0');
        byte current = (byte)(text[2] - '0');
        return ofDelegate ? new(1, 5, 2, min, max, current) : new(min, max, current, 2, 5, 5);
    }

    private static SwimHost One(out SwimWorld world, SwimOptions? options = null)
    {
        world = new SwimWorld(6);
        return world.Add("a", (options ?? SwimOptions.Lan) with { PushPullInterval = TimeSpan.Zero });
    }
}
