using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

/// <summary>The agent as process 1 of a container, for which the kernel has rules of its own.</summary>
public sealed class ProcessOneTests : BlackboxTest
{
    private static readonly string[] _space = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"];

    [ProcessSpaceFact]
    public void Orphans_are_taken_away_and_handlers_keep_their_status()
    {
        const int RunCount = 20;
        string orphan = $"(sleep 0.1; echo gone >> {PathOf("orphans")}) >/dev/null 2>&1 </dev/null &";
        Agent agent = StartFirst($"-event-handler=user={orphan} exit 3", "-log-level=debug");

        for (int number = 0; number < RunCount; number++)
        {
            agent.Run("event", "-coalesce=false", "x");
        }

        AwaitRecorded("orphans", RunCount);
        Eventually.True(
            "no orphan is left", TimeSpan.FromSeconds(10), () => ChildrenOf(First(agent)).Length == 0);
        Eventually.True(
            "each handler's status",
            TimeSpan.FromSeconds(10),
            () => agent.Process.Lines.Count(line => line.Text.EndsWith("': exit status 3", StringComparison.Ordinal))
                == RunCount,
            agent.Process.Describe);
        Assert.DoesNotContain("wait: ", agent.Process.Output, StringComparison.Ordinal);
    }

    [ProcessSpaceFact]
    public void Handlers_are_ended_at_their_limit_there_too()
    {
        Agent agent = StartFirst(
            "-handler-timeout=300ms", $"-event-handler=user=(trap '' TERM; sleep 1000) & sleep 1000");

        agent.Run("event", "-coalesce=false", "x");

        agent.Process.WaitForOutput("': not finished within 300ms\n");
        Eventually.True("nobody is left", TimeSpan.FromSeconds(10), () => ChildrenOf(First(agent)).Length == 0);
    }

    [ProcessSpaceTheory]
    [InlineData(Signal.Interrupt, 0)]
    [InlineData(Signal.Terminate, 1)]
    [InlineData(Signal.Quit, 2)]
    public void Signals_end_it_as_they_do_elsewhere(Signal signal, int status)
    {
        Agent agent = StartFirst();
        agent.Process.WaitForOutput("Received event: member-join");

        SendToFirst(agent, signal);

        Assert.Equal(status, agent.Process.WaitForExit());
    }

    [ProcessSpaceFact]
    public void A_hangup_reloads_and_signals_without_a_meaning_do_nothing()
    {
        Agent agent = StartFirst();
        agent.Process.WaitForOutput("Received event: member-join");

        SendToFirst(agent, Signal.User2);
        SendToFirst(agent, Signal.Alarm);
        SendToFirst(agent, Signal.Hangup);

        agent.Process.WaitForOutput("==> Caught signal: hangup\n==> Reloading configuration...\n");
        Assert.Equal("Graceful leave complete\n", agent.Run("leave"));
        Assert.Equal(0, agent.Process.WaitForExit());
    }

    [ProcessSpaceTheory]
    [InlineData(Signal.Hangup, 129)]
    [InlineData(Signal.Interrupt, 130)]
    [InlineData(Signal.Terminate, 143)]
    [InlineData(Signal.Quit, 2)]
    public void Before_it_is_up_they_end_it_too(Signal signal, int status)
    {
        // It takes the connection and never answers.
        using TcpListener silent = new(IPAddress.Parse(NextAddress()), 0);
        silent.Start();
        Agent agent = Keep(Make($"-join={silent.LocalEndpoint}"));
        agent.Process.WaitForOutput("==> Joining cluster...");

        SendToFirst(agent, signal);

        Assert.Equal(status, agent.Process.WaitForExit());
        Assert.DoesNotContain("Caught signal", agent.Process.Output, StringComparison.Ordinal);
    }

    [ProcessSpaceFact]
    public void Handlers_that_run_are_given_time_to_end_with_it()
    {
        Agent agent = StartFirst($"-event-handler=user:slow=echo >> {PathOf("begun")}; sleep 1.3; {Recorder("slow")}",
            $"-event-handler=user:asked=trap 'echo >> {PathOf("asked")}; exit' TERM; echo >> {PathOf("begun")}; "
            + "sleep 1000 & wait");
        agent.Run("event", "-coalesce=false", "slow");
        agent.Run("event", "-coalesce=false", "asked");
        AwaitRecorded("begun", 2);

        agent.Run("leave");

        // One comes to its end by itself; the other is asked to before the kernel ends it.
        Assert.Equal(0, agent.Process.WaitForExit());
        Assert.Single(Recorded("slow"));
        Assert.Single(Recorded("asked"));
    }

    private static int First(Agent agent)
    {
        string[] children = [];
        Eventually.True(
            "process 1", TimeSpan.FromSeconds(10), () => (children = ChildrenOf(agent.Process.Id)).Length == 1);
        return int.Parse(children[0]);
    }

    // Of its first thread, whose orphans are; zombies are among them.
    private static string[] ChildrenOf(int process) => File.ReadAllText($"/proc/{process}/task/{process}/children")
        .Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static void SendToFirst(Agent agent, Signal signal) => SerfProcess.Send(First(agent), signal);

    private Agent StartFirst(params string[] flags) => Keep(Make(flags)).Started();

    private static Agent Make(params string[] flags) =>
        new(Binaries.Ours, "first", NextAddress(), ["-profile=local", .. flags], inside: _space);
}
