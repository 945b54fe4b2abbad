using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

/// <summary>Standard descriptors that are closed, or lead nowhere.</summary>
public sealed class LostOutputTests : BlackboxTest
{
    private const ulong InterruptBit = 1 << ((int)Signal.Interrupt - 1);

    [Theory]
    [InlineData("version")]
    [InlineData("members")]
    [InlineData("query -timeout=200ms q")]
    [InlineData("query -timeout=200ms -format=json q")]
    [InlineData("reachability")]
    [InlineData("completion bash")]
    public void A_full_disk_loses_the_text_and_nothing_else_as_in_the_original(string command)
    {
        Agent agent = Start("n1");

        CliResult result = Shell($"exec {Binaries.Ours} {command} > /dev/full", agent);

        Assert.Equal(string.Empty, result.Error);
        Assert.Equal(0, result.ExitCode);
    }

    [Theory]
    [InlineData("> /dev/full")]
    [InlineData(">&-")]
    [InlineData("<&- >&- 2>&-")]
    public void A_monitor_whose_text_is_lost_goes_on_until_it_is_interrupted_as_the_original_does(string closed)
    {
        Agent agent = Start("n1");
        SerfProcess monitor = Keep(new SerfProcess(
            "/bin/sh", ["-c", $"exec '{Binaries.Ours}' monitor -rpc-addr={agent.Rpc} -log-level=debug {closed}"]));
        AwaitInterruptible(monitor);
        agent.Run("event", "one");
        agent.Run("event", "two");

        Assert.False(monitor.HasExited);
        monitor.Send(Signal.Interrupt);
        Assert.Equal(0, monitor.WaitForExit());
    }

    [Fact]
    public void A_monitor_that_is_stuck_in_a_pipe_ends_at_an_interrupt()
    {
        Agent agent = Start("n1");
        string payload = new('x', 480);
        CliResult result = Shell(
            $$"""
            mkfifo '{{PathOf("pipe")}}'
            sleep 60 < '{{PathOf("pipe")}}' & reader=$!
            for number in $(seq 160); do '{{Binaries.Ours}}' event -coalesce=false n$number {{payload}}; done > /dev/null
            '{{Binaries.Ours}}' monitor -log-level=trace > '{{PathOf("pipe")}}' & monitor=$!
            for look in $(seq 50); do
                [ "$(cat /proc/$monitor/wchan)" = pipe_write ] && break
                sleep 0.1
            done
            kill -INT $monitor
            wait $monitor
            echo $?
            kill $reader
            """,
            agent);

        Assert.Equal(("0\n", ""), (result.Output, result.Error));
    }

    [Fact]
    public void An_interrupted_query_ends_with_a_status_of_1_and_JSON_with_what_it_has()
    {
        Agent agent = Start("n1", $"-event-handler=query:q={Recorder("runs")}");
        SerfProcess text = StartQuery(agent, "text");
        SerfProcess json = StartQuery(agent, "json");
        text.WaitForOutput("Ack from 'n1'\n");
        AwaitRecorded("runs", 2);

        text.Send(Signal.Interrupt);
        json.Send(Signal.Interrupt);

        Assert.Equal(
            (1, "Query 'q' dispatched\nAck from 'n1'\n", ""), (text.WaitForExit(), text.Output, text.Error));
        Assert.Equal((1, ""), (json.WaitForExit(), json.Error));
        Assert.Contains("\"Responses\": {}", json.Output, StringComparison.Ordinal);
        Assert.NotNull(JsonNode.Parse(json.Output));
    }

    [Fact]
    public void A_query_whose_agent_dies_says_so_and_fails()
    {
        Agent agent = Start("n1");
        SerfProcess query = StartQuery(agent, "text");
        query.WaitForOutput("Ack from 'n1'\n");

        agent.Process.Send(Signal.Kill);

        Assert.Equal(
            (1, "Query 'q' dispatched\nAck from 'n1'\nTotal Acks: 1\nTotal Responses: 0\n",
                "Error: the agent ended the connection before the query was over. Answers may be missing.\n"),
            (query.WaitForExit(), query.Output, query.Error));
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

    private SerfProcess StartQuery(Agent agent, string format) => Keep(new SerfProcess(
        Binaries.Ours, ["query", $"-rpc-addr={agent.Rpc}", "-timeout=60s", "-format=" + format, "q"]));

    // From when on a command has a handler of its own for it.
    private static void AwaitInterruptible(SerfProcess process) => Eventually.True(
        "SIGINT is caught",
        TimeSpan.FromSeconds(15),
        () => (Convert.ToUInt64(
            File.ReadLines($"/proc/{process.Id}/status")
                .First(line => line.StartsWith("SigCgt:", StringComparison.Ordinal))[7..].Trim(),
            16) & InterruptBit) != 0,
        process.Describe);

    private static CliResult Shell(string command, Agent? agent = null) =>
        CliResult.Of("/usr/bin/env", $"SERF_RPC_ADDR={agent?.Rpc}", "/bin/sh", "-c", command);
}
