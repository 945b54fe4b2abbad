using System;
using System.Collections.Generic;
using System.Globalization;
using Serf.Primitives;

namespace Serf.Swim;

/// <summary>
/// The networks that members may be in (spec gossip 9.4). An empty list allows every address, as with the
/// original.
/// </summary>
public sealed class AllowedNetworks
{
    private readonly (NodeAddress Address, int BitCount)[] _networks;

    private AllowedNetworks((NodeAddress Address, int BitCount)[] networks) => _networks = networks;

    public static AllowedNetworks All { get; } = new([]);

    /// <param name="texts">Such as <c>10.0.0.0/8</c> or <c>fd00::/8</c>; spaces around them do not
    /// matter.</param>
    /// <param name="errors">One for each that is none. The others count all the same.</param>
    public static AllowedNetworks Parse(IEnumerable<string> texts, out IReadOnlyList<string> errors)
    {
        List<(NodeAddress Address, int BitCount)> networks = [];
        List<string> faults = [];
        foreach (string text in texts)
        {
            if (TryParse(text.AsSpan().Trim(), out NodeAddress address, out int bitCount))
            {
                networks.Add((address, bitCount));
            }
            else
            {
                faults.Add("invalid CIDR address: " + text.Trim());
            }
        }

        errors = faults;
        return networks.Count == 0 ? All : new AllowedNetworks([.. networks]);
    }

    public bool Contains(in NodeAddress address)
    {
        foreach ((NodeAddress network, int bitCount) in _networks)
        {
            if (address.HasSamePrefix(network, bitCount))
            {
                return true;
            }
        }

        return _networks.Length == 0;
    }

    private static bool TryParse(ReadOnlySpan<char> text, out NodeAddress address, out int bitCount)
    {
        address = default;
        bitCount = 0;
        int slash = text.IndexOf('/');
        if (slash < 0 || !NodeAddress.TryParseIp(text[..slash], 0, out address)
            || !byte.TryParse(
                text[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out byte length))
        {
            return false;
        }

        // The sixteen-byte form of an IPv4 address has 96 bits in front.
        bitCount = address.IpSize == 4 ? 96 + length : length;
        return length <= 8 * address.IpSize;
    }
}
