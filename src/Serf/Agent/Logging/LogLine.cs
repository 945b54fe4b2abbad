using System;
using Serf.Primitives;

namespace Serf.Agent.Logging;

/// <summary>The form of a log line (spec agent 18.1): <c>2026/11/21 00:52:07 [INFO] serf: text</c>.</summary>
internal static class LogLine
{
    private const int StampLength = 20;

    /// <param name="time">Local time; seconds are not rounded.</param>
    /// <param name="text">What follows the level; one line feed at its end is dropped, others stay.</param>
    public static string Format(DateTime time, LogLevel level, string text)
    {
        string name = LogLevels.NameOf(level);
        int textLength = text.EndsWith('\n') ? text.Length - 1 : text.Length;
        int length = StampLength + name.Length + 3 + textLength;
        return string.Create(length, (time, name, text, textLength), static (line, parts) =>
        {
            WriteStamp(line, parts.time);
            line = line[StampLength..];
            line[0] = '[';
            parts.name.CopyTo(line[1..]);
            line = line[(1 + parts.name.Length)..];
            line[0] = ']';
            line[1] = ' ';
            parts.text.AsSpan(0, parts.textLength).CopyTo(line[2..]);
        });
    }

    // By hand: this runs for every line, and a format string costs about ten times as much.
    private static void WriteStamp(Span<char> line, DateTime time)
    {
        WriteTwoDigits(line, time.Year / 100);
        WriteTwoDigits(line[2..], time.Year % 100);
        line[4] = '/';
        WriteTwoDigits(line[5..], time.Month);
        line[7] = '/';
        WriteTwoDigits(line[8..], time.Day);
        line[10] = ' ';
        WriteTwoDigits(line[11..], time.Hour);
        line[13] = ':';
        WriteTwoDigits(line[14..], time.Minute);
        line[16] = ':';
        WriteTwoDigits(line[17..], time.Second);
        line[19] = ' ';
    }

    private static void WriteTwoDigits(Span<char> line, int value)
    {
        line[0] = (char)('0' + (value / 10));
        line[1] = (char)('0' + (value % 10));
    }
}
