using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using Xunit;

namespace Serf.Tests.Handlers;

/// <summary>Many events and many handlers: order, overlap, limits, reconfiguration.</summary>
public sealed class HandlerOrderTests
{
    private const string Output = "Debug agent: Event 'user' script output: ";

    // Says so when another run of its own is under way.
    private const string Exclusive =
        "mkdir @/running || echo overlap >> @/log; cat >> @/log; rmdir @/running";

    [Fact]
    public void Events_of_one_handler_keep_their_order_and_never_overlap()
    {
        using HandlerBed bed = new();
        bed.Configure("user:a,user:b=" + Exclusive);

        for (int index = 0; index < 100; index++)
        {
            bed.Runner.Invoke(HandlerBed.User(index % 3 == 0 ? "a" : "b", index.ToString()));
        }

        bed.Observer.WaitForEnds(100);
        Assert.Equal(Numbers(100), File.ReadAllLines(bed.PathOf("log")));
    }

    [Fact]
    public void Two_filters_that_match_run_the_command_twice_in_sequence()
    {
        using HandlerBed bed = new();
        bed.Configure("user,user:deploy=" + Exclusive);

        bed.Runner.Invoke(HandlerBed.User("deploy", "1"));
        bed.Runner.Invoke(HandlerBed.User("other", "2"));
        bed.Runner.Invoke(HandlerBed.User("deploy", "3"));

        bed.Observer.WaitForEnds(5);
        Assert.Equal(["1", "1", "2", "3", "3"], File.ReadAllLines(bed.PathOf("log")));
    }

    [Fact]
    public void One_command_in_two_specifications_never_overlaps_with_itself()
    {
        using HandlerBed bed = new();
        bed.Configure("user:a=" + Exclusive, "user:b=" + Exclusive);

        for (int index = 0; index < 20; index++)
        {
            bed.Runner.Invoke(HandlerBed.User(index % 2 == 0 ? "a" : "b", index.ToString()));
        }

        bed.Observer.WaitForEnds(20);
        Assert.Equal(Numbers(20), File.ReadAllLines(bed.PathOf("log")));
    }

    [Fact]
    public void Different_handlers_overlap()
    {
        using HandlerBed bed = new();
        bed.MakeFifo("there");
        bed.MakeFifo("back");
        bed.Configure("echo ping > @/there; cat @/back", "cat @/there; echo pong > @/back");

        // Each end of a fifo waits for the other: one after the other, these would never finish.
        bed.Runner.Invoke(HandlerBed.User("e"));

        bed.Observer.WaitForLine(Output + "ping\n");
        bed.Observer.WaitForLine(Output + "pong\n");
    }

    [Fact]
    public void No_more_handlers_run_than_allowed()
    {
        using HandlerBed bed = new(processCountMax: 2);
        bed.Configure(
            [.. Enumerable.Range(0, 6).Select(
                index => $"*=mkdir @/run.{index}; sleep 0.1; ls @ | grep -c ^run; rmdir @/run.{index}")]);

        bed.Runner.Invoke(HandlerBed.User("e"));
        bed.Runner.Invoke(HandlerBed.User("e"));

        bed.Observer.WaitForEnds(12);
        List<int> counts = [.. bed.Drain().Select(line => int.Parse(line[Output.Length..]))];
        Assert.Equal(12, counts.Count);
        Assert.All(counts, count => Assert.InRange(count, 1, 2));
    }

    [Fact]
    public void A_full_queue_drops_counts_and_reports()
    {
        using HandlerBed bed = new(queueDepthMax: 3);
        bed.MakeFifo("started");
        bed.MakeFifo("release");
        bed.Configure("*=cat; test -e @/released || { echo > @/started; cat @/release; }");
        bed.Runner.Invoke(HandlerBed.User("e", "0"));
        bed.ReadFifo("started");

        for (int index = 1; index <= 8; index++)
        {
            bed.Runner.Invoke(HandlerBed.User("e", index.ToString()));
        }

        Assert.Equal(5, bed.Runner.DroppedCount);
        bed.Observer.WaitFor(lines => lines.Sum(Dropped) == 5, "a report of all that was dropped");
        File.WriteAllText(bed.PathOf("released"), "");
        bed.WriteFifo("release", "");
        bed.Observer.WaitForEnds(4);
        Assert.Equal(
            ["0\n", "1\n", "2\n", "3\n"],
            bed.Drain().Where(line => line.StartsWith(Output, StringComparison.Ordinal))
                .Select(line => line[Output.Length..]));
        Assert.Equal(5, bed.Runner.DroppedCount);
    }

    [Fact]
    public void Events_that_wait_are_bounded_in_size_too()
    {
        using HandlerBed bed = new();
        bed.MakeFifo("started");
        bed.MakeFifo("release");
        bed.Configure(
            "user:first=echo > @/started; cat @/release", "user:big=echo > @/started; cat @/release");
        bed.Runner.Invoke(HandlerBed.User("first"));
        bed.ReadFifo("started");

        // The same command, so these wait behind it; four of sixteen megabytes are just too many.
        byte[] payload = new byte[16 * 1024 * 1024];
        for (int index = 0; index < 4; index++)
        {
            bed.Runner.Invoke(HandlerBed.User("big", payload));
        }

        Assert.Equal(1, bed.Runner.DroppedCount);
        bed.Configure();
        bed.WriteFifo("release", "");
        for (int index = 0; index < 3; index++)
        {
            bed.ReadFifo("started");
            bed.WriteFifo("release", "");
        }

        bed.Observer.WaitForEnds(4);
    }

    [Fact]
    public void Handlers_are_replaced_while_one_is_running()
    {
        using HandlerBed bed = new();
        bed.MakeFifo("started");
        bed.MakeFifo("release");
        bed.Configure("*=echo > @/started; cat @/release; cat");
        bed.Runner.Invoke(HandlerBed.User("e", "running"));
        bed.ReadFifo("started");
        bed.Runner.Invoke(HandlerBed.User("e", "waiting"));

        bed.Configure("*=sed s/^/new:/");
        bed.Runner.Invoke(HandlerBed.User("e", "later"));
        bed.Observer.WaitForLine(Output + "new:later\n");
        bed.WriteFifo("release", "");
        bed.ReadFifo("started");
        bed.WriteFifo("release", "");

        bed.Observer.WaitForEnds(3);
        Assert.Equal([Output + "new:later\n", Output + "running\n", Output + "waiting\n"], bed.Drain());
    }

    [Fact]
    public void A_handler_that_is_removed_and_comes_back_keeps_its_order()
    {
        using HandlerBed bed = new();
        bed.MakeFifo("started");
        bed.MakeFifo("release");
        string handler = "*=cat; test -e @/released || { echo > @/started; cat @/release; }";
        bed.Configure(handler);
        bed.Runner.Invoke(HandlerBed.User("e", "1"));
        bed.ReadFifo("started");
        bed.Runner.Invoke(HandlerBed.User("e", "2"));

        bed.Configure();
        bed.Runner.Invoke(HandlerBed.User("e", "for nobody"));
        bed.Configure(handler);
        bed.Runner.Invoke(HandlerBed.User("e", "3"));
        File.WriteAllText(bed.PathOf("released"), "");
        bed.WriteFifo("release", "");

        bed.Observer.WaitForEnds(3);
        Assert.Equal([Output + "1\n", Output + "2\n", Output + "3\n"], bed.Drain());
    }

    [Fact]
    public void Disposing_ends_the_thread_at_once_and_leaves_a_running_handler_alone()
    {
        using HandlerBed bed = new();
        bed.MakeFifo("started");
        bed.MakeFifo("release");
        bed.MakeFifo("result");
        bed.Configure("echo > @/started; cat @/release; echo alive > @/result");
        bed.Runner.Invoke(HandlerBed.User("e"));
        bed.ReadFifo("started");

        long started = Stopwatch.GetTimestamp();
        bed.Runner.Dispose();
        bed.Runner.Invoke(HandlerBed.User("ignored"));
        bed.Runner.Dispose();

        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(10));
        bed.WriteFifo("release", "");
        Assert.Equal("alive\n", bed.ReadFifo("result"));
        Assert.Empty(bed.Observer.Lines);
    }

    [Fact]
    public void A_runner_without_handlers_ignores_events_and_can_be_disposed()
    {
        using HandlerBed bed = new();

        bed.Runner.Invoke(HandlerBed.User("e"));

        Assert.Equal(0, bed.Runner.DroppedCount);
        Assert.Empty(bed.Observer.Lines);
    }

    private static IEnumerable<string> Numbers(int count) =>
        Enumerable.Range(0, count).Select(index => index.ToString());

    private static int Dropped(string line)
    {
        const string Mark = "is too far behind, events dropped: ";
        int at = line.IndexOf(Mark, StringComparison.Ordinal);
        return at < 0 ? 0 : int.Parse(line[(at + Mark.Length)..]);
    }
}
