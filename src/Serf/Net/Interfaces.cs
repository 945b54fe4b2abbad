using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using Serf.Posix;
using Serf.Primitives;

namespace Serf.Net;

/// <summary>The machine's own addresses, and which of them to use (spec gossip
/// 10.2, agent 5.2 and 5.3).</summary>
internal static class Interfaces
{
    private const string RouteFile = "/proc/net/route";

    // Special purpose, and not to be forwarded: no peer could use them.
    private static readonly Network[] Unforwardable =
    [
        Parse("0.0.0.0", 8), Parse("127.0.0.0", 8), Parse("169.254.0.0", 16), Parse("192.0.0.0", 24),
        Parse("192.0.2.0", 24), Parse("198.51.100.0", 24), Parse("203.0.113.0", 24), Parse("240.0.0.0", 4),
        Parse("255.255.255.255", 32), Parse("::1", 128), Parse("::", 128), Parse("2001:db8::", 32),
        Parse("2001:10::", 28), Parse("fe80::", 10),
    ];

    // Special purpose and forwardable; RFC 6890 has both lists.
    private static readonly Network[] Forwardable =
    [
        Parse("10.0.0.0", 8), Parse("100.64.0.0", 10), Parse("172.16.0.0", 12), Parse("192.88.99.0", 24),
        Parse("192.168.0.0", 16), Parse("198.18.0.0", 15), Parse("64:ff9b::", 96), Parse("100::", 64),
        Parse("2001::", 16), Parse("2002::", 16), Parse("fc00::", 7),
    ];

    /// <summary>All addresses in system order; an interface may also stand there with no address.</summary>
    /// <exception cref="SerfException"><c>failed to get interface addresses: REASON</c></exception>
    public static IReadOnlyList<InterfaceAddress> List()
    {
        List<InterfaceAddress> found = [];
        int error = Libc.ListInterfaces(found);
        return error == 0
            ? found
            : throw new SerfException(
                "failed to get interface addresses: route ip+net: " + Marshal.GetPInvokeErrorMessage(error));
    }

    /// <summary>Whether the address lies in a special-purpose block of RFC 6890,
    /// such as a private network.</summary>
    public static bool IsSpecialPurpose(in NodeAddress address)
    {
        int bits = address.IsIPv4 ? 32 : 128;
        return IsWithin(Unforwardable, address, bits) || IsWithin(Forwardable, address, bits);
    }

    /// <summary>The first private address, in the original's order of preference.</summary>
    /// <param name="addresses">As listed by <see cref="List"/>.</param>
    /// <param name="defaultInterface">Of the default route; empty if there is none.</param>
    /// <param name="address">Port 0. Peers of the original know it in the mapped sixteen-byte form.</param>
    public static bool TryFindPrivate(
        IReadOnlyList<InterfaceAddress> addresses, string defaultInterface, out NodeAddress address)
    {
        InterfaceAddress best = default;
        foreach (InterfaceAddress candidate in addresses)
        {
            bool usable = candidate.IsUp
                && !candidate.Address.IsNone
                && !IsWithin(Unforwardable, candidate.Address, candidate.PrefixLength)
                && IsWithin(Forwardable, candidate.Address, candidate.PrefixLength);
            if (usable && (best.Address.IsNone || IsBetter(candidate, best, defaultInterface)))
            {
                best = candidate;
            }
        }

        address = best.Address;
        return !address.IsNone;
    }

    /// <summary>Name of the interface of the IPv4 default route; empty when there is
    /// none, or no way to know.</summary>
    public static string DefaultRouteInterface()
    {
        try
        {
            return DefaultRouteInterface(File.ReadLines(RouteFile));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <param name="lines">Of the kernel's table: name, destination, gateway, flags, three numbers,
    /// mask.</param>
    public static string DefaultRouteInterface(IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            string[] fields = line.Split('\t', StringSplitOptions.TrimEntries);
            if (fields.Length > 7 && fields[1] == "00000000" && fields[7] == "00000000")
            {
                return fields[0];
            }
        }

        return "";
    }

    private static bool IsBetter(
        in InterfaceAddress candidate, in InterfaceAddress best, string defaultInterface)
    {
        bool candidateDefault = candidate.Name == defaultInterface;
        bool bestDefault = best.Name == defaultInterface;
        if (candidateDefault != bestDefault)
        {
            return candidateDefault;
        }

        return candidate.Address.IsIPv4 != best.Address.IsIPv4
            ? candidate.Address.IsIPv4
            : candidate.PrefixLength < best.PrefixLength;
    }

    private static bool IsWithin(Network[] networks, in NodeAddress address, int prefixLength)
    {
        foreach (Network network in networks)
        {
            if (network.Contains(address, prefixLength))
            {
                return true;
            }
        }

        return false;
    }

    private static Network Parse(string ip, int prefixLength)
    {
        Invariant.Holds(NodeAddress.TryParseIp(ip, 0, out NodeAddress address));
        return new Network(address, prefixLength);
    }

    private readonly record struct Network(NodeAddress Address, int PrefixLength)
    {
        /// <summary>Whether the whole network around the address is inside.</summary>
        public bool Contains(in NodeAddress address, int prefixLength)
        {
            if (address.IsIPv4 != Address.IsIPv4 || prefixLength < PrefixLength)
            {
                return false;
            }

            Span<byte> mine = stackalloc byte[16];
            Span<byte> other = stackalloc byte[16];
            Address.WriteIp(mine);
            address.Canonical().WriteIp(other);
            int whole = PrefixLength / 8;
            int rest = PrefixLength % 8;
            return mine[..whole].SequenceEqual(other[..whole])
                && (rest == 0 || (mine[whole] ^ other[whole]) >> (8 - rest) == 0);
        }
    }
}
