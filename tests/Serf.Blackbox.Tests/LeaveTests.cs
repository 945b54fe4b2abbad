using System;
using System.Diagnostics;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

/// <summary>How long a leave may take, several at once, and what becomes of handlers at the end.</summary>
public sealed class LeaveTests : BlackboxTest
{
    [Fact]
    public void A_leave_over_a_wide_area_ends_with_success()
    {
        Agent other = Start("other", "-profile=wan");
        Agent third = Start("third", "-profile=wan", $"-join={other.Gossip}");
        Agent agent = Start("n1", "-profile=wan", $"-join={other.Gossip}");
        agent.AwaitStatuses("n1=alive other=alive third=alive", TimeSpan.FromSeconds(30));
        other.AwaitStatuses("n1=alive other=alive third=alive", TimeSpan.FromSeconds(30));

        agent.Process.Send(Signal.Interrupt);

        Assert.Equal(0, agent.Process.WaitForExit(TimeSpan.FromSeconds(30)));
        other.AwaitStatuses("n1=left other=alive third=alive");
        third.AwaitStatuses("n1=left other=alive third=alive");
    }

    [Fact]
    public void A_leave_past_its_limit_ends_the_agent_with_failure()
    {
        Agent agent = Start("n1", "-leave-timeout=100ms");
        agent.Process.WaitForOutput("Received event: member-join");

        agent.Process.Send(Signal.Interrupt);

        Assert.Equal(1, agent.Process.WaitForExit());
        Assert.Contains(
            "[WARN] agent: the leave has not ended within 100ms\n", agent.Process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_leave_by_command_during_that_of_a_signal_is_refused_and_does_not_cut_it_off()
    {
        Agent agent = Start("n1");
        using RpcConnection connection = agent.Connect();
        agent.Process.WaitForOutput("Received event: member-join");

        agent.Process.Send(Signal.Interrupt);
        agent.Process.WaitForOutput("requesting graceful leave");
        Assert.Equal("Leave already in progress", connection.Call("leave").Error);

        Assert.Equal(0, agent.Process.WaitForExit());
        Assert.DoesNotContain("Shutdown without a Leave", agent.Process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_signal_during_a_leave_by_command_waits_for_it()
    {
        Agent agent = Start("n1");
        using RpcConnection connection = agent.Connect();
        connection.Send("leave");
        agent.Process.WaitForOutput("requesting graceful leave");

        agent.Process.Send(Signal.Interrupt);

        Assert.Equal(string.Empty, connection.Receive(hasBody: false).Error);
        Assert.Equal(0, agent.Process.WaitForExit());
        Assert.Contains(
            "==> Gracefully shutting down agent...\n", agent.Process.Output, StringComparison.Ordinal);
        Assert.Contains("==> Error: Leave already in progress\n", agent.Process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_client_that_goes_away_during_its_leave_does_not_stop_it()
    {
        Agent agent = Start("n1");
        using (RpcConnection connection = agent.Connect())
        {
            connection.Send("leave");
            agent.Process.WaitForOutput("requesting graceful leave");
        }

        Assert.Equal(0, agent.Process.WaitForExit());
    }

    [Fact]
    public void Events_that_wait_for_a_handler_are_given_to_it_before_the_end()
    {
        // Longer than the leave, which lasts a second when nobody is there.
        Agent agent = Start("n1", $"-event-handler=user=sleep 0.6; {Recorder("handled")}");
        agent.Process.WaitForOutput("Received event: member-join");
        for (int number = 1; number <= 3; number++)
        {
            agent.Run("event", "-coalesce=false", $"e{number}");
        }

        agent.Process.Send(Signal.Interrupt);

        Assert.Equal(0, agent.Process.WaitForExit());
        Assert.Equal(["user|e1|1|", "user|e2|2|", "user|e3|3|"], AwaitRecorded("handled", 3));
    }

    [Fact]
    public void A_handler_that_runs_is_neither_waited_for_nor_killed()
    {
        Agent agent = Start(
            "n1",
            $"-event-handler=user=echo >> {PathOf("begun")}; while [ -d {Folder} ] && [ ! -e {PathOf("go")} ]; "
            + $"do sleep 0.05; done; {Recorder("handled")}");
        agent.Run("event", "-coalesce=false", "e");
        AwaitRecorded("begun", 1);

        agent.Run("leave");

        Assert.Equal(0, agent.Process.WaitForExit());
        Assert.Empty(Recorded("handled"));
        Write("go", string.Empty);
        AwaitRecorded("handled", 1);
    }

    [Fact]
    public void Events_that_no_time_was_left_for_are_counted()
    {
        Agent agent = Start(
            "n1", $"-event-handler=user=echo >> {PathOf("begun")}; while [ -d {Folder} ]; do sleep 0.1; done");
        for (int number = 1; number <= 3; number++)
        {
            agent.Run("event", "-coalesce=false", $"e{number}");
        }

        AwaitRecorded("begun", 1);
        agent.Run("leave");

        Assert.Equal(0, agent.Process.WaitForExit());
        Assert.Contains(
            "[WARN] agent: Events not given to their handlers before the end: 2\n",
            agent.Process.Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_quit_ends_the_process_with_status_2()
    {
        Agent agent = Start("n1");
        agent.Process.WaitForOutput("Received event: member-join");

        agent.Process.Send(Signal.Quit);

        Assert.Equal(2, agent.Process.WaitForExit());
        Assert.StartsWith("SIGQUIT: quit\n", agent.Process.Error, StringComparison.Ordinal);
    }

    [PeerTheory]
    [InlineData(Signal.Hangup, 129)]
    [InlineData(Signal.Interrupt, 130)]
    [InlineData(Signal.Terminate, 143)]
    public void Before_the_agent_is_up_a_signal_ends_it_by_itself_as_it_does_the_original(Signal signal, int status)
    {
        foreach (string binary in new[] { Binaries.Ours, Binaries.Peer })
        {
            // It takes the connection and never answers.
            using TcpListener silent = new(IPAddress.Parse(NextAddress()), 0);
            silent.Start();
            Agent agent = Keep(new Agent(binary, "n1", NextAddress(), [$"-join={silent.LocalEndpoint}"]));
            agent.Process.WaitForOutput("==> Joining cluster...");

            agent.Process.Send(signal);

            Assert.Equal(status, agent.Process.WaitForExit());
            Assert.EndsWith("==> Joining cluster...(replay: false)\n", agent.Process.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_hangup_during_a_leave_by_command_reloads_and_does_not_cut_it_off()
    {
        Agent agent = Start("n1");
        using RpcConnection connection = agent.Connect();
        connection.Send("leave");
        agent.Process.WaitForOutput("requesting graceful leave");

        agent.Process.Send(Signal.Hangup);

        Assert.Equal(string.Empty, connection.Receive(hasBody: false).Error);
        Assert.Equal(0, agent.Process.WaitForExit());
        Assert.Contains("==> Reloading configuration...\n", agent.Process.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Failed to", agent.Process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_removal_with_prune_of_a_live_member_holds_up_nobody()
    {
        // The original holds its members for six seconds then.
        Agent agent = Start("n1", "-profile=local");
        Agent other = Start("other", "-profile=local", $"-join={agent.Gossip}");
        agent.AwaitStatuses("n1=alive other=alive");
        using RpcConnection connection = agent.Connect();
        Stopwatch watch = Stopwatch.StartNew();

        connection.Send("force-leave", new() { ["Node"] = "other", ["Prune"] = true });
        agent.Run("tags", "-set", "a=1");
        agent.Run("event", "-coalesce=false", "x");
        Assert.Contains("other=", agent.Statuses(), StringComparison.Ordinal);

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.False(other.Process.HasExited);
    }

    [PeerFact]
    public void Signals_that_do_nothing_to_the_original_do_nothing_here()
    {
        Agent[] agents = [Start("ours"), StartPeer("theirs")];
        foreach (Agent agent in agents)
        {
            agent.Process.WaitForOutput("Received event: member-join");
            foreach (Signal signal in Enum.GetValues<Signal>().Where(IsHarmless))
            {
                agent.Process.Send(signal);
            }

            Assert.Equal($"{agent.Name}=alive", agent.Statuses(Binaries.Ours));
            Assert.False(agent.Process.HasExited);
        }

        static bool IsHarmless(Signal signal) => signal
            is Signal.User2 or Signal.Alarm or Signal.ProcessorLimit or Signal.FileLimit or Signal.VirtualAlarm
            or Signal.Profile or Signal.InputOutput or Signal.Power;
    }
}
