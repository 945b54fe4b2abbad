using System;
using Serf.Primitives;

namespace Serf.Agent.Logging;

/// <summary>The names of the levels.</summary>
internal static class LogLevels
{
    /// <summary>As it stands between the brackets of a line.</summary>
    public static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Trace => "TRACE",
        LogLevel.Debug => "DEBUG",
        LogLevel.Info => "INFO",
        LogLevel.Warn => "WARN",
        _ => "ERR",
    };

    /// <summary>A level in upper case, as lines have it.</summary>
    public static bool TryParseExact(ReadOnlySpan<char> name, out LogLevel level)
    {
        level = name switch
        {
            "TRACE" => LogLevel.Trace,
            "DEBUG" => LogLevel.Debug,
            "INFO" => LogLevel.Info,
            "WARN" => LogLevel.Warn,
            _ => LogLevel.Err,
        };
        return level != LogLevel.Err || name is "ERR";
    }

    /// <summary>A level in any case, as people write it.</summary>
    public static bool TryParse(string name, out LogLevel level) =>
        TryParseExact(name.ToUpperInvariant(), out level);
}
