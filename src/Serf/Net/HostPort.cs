using System;
using System.Globalization;

namespace Serf.Net;

/// <summary>Splits and checks <c>host:port</c> texts, with the original's error texts.</summary>
internal static class HostPort
{
    public const string MissingPort = "missing port in address";

    /// <summary>Splits at the last colon; brackets around an IPv6 host are required and taken off.</summary>
    /// <returns>Null, or why not, without the text: <c>too many colons in address</c>.</returns>
    public static string? TrySplit(string text, out string host, out string port)
    {
        host = "";
        port = "";
        int colon = text.LastIndexOf(':');
        if (colon < 0)
        {
            return MissingPort;
        }

        int hostStart = 0;
        int hostEnd = colon;
        if (text[0] == '[')
        {
            int bracket = text.IndexOf(']');
            if (bracket < 0)
            {
                return "missing ']' in address";
            }

            if (bracket + 1 != colon)
            {
                bool another = bracket + 1 < text.Length && text[bracket + 1] == ':';
                return another ? "too many colons in address" : MissingPort;
            }

            hostStart = 1;
            hostEnd = bracket;
        }
        else if (text.AsSpan(0, colon).Contains(':'))
        {
            return "too many colons in address";
        }

        host = text[hostStart..hostEnd];
        port = text[(colon + 1)..];
        int restStart = hostStart == 0 ? 0 : hostEnd + 1;
        if (text.AsSpan(hostStart).Contains('['))
        {
            return "unexpected '[' in address";
        }

        return text.AsSpan(restStart).Contains(']') ? "unexpected ']' in address" : null;
    }

    /// <summary>A number, the empty text for 0, or one of the few service names every system knows.</summary>
    /// <returns>Null, or the whole error text.</returns>
    public static string? TryParsePort(string text, out ushort port)
    {
        port = 0;
        if (text.Length == 0)
        {
            return null;
        }

        bool negative = text[0] == '-';
        ReadOnlySpan<char> digits = text.AsSpan(text[0] is '-' or '+' ? 1 : 0);
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange('0', '9'))
        {
            return TryFindService(text, out port) ? null : $"lookup tcp/{text}: unknown port";
        }

        bool fits = ushort.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out port);
        return fits && (!negative || port == 0) ? null : $"address {text}: invalid port";
    }

    // The names the original knows without a services file; nothing else is ever given here.
    private static bool TryFindService(string name, out ushort port)
    {
        port = name.ToLowerInvariant() switch
        {
            "domain" => 53,
            "ftp" => 21,
            "ftps" => 990,
            "gopher" => 70,
            "http" => 80,
            "https" => 443,
            "imap2" => 143,
            "imap3" => 220,
            "imaps" => 993,
            "pop3" => 110,
            "pop3s" => 995,
            "smtp" => 25,
            "ssh" => 22,
            "submissions" => 465,
            "telnet" => 23,
            _ => 0,
        };
        return port != 0;
    }
}
