using System;
using System.Collections.Generic;
using System.IO;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

/// <summary>The control port as a file that only its owner may use.</summary>
public sealed class UnixSocketTests : BlackboxTest
{
    private string SocketPath => PathOf("serf.sock");

    private string Address => "unix://" + SocketPath;

    [Fact]
    public void An_agent_serves_and_commands_connect()
    {
        Agent agent = StartOnFile("n1");

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(SocketPath));
        Assert.Contains($"                       RPC addr: '{Address}'\n", agent.Process.Output, StringComparison.Ordinal);
        Assert.StartsWith("n1 ", Cli("members", $"-rpc-addr={Address}").Output, StringComparison.Ordinal);
        Assert.Matches(@"\[INFO\] agent\.ipc: Accepted client: unix:pid=\d+,uid=\d+\n", agent.Process.Output);
        Assert.Equal(0, InEnvironment("event", "deploy").ExitCode);
        Assert.Equal("Graceful leave complete\n", InEnvironment("leave").Output);
        Assert.Equal(0, agent.Process.WaitForExit());
        Assert.False(File.Exists(SocketPath));
    }

    [Fact]
    public void It_may_stand_in_a_configuration_file()
    {
        string config = Write("config.json", $$"""{ "rpc_addr": "{{Address}}" }""");
        SerfProcess agent = Keep(new SerfProcess(
            Binaries.Ours, ["agent", "-node=n1", $"-bind={NextAddress()}:17946", $"-config-file={config}"]));
        agent.WaitForOutput("Log data will now stream");

        Assert.Equal(0, Cli("info", $"-rpc-addr={Address}").ExitCode);
    }

    [Fact]
    public void A_dead_agents_file_is_replaced_and_a_living_ones_is_not()
    {
        Agent killed = StartOnFile("n1");
        killed.Process.Send(Signal.Kill);
        killed.Process.WaitForExit();
        Assert.True(File.Exists(SocketPath));
        Assert.Equal(
            (1, $"Error connecting to Serf agent: dial unix {SocketPath}: connect: connection refused\n"),
            Outcome(Cli("members", $"-rpc-addr={Address}")));

        Agent agent = StartOnFile("n2");
        CliResult second = Cli("agent", "-node=n3", $"-bind={NextAddress()}:17946", $"-rpc-addr={Address}");

        Assert.Equal(1, second.ExitCode);
        Assert.EndsWith(
            $"==> Error starting RPC listener: listen unix {SocketPath}: bind: address already in use\n",
            second.Output,
            StringComparison.Ordinal);
        Assert.StartsWith("n2 ", Cli("members", $"-rpc-addr={Address}").Output, StringComparison.Ordinal);
        Assert.False(agent.Process.HasExited);
    }

    [Fact]
    public void Without_an_agent_the_reason_is_told()
    {
        string longPath = PathOf(new string('x', 120));
        Assert.Equal(
            (1, $"Error connecting to Serf agent: dial unix {SocketPath}: connect: no such file or directory\n"),
            Outcome(Cli("members", $"-rpc-addr={Address}")));
        Assert.Contains(
            "path too long", Cli("members", $"-rpc-addr=unix://{longPath}").Output, StringComparison.Ordinal);
        Assert.Equal(
            (1, "Error connecting to Serf agent: dial unix: missing path\n"),
            Outcome(Cli("members", "-rpc-addr=unix://")));
    }

    // The last of two flags counts.
    private Agent StartOnFile(string name) => Start(name, $"-rpc-addr={Address}");

    private static CliResult Cli(params string[] arguments) => CliResult.Of(Binaries.Ours, arguments);

    private CliResult InEnvironment(params string[] arguments) => CliResult.Of(
        Binaries.Ours, new Dictionary<string, string> { ["SERF_RPC_ADDR"] = Address }, arguments);

    private static (int, string) Outcome(CliResult result) => (result.ExitCode, result.Output);
}
