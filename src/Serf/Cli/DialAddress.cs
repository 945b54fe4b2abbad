using System;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Serf.Primitives;

namespace Serf.Cli;

/// <summary>
/// <c>HOST:PORT</c> as the original takes it, and the addresses it stands for (spec cli 7).
/// </summary>
internal static class DialAddress
{
    /// <exception cref="RpcClientException">With the original's text.</exception>
    public static IPEndPoint[] Resolve(string address)
    {
        (string host, string portText) = Split(address);
        int port = Port(portText);
        if (host.Length == 0)
        {
            return [new(IPAddress.Loopback, port), new(IPAddress.IPv6Loopback, port)];
        }

        if (NodeAddress.TryParseIp(host, 0, out _) || host.Contains('%'))
        {
            return IPAddress.TryParse(host, out IPAddress? ip) ? [new(ip, port)] : throw NoSuchHost(host);
        }

        // Answered without asking anyone.
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            return [new(IPAddress.Loopback, port), new(IPAddress.IPv6Loopback, port)];
        }

        return Lookup(host, port);
    }

    // host ":" port, an IPv6 host in brackets
    private static (string Host, string Port) Split(string address)
    {
        if (address.Length == 0)
        {
            throw new RpcClientException("dial tcp: missing address");
        }

        int colon = address.LastIndexOf(':');
        if (colon < 0)
        {
            throw Bad(address, "missing port in address");
        }

        string host = address[..colon];
        if (address[0] == '[')
        {
            int end = address.IndexOf(']');
            if (end < 0)
            {
                throw Bad(address, "missing ']' in address");
            }

            if (end + 1 == address.Length)
            {
                throw Bad(address, "missing port in address");
            }

            if (end + 1 != colon)
            {
                bool more = address[end + 1] == ':';
                throw Bad(address, more ? "too many colons in address" : "missing port in address");
            }

            host = address[1..end];
        }
        else if (host.Contains(':'))
        {
            throw Bad(address, "too many colons in address");
        }

        if (address.AsSpan(address[0] == '[' ? 1 : 0).Contains('['))
        {
            throw Bad(address, "unexpected '[' in address");
        }

        if (address.AsSpan(address[0] == '[' ? host.Length + 2 : 0).Contains(']'))
        {
            throw Bad(address, "unexpected ']' in address");
        }

        return (host, address[(colon + 1)..]);
    }

    private static int Port(string text)
    {
        if (text.Length == 0)
        {
            return 0;
        }

        bool isNumber = long.TryParse(
            text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number);
        if (!isNumber)
        {
            throw new RpcClientException("dial tcp: address tcp/" + text + ": unknown port");
        }

        return number is >= 0 and <= ushort.MaxValue
            ? (int)number
            : throw new RpcClientException("dial tcp: address " + text + ": invalid port");
    }

    private static IPEndPoint[] Lookup(string host, int port)
    {
        IPAddress[] found;
        try
        {
            found = Dns.GetHostAddresses(host);
        }
        catch (Exception refusal) when (refusal is SocketException or ArgumentException)
        {
            throw NoSuchHost(host);
        }

        if (found.Length == 0)
        {
            throw NoSuchHost(host);
        }

        IPEndPoint[] endPoints = new IPEndPoint[found.Length];
        for (int index = 0; index < found.Length; index++)
        {
            endPoints[index] = new(found[index], port);
        }

        return endPoints;
    }

    private static RpcClientException Bad(string address, string reason) =>
        new("dial tcp: address " + address + ": " + reason);

    private static RpcClientException NoSuchHost(string host) =>
        new("dial tcp: lookup " + host + ": no such host");
}
