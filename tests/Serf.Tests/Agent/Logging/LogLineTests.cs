using System;
using Serf.Agent.Logging;
using Serf.Primitives;
using Xunit;

namespace Serf.Tests.Agent.Logging;

public sealed class LogLineTests
{
    private static readonly DateTime _time = new(2026, 11, 21, 0, 52, 7, 999);

    [Theory]
    [InlineData(LogLevel.Trace, "2026/11/21 00:52:07 [TRACE] serf: x")]
    [InlineData(LogLevel.Debug, "2026/11/21 00:52:07 [DEBUG] serf: x")]
    [InlineData(LogLevel.Info, "2026/11/21 00:52:07 [INFO] serf: x")]
    [InlineData(LogLevel.Warn, "2026/11/21 00:52:07 [WARN] serf: x")]
    [InlineData(LogLevel.Err, "2026/11/21 00:52:07 [ERR] serf: x")]
    public void A_line_has_time_level_and_text(LogLevel level, string expected)
    {
        Assert.Equal(expected, LogLine.Format(_time, level, "serf: x"));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("\n", "")]
    [InlineData("a\n", "a")]
    [InlineData("a\n\n", "a\n")]
    [InlineData("a\nb", "a\nb")]
    [InlineData("caf\u00E9 \U0001F600", "caf\u00E9 \U0001F600")]
    public void One_line_feed_at_the_end_is_dropped_and_others_stay(string text, string expected)
    {
        Assert.Equal("2026/11/21 00:52:07 [INFO] " + expected, LogLine.Format(_time, LogLevel.Info, text));
    }

    [Theory]
    [InlineData(1, 2, 3, 4, 5, 6, "0001/02/03 04:05:06")]
    [InlineData(1999, 12, 31, 23, 59, 59, "1999/12/31 23:59:59")]
    [InlineData(9999, 10, 10, 10, 10, 10, "9999/10/10 10:10:10")]
    public void Every_part_of_the_time_has_its_width(int y, int mo, int d, int h, int mi, int s,
        string expected)
    {
        string line = LogLine.Format(new DateTime(y, mo, d, h, mi, s), LogLevel.Info, "x");

        Assert.Equal(expected + " [INFO] x", line);
    }

    [Theory]
    [InlineData("trace", LogLevel.Trace)]
    [InlineData("Debug", LogLevel.Debug)]
    [InlineData("INFO", LogLevel.Info)]
    [InlineData("wArN", LogLevel.Warn)]
    [InlineData("err", LogLevel.Err)]
    public void A_level_may_be_written_in_any_case(string name, LogLevel expected)
    {
        Assert.True(LogLevels.TryParse(name, out LogLevel level));

        Assert.Equal(expected, level);
        Assert.Equal(name.ToUpperInvariant(), LogLevels.NameOf(level));
    }

    [Theory]
    [InlineData("")]
    [InlineData("loud")]
    [InlineData("error")]
    [InlineData("INFO ")]
    public void Other_words_are_no_levels(string name)
    {
        Assert.False(LogLevels.TryParse(name, out _));
    }

    [Theory]
    [InlineData("x [TRACE] y", LogLevel.Trace)]
    [InlineData("x [DEBUG] y", LogLevel.Debug)]
    [InlineData("x [INFO] y", LogLevel.Info)]
    [InlineData("x [WARN] y [DEBUG]", LogLevel.Warn)]
    [InlineData("x [ERR] y", LogLevel.Err)]
    public void A_line_passes_every_filter_up_to_its_own_level(string line, LogLevel level)
    {
        foreach (LogLevel minimum in Enum.GetValues<LogLevel>())
        {
            Assert.Equal(minimum <= level, new LogFilter(minimum).Passes(line));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("no level")]
    [InlineData("x [CRIT] y")]
    [InlineData("x [debug] y")]
    [InlineData("x [] y")]
    [InlineData("x [DEBUG y")]
    [InlineData("x ]DEBUG[ y")]
    [InlineData("x [a] [DEBUG] y")]
    [InlineData("x [[DEBUG] y")]
    public void A_line_without_a_known_level_always_passes(string line)
    {
        Assert.True(new LogFilter(LogLevel.Err).Passes(line));
    }
}
