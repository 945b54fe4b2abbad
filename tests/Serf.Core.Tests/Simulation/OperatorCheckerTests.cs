using System;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Simulation;
using Serf.Simulation.Checkers;
using Serf.Wire;
using Xunit;

namespace Serf.Tests.Simulation;

/// <summary>The checkers of queries, events, keys and prunes: each has a test in which it must complain.</summary>
public sealed class OperatorCheckerTests
{
    private static readonly ByteString _web = ByteString.FromText("n1");
    private static readonly ByteString _other = ByteString.FromText("n2");
    private static readonly Instant _deadline = new(5_000_000_000);

    [Fact]
    public void An_answer_or_an_ack_that_counts_twice_is_found()
    {
        QueryChecker checker = Asking(_web);

        Assert.Null(checker.Acked(_web));
        Assert.Null(checker.Answered(_web, 7));
        Assert.Contains("ack of n1 counts twice", checker.Acked(_web));
        Assert.Contains("answer of n1 counts twice", checker.Answered(_web, 7));
    }

    [Fact]
    public void An_answer_to_another_query_is_found()
    {
        Assert.Contains("answers to query 8", Asking(_web).Answered(_web, 8));
    }

    [Fact]
    public void What_a_node_says_that_the_filters_exclude_is_found()
    {
        QueryChecker checker = Asking(_web);

        Assert.Contains("exclude", checker.Answered(_other, 7));
        Assert.Contains("exclude", checker.Acked(_other));
        checker.Concern(_other);
        Assert.Null(checker.Answered(_other, 7));
    }

    [Fact]
    public void What_nobody_asked_for_is_found()
    {
        QueryChecker silent = new(7, wantsAcks: false, wantsAnswers: true, _deadline);
        silent.Concern(_web);
        QueryChecker ping = new(7, wantsAcks: true, wantsAnswers: false, _deadline);
        ping.Concern(_web);

        Assert.Contains("nobody asked for", silent.Acked(_web));
        Assert.Contains("only acks", ping.Answered(_web, 7));
    }

    [Fact]
    public void What_comes_after_the_end_is_found()
    {
        QueryChecker checker = Asking(_web);

        Assert.Null(checker.Ended(_deadline, mayBeLate: false));
        Assert.Contains("after the end", checker.Answered(_web, 7));
        Assert.Contains("after the end", checker.Acked(_web));
        Assert.Contains("ended twice", checker.Ended(_deadline, mayBeLate: false));
    }

    [Fact]
    public void A_late_end_is_found_and_one_that_does_not_come()
    {
        Instant late = _deadline + TimeSpan.FromMilliseconds(1);

        Assert.Contains("after its deadline", Asking(_web).Ended(late, mayBeLate: false));
        Assert.Null(Asking(_web).Ended(late, mayBeLate: true));
        Assert.Contains("still open", Asking(_web).Overdue(_deadline));
        Assert.Null(Asking(_web).Overdue(new Instant(1)));
    }

    [Fact]
    public void An_end_without_all_answers_is_found()
    {
        QueryChecker checker = Asking(_web);
        checker.Await(_web);
        Assert.Equal(_web, checker.TooEarly());
        Assert.Null(checker.Answered(_web, 7));
        Assert.Equal(_web, checker.TooEarly());
        Assert.Null(checker.Acked(_web));
        Assert.Null(checker.TooEarly());
        checker.Await(_other);
        Assert.Equal(_other, checker.TooEarly());
        checker.Gone(_other);
        Assert.Null(checker.TooEarly());
    }

    [Fact]
    public void In_calm_a_missing_answer_and_a_missing_ack_are_found()
    {
        QueryChecker checker = Asking(_web);

        Assert.Contains("not acked", checker.Incomplete(_web));
        Assert.Null(checker.Acked(_web));
        Assert.Contains("not answered", checker.Incomplete(_web));
        Assert.Null(checker.Answered(_web, 7));
        Assert.Null(checker.Incomplete(_web));
    }

    [Fact]
    public void An_answer_that_is_taken_or_refused_wrongly_is_found()
    {
        Assert.Null(new AnswerChecker().Observe(tooLarge: false, late: false, toStranger: false, null));
        Assert.NotNull(new AnswerChecker().Observe(tooLarge: true, late: false, toStranger: false, null));
        Assert.NotNull(new AnswerChecker().Observe(tooLarge: false, late: true, toStranger: false, null));
        Assert.NotNull(new AnswerChecker().Observe(tooLarge: false, late: false, toStranger: false, "response already sent"));
        AnswerChecker second = new();
        Assert.Null(second.Observe(tooLarge: false, late: false, toStranger: false, null));
        Assert.NotNull(second.Observe(tooLarge: false, late: false, toStranger: false, null));
        const string Unsent = "failed to send the response to 10.0.0.1:7946";
        Assert.NotNull(new AnswerChecker().Observe(tooLarge: false, late: false, toStranger: false, Unsent));
        Assert.Null(new AnswerChecker().Observe(tooLarge: false, late: false, toStranger: true, Unsent));
    }

    [Fact]
    public void A_report_on_keys_that_does_not_add_up_is_found()
    {
        KeyReport report = new() { NodeCount = 3, AnswerCount = 3 };
        Assert.Null(KeyReportChecker.Observe(KeyOperation.List, report, null));
        Assert.NotNull(KeyReportChecker.Observe(KeyOperation.List, report, "1/3 nodes reported failure"));
        report.Count("key", 4);
        Assert.Contains("4 of 3", KeyReportChecker.Observe(KeyOperation.List, report, null));
        report = new() { NodeCount = 3, AnswerCount = 2 };
        Assert.NotNull(KeyReportChecker.Observe(KeyOperation.Use, report, null));
        report = new() { NodeCount = 3, AnswerCount = 3, ErrorCount = 4 };
        Assert.NotNull(KeyReportChecker.Observe(KeyOperation.Use, report, "4/3 nodes reported failure"));
    }

    [Fact]
    public void An_event_that_does_not_reach_a_node_is_found_as_long_as_the_window_holds_it()
    {
        (object sender, object receiver) = ("n1", "n2");
        EventReachChecker checker = new(window: 16, coalesces: false);
        int number = checker.Send(sender, ByteString.FromText("deploy"), coalesce: true);
        checker.Stamp(number, 5);

        Assert.Contains("n1 was not told event 0", checker.Missing([sender, receiver], 6));
        checker.Deliver(sender, number, 5);
        Assert.Contains("n2 was not told event 0", checker.Missing([sender, receiver], 20));
        Assert.Contains("n2 was not told", checker.Missing([sender, receiver], 20));
        Assert.Null(checker.Missing([sender], 20));
    }

    [Fact]
    public void An_event_that_nobody_holds_or_that_is_too_old_is_not_asked_for()
    {
        (object sender, object receiver) = ("n1", "n2");
        EventReachChecker old = new(window: 16, coalesces: false);
        old.Stamp(old.Send(sender, ByteString.FromText("deploy"), coalesce: false), 5);
        EventReachChecker gone = new(window: 16, coalesces: false);
        gone.Stamp(gone.Send(sender, ByteString.FromText("deploy"), coalesce: false), 5);

        Assert.Null(old.Missing([sender, receiver], 21));
        Assert.Null(gone.Missing([receiver], 6));
    }

    [Fact]
    public void A_node_that_took_later_events_in_an_earlier_life_is_not_asked_for_older_ones()
    {
        object node = "n1";
        EventReachChecker checker = new(window: 16, coalesces: false);
        checker.Stamp(checker.Send(node, ByteString.FromText("deploy"), coalesce: false), 5);
        checker.Skip(node, 5);
        Assert.Null(checker.Missing([node], 7));
        checker.Stamp(checker.Send(node, ByteString.FromText("deploy"), coalesce: false), 6);
        Assert.Contains("event 1", checker.Missing([node], 7));
    }

    [Theory]
    [InlineData("deploy", true, 6, true)]
    [InlineData("deploy", true, 4, false)]
    [InlineData("deploy", false, 6, false)]
    [InlineData("restart", true, 6, false)]
    public void Only_a_newer_one_of_its_name_that_merges_stands_for_an_event(
        string name, bool merges, ulong time, bool stands)
    {
        object node = "n1";
        EventReachChecker checker = new(window: 16, coalesces: true);
        int first = checker.Send(node, ByteString.FromText("deploy"), coalesce: true);
        checker.Stamp(first, 5);
        int second = checker.Send(node, ByteString.FromText(name), merges);
        checker.Deliver(node, second, time);

        Assert.Equal(stands, checker.Missing([node], 7) is null);
    }

    [Fact]
    public void What_is_not_merged_in_a_world_is_asked_for_one_by_one()
    {
        object node = "n1";
        EventReachChecker checker = new(window: 16, coalesces: false);
        checker.Stamp(checker.Send(node, ByteString.FromText("deploy"), coalesce: true), 5);
        checker.Deliver(node, checker.Send(node, ByteString.FromText("deploy"), coalesce: true), 6);

        Assert.NotNull(checker.Missing([node], 7));
    }

    [Fact]
    public void An_event_that_a_whole_world_was_not_told_of_is_found()
    {
        SimWorld world = new(1);
        Assert.Null(world.Run().Failure);
        Assert.Null(world.Events.Missing());

        world.Events.Send(world.DrawRunning());

        Assert.Contains("was not told event", world.Events.Missing());
    }

    [Fact]
    public void A_pruned_node_that_is_still_listed_is_found()
    {
        // In this world somebody is gone in the end and not pruned.
        (SimWorld world, int gone) = WorldWithGoneMember();

        Assert.Null(AgreementChecker.Observe(world.Hosts));
        Assert.Contains("was pruned", AgreementChecker.Observe(world.Hosts, [gone]));
    }

    [Fact]
    public void A_cluster_that_stays_parted_is_found()
    {
        SimWorld world = First(options => options.LongPartition is not null && !options.IsHostile);
        void CutAgain()
        {
            bool began = world.Report[Sight.LongPartition] > 0;
            for (int slot = 0; slot < world.Options.NodeCount && began; slot++)
            {
                world.Network.Cut(0, slot, world.Now + TimeSpan.FromSeconds(2));
                world.Network.Cut(slot, 0, world.Now + TimeSpan.FromSeconds(2));
            }

            world.Schedule(TimeSpan.FromSeconds(1), CutAgain);
        }

        CutAgain();

        Assert.Contains("parted for good", world.Run().Failure);
    }

    [Fact]
    public void What_a_tag_filter_means_is_what_nodes_make_of_its_expression()
    {
        SimChance chance = new(3);
        string[] values = ["", "web", "db", "1", "2", "10", "11", "20", "135"];
        int excluded = 0;
        for (int draw = 0; draw < 2000; draw++)
        {
            SimFilter filter = SimFilter.Draw(chance, 4);
            ByteString name = SimHost.NameOf(chance.Below(5));
            Tags tags = Tags.From(
            [
                new(ByteString.FromText("role"), ByteString.FromText(values[chance.Below(3)])),
                new(ByteString.FromText("version"), ByteString.FromText(values[3 + chance.Below(6)])),
            ]);
            byte[] filters = QuerySelection.Encode(new QueryParameters
            {
                Name = name, FilterNodes = filter.Names, FilterTags = filter.Expressions(),
            });

            long credit = Limits.FilterWeightMax;
            bool passes = QueryFilter.Passes(
                filters, name, tags, new ExpressionCache(), ref credit, out string? fault);

            Assert.Null(fault);
            Assert.Equal(passes, filter.Passes(name, tags));
            excluded += passes ? 0 : 1;
        }

        Assert.InRange(excluded, 200, 1800);
    }

    private static QueryChecker Asking(ByteString name)
    {
        QueryChecker checker = new(7, wantsAcks: true, wantsAnswers: true, _deadline);
        checker.Concern(name);
        return checker;
    }

    private static SimWorld First(Predicate<SimOptions> wanted)
    {
        for (ulong seed = 1; ; seed++)
        {
            SimWorld world = new(seed);
            if (wanted(world.Options))
            {
                return world;
            }
        }
    }

    private static (SimWorld World, int Gone) WorldWithGoneMember()
    {
        for (ulong seed = 1; ; seed++)
        {
            SimWorld world = new(seed);
            if (world.Options is { IsHostile: true } or { NodeCount: > 12 } or { DuelFirstCount: > 0 }
                || world.Run().Failure is not null)
            {
                continue;
            }

            for (int slot = 0; slot < world.Hosts.Count; slot++)
            {
                if (world.Hosts[slot] is null
                    && world.DrawRunning().StatusOf(SimHost.NameOf(slot)) != MemberStatus.None)
                {
                    return (world, slot);
                }
            }
        }
    }
}
