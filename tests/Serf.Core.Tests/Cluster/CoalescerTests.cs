using System;
using System.Collections.Generic;
using System.Linq;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Cluster;

/// <summary>Coalescing to the letter of spec serf 7, with its fixes E3 to E5 (15.3).</summary>
public sealed class CoalescerTests
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);
    private readonly RecordingEffects _effects = new();
    private Instant _now = new(1_000_000_000);

    [Fact]
    public void The_script_of_the_catalogue_gives_three_events()
    {
        MemberCoalescer members = new(Period, Quiet, _effects);
        Absorb(members, SerfEventKind.MemberJoin, "foo");
        Absorb(members, SerfEventKind.MemberLeave, "foo");
        Absorb(members, SerfEventKind.MemberLeave, "bar");
        Absorb(members, SerfEventKind.MemberUpdate, "zip");
        Absorb(members, SerfEventKind.MemberUpdate, "zip", "role", "new");
        Absorb(members, SerfEventKind.MemberReap, "dead");
        Assert.Empty(_effects.Events);
        Pass(members, Quiet);
        Assert.Equal(["member-leave foo bar", "member-update zip", "member-reap dead"], Told());
        MemberInfo zip = ((MemberEvent)_effects.Events[1]).Members[0];
        Assert.Equal("new", Assert.Single(zip.Tags.Entries.ToArray()).Value.ToString());
    }

    [Fact]
    public void An_update_is_delivered_once_and_another_one_again()
    {
        MemberCoalescer members = new(Period, Quiet, _effects);
        Absorb(members, SerfEventKind.MemberUpdate, "foo");
        Pass(members, Quiet);
        Absorb(members, SerfEventKind.MemberUpdate, "foo");
        Pass(members, Quiet);
        Absorb(members, SerfEventKind.MemberJoin, "bar");
        Pass(members, Quiet);
        Assert.Equal(["member-update foo", "member-update foo", "member-join bar"], Told());
    }

    [Fact]
    public void A_failure_that_is_over_within_the_window_is_not_told()
    {
        MemberCoalescer members = new(Period, Quiet, _effects);
        Absorb(members, SerfEventKind.MemberJoin, "foo");
        Pass(members, Quiet);
        _effects.Events.Clear();
        Absorb(members, SerfEventKind.MemberFailed, "foo");
        Absorb(members, SerfEventKind.MemberJoin, "foo");
        members.ReleaseJoins();
        Pass(members, Quiet);
        Assert.Empty(_effects.Events);
    }

    [Fact]
    public void Joins_alone_are_released_before_their_time()
    {
        MemberCoalescer members = new(Period, Quiet, _effects);
        Absorb(members, SerfEventKind.MemberJoin, "foo");
        Absorb(members, SerfEventKind.MemberFailed, "bar");
        Absorb(members, SerfEventKind.MemberJoin, "gone");
        Absorb(members, SerfEventKind.MemberLeave, "gone");
        Absorb(members, SerfEventKind.MemberJoin, "zip");
        members.ReleaseJoins();
        members.ReleaseJoins();
        Assert.Equal(["member-join foo zip"], Told());
        Absorb(members, SerfEventKind.MemberFailed, "zip");
        Absorb(members, SerfEventKind.MemberUpdate, "gone");
        Pass(members, Quiet);
        Assert.Equal(["member-join foo zip", "member-failed bar zip", "member-update gone"], Told());
        Assert.Equal(Instant.Never, members.Deadline);
    }

    [Fact]
    public void When_nothing_is_left_to_be_held_no_time_is_waited_for()
    {
        MemberCoalescer members = new(Period, Quiet, _effects);
        Absorb(members, SerfEventKind.MemberJoin, "foo");
        members.ReleaseJoins();
        Assert.Equal(Instant.Never, members.Deadline);
    }

    [Fact]
    public void Nodes_that_come_go_and_are_reaped_leave_nothing_behind()
    {
        MemberCoalescer members = new(Period, Quiet, _effects);
        Absorb(members, SerfEventKind.MemberJoin, "stays");
        for (int number = 0; number < 5000; number++)
        {
            string name = "n" + number;
            Absorb(members, SerfEventKind.MemberJoin, name);
            if (number % 3 == 0)
            {
                members.ReleaseJoins();
            }

            if (number % 2 == 0)
            {
                Pass(members, Quiet);
            }

            // Within one window: the reap swallows what came before it, or a return swallows the reap.
            Absorb(members, SerfEventKind.MemberFailed, name);
            Absorb(members, SerfEventKind.MemberReap, name);
            if (number % 5 == 0)
            {
                Absorb(members, SerfEventKind.MemberJoin, name);
                Pass(members, Quiet);
                Absorb(members, SerfEventKind.MemberReap, name);
            }
        }

        Pass(members, Quiet);
        Assert.Equal(1, members.KnownCount);
    }

    [Fact]
    public void Of_user_events_of_one_name_the_latest_time_is_kept_with_all_it_has()
    {
        UserCoalescer users = new(Period, Quiet, _effects);
        users.Absorb(Event("foo", 1, 1), _now);
        users.Absorb(Event("foo", 2, 2), _now);
        users.Absorb(Event("bar", 2, 3), _now);
        users.Absorb(Event("bar", 2, 4), _now);
        users.Absorb(Event("bar", 1, 5), _now);
        _now += Quiet;
        users.Advance(_now);
        Assert.Equal([2, 3, 4], _effects.Events.Cast<UserEvent>().Select(happened => (int)happened.Payload![0]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_join_of_its_sender_comes_before_an_event_or_a_query(bool coalesce)
    {
        ClusterWorld world = new(1);
        SerfOptions options = new()
        {
            UserCoalescePeriod = coalesce ? Period : TimeSpan.Zero,
            CoalescePeriod = TimeSpan.FromSeconds(30), QuiescentPeriod = TimeSpan.FromSeconds(20),
            UserQuiescentPeriod = Quiet,
        };
        SerfHost host = world.Add("n0", options);
        world.Run(25);
        SerfHost sender = world.Add("n1", ClusterWorld.Plain);
        sender.Join([host]);
        world.Run(1);
        Assert.Equal(["member-join n0"], host.Events);
        sender.SendEvent("deploy", coalesce: coalesce);
        world.Run(3);
        Assert.Equal(["member-join n0", "member-join n1", "user deploy"], host.Events);

        SerfHost asking = world.Add("n2", ClusterWorld.Plain);
        asking.Join([host]);
        world.Run(1);
        asking.BeginQuery(new QueryParameters { Name = ByteString.FromText("q") }, new RecordingSink());
        world.Run(3);
        Assert.Equal(["member-join n2", "query: q"], host.Events.Skip(3));
    }

    private static UserEvent Event(string name, ulong time, byte payload) =>
        new(time, ByteString.FromText(name), [payload], coalesce: true);

    private void Absorb(MemberCoalescer members, SerfEventKind kind, string name, params string[] tag)
    {
        Tags tags = tag.Length == 0 ? Tags.Empty : SerfHost.TagsOf((tag[0], tag[1]));
        members.Absorb(
            new MemberEvent(kind, [new(ByteString.FromText(name), default, tags, MemberStatus.Alive, default)]),
            _now);
    }

    private void Pass(MemberCoalescer members, TimeSpan time)
    {
        _now += time;
        members.Advance(_now);
    }

    private IEnumerable<string> Told() => _effects.Events.Cast<MemberEvent>()
        .Select(told => told + " " + string.Join(' ', told.Members.Select(member => member.Name)));
}
