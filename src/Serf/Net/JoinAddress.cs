using System;
using System.Globalization;
using Serf.Primitives;

namespace Serf.Net;

/// <summary>
/// The forms in which a node to be joined is given: <c>[name/]host[:port]</c> (spec gossip 8.3).
/// </summary>
internal static class JoinAddress
{
    private const int NameSizeMax = 254;

    /// <summary>Takes a text apart. A node name in front is allowed; this transport has no use for
    /// it.</summary>
    /// <param name="defaultPort">The local bind port, for a text without one.</param>
    /// <returns>Null, or the original's words, which follow <c>failed to resolve TEXT: </c>.</returns>
    public static string? TrySplit(string text, ushort defaultPort, out string host, out ushort port)
    {
        host = "";
        port = 0;
        int slash = text.IndexOf('/');
        return slash == 0
            ? "empty node name provided"
            : TrySplitHost(text[(slash + 1)..], defaultPort, out host, out port);
    }

    /// <summary>The same for a text that has no node name.</summary>
    public static string? TrySplitHost(string text, ushort defaultPort, out string host, out ushort port)
    {
        string whole = text;
        if (!HasPort(text))
        {
            string bare = text.Trim('[', ']');
            string bracketed = bare.Contains(':') ? $"[{bare}]" : bare;
            whole = string.Create(CultureInfo.InvariantCulture, $"{bracketed}:{defaultPort}");
        }

        port = 0;
        string? fault = HostPort.TrySplit(whole, out host, out string portText);
        return fault is null ? TryParsePort(portText, out port) : $"address {whole}: {fault}";
    }

    /// <summary>An IP literal without brackets, IPv4 in its four-byte form.</summary>
    public static bool TryParseLiteral(string host, ushort port, out NodeAddress address)
    {
        // A zone is dropped, as in what peers are told of the address.
        int zone = host.IndexOf('%');
        ReadOnlySpan<char> ip = zone > 0 && host.Contains(':') ? host.AsSpan(0, zone) : host;
        bool parsed = NodeAddress.TryParseIp(ip, port, out address);
        address = address.Canonical();
        return parsed;
    }

    public static bool IsLocalhost(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether it is worth to ask anyone for this name.</summary>
    public static bool IsName(string host)
    {
        if (host.Length is 0 or > NameSizeMax)
        {
            return false;
        }

        foreach (char letter in host)
        {
            if (!char.IsAsciiLetterOrDigit(letter) && letter is not ('-' or '_' or '.'))
            {
                return false;
            }
        }

        // The C library also takes 1.2.3, 0x7f.1 and 010.0.0.1 for addresses; to everybody else they are no
        // host.
        string trimmed = host.EndsWith('.') ? host[..^1] : host;
        ReadOnlySpan<char> last = trimmed.AsSpan(trimmed.LastIndexOf('.') + 1);
        return !last.IsEmpty && !char.IsAsciiDigit(last[0]);
    }

    private static bool HasPort(string text) => text.StartsWith('[')
        ? text.LastIndexOf(':') > text.LastIndexOf(']')
        : text.AsSpan().Count(':') == 1;

    // No sign and no service name here, unlike in the configuration.
    private static string? TryParsePort(string text, out ushort port)
    {
        port = 0;
        if (text.Length == 0 || text.AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            return $"strconv.ParseUint: parsing \"{text}\": invalid syntax";
        }

        bool fits = ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port);
        return fits ? null : $"strconv.ParseUint: parsing \"{text}\": value out of range";
    }
}
