using System;
using System.IO;
using System.Linq;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

public sealed class SignalTests : BlackboxTest
{
    private const string NoLeave = "[WARN] serf: Shutdown without a Leave\n";

    [Fact]
    public void An_interrupt_leaves_gracefully_and_the_others_see_it()
    {
        Agent stays = Start("stays", "-profile=local");
        Agent leaves = Start("leaves", "-profile=local", $"-join={stays.Gossip}");
        stays.AwaitStatuses("leaves=alive stays=alive");

        leaves.Process.Send(Signal.Interrupt);

        Assert.Equal(0, leaves.Process.WaitForExit());
        Assert.Contains(
            "==> Caught signal: interrupt\n==> Gracefully shutting down agent...\n",
            leaves.Process.Output,
            StringComparison.Ordinal);
        Assert.DoesNotContain(NoLeave, leaves.Process.Output, StringComparison.Ordinal);
        stays.AwaitStatuses("leaves=left stays=alive");
    }

    [Fact]
    public void A_termination_ends_at_once_and_the_others_see_a_failure()
    {
        Agent stays = Start("stays", "-profile=local");
        Agent ends = Start("ends", "-profile=local", $"-join={stays.Gossip}");
        ends.Process.WaitForOutput("Received event: member-join");
        stays.AwaitStatuses("ends=alive stays=alive");

        ends.Process.Send(Signal.Terminate);

        Assert.Equal(1, ends.Process.WaitForExit());
        Assert.Contains(NoLeave, ends.Process.Output, StringComparison.Ordinal);
        Assert.Contains("==> Caught signal: terminated\n", ends.Process.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Gracefully", ends.Process.Output, StringComparison.Ordinal);
        stays.AwaitStatuses("ends=failed stays=alive", TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void A_termination_leaves_gracefully_where_that_is_configured()
    {
        string config = Write("config.json", """{ "leave_on_terminate": true }""");
        Agent agent = Start("n1", $"-config-file={config}");
        agent.Process.WaitForOutput("Received event: member-join");

        agent.Process.Send(Signal.Terminate);

        Assert.Equal(0, agent.Process.WaitForExit());
        Assert.Contains(
            "==> Caught signal: terminated\n==> Gracefully shutting down agent...\n",
            agent.Process.Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_interrupt_does_not_leave_where_that_is_configured()
    {
        string config = Write("config.json", """{ "skip_leave_on_interrupt": true }""");
        Agent agent = Start("n1", $"-config-file={config}");
        agent.Process.WaitForOutput("Received event: member-join");

        agent.Process.Send(Signal.Interrupt);

        Assert.Equal(1, agent.Process.WaitForExit());
        Assert.DoesNotContain("Gracefully", agent.Process.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Signal.Interrupt)]
    [InlineData(Signal.Terminate)]
    [InlineData(Signal.Hangup)]
    public void A_second_signal_cuts_the_leave_short(Signal second)
    {
        // With somebody to tell over a wide area a leave lasts three seconds: the signal comes within them.
        Agent other = Start("other", "-profile=wan");
        Agent agent = Start("n1", "-profile=wan", $"-join={other.Gossip}");
        other.AwaitStatuses("n1=alive other=alive");
        agent.AwaitStatuses("n1=alive other=alive");

        agent.Process.Send(Signal.Interrupt);
        agent.Process.WaitForOutput("Gracefully shutting down");
        agent.Process.Send(second);

        // A leave that was finished ends with 0 and without the warning.
        Assert.Equal(1, agent.Process.WaitForExit());
        Assert.Contains(NoLeave, agent.Process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_leave_by_command_ends_the_agent_with_success()
    {
        Agent agent = Start("n1");

        Assert.Equal("Graceful leave complete\n", agent.Run("leave"));

        Assert.Equal(0, agent.Process.WaitForExit());
        CliResult again = agent.Cli("leave");
        Assert.Equal(1, again.ExitCode);
        Assert.Equal(
            $"Error connecting to Serf agent: dial tcp {agent.Rpc}: connect: connection refused\n", again.Output);
    }

    [Fact]
    public void An_interrupt_inherited_as_ignored_is_still_obeyed()
    {
        string address = NextAddress();
        using SerfProcess agent = new("/bin/sh",
        [
            "-c", "trap '' INT QUIT; exec \"$0\" \"$@\"", Binaries.Ours,
            "agent", "-node=n1", $"-bind={address}:17946", $"-rpc-addr={address}:17373",
        ]);
        agent.WaitForOutput("Received event: member-join");

        agent.Send(Signal.Interrupt);

        Assert.Equal(0, agent.WaitForExit());
    }

    [Fact]
    public void A_hangup_inherited_as_ignored_still_reloads()
    {
        string address = NextAddress();
        using SerfProcess agent = new("/bin/sh",
        [
            "-c", "trap '' HUP; exec \"$0\" \"$@\"", Binaries.Ours,
            "agent", "-node=n1", $"-bind={address}:17946", $"-rpc-addr={address}:17373",
        ]);
        agent.WaitForOutput("Received event: member-join");

        agent.Send(Signal.Hangup);

        agent.WaitForOutput("==> Caught signal: hangup\n==> Reloading configuration...\n");
        Assert.False(agent.HasExited);
    }

    [Fact]
    public void A_hangup_takes_the_new_handlers_and_keeps_running()
    {
        string config = Write("config.json", $$"""{ "event_handlers": ["user={{Recorder("before")}}"] }""");
        Agent agent = Start("n1", $"-config-file={config}");
        agent.Run("event", "-coalesce=false", "one");
        AwaitRecorded("before", 1);

        Write("config.json", $$"""{ "event_handlers": ["user={{Recorder("after")}}"] }""");
        agent.Process.Send(Signal.Hangup);
        agent.Process.WaitForOutput("==> Caught signal: hangup\n==> Reloading configuration...\n");
        Eventually.True("the new handler runs", TimeSpan.FromSeconds(10), () =>
        {
            agent.Run("event", "-coalesce=false", "two");
            return Recorded("after").Length > 0;
        });
        agent.Run("event", "-coalesce=false", "three");
        Eventually.True(
            "the new handler hears of the last event", TimeSpan.FromSeconds(10), () => HasThree(Recorded("after")));

        Assert.False(HasThree(Recorded("before")));

        static bool HasThree(string[] lines) =>
            lines.Any(line => line.StartsWith("user|three|", StringComparison.Ordinal));
    }

    [Fact]
    public void A_hangup_with_a_broken_file_changes_nothing()
    {
        string config = Write("config.json", $$"""{ "event_handlers": ["user={{Recorder("runs")}}"] }""");
        Agent agent = Start("n1", $"-config-file={config}");
        agent.Process.WaitForOutput("Received event: member-join");

        File.WriteAllText(config, "{ broken");
        agent.Process.Send(Signal.Hangup);

        agent.Process.WaitForOutput("==> Failed to reload configs\n");
        Assert.Contains($"==> Error decoding '{config}': ", agent.Process.Output, StringComparison.Ordinal);
        agent.Run("event", "-coalesce=false", "still");
        AwaitRecorded("runs", 1);
    }
}
