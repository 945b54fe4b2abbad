using System;
using Serf.Primitives;

namespace Serf.Agent.Logging;

/// <summary>The facilities of syslog (spec agent 18.5).</summary>
internal static class SyslogFacility
{
    private const int FirstLocal = 16;

    private static readonly string[] _names =
    [
        "KERN", "USER", "MAIL", "DAEMON", "AUTH", "SYSLOG", "LPR", "NEWS", "UUCP", "CRON", "AUTHPRIV", "FTP",
    ];

    /// <param name="name">In any case.</param>
    /// <returns>The number as it stands in records, not yet shifted.</returns>
    /// <exception cref="SerfException">What follows <c>Syslog setup failed: </c>.</exception>
    public static int Parse(string name)
    {
        string upper = name.ToUpperInvariant();
        int number = upper is ['L', 'O', 'C', 'A', 'L', >= '0' and <= '7']
            ? FirstLocal + upper[^1] - '0'
            : Array.IndexOf(_names, upper);
        return number >= 0 ? number : throw new SerfException("invalid syslog facility: " + upper);
    }
}
