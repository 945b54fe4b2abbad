using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Text.Json.Nodes;

namespace Serf.Blackbox.Harness;

/// <summary>A running agent of its own address.</summary>
public sealed class Agent : IDisposable
{
    // Not the well-known ports: an agent of this machine may listen there on every address.
    public const int GossipPort = 17946;
    public const int RpcPort = 17373;

    private readonly IReadOnlyList<string> _inside;

    /// <param name="binary">The program.</param>
    /// <param name="name">Of the node.</param>
    /// <param name="address">Its own.</param>
    /// <param name="flags">Beside name and addresses.</param>
    /// <param name="environment">What is added to that of the tests.</param>
    /// <param name="inside">Words before the program that make it run elsewhere, such as in a namespace.</param>
    public Agent(string binary, string name, string address, IEnumerable<string> flags,
        IReadOnlyDictionary<string, string>? environment = null, IReadOnlyList<string>? inside = null)
    {
        _inside = inside ?? [];
        Binary = binary;
        Name = name;
        Address = address;
        string[] arguments =
        [
            "agent", $"-node={name}", $"-bind={Gossip}", $"-rpc-addr={Rpc}", .. flags,
        ];
        string[] words = [.. _inside, binary, .. arguments];
        Process = new SerfProcess(words[0], words[1..], environment);
    }

    public string Binary { get; }

    public string Name { get; }

    public string Address { get; }

    public string Gossip => $"{Address}:{GossipPort}";

    public string Rpc => $"{Address}:{RpcPort}";

    public SerfProcess Process { get; }

    /// <summary>Bytes that wait in the kernel to be read from the gossip port.</summary>
    public int WaitingDatagramSize
    {
        get
        {
            byte[] address = IPAddress.Parse(Address).GetAddressBytes();
            string local = $"{BinaryPrimitives.ReadUInt32LittleEndian(address):X8}:{GossipPort:X4}";
            string line = File.ReadLines("/proc/net/udp")
                .First(line => line.Contains($" {local} ", StringComparison.Ordinal));
            string queues = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[4];
            return int.Parse(queues.Split(':')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        }
    }

    public Agent Started()
    {
        Process.WaitForOutput("==> Log data will now stream in as it occurs:");
        return this;
    }

    /// <summary>Runs a command of this agent's own binary against this agent.</summary>
    public CliResult Cli(params string[] arguments) => CliOf(Binary, arguments);

    public CliResult CliOf(string binary, params string[] arguments)
    {
        string[] words = [.. _inside, binary, .. arguments];
        return CliResult.Of(words[0], new Dictionary<string, string> { ["SERF_RPC_ADDR"] = Rpc }, words[1..]);
    }

    /// <summary>Runs a command and insists on success.</summary>
    public string Run(params string[] arguments) => RunOf(Binary, arguments);

    public string RunOf(string binary, params string[] arguments)
    {
        CliResult result = CliOf(binary, arguments);
        return result.ExitCode == 0
            ? result.Output
            : throw new InvalidOperationException(
                $"serf {string.Join(' ', arguments)}: {result.ExitCode} {result.Output}{result.Error}\n"
                + Process.Describe());
    }

    public RpcConnection Connect() => RpcConnection.Open(Address, RpcPort);

    /// <summary>Member names with their status, sorted: "a=alive b=left".</summary>
    /// <param name="binary">Whose command line asks; the agent's own unless another is named.</param>
    public string Statuses(string? binary = null)
    {
        string json = RunOf(binary ?? Binary, "members", "-format=json");
        JsonArray members = JsonNode.Parse(json)!["members"] as JsonArray ?? [];
        return string.Join(' ', members
            .Select(member => $"{member!["name"]}={member["status"]}")
            .Order(StringComparer.Ordinal));
    }

    /// <summary>All that a command line tells of the members, in the order of their names.</summary>
    public string Members(string binary)
    {
        JsonArray members = JsonNode.Parse(RunOf(binary, "members", "-format=json"))!["members"]!.AsArray();
        IEnumerable<JsonNode> sorted = members
            .Select(member => member!.DeepClone())
            .OrderBy(member => member["name"]!.GetValue<string>(), StringComparer.Ordinal);
        return new JsonArray([.. sorted]).ToJsonString();
    }

    public void AwaitStatuses(string expected, TimeSpan? limit = null)
    {
        string last = string.Empty;
        Eventually.True(
            $"{Name} sees {expected}",
            limit ?? TimeSpan.FromSeconds(20),
            () => (last = Statuses()) == expected,
            () => $"It sees {last}\n{Process.Describe()}");
    }

    public void Dispose() => Process.Dispose();
}
