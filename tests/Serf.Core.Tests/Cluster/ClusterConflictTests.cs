using System;
using System.Linq;
using System.Text;
using Serf.Cluster;
using Serf.Core.Tests.Swim;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Cluster;

/// <summary>Two nodes of one name (spec serf 4.14; 15.3, M4).</summary>
public sealed class ClusterConflictTests
{
    private static readonly NodeAddress Elsewhere = NodeAddress.FromIPv4(0x0A000063, 7946);

    [Fact]
    public void The_second_of_a_name_ends_as_soon_as_all_have_answered_and_the_others_stay()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 1);
        SerfHost second = world.Add("n0", address: Elsewhere);
        second.Join([world.Hosts[1]]);
        world.Run(1);

        Assert.Equal((1, LifecycleState.Shutdown), (second.NameLostCount, second.Serf.State));
        Assert.Contains(
            second.Lines,
            line => line.EndsWith(
                "serf: Node name conflicts with another node at 10.0.0.1:7946. Names must be unique! "
                + "(Resolution enabled: true)", StringComparison.Ordinal));
        Assert.Contains(
            second.Lines,
            line => line.EndsWith(
                "serf: minority in name conflict resolution, quitting [0 / 2]", StringComparison.Ordinal));
        world.Run(60);
        foreach (SerfHost host in world.Hosts.SkipLast(1))
        {
            Assert.Equal(0, host.NameLostCount);
            Assert.All(host.Serf.Members(), member => Assert.Equal(MemberStatus.Alive, member.Status));
            Assert.Equal("10.0.0.1:7946", host.Serf.Members()[0].Address.ToString());
        }
    }

    [Fact]
    public void The_first_of_a_name_hears_that_the_majority_is_his()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 2);
        SerfHost second = world.Add("n0", address: Elsewhere);
        second.Join([world.Hosts[0]]);
        world.Run(1);

        Assert.Equal((0, LifecycleState.Alive), (world.Hosts[0].NameLostCount, world.Hosts[0].Serf.State));
        Assert.Contains(
            world.Hosts[0].Lines,
            line => line.EndsWith(
                "serf: majority in name conflict resolution [2 / 2]", StringComparison.Ordinal));
        Assert.Equal(1, second.NameLostCount);
    }

    [Fact]
    public void Where_nobody_else_is_both_stay()
    {
        ClusterWorld world = new(3);
        SerfHost first = world.Add("a");
        SerfHost second = world.Add("a");
        second.Join([first]);
        world.Run(90);

        foreach (SerfHost host in world.Hosts)
        {
            Assert.Equal((0, LifecycleState.Alive), (host.NameLostCount, host.Serf.State));
            Assert.Contains(
                host.Lines,
                line => line.EndsWith(
                    "serf: no majority in name conflict resolution, staying [0 / 0]", StringComparison.Ordinal));
        }
    }

    // Who answers: u knows us, o the other, f that the other failed, n nobody, g something else altogether.
    [Theory]
    [InlineData("", "no majority in name conflict resolution, staying [0 / 0]")]
    [InlineData("nnn", "no majority in name conflict resolution, staying [0 / 0]")]
    [InlineData("ff", "no majority in name conflict resolution, staying [0 / 0]")]
    [InlineData("gggg", "no majority in name conflict resolution, staying [0 / 0]")]
    [InlineData("uo", "no majority in name conflict resolution, staying [1 / 2]")]
    [InlineData("ouuo", "no majority in name conflict resolution, staying [2 / 4]")]
    [InlineData("goun", "no majority in name conflict resolution, staying [1 / 2]")]
    [InlineData("u", "majority in name conflict resolution [1 / 1]")]
    [InlineData("uou", "majority in name conflict resolution [2 / 3]")]
    [InlineData("o", "no majority in name conflict resolution, staying [0 / 1]")]
    [InlineData("oo", "no majority in name conflict resolution, staying [0 / 2]")]
    [InlineData("uoo", "no majority in name conflict resolution, staying [1 / 3]")]
    [InlineData("nnoon", "no majority in name conflict resolution, staying [0 / 2]")]
    [InlineData("ooo", "minority in name conflict resolution, quitting [0 / 3]")]
    [InlineData("nonoo", "minority in name conflict resolution, quitting [0 / 3]")]
    [InlineData("uuooo", "minority in name conflict resolution, quitting [2 / 5]")]
    public void Only_a_strict_majority_of_the_five_who_may_vote_ends_the_node(string votes, string outcome)
    {
        ClusterWorld world = ClusterWorld.Joined(6, 4);
        SerfHost host = world.Hosts[0];
        (ulong time, uint id) = Vote(world, host);
        for (int index = 0; index < votes.Length; index++)
        {
            host.Hear(Ballot(time, id, "n" + (index + 1), votes[index], host.Address));
        }

        world.Run(3.3);
        Assert.Equal(["serf: " + outcome], Outcomes(host));
        bool ends = outcome.StartsWith("minority", StringComparison.Ordinal);
        Assert.Equal(ends ? 1 : 0, host.NameLostCount);
        Assert.Equal(ends ? LifecycleState.Shutdown : LifecycleState.Alive, host.Serf.State);
    }

    [Fact]
    public void Each_member_has_one_vote_and_nobody_else_has_any()
    {
        ClusterWorld world = ClusterWorld.Joined(6, 5);
        SerfHost host = world.Hosts[0];
        (ulong time, uint id) = Vote(world, host);
        for (int number = 0; number < 20; number++)
        {
            host.Hear(Ballot(time, id, "stranger" + number, 'o', host.Address));
            host.Hear(Ballot(time, id, "n0", 'o', host.Address));
            host.Hear(Ballot(time, id, "n1", 'o', host.Address));
            host.Hear(Ballot(time, id + 1, "n3", 'o', host.Address));
            host.Hear(Ballot(time + 1, id, "n4", 'o', host.Address));
        }

        host.Hear(Ballot(time, id, "n2", 'u', host.Address));
        host.Hear(Ballot(time, id, "n3", 'u', host.Address));
        world.Run(3.3);
        Assert.Equal(["serf: majority in name conflict resolution [2 / 3]"], Outcomes(host));
        Assert.Equal(LifecycleState.Alive, host.Serf.State);
    }

    [Fact]
    public void Claims_without_end_cause_one_vote_a_minute()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 6);
        SerfHost host = world.Hosts[0];
        ulong before = host.Serf.ClockTimes.Query;
        for (int round = 0; round < 600; round++)
        {
            for (int claim = 0; claim < 5; claim++)
            {
                Claim(host, world.Now);
            }

            world.Run(0.1);
        }

        Assert.Equal(before + 1, host.Serf.ClockTimes.Query);
        Assert.Equal(LifecycleState.Alive, host.Serf.State);
        world.Run(5);
        Claim(host, world.Now);
        world.Run(5);
        Assert.Equal(before + 2, host.Serf.ClockTimes.Query);
        Assert.Equal(2, Outcomes(host).Length);
    }

    [Fact]
    public void Where_it_is_disabled_nobody_is_asked()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 7, ClusterWorld.Plain with { NameConflictResolution = false });
        SerfHost second = world.Add(
            "n0", ClusterWorld.Plain with { NameConflictResolution = false }, address: Elsewhere);
        second.Join([world.Hosts[0]]);
        world.Run(60);
        Assert.All(world.Hosts, host => Assert.Equal(LifecycleState.Alive, host.Serf.State));
        Assert.All(world.Hosts, host => Assert.Equal("1", host.Stat("query_time")));
        Assert.Contains(
            second.Lines,
            line => line.EndsWith("unique! (Resolution enabled: false)", StringComparison.Ordinal));
    }

    [Fact]
    public void A_node_that_may_not_ask_says_so_and_stays()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 8, ClusterWorld.Plain with { ProtocolVersion = 3 });
        SerfHost host = world.Hosts[0];
        Claim(host, world.Now);
        world.Run(1);
        Claim(host, world.Now);
        world.Run(5);
        Assert.Single(
            host.Lines,
            line => line.EndsWith(
                "serf: Failed to start name resolution query: Feature not supported", StringComparison.Ordinal));
        Assert.Equal(LifecycleState.Alive, host.Serf.State);
    }

    [Fact]
    public void A_node_that_leaves_meanwhile_leaves()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 9);
        SerfHost host = world.Hosts[0];
        (ulong time, uint id) = Vote(world, host);
        world.Net.PacketPasses = (_, _) => true;
        host.Hear(Ballot(time, id, "n1", 'o', host.Address));
        long call = host.Leave();
        host.Hear(Ballot(time, id, "n2", 'o', host.Address));
        world.Run(12);
        Assert.Null(host.Completed[call].Error);
        Assert.Equal((0, LifecycleState.Left), (host.NameLostCount, host.Serf.State));
        Assert.Equal(MemberStatus.Left, world.Hosts[1].StatusOf("n0"));
    }

    /// <summary>Makes the host ask, keeps the question from all, and tells how to answer it.</summary>
    private static (ulong Time, uint Id) Vote(ClusterWorld world, SerfHost host)
    {
        world.Net.PacketPasses = (_, _) => false;
        Claim(host, world.Now);
        world.Run(0.001);
        KeptMessages sink = new();
        ((ISwimObserver)host.Serf).CollectBroadcasts(3, 4000, sink);
        byte[] message = Assert.Single(sink.Messages, one => one[0] == (byte)SerfMessageType.Query);
        Assert.Equal(ReadStatus.Ok, SerfCodec.TryRead(message.AsSpan(1), out QueryMessage query));
        Assert.Equal("_serf_conflict n0", Encoding.ASCII.GetString([.. query.Name, 32, .. query.Payload]));
        return (query.LamportTime, query.Id);
    }

    private static void Claim(SerfHost host, Instant now) =>
        host.Node.Receive(Elsewhere, SwimMessage.Alive("n0", Elsewhere, incarnation: 9), now);

    private static string[] Outcomes(SerfHost host) =>
        [.. host.Lines.Where(line => line.Contains("in name conflict resolution"))
            .Select(line => line[line.IndexOf("serf:", StringComparison.Ordinal)..])];

    private static byte[] Ballot(ulong time, uint id, string from, char vote, NodeAddress own)
    {
        byte[] ip = new byte[4];
        (vote == 'u' ? own : Elsewhere).WriteIp(ip);
        ConflictResponse record = new()
        {
            Name = vote == 'g' ? "n9"u8 : "n0"u8,
            Address = ip,
            Port = 7946,
            Status = (long)(vote == 'f' ? MemberStatus.Failed : MemberStatus.Alive),
        };
        byte[] payload = new byte[SerfCodec.SizeOf(record)];
        SerfCodec.Write(record, payload);
        QueryResponseMessage response = new()
        {
            LamportTime = time,
            Id = id,
            From = Encoding.ASCII.GetBytes(from),
            Payload = vote == 'n' ? [(byte)SerfMessageType.ConflictResponse, MsgpackCode.Nil] : payload,
        };
        byte[] message = new byte[SerfCodec.SizeOf(response)];
        SerfCodec.Write(response, message);
        return message;
    }
}
