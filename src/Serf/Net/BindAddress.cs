using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Net;

/// <summary>Addresses of the configuration: where to bind, what to advertise, where to
/// serve RPC (spec agent 5).</summary>
internal static class BindAddress
{
    private const string DefaultPort = ":7946";

    /// <summary><c>host[:port]</c> of <c>bind</c> and <c>advertise</c>; an empty host is 0.0.0.0. May ask
    /// for a name.</summary>
    /// <returns>Null, or the original's text, which follows <c>Invalid bind address: </c>.</returns>
    public static string? TryParse(string text, out NodeAddress address)
    {
        string whole = text;
        string? fault = HostPort.TrySplit(whole, out string host, out string port);
        if (fault == HostPort.MissingPort)
        {
            whole = text + DefaultPort;
            fault = HostPort.TrySplit(whole, out host, out port);
        }

        address = default;
        return fault is null ? TryResolve(host, port, out address) : $"address {whole}: {fault}";
    }

    /// <summary><c>host:port</c> of the RPC address; an empty host is every address.</summary>
    /// <returns>Null, or the original's text, which follows <c>listen tcp: </c>.</returns>
    public static string? TryParseWithPort(string text, out NodeAddress address)
    {
        address = default;
        string? fault = HostPort.TrySplit(text, out string host, out string port);
        return fault is null ? TryResolve(host, port, out address) : $"address {text}: {fault}";
    }

    private static string? TryResolve(string host, string portText, out NodeAddress address)
    {
        address = default;
        string? fault = HostPort.TryParsePort(portText, out ushort port);
        if (fault is not null)
        {
            return fault;
        }

        if (host.Length == 0)
        {
            address = NodeAddress.FromIPv4(0, port);
            return null;
        }

        fault = Resolver.TryLookUp(host, port, out IReadOnlyList<NodeAddress> addresses);
        if (fault is not null)
        {
            return fault;
        }

        address = addresses[0];
        foreach (NodeAddress candidate in addresses)
        {
            if (candidate.IsIPv4)
            {
                address = candidate.Canonical();
                break;
            }
        }

        return null;
    }
}
