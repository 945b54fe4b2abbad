using System;

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
    /// <param name="number">As it stands in records, not yet shifted.</param>
    public static bool TryParse(string name, out int number)
    {
        string upper = name.ToUpperInvariant();
        number = upper is ['L', 'O', 'C', 'A', 'L', >= '0' and <= '7']
            ? FirstLocal + upper[^1] - '0'
            : Array.IndexOf(_names, upper);
        return number >= 0;
    }
}
