using System;

namespace Serf.Agent.Logging;

/// <summary>What lines on standard output look like. Monitors and syslog always get text.</summary>
internal enum LogFormat : byte
{
    /// <summary>As the original prints them.</summary>
    Text,

    /// <summary>One JSON object a line, whatever the line is.</summary>
    Json,
}

/// <summary>The names of the formats.</summary>
internal static class LogFormats
{
    /// <summary>In any case.</summary>
    public static bool TryParse(string name, out LogFormat format)
    {
        bool isJson = name.Equals("json", StringComparison.OrdinalIgnoreCase);
        format = isJson ? LogFormat.Json : LogFormat.Text;
        return isJson || name.Equals("text", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>For lines that are printed before, or because, a name is refused.</summary>
    public static LogFormat OrText(string name) =>
        TryParse(name, out LogFormat format) ? format : LogFormat.Text;
}
