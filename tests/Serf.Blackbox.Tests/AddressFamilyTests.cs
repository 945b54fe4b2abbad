using System;
using System.Linq;
using System.Text.Json.Nodes;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

/// <summary>Clusters over IPv6, and of both families.</summary>
public sealed class AddressFamilyTests : BlackboxTest
{
    // Every agent here shares the one IPv6 address of the loopback interface, so the ports have to differ.
    private static int _portCount;

    [Fact]
    public void Two_agents_of_the_IPv6_loopback_address_form_a_cluster()
    {
        Node first = Run(Binaries.Ours, "first", "[::1]", null);
        Node second = Run(Binaries.Ours, "second", "[::1]", null, $"-join=[::1]:{first.Port}");
        second.Process.WaitForOutput("Join completed. Synced with 1 initial agents");

        AwaitMembers(first, $"first=[::1]:{first.Port}=alive second=[::1]:{second.Port}=alive");
        AwaitMembers(second, $"first=[::1]:{first.Port}=alive second=[::1]:{second.Port}=alive");
        Assert.Equal(0, Cli(second, "leave").ExitCode);
        AwaitMembers(first, $"first=[::1]:{first.Port}=alive second=[::1]:{second.Port}=left");
    }

    [PeerFact]
    public void An_agent_and_the_original_form_a_cluster_over_IPv6()
    {
        Node peer = Run(Binaries.Peer, "peer", "[::1]", null);
        Node ours = Run(Binaries.Ours, "ours", "[::1]", null, $"-join=[::1]:{peer.Port}");
        ours.Process.WaitForOutput("Join completed. Synced with 1 initial agents");

        AwaitMembers(peer, $"ours=[::1]:{ours.Port}=alive peer=[::1]:{peer.Port}=alive");
        AwaitMembers(ours, $"ours=[::1]:{ours.Port}=alive peer=[::1]:{peer.Port}=alive");
    }

    [Fact]
    public void An_agent_of_both_families_is_in_one_cluster_with_one_of_each()
    {
        Node both = Run(Binaries.Ours, "both", "[::]", NextAddress());
        Agent four = Start("four", $"-join={both.Shown}");
        Node six = Run(Binaries.Ours, "six", "[::1]", null);

        // Bound to :: it is reached at ::1 as well, and its members are shown as IPv4 where they are.
        Assert.Equal(0, Cli(both, "join", $"[::1]:{six.Port}", four.Gossip).ExitCode);
        string pair = $"both={both.Shown}=alive four={four.Gossip}=alive six=[::1]:{six.Port}=alive";
        AwaitMembers(both, pair);
        Assert.Equal(0, Cli(six, "join", $"[::1]:{both.Port}").ExitCode);
        AwaitMembers(() => four.Cli("members", "-format=json"), pair, four.Process);
        four.Run("event", "-coalesce=false", "up");
        both.Process.WaitForOutput("Received event: user-event: up");
    }

    private Node Run(string binary, string name, string host, string? advertise, params string[] flags)
    {
        int port = 18000 + (Environment.ProcessId % 500 * 20)
            + (System.Threading.Interlocked.Increment(ref _portCount) % 20);
        string rpc = $"{NextAddress()}:{Agent.RpcPort}";
        SerfProcess process = Keep(new SerfProcess(binary,
        [
            "agent", $"-node={name}", $"-bind={host}:{port}", $"-rpc-addr={rpc}",
            .. advertise is null ? Array.Empty<string>() : [$"-advertise={advertise}:{port}"], .. flags,
        ]));
        process.WaitForOutput("==> Log data will now stream in as it occurs:");
        return new Node(binary, process, rpc, port, $"{advertise ?? host}:{port}");
    }

    private static CliResult Cli(Node node, params string[] arguments) =>
        CliResult.Of(node.Binary, [arguments[0], $"-rpc-addr={node.Rpc}", .. arguments[1..]]);

    private static void AwaitMembers(Node node, string expected) =>
        AwaitMembers(() => Cli(node, "members", "-format=json"), expected, node.Process);

    private static void AwaitMembers(Func<CliResult> members, string expected, SerfProcess process)
    {
        string last = "";
        Eventually.True(
            expected,
            TimeSpan.FromSeconds(20),
            () => (last = MembersOf(members())) == expected,
            () => $"It sees {last}\n{process.Describe()}");
    }

    private static string MembersOf(CliResult members)
    {
        Assert.Equal(0, members.ExitCode);
        return string.Join(' ', ((JsonArray)JsonNode.Parse(members.Output)!["members"]!)
            .Select(member => $"{member!["name"]}={member["addr"]}={member["status"]}")
            .Order(StringComparer.Ordinal));
    }

    private sealed record Node(string Binary, SerfProcess Process, string Rpc, int Port, string Shown);
}
