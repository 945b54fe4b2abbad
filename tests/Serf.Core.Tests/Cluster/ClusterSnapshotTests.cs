using System;
using System.Linq;
using System.Text;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Cluster;

/// <summary>Nodes that come back with what they wrote down.</summary>
public sealed class ClusterSnapshotTests
{
    private static readonly NodeAddress Own = NodeAddress.FromIPv4(0x0A000063, 7946);
    private readonly MemorySnapshot _file = new();

    [Fact]
    public void Clocks_go_on_where_they_were_and_what_was_heard_is_not_heard_again()
    {
        MemorySnapshot file = new("clock: 100\nevent-clock: 42\nquery-clock: 50\n");
        ClusterWorld world = new(1);
        SerfHost host = world.Add("n", snapshot: file.Open());

        Assert.Equal((101UL, 43UL, 51UL), host.Serf.ClockTimes);
        host.HearEvent("old", 42);
        host.HearEvent("new", 43);
        HearQuery(host, "old", 50);
        HearQuery(host, "new", 51);

        Assert.Equal(["member-join n", "user new", "query: new"], host.Events);
        world.Run(1);
        Assert.Contains("event-clock: 43\nquery-clock: 51\n", file.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Events_are_recorded_before_they_are_merged_and_all_are_passed_on()
    {
        ClusterWorld world = new(2);
        SerfHost host = world.Add("n", new SerfOptions(), snapshot: _file.Open());
        SerfHost other = world.Add("foo", new SerfOptions());
        other.Join([host]);
        world.Run(0.9);

        Assert.Empty(host.Events);
        Assert.Contains("alive: n 10.0.0.1:7946\nalive: foo 10.0.0.2:7946\n", _file.Text, StringComparison.Ordinal);

        world.Run(5);
        Assert.Equal(["member-join n", "member-join foo"], host.Events);
    }

    [Fact]
    public void A_node_that_died_joins_again_by_itself_and_gets_what_it_missed_once()
    {
        ClusterWorld world = ClusterWorld.Joined(2, seed: 3);
        SerfHost first = world.Add("n", address: Own, snapshot: _file.Open());
        first.Join(world.Hosts.Take(1));
        world.Run(2);
        world.Hosts[0].SendEvent("before");
        world.Run(2);
        Assert.Equal(1, first.CountOf("user before"));
        world.Kill(first);
        world.Run(30);
        Assert.Equal(MemberStatus.Failed, world.Hosts[0].StatusOf("n"));
        world.Hosts[0].ForceLeave("n");
        world.Hosts[0].SendEvent("meanwhile");
        world.Run(5);

        SerfHost again = world.Add("n", address: Own, snapshot: _file.Open());
        world.Run(20);

        Assert.Equal(["user meanwhile"], again.Events.Where(line => line.StartsWith("user", StringComparison.Ordinal)));
        Assert.All(world.Hosts, host => Assert.Equal(MemberStatus.Alive, host.StatusOf("n")));
        Assert.Equal(3, again.Serf.Members().Count(member => member.Status == MemberStatus.Alive));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void After_a_leave_a_node_stays_alone_unless_it_is_to_rejoin(bool rejoins)
    {
        ClusterWorld world = ClusterWorld.Joined(2, seed: 4);
        SerfHost first = world.Add("n", address: Own, snapshot: _file.Open());
        first.Join(world.Hosts.Take(1));
        world.Run(2);
        long call = first.Leave();
        world.Run(10);
        Assert.Null(first.Completed[call].Error);
        first.Serf.Shutdown();
        world.Kill(first);
        Assert.Contains("\nleave\n", _file.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("not-alive", _file.Text, StringComparison.Ordinal);

        SerfHost again = world.Add("n", address: Own, snapshot: _file.Open(rejoinAfterLeave: rejoins));
        world.Run(20);

        Assert.Equal(rejoins ? 3 : 1, again.Serf.Members().Count);
    }

    [Fact]
    public void After_a_total_outage_the_nodes_that_failed_are_looked_for()
    {
        ClusterWorld world = ClusterWorld.Joined(1, seed: 5);
        SerfHost first = world.Add("n", address: Own, snapshot: _file.Open());
        first.Join(world.Hosts.Take(1));
        world.Run(2);
        SerfHost other = world.Hosts[0];
        world.Kill(other);
        world.Run(60);
        Assert.Equal(MemberStatus.Failed, first.StatusOf("n0"));
        Assert.DoesNotContain(_file.Read().Peers.Alive, peer => peer.Name.ToString() == "n0");
        world.Kill(first);

        SerfHost again = world.Add("n", address: Own, snapshot: _file.Open());
        world.Run(60);
        Assert.Contains(again.Lines, line => line.Contains("re-join", StringComparison.Ordinal));
        SerfHost back = world.Add("n0", address: other.Address);
        world.Run(120);

        Assert.Equal(MemberStatus.Alive, again.StatusOf("n0"));
        Assert.Equal(MemberStatus.Alive, back.StatusOf("n"));
    }

    [Fact]
    public void A_disk_that_takes_nothing_holds_up_no_event()
    {
        ClusterWorld world = new(6);
        _file.IsFull = true;
        SerfHost host = world.Add("n", snapshot: _file.Open());
        for (int number = 0; number < 10_000; number++)
        {
            host.HearEvent("e" + number, (ulong)number + 1);
        }

        Assert.Equal(10_000, host.Events.Count(line => line.StartsWith("user", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_node_without_a_snapshot_hears_of_time_zero_on()
    {
        ClusterWorld world = new(7);
        SerfHost host = world.Add("n");
        HearQuery(host, "first", 0);
        host.HearEvent("first", 0);

        Assert.Contains("query: first", host.Events);
        Assert.Contains("user first", host.Events);
    }

    private static void HearQuery(SerfHost host, string name, ulong time)
    {
        byte[] ip = new byte[4];
        host.Address.WriteIp(ip);
        QueryMessage query = new()
        {
            LamportTime = time,
            Id = (uint)time + 1,
            Address = ip,
            Port = 7946,
            SourceNode = "other"u8,
            Timeout = 5_000_000_000,
            Name = Encoding.UTF8.GetBytes(name),
        };
        byte[] message = new byte[SerfCodec.SizeOf(query)];
        SerfCodec.Write(query, message);
        host.Hear(message);
    }
}
