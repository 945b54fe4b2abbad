using System;
using System.Globalization;
using System.Text;
using Serf.Primitives;

namespace Serf.Cluster;

/// <summary>A node named in a snapshot.</summary>
/// <param name="name">As written, spaces included.</param>
/// <param name="address">As written; not every text is an address.</param>
internal sealed class SnapshotPeer(ByteString name, ByteString address)
{
    private const int AddressTextSizeMax = 64;

    public ByteString Name { get; } = name;

    public ByteString Address { get; set; } = address;

    public bool HasFailed { get; set; }

    /// <summary>Place in the list of the alive ones.</summary>
    public int Index { get; set; }

    /// <summary>What it takes in a file, about.</summary>
    public int Size => Name.Length + Address.Length + 16;

    /// <summary>
    /// <c>a.b.c.d:port</c> or <c>[ipv6]:port</c>; false for anything else, as for the lone port of a node
    /// without an address.
    /// </summary>
    public bool TryGetAddress(out NodeAddress address)
    {
        address = default;
        ReadOnlySpan<byte> text = Address.Span;
        int colon = text.LastIndexOf((byte)':');
        if (colon <= 0 || text.Length > AddressTextSizeMax)
        {
            return false;
        }

        bool isPort = ushort.TryParse(
            text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out ushort port);
        ReadOnlySpan<byte> ip = text[..colon];
        bool isBracketed = ip[0] == (byte)'[' && ip[^1] == (byte)']';
        if (isBracketed)
        {
            ip = ip[1..^1];
        }

        Span<char> characters = stackalloc char[AddressTextSizeMax];
        ReadOnlySpan<char> literal = characters[..Encoding.Latin1.GetChars(ip, characters)];
        return isPort && port != 0 && isBracketed == literal.Contains(':')
            && NodeAddress.TryParseIp(literal, port, out address);
    }
}
