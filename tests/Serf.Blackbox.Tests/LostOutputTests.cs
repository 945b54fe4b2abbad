using System;
using System.Globalization;
using System.IO;
using System.Linq;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

/// <summary>Standard descriptors that are closed, or lead nowhere.</summary>
public sealed class LostOutputTests : BlackboxTest
{
    [Theory]
    [InlineData("version")]
    [InlineData("members")]
    public void A_full_disk_loses_the_text_and_nothing_else_as_in_the_original(string command)
    {
        Agent agent = Start("n1");

        CliResult result = Shell($"exec {Binaries.Ours} {command} > /dev/full", agent);

        Assert.Equal(string.Empty, result.Error);
        Assert.Equal(0, result.ExitCode);
    }

    [Theory]
    [InlineData(">&-")]
    [InlineData("<&- >&- 2>&-")]
    public void A_closed_output_takes_a_command_and_no_connection_gets_its_number(string closed)
    {
        Agent agent = Start("n1");

        Assert.Equal(0, Shell($"exec {Binaries.Ours} members {closed}", agent).ExitCode);
        Assert.Equal(0, Shell($"exec {Binaries.Ours} event -coalesce=false after {closed}", agent).ExitCode);
        agent.Process.WaitForOutput("user-event: after");
        Assert.DoesNotContain("failed to decode", agent.Process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_agent_started_with_all_three_closed_works_and_keeps_their_numbers_free_of_sockets()
    {
        string address = NextAddress();
        string rpc = $"{address}:{Agent.RpcPort}";
        SerfProcess agent = Keep(new SerfProcess("/bin/sh",
        [
            "-c", "exec \"$0\" \"$@\" <&- >&- 2>&-", Binaries.Ours, "agent", "-node=n1",
            $"-bind={address}:{Agent.GossipPort}", $"-rpc-addr={rpc}", $"-event-handler=user={Recorder("runs")}",
        ]));
        Eventually.True(
            "the agent answers",
            TimeSpan.FromSeconds(15),
            () => CliResult.Of(Binaries.Ours, "members", $"-rpc-addr={rpc}").ExitCode == 0,
            agent.Describe);

        CliResult sent = CliResult.Of(
            Binaries.Ours, "event", "-coalesce=false", $"-rpc-addr={rpc}", "deploy", "v1");

        Assert.Equal(0, sent.ExitCode);
        Assert.EndsWith("|v1", AwaitRecorded("runs", 1)[0], StringComparison.Ordinal);
        string[] targets = Enumerable.Range(0, 3)
            .Select(number => number.ToString(CultureInfo.InvariantCulture))
            .Select(number => new FileInfo($"/proc/{agent.Id}/fd/{number}").LinkTarget ?? string.Empty)
            .ToArray();
        Assert.All(targets, target => Assert.StartsWith("/dev/", target, StringComparison.Ordinal));
        agent.Send(Signal.Interrupt);
        Assert.Equal(0, agent.WaitForExit());
    }

    private static CliResult Shell(string command, Agent? agent = null) =>
        CliResult.Of("/usr/bin/env", $"SERF_RPC_ADDR={agent?.Rpc}", "/bin/sh", "-c", command);
}
