using System;
using System.Globalization;
using System.Text;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Net;

/// <summary>
/// What a node of a cluster says about itself by multicast DNS: names in their wire form, and the data of its
/// records (spec agent 12.1).
/// </summary>
internal sealed class MdnsService
{
    private const int CutSize = 54;

    private MdnsService(byte[] service, byte[] instance, byte[] host, byte[] text)
    {
        Service = service;
        Instance = instance;
        Host = host;
        Text = text;
    }

    /// <summary>Under this name the services of a network are listed (RFC 6763, section 9).</summary>
    public static ReadOnlySpan<byte> Enumeration => "\x09_services\x07_dns-sd\x04_udp\x05local\0"u8;

    /// <summary><c>_serf_CLUSTER._tcp.local.</c></summary>
    public byte[] Service { get; }

    /// <summary><c>NODENAME._serf_CLUSTER._tcp.local.</c></summary>
    public byte[] Instance { get; }

    /// <summary><c>HOSTNAME.</c></summary>
    public byte[] Host { get; }

    /// <summary>The TXT record's data: one string with its size in front.</summary>
    public byte[] Text { get; }

    /// <summary>Where the node is reached.</summary>
    public required NodeAddress Address { get; init; }

    /// <param name="cluster">Its name as configured.</param>
    /// <param name="nodeName">Dots in it separate labels, as in the original.</param>
    /// <param name="hostName">Likewise.</param>
    /// <param name="address">Where the node is reached.</param>
    /// <returns>Null when the cluster's name fits no such name.</returns>
    public static MdnsService? TryCreate(
        string cluster, string nodeName, string hostName, in NodeAddress address)
    {
        const string Domain = "._tcp.local";
        string type = "_serf_" + cluster + Domain;
        byte[]? service = TryName(type);
        byte[]? shortest = service is null ? null : TryName(Shortened(nodeName) + "." + type);
        if (service is null || shortest is null)
        {
            return null;
        }

        byte[] text = Encoding.UTF8.GetBytes($"Serf '{cluster}' cluster");
        return new MdnsService(
            service,
            TryName(nodeName + "." + type) ?? shortest,
            TryName(hostName) ?? TryName(Shortened(hostName))!,
            [(byte)text.Length, .. text])
        {
            Address = address.Canonical(),
        };
    }

    private static byte[]? TryName(string name)
    {
        Span<byte> wire = stackalloc byte[DnsName.SizeMax];
        int size = DnsName.Write(wire, Encoding.UTF8.GetBytes(name));
        return size == 0 ? null : wire[..size].ToArray();
    }

    // The original cannot answer for such a node at all. A checksum keeps two long names apart, since askers
    // take what has one name for one node.
    private static string Shortened(string name)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        StringBuilder label = new();
        foreach (byte letter in bytes.AsSpan(0, Math.Min(CutSize, bytes.Length)))
        {
            label.Append(char.IsAsciiLetterOrDigit((char)letter) ? (char)letter : '-');
        }

        return label.Append('-').Append(Crc32.Compute(bytes).ToString("x8", CultureInfo.InvariantCulture))
            .ToString();
    }
}
