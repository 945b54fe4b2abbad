using System;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Threading;
using Serf.Agent.Logging;
using Xunit;

namespace Serf.Tests.Agent.Logging;

public sealed class ConsoleWriterTests
{
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(30);

    [Fact]
    public void Each_class_of_line_has_its_prefix_on_the_first_line_only()
    {
        GatedStream stream = new(open: true);
        using ConsoleWriter console = new(stream);

        console.Output("Starting");
        console.Output("");
        console.Information("Node name: 'caf\u00E9'");
        console.Information("");
        console.Error("1 error occurred:\n\t* no\n\n");
        console.Information("a\nb");

        Assert.True(console.Flush(_soon));
        Assert.Equal(
            "==> Starting\n\n    Node name: 'caf\u00E9'\n\n==> 1 error occurred:\n\t* no\n\n\n    a\nb\n",
            stream.Text());
    }

    [Fact]
    public void A_stuck_terminal_blocks_nobody_and_what_does_not_fit_is_counted_and_told()
    {
        const int Capacity = 10;
        GatedStream stream = new(open: false);
        long told = 0;
        using ManualResetEventSlim reported = new();
        using ConsoleWriter console = new(stream, Report, Capacity);

        console.Output("first");
        Assert.True(stream.Tried.Wait(_soon));
        for (int index = 0; index < Capacity + 7; index++)
        {
            console.Information(index.ToString(CultureInfo.InvariantCulture));
        }

        Assert.Equal(7, console.LostCount);
        Assert.False(console.Flush(TimeSpan.FromMilliseconds(1)));
        Assert.Equal("", stream.Text());

        stream.Open();
        Assert.True(reported.Wait(_soon));
        Assert.True(console.Flush(_soon));

        string expected = "==> first\n"
            + string.Concat(Enumerable.Range(0, Capacity).Select(index => $"    {index}\n"));
        Assert.Equal(7, told);
        Assert.Equal(0, console.LostCount);
        Assert.Equal(expected, stream.Text());

        void Report(long count)
        {
            told = count;
            reported.Set();
        }
    }

    [Fact]
    public void The_end_does_not_wait_for_a_stuck_terminal_longer_than_its_limit()
    {
        GatedStream stream = new(open: false);
        ConsoleWriter console = new(stream);
        console.Output("x");
        Stopwatch watch = Stopwatch.StartNew();

        console.Dispose();

        Assert.InRange(watch.Elapsed, TimeSpan.FromMilliseconds(900), _soon);
        stream.Open();
    }

    [Fact]
    public void The_end_writes_what_still_waits_and_nothing_after_it()
    {
        GatedStream stream = new(open: true);
        StringBuilder expected = new();
        using (ConsoleWriter console = new(stream))
        {
            for (int index = 0; index < 4000; index++)
            {
                console.Information(index.ToString(CultureInfo.InvariantCulture));
                expected.Append(CultureInfo.InvariantCulture, $"    {index}\n");
            }

            console.Dispose();
            console.Information("too late");
        }

        Assert.Equal(expected.ToString(), stream.Text());
    }

    [Fact]
    public void A_closed_output_is_given_up_quietly()
    {
        GatedStream stream = new(open: true) { IsBroken = true };
        using ConsoleWriter console = new(stream, _ => Assert.Fail("nothing to tell, and nobody to tell it"));

        console.Output("a");
        Assert.True(console.Flush(_soon));
        console.Output("b");
        Assert.True(console.Flush(_soon));

        Assert.Equal(1, stream.WriteCount);
        Assert.Equal("", stream.Text());
    }

    [Fact]
    public void Lines_of_many_threads_are_never_mixed_and_keep_the_order_of_each()
    {
        GatedStream stream = new(open: true);
        using ConsoleWriter console = new(stream);
        Thread[] threads =
        [
            .. Enumerable.Range(0, 4).Select(number => new Thread(() =>
            {
                for (int index = 0; index < 500; index++)
                {
                    console.Information($"{number}:{index}");
                }
            })),
        ];

        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.True(console.Flush(_soon));

        string[] lines = stream.Text().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2000, lines.Length);
        for (int number = 0; number < 4; number++)
        {
            Assert.Equal(
                Enumerable.Range(0, 500).Select(index => $"    {number}:{index}"),
                lines.Where(line => line.StartsWith($"    {number}:", StringComparison.Ordinal)));
        }
    }
}
