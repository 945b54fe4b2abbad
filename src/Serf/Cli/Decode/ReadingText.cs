using System;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Serf.Primitives;

namespace Serf.Cli.Decode;

/// <summary>Values as a person reads them. Nothing in them can move a cursor or begin a new line.</summary>
internal static class ReadingText
{
    private const int VersionsSize = 6;

    /// <summary>As it is where letters, digits and a few signs make it up, else quoted.</summary>
    public static string Name(ReadOnlySpan<byte> value)
    {
        foreach (byte character in value)
        {
            bool isPlain = char.IsAsciiLetterOrDigit((char)character) || "-._:/+@"u8.Contains(character);
            if (!isPlain)
            {
                return GoText.Quote(value);
            }
        }

        return value.IsEmpty ? "\"\"" : Encoding.UTF8.GetString(value);
    }

    /// <summary>Quoted where it reads as text, else in hexadecimal; only its beginning, if long.</summary>
    public static string Payload(ReadOnlySpan<byte> value, int shownMax)
    {
        if (value.IsEmpty)
        {
            return "none";
        }

        return value.Length <= 4 * shownMax && Utf8.IsValid(value) && !HasControls(value)
            ? GoText.Quote(value)
            : Hex(value, shownMax);
    }

    public static string Hex(ReadOnlySpan<byte> value, int shownMax)
    {
        if (value.Length <= shownMax)
        {
            return Convert.ToHexStringLower(value);
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Convert.ToHexStringLower(value[..shownMax])}... ({value.Length} bytes)");
    }

    public static string Address(ReadOnlySpan<byte> ip, long port)
    {
        if (port is >= 0 and <= ushort.MaxValue
            && NodeAddress.TryFromBytes(ip, (ushort)port, out NodeAddress address))
        {
            return address.ToString();
        }

        string text = ip.IsEmpty ? "none" : Convert.ToHexStringLower(ip);
        return string.Create(CultureInfo.InvariantCulture, $"{text} port {port}");
    }

    // The gossip protocol's, then Serf's own.
    public static string Versions(ReadOnlySpan<byte> value) => value.Length == VersionsSize
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"{value[2]} of {value[0]}-{value[1]}, serf {value[5]} of {value[3]}-{value[4]}")
        : Payload(value, VersionsSize);

    public static string Duration(long nanoseconds) =>
        (nanoseconds / 1e9).ToString(CultureInfo.InvariantCulture) + "s";

    private static bool HasControls(ReadOnlySpan<byte> value) => value.ContainsAnyInRange((byte)0, (byte)0x08)
        || value.ContainsAnyInRange((byte)0x0E, (byte)0x1F);
}
