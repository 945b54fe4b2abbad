using Serf.Primitives;
using Serf.Simulation;
using Serf.Simulation.Checkers;
using Serf.Swim;
using Serf.Wire;
using Xunit;

namespace Serf.Tests.Simulation;

/// <summary>Every checker has a test in which it must complain.</summary>
public sealed class CheckerTests
{
    private static readonly NodeAddress _here = NodeAddress.FromIPv4(0x0A000001, 7946);
    private static readonly NodeAddress _there = NodeAddress.FromIPv4(0x0A000101, 7946);

    [Fact]
    public void An_incarnation_that_steps_back_is_found()
    {
        IncarnationChecker checker = new();
        object record = new();

        Assert.Null(checker.Observe(record, MemberState.Alive, 3, _here));
        Assert.Null(checker.Observe(record, MemberState.Suspect, 3, _here));
        Assert.NotNull(checker.Observe(record, MemberState.Alive, 2, _here));
    }

    [Fact]
    public void An_incarnation_may_be_lower_in_a_new_record_or_for_a_replaced_node()
    {
        IncarnationChecker checker = new();
        object record = new();

        Assert.Null(checker.Observe(record, MemberState.Alive, 3, _here));
        Assert.Null(checker.Observe(new object(), MemberState.Alive, 1, _here));
        Assert.Null(checker.Observe(record, MemberState.Left, 4, _here));
        Assert.Null(checker.Observe(record, MemberState.Alive, 1, _there));
        Assert.NotNull(checker.Observe(record, MemberState.Alive, 0, _here));
    }

    [Theory]
    [InlineData(MemberState.Dead, 5, false)]
    [InlineData(MemberState.Left, 5, false)]
    [InlineData(MemberState.Dead, 6, true)]
    [InlineData(MemberState.Left, 6, true)]
    public void A_resurrection_needs_a_newer_incarnation(MemberState gone, uint incarnation, bool legal)
    {
        ResurrectionChecker checker = new();
        object record = new();

        Assert.Null(checker.Observe(record, gone, 5, _here));
        Assert.Equal(legal, checker.Observe(record, MemberState.Alive, incarnation, _here) is null);
    }

    [Theory]
    [InlineData(MemberState.Left, true)]
    [InlineData(MemberState.Dead, false)]
    public void Only_who_left_may_be_replaced_from_another_address(MemberState gone, bool legal)
    {
        ResurrectionChecker checker = new();
        object record = new();

        Assert.Null(checker.Observe(record, gone, 5, _here));
        Assert.Equal(legal, checker.Observe(record, MemberState.Alive, 1, _there) is null);
    }

    [Fact]
    public void A_node_that_believes_itself_gone_is_found()
    {
        SelfChecker checker = new();

        Assert.Null(checker.Observe(MemberState.Alive));
        Assert.NotNull(checker.Observe(MemberState.Suspect));
        Assert.NotNull(checker.Observe(MemberState.Dead));
        Assert.NotNull(checker.Observe(MemberState.Left));
        checker.Leave();
        Assert.Null(checker.Observe(MemberState.Left));
        Assert.NotNull(checker.Observe(MemberState.Dead));
    }

    [Theory]
    [InlineData(4, 5, 5, "member")]
    [InlineData(5, 4, 5, "event")]
    [InlineData(5, 5, 4, "query")]
    public void A_clock_that_steps_back_is_found(ulong member, ulong happened, ulong query, string clock)
    {
        LamportChecker checker = new();

        Assert.Null(checker.Observe(5, 5, 5));
        Assert.Null(checker.Observe(5, 5, 5));
        Assert.Contains(clock, checker.Observe(member, happened, query));
    }

    [Fact]
    public void An_event_delivered_twice_is_found()
    {
        EventChecker checker = new();
        ByteString name = ByteString.FromText("deploy");

        Assert.Null(checker.Observe(7, name, [1]));
        Assert.Null(checker.Observe(8, name, [1]));
        Assert.Null(checker.Observe(7, name, [2]));
        Assert.NotNull(checker.Observe(7, name, [1]));
    }

    [Fact]
    public void A_queue_without_bound_is_found()
    {
        QueueChecker checker = new(nameCountMax: 5, queueDepthMax: 10);

        Assert.Null(checker.Observe(5, 10, 10, 10));
        Assert.NotNull(checker.Observe(6, 0, 0, 0));
        Assert.NotNull(checker.Observe(0, 11, 0, 0));
        Assert.NotNull(checker.Observe(0, 0, 11, 0));
        Assert.NotNull(checker.Observe(0, 0, 0, 11));
    }

    [Fact]
    public void Nodes_that_do_not_know_each_other_do_not_agree()
    {
        SimWorld world = new(1);
        SimHost first = Started(world, 0);
        SimHost second = Started(world, 1);

        Assert.Equal("n0: n1 is not known", AgreementChecker.Observe([first, second]));
        Assert.Null(AgreementChecker.Observe([first, null]));
        second.Leave();
        Assert.Contains("has not left yet", AgreementChecker.Observe([null, second]));
    }

    [Fact]
    public void Agreement_is_lost_with_one_crash_or_one_message_to_tell()
    {
        SimWorld world = new(1);
        Assert.Null(world.Run().Failure);
        SimHost?[] hosts = [.. world.Hosts];
        Assert.Null(AgreementChecker.Observe(hosts));

        int slot = System.Array.FindIndex(hosts, host => host is not null);
        SimHost? stopped = hosts[slot];
        hosts[slot] = null;
        Assert.Contains("does not run", AgreementChecker.Observe(hosts));

        hosts[slot] = stopped;
        stopped!.SendUserEvent(ByteString.FromText("deploy"), [], coalesce: false);
        Assert.Contains("still wait", AgreementChecker.Observe(hosts));
    }

    private static SimHost Started(SimWorld world, int slot)
    {
        NodeAddress address = NodeAddress.FromIPv4(0x0A000001 + (uint)slot, 7946);
        SimHost host = new(world, slot, address, Tags.Empty, (ulong)slot);
        world.Put(host);
        host.Start();

        // Its own announcement goes to nobody.
        while (host.Serf.Swim.Broadcasts.Count > 0)
        {
            host.Serf.Swim.Broadcasts.Prune(0);
        }

        return host;
    }
}
