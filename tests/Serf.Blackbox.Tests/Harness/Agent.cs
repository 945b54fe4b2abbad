using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Text.Json.Nodes;

namespace Serf.Blackbox.Harness;

/// <summary>A running agent of its own loopback address.</summary>
public sealed class Agent : IDisposable
{
    // Not the well-known ports: an agent of this machine may listen there on every address.
    public const int GossipPort = 17946;
    public const int RpcPort = 17373;

    public Agent(string binary, string name, string address, IEnumerable<string> flags,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        Binary = binary;
        Name = name;
        Address = address;
        string[] arguments =
        [
            "agent", $"-node={name}", $"-bind={Gossip}", $"-rpc-addr={Rpc}", .. flags,
        ];
        Process = new SerfProcess(binary, arguments, environment);
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
        return CliResult.Of(binary, new Dictionary<string, string> { ["SERF_RPC_ADDR"] = Rpc }, arguments);
    }

    /// <summary>Runs a command and insists on success.</summary>
    public string Run(params string[] arguments)
    {
        CliResult result = Cli(arguments);
        return result.ExitCode == 0
            ? result.Output
            : throw new InvalidOperationException(
                $"serf {string.Join(' ', arguments)}: {result.ExitCode} {result.Output}{result.Error}\n"
                + Process.Describe());
    }

    public RpcConnection Connect() => RpcConnection.Open(Address, RpcPort);

    /// <summary>Member names with their status, sorted: "a=alive b=left".</summary>
    public string Statuses()
    {
        JsonArray members = JsonNode.Parse(Run("members", "-format=json"))!["members"] as JsonArray ?? [];
        return string.Join(' ', members
            .Select(member => $"{member!["name"]}={member["status"]}")
            .Order(StringComparer.Ordinal));
    }

    /// <summary>All that a command line tells of the members, in the order of their names.</summary>
    public string Members(string binary)
    {
        CliResult result = CliOf(binary, "members", "-format=json");
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException($"members: {result.ExitCode} {result.Output}{result.Error}");
        }

        JsonArray members = JsonNode.Parse(result.Output)!["members"]!.AsArray();
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
