using System;
using System.Collections.Generic;
using System.Globalization;
using System.Threading;
using Serf.Agent.Logging;
using Serf.Primitives;
using Xunit;

namespace Serf.Tests.Agent.Logging;

public sealed class AgentLogTests : IDisposable
{
    private const string Stamp = "2026/11/21 00:52:07";

    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(30);

    private readonly GatedStream _stream = new(open: true);

    [Fact]
    public void Lines_are_held_until_the_gate_opens_and_then_go_straight_out()
    {
        AgentLog log = Create(LogLevel.Info);

        log.Write(LogLevel.Info, "agent: Serf agent starting");
        log.Console.Output("Serf agent running!");
        log.Write(LogLevel.Warn, "agent: b");
        log.Gate.Release();
        log.Write(LogLevel.Err, "agent: c");
        log.Gate.Release();

        Assert.Equal(
            $"==> Serf agent running!\n    {Stamp} [INFO] agent: Serf agent starting\n"
            + $"    {Stamp} [WARN] agent: b\n    {Stamp} [ERR] agent: c\n",
            Printed(log));
    }

    [Fact]
    public void A_failed_start_shows_the_held_lines_before_its_error()
    {
        AgentLog log = Create(LogLevel.Info);
        log.Write(LogLevel.Info, "agent: Serf agent starting");

        log.Gate.Release();
        log.Console.Error("Failed to start the Serf agent: no");

        Assert.Equal(
            $"    {Stamp} [INFO] agent: Serf agent starting\n==> Failed to start the Serf agent: no\n",
            Printed(log));
    }

    [Fact]
    public void The_console_has_a_level_that_can_be_changed_and_the_history_has_none()
    {
        AgentLog log = Create(LogLevel.Warn);
        log.Gate.Release();

        log.Write(LogLevel.Info, "a");
        log.Write(LogLevel.Warn, "b");
        log.Level = LogLevel.Trace;
        log.Write(LogLevel.Trace, "c");
        log.Level = LogLevel.Err;
        log.Write(LogLevel.Warn, "d [ERR]");

        Assert.Equal(LogLevel.Err, log.Level);
        Assert.Equal($"    {Stamp} [WARN] b\n    {Stamp} [TRACE] c\n", Printed(log));
        Assert.Equal(
            [$"{Stamp} [INFO] a", $"{Stamp} [WARN] b", $"{Stamp} [TRACE] c", $"{Stamp} [WARN] d [ERR]"],
            HistoryOf(log));
    }

    [Fact]
    public void A_text_of_several_lines_is_stamped_once_and_keeps_its_end()
    {
        AgentLog log = Create(LogLevel.Info);
        log.Gate.Release();

        log.Write(LogLevel.Warn, "agent: error joining: 1 error occurred:\n\t* no\n\n");

        Assert.Equal(
            $"    {Stamp} [WARN] agent: error joining: 1 error occurred:\n\t* no\n\n", Printed(log));
        Assert.Equal([$"{Stamp} [WARN] agent: error joining: 1 error occurred:\n\t* no\n"], HistoryOf(log));
    }

    [Fact]
    public void A_start_that_logs_too_much_holds_the_first_lines_and_counts_the_rest()
    {
        const int Held = Limits.ConsoleLineCountMax / 2;
        AgentLog log = Create(LogLevel.Info);
        for (int index = 0; index < Held + 3; index++)
        {
            log.Write(LogLevel.Info, index.ToString(CultureInfo.InvariantCulture));
        }

        log.Gate.Release();

        string[] lines = Printed(log).Split('\n');
        Assert.Equal(Held + 2, lines.Length);
        Assert.Equal($"    {Stamp} [INFO] {Held - 1}", lines[Held - 1]);
        Assert.Equal("    3 more log lines of the start were not kept", lines[Held]);
        Assert.Equal($"{Stamp} [INFO] {Held + 2}", HistoryOf(log)[^1]);
    }

    [Fact]
    public void Lines_lost_to_a_stuck_terminal_are_told_in_the_log_when_there_is_room_again()
    {
        GatedStream stuck = new(open: false);
        AgentLog log = new(stuck, LogLevel.Info, Clock, consoleLineCountMax: 2);
        using ManualResetEventSlim told = new();
        log.Gate.Release();
        log.Write(LogLevel.Info, "first");
        Assert.True(stuck.Tried.Wait(_soon));
        for (int index = 0; index < 5; index++)
        {
            log.Write(LogLevel.Info, index.ToString(CultureInfo.InvariantCulture));
        }

        log.History.Subscribe(new Listener(line =>
        {
            if (line.EndsWith("agent: 3 lines were lost: the console does not take them",
                StringComparison.Ordinal))
            {
                told.Set();
            }
        }));
        stuck.Open();

        Assert.True(told.Wait(_soon));
        Assert.True(log.Console.Flush(_soon));
        log.Console.Dispose();
        string[] lines = stuck.Text().Split('\n');
        Assert.Equal(
            $"    {Stamp} [WARN] agent: 3 lines were lost: the console does not take them", lines[^2]);
        Assert.Equal($"    {Stamp} [INFO] 1", lines[^3]);
    }

    [Fact]
    public void Without_a_clock_of_its_own_a_line_has_the_local_time()
    {
        AgentLog log = new(_stream, LogLevel.Info);
        DateTime before = DateTime.Now;

        log.Write(LogLevel.Info, "x");

        DateTime stamp = DateTime.ParseExact(
            HistoryOf(log)[0][..19], "yyyy/MM/dd HH:mm:ss", CultureInfo.InvariantCulture);
        Assert.InRange(stamp, before.AddSeconds(-1), DateTime.Now);
    }

    private static DateTime Clock() => new(2026, 11, 21, 0, 52, 7);

    private static List<string> HistoryOf(AgentLog log)
    {
        List<string> lines = [];
        Listener listener = new(lines.Add);
        log.History.Subscribe(listener);
        log.History.Unsubscribe(listener);
        return lines;
    }

    public void Dispose() => _stream.Dispose();

    private AgentLog Create(LogLevel level) => new(_stream, level, Clock);

    private string Printed(AgentLog log)
    {
        Assert.True(log.Console.Flush(_soon));
        return _stream.Text();
    }

    private sealed class Listener(Action<string> accept) : ILogListener
    {
        public void Accept(LogLevel level, string line) => accept(line);
    }
}
