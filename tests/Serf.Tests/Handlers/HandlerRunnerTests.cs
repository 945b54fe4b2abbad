using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Text;
using Serf.Agent.Handlers;
using Xunit;

namespace Serf.Tests.Handlers;

/// <summary>One run: what the process is given, what is taken from it, what is told of its end.</summary>
public sealed class HandlerRunnerTests
{
    // What the test host was started with, it hands on as any program does.
    private static readonly string[] PipesAtStart = [.. InheritablePipes()];

    private const string Output = "Debug agent: Event 'user' script output: ";

    [Theory]
    [InlineData("echo out; echo err >&2; echo out again", "out\nerr\nout again\n")]
    [InlineData("awk '{print $2}' | grep foo", "food\n")]
    [InlineData("tr a-z A-Z < /dev/stdin | sed s/BAR/x/ | cat", "x FOOD BAZ\n")]
    [InlineData("", "")]
    [InlineData("FOO=1; echo \"$FOO=$#\"", "1=0\n")]
    [InlineData("read first second rest; echo $rest", "baz\n")]
    [InlineData("printf 'no line feed'", "no line feed")]
    public void Any_command_of_the_shell_runs_and_both_outputs_are_captured(string command, string expected)
    {
        using HandlerBed bed = new();

        Assert.Equal([Output + expected], bed.RunOne("*=" + command, HandlerBed.User("e", "bar food baz")));
    }

    [Theory]
    [InlineData("exit 3", "exit status 3")]
    [InlineData("exit 255", "exit status 255")]
    [InlineData("kill -9 $$", "signal: killed")]
    [InlineData("kill -15 $$", "signal: terminated")]
    [InlineData("kill -13 $$", "signal: broken pipe")]
    [InlineData("kill -1 $$", "signal: hangup")]
    public void A_failure_is_told_after_the_output(string command, string reason)
    {
        using HandlerBed bed = new();

        IReadOnlyList<string> lines = bed.RunOne("echo some;" + command, HandlerBed.User("e"));

        Assert.Equal(
            [Output + "some\n", $"Err agent: Error invoking script 'echo some;{command}': {reason}"], lines);
    }

    [Fact]
    public void A_command_that_does_not_exist_is_the_shells_failure()
    {
        using HandlerBed bed = new();

        IReadOnlyList<string> lines = bed.RunOne("serf-no-such-command", HandlerBed.User("e"));

        Assert.Contains("not found", lines[0]);
        Assert.Equal("Err agent: Error invoking script 'serf-no-such-command': exit status 127", lines[1]);
    }

    [Fact]
    public void A_command_that_cannot_be_started_is_reported_without_output_and_without_harm()
    {
        using HandlerBed bed = new();
        string tooLong = ": " + new string('x', 200_000);
        bed.Configure("*=echo a\0b", "*=" + tooLong, "*=echo fine");

        bed.Runner.Invoke(HandlerBed.User("e"));
        bed.Observer.WaitForEnds(1);

        string start = "Err agent: Error invoking script '";
        Assert.Equal(
            [
                start + "echo a\0b': fork/exec /bin/sh: invalid argument",
                start + tooLong + "': fork/exec /bin/sh: argument list too long", Output + "fine\n",
            ],
            bed.Drain());
    }

    [Fact]
    public void A_zero_byte_in_an_event_name_fails_the_invocation()
    {
        using HandlerBed bed = new();
        bed.Configure("echo ran");

        bed.Runner.Invoke(HandlerBed.User("a\0b"));
        bed.Runner.Invoke(HandlerBed.User("next"));
        bed.Observer.WaitForEnds(1);

        Assert.Equal(
            [
                "Err agent: Error invoking script 'echo ran': exec: environment variable contains NUL",
                Output + "ran\n",
            ],
            bed.Drain());
    }

    [Theory]
    [InlineData(8192)]
    [InlineData(8193)]
    [InlineData(20000)]
    public void The_last_8192_bytes_of_output_are_kept(int size)
    {
        using HandlerBed bed = new();
        string output = string.Concat(Enumerable.Range(0, size).Select(index => (char)('a' + (index % 23))));
        File.WriteAllText(bed.PathOf("output"), output);
        string command = $"cat {bed.PathOf("output")}";

        IReadOnlyList<string> lines = bed.RunOne(command, HandlerBed.User("e"));

        List<string> expected = [Output + output[^8192..]];
        if (size > 8192)
        {
            expected.Insert(
                0, $"Warn agent: Script '{command}' generated {size} bytes of output, truncated to 8192");
        }

        Assert.Equal(expected, lines);
    }

    [Fact]
    public void A_handler_that_does_not_read_a_small_payload_is_fine()
    {
        using HandlerBed bed = new();

        Assert.Equal([Output], bed.RunOne(":", HandlerBed.User("e", new string('x', 300))));
    }

    [Fact]
    public void A_handler_that_does_not_read_a_large_payload_is_told_of_and_succeeds()
    {
        using HandlerBed bed = new();

        IReadOnlyList<string> lines = bed.RunOne(":", HandlerBed.User("e", new byte[1 << 20]));

        Assert.Equal(["Err Error writing payload: write |1: broken pipe", Output], lines);
    }

    [Fact]
    public void A_payload_larger_than_a_pipe_arrives_whole()
    {
        using HandlerBed bed = new();

        Assert.Equal([Output + "1048577\n"], bed.RunOne("wc -c", HandlerBed.User("e", new byte[1 << 20])));
    }

    [Fact]
    public void A_large_payload_can_be_echoed_while_it_is_written()
    {
        using HandlerBed bed = new();
        byte[] payload = new byte[1 << 20];
        payload.AsSpan().Fill((byte)'y');

        IReadOnlyList<string> lines = bed.RunOne("cat", HandlerBed.User("e", payload));

        Assert.Equal(
            "Warn agent: Script 'cat' generated 1048577 bytes of output, truncated to 8192", lines[0]);
        Assert.Equal(Output + new string('y', 8191) + "\n", lines[1]);
    }

    [Fact]
    public void A_child_starts_with_default_signals_and_none_blocked()
    {
        using HandlerBed bed = new();

        IReadOnlyList<string> lines = bed.RunOne(
            "grep -E '^Sig(Blk|Ign)' /proc/self/status", HandlerBed.User("e"));

        Assert.Equal(Output + "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n", Assert.Single(lines));
    }

    [Fact]
    public void A_child_inherits_neither_sockets_nor_files_nor_pipes()
    {
        using HandlerBed bed = new();
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        using FileStream file = File.Create(bed.PathOf("held"));
        bed.MakeFifo("held-open");
        bed.Configure("user:hold=cat @/held-open", "user:list=ls -l /proc/self/fd");

        // The other handler's pipes are open in this process while the list is made.
        bed.Runner.Invoke(HandlerBed.User("hold", new string('x', 300)));
        bed.Runner.Invoke(HandlerBed.User("list"));
        bed.Observer.WaitForEnds(1);
        string listing = bed.Observer.Lines.Single();
        string[] held = [.. Directory.GetFiles("/proc/self/fd")
            .Select(path => new FileInfo(path).LinkTarget ?? "")
            .Where(target => target.StartsWith("pipe:", StringComparison.Ordinal))
            .Except(PipesAtStart)];
        Assert.NotEmpty(held);
        bed.WriteFifo("held-open", "");
        bed.Observer.WaitForEnds(2);

        Assert.DoesNotContain(Target(socket.Handle), listing);
        Assert.DoesNotContain(Target(file.SafeFileHandle.DangerousGetHandle()), listing);
        Assert.Contains(" 0 -> pipe:", listing);
        Assert.Contains(" 1 -> pipe:", listing);
        Assert.Contains(" 2 -> pipe:", listing);
        Assert.All(held, pipe => Assert.DoesNotContain(pipe, listing));
        Assert.DoesNotContain("anon_inode:[pidfd]", listing);
    }

    [Fact]
    public void A_slow_handler_is_told_of_once()
    {
        using HandlerBed bed = new(slowMilliseconds: 1000);

        IReadOnlyList<string> lines = bed.RunOne("sleep 2.2; echo late", HandlerBed.User("e"));

        Assert.Equal(
            ["Warn agent: Script 'sleep 2.2; echo late' slow, execution exceeding 1s", Output + "late\n"],
            lines);
    }

    [Fact]
    public void A_background_child_that_holds_the_output_delays_its_handler_only()
    {
        using HandlerBed bed = new(slowMilliseconds: 1000);
        bed.Configure("*=(sleep 1.2; echo end) & echo begin", "*=echo quick");

        bed.Runner.Invoke(HandlerBed.User("e"));
        bed.Observer.WaitForEnds(2);

        Assert.Equal(
            [
                Output + "quick\n",
                "Warn agent: Script '(sleep 1.2; echo end) & echo begin' slow, execution exceeding 1s",
                Output + "begin\nend\n",
            ],
            bed.Drain());
    }

    [Fact]
    public void A_detached_background_child_delays_nobody()
    {
        using HandlerBed bed = new();
        bed.MakeFifo("held");

        // Would never end by itself: it waits for a writer that comes after the handler's end.
        IReadOnlyList<string> lines = bed.RunOne(
            "(cat @/held >/dev/null 2>&1 &); echo done", HandlerBed.User("e"));

        bed.WriteFifo("held", "");
        Assert.Equal(Output + "done\n", lines[^1]);
    }

    [Theory]
    [InlineData("echo load 0.5", "load 0.5\n")]
    [InlineData("printf '\\000\\377'", "\0\u00ff")]
    [InlineData("echo wrong >&2", "wrong\n")]
    [InlineData("cat", "since when\n")]
    public void The_output_of_a_successful_query_handler_is_the_response(string command, string expected)
    {
        using HandlerBed bed = new();
        HandlerInvocation query = HandlerBed.Query("load", "since when");

        bed.RunOne("query:load=" + command, query);

        (Cluster.QueryEvent asked, byte[] output) = Assert.Single(bed.Observer.Responses);
        Assert.Same(query.Event, asked);
        Assert.Equal(Encoding.Latin1.GetBytes(expected), output);
        Assert.StartsWith("Debug agent: Event 'query' script output: ", bed.Observer.Lines[0]);
    }

    [Theory]
    [InlineData("query=echo x; exit 1", true)]
    [InlineData("query=:", true)]
    [InlineData("query=echo x; kill -9 $$", true)]
    [InlineData("user=echo x", false)]
    public void A_failure_or_silence_or_another_event_is_no_response(string specification, bool asks)
    {
        using HandlerBed bed = new();

        bed.RunOne(specification, asks ? HandlerBed.Query("load") : HandlerBed.User("load"));

        Assert.Empty(bed.Observer.Responses);
    }

    [Fact]
    public void Without_process_descriptors_ends_are_found_by_asking()
    {
        using HandlerBed bed = new(watchesByDescriptor: false);
        bed.Configure("*=echo \"$SERF_USER_EVENT\"; exit 4");

        for (int index = 0; index < 20; index++)
        {
            bed.Runner.Invoke(HandlerBed.User("e" + index));
        }

        bed.Observer.WaitForEnds(20);
        IReadOnlyList<string> lines = bed.Drain();
        Assert.Equal(
            Enumerable.Range(0, 20).Select(index => $"{Output}e{index}\n"),
            lines.Where(line => line.StartsWith(Output, StringComparison.Ordinal)));
        Assert.Equal(20, lines.Count(line => line.EndsWith("exit status 4", StringComparison.Ordinal)));
    }

    // Without FD_CLOEXEC, which is octal 2000000 among the flags.
    private static IEnumerable<string> InheritablePipes()
    {
        foreach (string path in Directory.GetFiles("/proc/self/fd"))
        {
            FileInfo link = new(path);
            if (link.LinkTarget is string target && target.StartsWith("pipe:", StringComparison.Ordinal))
            {
                string flags = File.ReadAllLines($"/proc/self/fdinfo/{link.Name}")[1];
                if ((Convert.ToInt32(flags["flags:".Length..].Trim(), 8) & 0x80000) == 0)
                {
                    yield return target;
                }
            }
        }
    }

    private static string Target(nint descriptor) =>
        "-> " + new FileInfo($"/proc/self/fd/{descriptor}").LinkTarget + "\n";
}
