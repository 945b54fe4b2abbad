using System;
using System.Collections.Generic;
using System.IO;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

/// <summary>
/// Clients in other languages go through every command and stream they have. What they print was printed with the
/// original too, but for the words in which its versions differ among themselves.
/// </summary>
public sealed class ForeignClientTests : BlackboxTest
{
    private const string Token = "secret";
    private const string Key = "T9jncgl9mbLus+baTTa7q7nPSUrXwDi2dhbtqir37s0=";

    [PythonFact]
    public void A_client_written_from_the_description_in_Python_is_served()
    {
        Agent agent = StartServed();

        AssertPrints("drive.txt", "python3", "drive.py", agent.Address, $"{Agent.RpcPort}", Token);
        Assert.Equal(0, agent.Process.WaitForExit());
    }

    [PythonFact]
    public void So_it_is_where_the_control_port_is_a_file()
    {
        Agent agent = StartServed($"-rpc-addr=unix://{PathOf("serf.sock")}");

        AssertPrints("drive.txt", "python3", "drive.py", PathOf("serf.sock"), "0", Token);
        Assert.Equal(0, agent.Process.WaitForExit());
    }

    [NodeFact]
    public void The_npm_package_node_serf_is_served()
    {
        Agent agent = StartServed();

        AssertPrints("node-serf.txt", "node", "node-serf.js", agent.Address, $"{Agent.RpcPort}", Token);
        Assert.Equal(0, agent.Process.WaitForExit());
    }

    [NodeFact]
    public void The_npm_package_serf_rpc_is_served()
    {
        Agent agent = StartServed();

        AssertPrints("serf-rpc.txt", "node", "serf-rpc.js", agent.Address, $"{Agent.RpcPort}", Token);
        Assert.Equal(0, agent.Process.WaitForExit());
    }

    private Agent StartServed(params string[] flags)
    {
        string config = Write("config.json", $$"""{ "rpc_auth": "{{Token}}" }""");
        return Start("n1", ["-tag", "role=web", $"-encrypt={Key}", $"-config-file={config}", .. flags]);
    }

    private void AssertPrints(string expected, string interpreter, string script, params string[] arguments)
    {
        SerfProcess client = Keep(new SerfProcess(
            interpreter,
            [Path.Combine(ForeignClients.Folder, script), .. arguments],
            new Dictionary<string, string> { ["PYTHONDONTWRITEBYTECODE"] = "1" }));

        int exitCode = client.WaitForExit(TimeSpan.FromSeconds(90));

        Assert.True(exitCode == 0, client.Describe());
        Assert.Equal(File.ReadAllText(Path.Combine(ForeignClients.Folder, expected)), client.Output);
    }
}
