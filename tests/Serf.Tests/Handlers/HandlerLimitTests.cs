using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Serf.Agent.Handlers;
using Xunit;

namespace Serf.Tests.Handlers;

/// <summary>How long runs may take, and how many there may be.</summary>
public sealed class HandlerLimitTests
{
    private const string Output = "Debug agent: Event 'user' script output: ";

    private static readonly HandlerLimits _short = new(TimeSpan.FromSeconds(0.3), 0);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_run_past_its_limit_is_ended_and_the_queue_goes_on(bool watchesByDescriptor)
    {
        using HandlerBed bed = new(watchesByDescriptor: watchesByDescriptor);
        bed.Runner.Limit(_short);
        string command = $"read what; echo $what; [ $what = stay ] && exec sleep 1000; echo end";
        bed.Configure("user=" + command);

        bed.Runner.Invoke(HandlerBed.User("e", "stay"));
        bed.Runner.Invoke(HandlerBed.User("e", "go"));
        bed.Observer.WaitForEnds(2);

        Assert.Equal(
            [
                $"Warn agent: Script '{command}' exceeds its limit of 300ms, terminating it",
                Output + "stay\n",
                $"Err agent: Error invoking script '{command}': not finished within 300ms",
                Output + "go\nend\n",
            ],
            bed.Drain());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void One_that_does_not_obey_is_killed_with_all_that_it_started(bool watchesByDescriptor)
    {
        using HandlerBed bed = new(watchesByDescriptor: watchesByDescriptor, graceMilliseconds: 300);
        bed.Runner.Limit(_short);
        string command = "trap '' TERM; echo held; sleep 1000 & sleep 1000; sleep 1000";

        IReadOnlyList<string> lines = bed.RunOne("user=" + command, HandlerBed.User("e"));

        Assert.Equal(
            [
                $"Warn agent: Script '{command}' exceeds its limit of 300ms, terminating it",
                $"Warn agent: Script '{command}' goes on 300ms after it was terminated, killing it",
                Output + "held\n",
                $"Err agent: Error invoking script '{command}': not finished within 300ms",
            ],
            lines);
    }

    [Fact]
    public void A_stopped_run_is_ended_too()
    {
        using HandlerBed bed = new(graceMilliseconds: 3_600_000);
        bed.Runner.Limit(_short);

        IReadOnlyList<string> lines = bed.RunOne("user=kill -STOP $$", HandlerBed.User("e"));

        Assert.Equal("Err agent: Error invoking script 'kill -STOP $$': not finished within 300ms", lines[^1]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_child_that_holds_the_output_after_the_handlers_end_is_ended_at_the_limit(
        bool watchesByDescriptor)
    {
        using HandlerBed bed = new(watchesByDescriptor: watchesByDescriptor);
        bed.Runner.Limit(_short);

        IReadOnlyList<string> lines = bed.RunOne("user=sleep 1000 & echo done", HandlerBed.User("e"));

        Assert.Equal(
            [
                "Warn agent: Script 'sleep 1000 & echo done' exceeds its limit of 300ms, terminating it",
                Output + "done\n",
                "Err agent: Error invoking script 'sleep 1000 & echo done': not finished within 300ms",
            ],
            lines);
    }

    [Fact]
    public void What_holds_the_output_in_a_session_of_its_own_lives_and_is_waited_for_no_longer()
    {
        using HandlerBed bed = new(graceMilliseconds: 300);
        bed.Runner.Limit(_short);
        bed.MakeFifo("let-go");

        // It ends when the test reads from it.
        IReadOnlyList<string> lines = bed.RunOne(
            "user=setsid sh -c 'echo lives > @/let-go' & sleep 1000", HandlerBed.User("e"));

        Assert.EndsWith(": not finished within 300ms", lines[^1]);
        Assert.Equal("lives\n", bed.ReadFifo("let-go"));
    }

    [Fact]
    public void Detached_work_of_a_handler_that_ended_in_time_goes_on()
    {
        using HandlerBed bed = new();
        bed.Runner.Limit(new HandlerLimits(TimeSpan.FromSeconds(10), 0));
        bed.MakeFifo("detached");

        IReadOnlyList<string> lines = bed.RunOne(
            "user=(echo lives > @/detached) >/dev/null 2>&1 & echo done", HandlerBed.User("e"));

        Assert.Equal([Output + "done\n"], lines);
        Assert.Equal("lives\n", bed.ReadFifo("detached"));
    }

    [Fact]
    public void A_query_is_not_answered_by_a_run_that_was_ended()
    {
        using HandlerBed bed = new();
        bed.Runner.Limit(_short);

        bed.RunOne("query=trap 'echo late; exit 0' TERM; sleep 1000 & wait", HandlerBed.Query("q"));

        Assert.Empty(bed.Observer.Responses);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(10, true)]
    public void Only_with_a_limit_a_handler_has_a_group_of_its_own(int limitSeconds, bool isOwn)
    {
        using HandlerBed bed = new();
        bed.Runner.Limit(new HandlerLimits(TimeSpan.FromSeconds(limitSeconds), 0));

        IReadOnlyList<string> lines = bed.RunOne(
            "user=read -r _ _ _ _ group _ < /proc/$$/stat; echo $group $$", HandlerBed.User("e"));

        string[] numbers = lines[0][Output.Length..].TrimEnd('\n').Split(' ');
        string ours = File.ReadAllText("/proc/self/stat").Split(") ")[^1].Split(' ')[2];
        Assert.Equal(isOwn ? numbers[1] : ours, numbers[0]);
    }

    [Theory]
    [InlineData(0, 64)]
    [InlineData(-3, 64)]
    [InlineData(1, 1)]
    [InlineData(63, 63)]
    [InlineData(1000, 64)]
    public void At_least_one_handler_runs_and_at_most_64(int configured, int expected)
    {
        Assert.Equal(expected, new HandlerLimits(TimeSpan.Zero, configured).ProcessCountMax);
        Assert.Equal(0, new HandlerLimits(TimeSpan.FromSeconds(-1), configured).TimeoutMilliseconds);
    }

    [Fact]
    public void No_more_run_at_once_than_configured_and_more_when_that_is_raised()
    {
        using HandlerBed bed = new();
        bed.Runner.Limit(new HandlerLimits(TimeSpan.Zero, 2));
        string[] names = ["a", "b", "c"];
        foreach (string name in names)
        {
            bed.MakeFifo(name);
        }

        bed.Configure([.. names.Select(name => $"user:e=echo {name} runs > @/{name}"), "user:probe=touch @/probed"]);
        bed.Runner.Invoke(HandlerBed.User("e"));
        bed.Runner.Invoke(HandlerBed.User("probe"));

        // Two wait for a reader; the third and the probe wait for their turn.
        Assert.False(File.Exists(bed.PathOf("probed")));
        bed.Runner.Limit(new HandlerLimits(TimeSpan.Zero, 4));
        bed.Observer.WaitForEnds(1);
        Assert.True(File.Exists(bed.PathOf("probed")));
        foreach (string name in names)
        {
            Assert.Equal($"{name} runs\n", bed.ReadFifo(name));
        }
    }

    [Fact]
    public void One_at_a_time_handlers_take_turns()
    {
        using HandlerBed bed = new();
        bed.Runner.Limit(new HandlerLimits(TimeSpan.Zero, 1));
        bed.MakeFifo("start");
        bed.Configure("user:hold=cat @/start", "user:e=echo a >> @/log", "user:e=echo b >> @/log");

        bed.Runner.Invoke(HandlerBed.User("hold"));
        for (int count = 0; count < 3; count++)
        {
            bed.Runner.Invoke(HandlerBed.User("e"));
        }

        bed.WriteFifo("start", "go");
        bed.Observer.WaitForEnds(7);
        Assert.Equal(["a", "b", "a", "b", "a", "b"], File.ReadAllLines(bed.PathOf("log")));
    }

    [Fact]
    public void Draining_is_told_of_when_the_last_event_has_been_given_to_its_handler()
    {
        using HandlerBed bed = new();
        bed.MakeFifo("hold");
        bed.Configure("user=cat @/hold");
        Assert.False(bed.Runner.BeginDrain(toTheEnd: false));
        bed.Runner.Invoke(HandlerBed.User("e"));
        bed.Runner.Invoke(HandlerBed.User("e"));

        Assert.True(bed.Runner.BeginDrain(toTheEnd: false));
        bed.WriteFifo("hold", "first");
        bed.Observer.WaitForLine("Info drained");

        Assert.Equal([Output + "first", "Info drained"], bed.Observer.Lines);
        Assert.True(bed.Runner.BeginDrain(toTheEnd: true));
        bed.WriteFifo("hold", "second");
        bed.Observer.WaitFor(lines => lines.Count(line => line == "Info drained") == 2, "the end of all");
        Assert.Contains(Output + "second", bed.Observer.Lines);
    }

    [Fact]
    public void What_the_end_leaves_unhandled_is_counted()
    {
        RecordingObserver observer;
        using (HandlerBed bed = new())
        {
            observer = bed.Observer;
            bed.MakeFifo("begin");
            bed.MakeFifo("hold");
            bed.Configure("user=echo > @/begin; cat @/hold");
            for (int count = 0; count < 4; count++)
            {
                bed.Runner.Invoke(HandlerBed.User("e"));
            }

            bed.ReadFifo("begin");
            bed.WriteFifo("hold", "first");
            bed.ReadFifo("begin");
            bed.Runner.Dispose();
            bed.WriteFifo("hold", "second");
        }

        Assert.Equal("Warn agent: Events not given to their handlers before the end: 2", observer.Lines[^1]);
    }
}
