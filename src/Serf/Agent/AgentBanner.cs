using System.Collections.Generic;

namespace Serf.Agent;

/// <summary>The information block that the agent prints when it runs (spec agent 21).</summary>
internal sealed record AgentBanner
{
    public required string NodeName { get; init; }

    /// <summary>Resolved IP and configured port, IPv6 in brackets.</summary>
    public required string BindAddress { get; init; }

    /// <summary>Likewise; null if none is configured.</summary>
    public string? AdvertiseAddress { get; init; }

    /// <summary>As configured.</summary>
    public required string RpcAddress { get; init; }

    public bool Encrypted { get; init; }

    public bool Snapshot { get; init; }

    public required string Profile { get; init; }

    public required bool Compression { get; init; }

    /// <summary>Looked for by multicast DNS; empty for none.</summary>
    public string Cluster { get; init; } = "";

    /// <summary>Information lines, without the four spaces that the console puts in front of each.</summary>
    public IReadOnlyList<string> Lines()
    {
        List<string> lines =
        [
            $"                  Node name: '{NodeName}'",
            $"                  Bind addr: '{BindAddress}'",
        ];
        if (AdvertiseAddress is not null)
        {
            // Out of line with the others in the original too.
            lines.Add($"Advertise addr: '{AdvertiseAddress}'");
        }

        lines.Add($"                   RPC addr: '{RpcAddress}'");
        lines.Add("                  Encrypted: " + Text(Encrypted));
        lines.Add("                   Snapshot: " + Text(Snapshot));
        lines.Add("                    Profile: " + Profile);
        lines.Add("Message Compression Enabled: " + Text(Compression));
        if (Cluster.Length > 0)
        {
            lines.Add("               mDNS cluster: " + Cluster);
        }

        return lines;
    }

    private static string Text(bool value) => value ? "true" : "false";
}
