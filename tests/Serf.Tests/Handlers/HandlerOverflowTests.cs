using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using Serf.Agent.Handlers;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Rpc;
using Serf.Wire;
using Xunit;

namespace Serf.Tests.Handlers;

/// <summary>A handler that is too far behind: what is lost, and what is not (spec serf 15.3: E1, E2).</summary>
public sealed class HandlerOverflowTests
{
    private readonly HandlerQueue _queue = new("true", depthMax: 4);

    public HandlerOverflowTests() => _queue.Filters.AddRange(EventFilter.ParseList("*"u8));

    [Fact]
    public void A_handler_that_sleeps_holds_up_nobody_and_its_loss_is_counted()
    {
        using HandlerBed bed = new();
        bed.MakeFifo("started");
        bed.Configure("*=echo > @/started; sleep 3");
        bed.Runner.Invoke(HandlerBed.User("first"));
        bed.ReadFifo("started");
        HandlerInvocation invocation = HandlerBed.User("e", "payload");
        long started = Stopwatch.GetTimestamp();
        for (int index = 0; index < 100_000; index++)
        {
            bed.Runner.Invoke(invocation);
        }

        // The handler sleeps all the while: not one of these waited for it.
        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0, 2.9);
        Assert.Equal(100_000 - Limits.HandlerQueueDepthMax, bed.Runner.DroppedCount);
        bed.Observer.WaitFor(
            lines => lines.Any(line => line.Contains("too far behind, events dropped: ")), "a report of the loss");
    }

    [Fact]
    public void Of_members_the_latest_state_is_kept_and_handed_over_when_there_is_room()
    {
        Fill();
        Assert.Equal(0, Accept(SerfEventKind.MemberJoin, "a", "b"));
        Assert.Equal(0, Accept(SerfEventKind.MemberJoin, "c"));
        Assert.Equal(1, Accept(SerfEventKind.MemberFailed, "b"));
        Assert.Equal(1, Accept(SerfEventKind.MemberUpdate, "c"));
        Assert.Equal(1, _queue.Accept(HandlerBed.User("lost")));
        Assert.Equal(3, _queue.LostCount);

        Assert.Equal(["user"], Take(1));

        // There is room, but what comes now must not overtake what is kept.
        Assert.Equal(0, Accept(SerfEventKind.MemberLeave, "d"));
        Assert.Equal(["user", "user", "user", "member-join a c", "member-leave d", "member-failed b"], Take(6));
        Assert.Equal(0, _queue.WaitingCount);

        // All is as it was before.
        Assert.Equal(0, Accept(SerfEventKind.MemberJoin, "e"));
        Assert.Equal(["member-join e"], Take(1));
    }

    [Fact]
    public void Only_members_that_the_handler_asked_for_are_kept()
    {
        _queue.Filters.Clear();
        _queue.Filters.AddRange(EventFilter.ParseList("user,member-failed"u8));
        Fill();
        Accept(SerfEventKind.MemberJoin, "a");
        Accept(SerfEventKind.MemberFailed, "b");
        Assert.Equal(["user", "user", "user", "user", "member-failed b"], Take(5));
        Assert.Equal(0, _queue.WaitingCount);
    }

    [Fact]
    public void What_is_kept_is_bounded_and_what_is_beyond_is_counted()
    {
        Fill();
        for (int number = 0; number < Limits.HandlerMemberCountMax + 10; number++)
        {
            Accept(SerfEventKind.MemberJoin, "n" + number);
        }

        Assert.Equal(10, _queue.LostCount);
        Take(4);
        MemberEvent kept = Assert.IsType<MemberEvent>(_queue.Take().Event);
        Assert.Equal(Limits.HandlerMemberCountMax, kept.Members.Count);
    }

    [Fact]
    public void A_handler_that_was_removed_is_still_given_the_latest_state()
    {
        Fill();
        Accept(SerfEventKind.MemberFailed, "a");
        _queue.Filters.Clear();
        Assert.Equal(["user", "user", "user", "user", "member-failed a"], Take(5));
    }

    private void Fill()
    {
        for (int index = 0; index < 4; index++)
        {
            Assert.Equal(0, _queue.Accept(HandlerBed.User("e")));
        }
    }

    private int Accept(SerfEventKind kind, params string[] names) => _queue.Accept(HandlerBed.Invocation(
        new MemberEvent(kind, [.. names.Select(name => new MemberInfo(
            ByteString.FromText(name), default, Tags.Empty, MemberStatus.Alive, default))])));

    private List<string> Take(int count) => [.. Enumerable.Range(0, count).Select(_ => _queue.Take().Event)
        .Select(happened => happened is MemberEvent changed
            ? changed + " " + string.Join(' ', changed.Members.Select(member => member.Name))
            : happened.Kind.Label())];
}
