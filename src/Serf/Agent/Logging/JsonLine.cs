using System;
using System.Buffers;
using System.Globalization;
using System.Text;
using Serf.Primitives;

namespace Serf.Agent.Logging;

/// <summary>
/// A line of standard output as JSON:
/// <c>{"time":"2026-11-21T00:52:07.123+01:00","level":"INFO","subsystem":"serf","message":"text"}</c>.
/// </summary>
internal static class JsonLine
{
    private const string Agent = "agent";

    private static readonly SearchValues<char> _subsystemLetters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyz.");

    /// <summary>A log line.</summary>
    /// <param name="text">With the subsystem in front; else the agent's.</param>
    public static string OfLog(DateTime time, LogLevel level, string text)
    {
        int length = text.AsSpan().IndexOfAnyExcept(_subsystemLetters);
        return length > 0 && text.AsSpan(length).StartsWith(": ")
            ? Format(time, level, text[..length], text[(length + 2)..])
            : Format(time, level, Agent, text);
    }

    /// <summary>Any other line, without its prefix.</summary>
    public static string OfOutput(DateTime time, LogLevel level, string text) =>
        Format(time, level, Agent, text.TrimStart(' '));

    private static string Format(DateTime time, LogLevel level, string subsystem, string message)
    {
        StringBuilder line = new();
        line.Append(
            CultureInfo.InvariantCulture,
            $"{{\"time\":\"{new DateTimeOffset(time):yyyy-MM-dd'T'HH:mm:ss.fffzzz}\"");
        line.Append(",\"level\":\"").Append(LogLevels.NameOf(level)).Append("\",\"subsystem\":");
        JsonText.Quote(line, subsystem);
        line.Append(",\"message\":");
        JsonText.Quote(line, message.TrimEnd('\n'));
        return line.Append('}').ToString();
    }
}
