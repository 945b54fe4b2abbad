using System;
using Serf.Primitives;
using Xunit;

namespace Serf.Core.Tests.Primitives;

public sealed class GoDurationTests
{
    [Theory]
    [InlineData("0", 0L)]
    [InlineData("+0", 0L)]
    [InlineData("-0", 0L)]
    [InlineData("0s", 0L)]
    [InlineData("300ms", 3_000_000L)]
    [InlineData("1.5h", 54_000_000_000L)]
    [InlineData("2h45m", 99_000_000_000L)]
    [InlineData(".5s", 5_000_000L)]
    [InlineData("5.s", 50_000_000L)]
    [InlineData("+5s", 50_000_000L)]
    [InlineData("-5s", -50_000_000L)]
    [InlineData("1us", 10L)]
    [InlineData("1\u00B5s", 10L)]
    [InlineData("1\u03BCs", 10L)]
    [InlineData("100ns", 1L)]
    [InlineData("1h1h", 72_000_000_000L)]
    [InlineData("9223372036854775807ns", 92_233_720_368_547_758L)]
    [InlineData("-9223372036854775808ns", -92_233_720_368_547_758L)]
    [InlineData("2562047h", 92_233_692_000_000_000L)]
    [InlineData("0.99999999999999999999999s", 10_000_000L)]
    [InlineData("1.000000000000000001s", 10_000_000L)]
    [InlineData("0.000000000000000000001s", 0L)]
    public void A_duration_is_read_to_the_tick(string text, long ticks)
    {
        Assert.True(GoDuration.TryParse(text, out TimeSpan duration, out string? error));

        Assert.Equal(ticks, duration.Ticks);
        Assert.Null(error);
    }

    [Theory]
    [InlineData("1ns", 1L)]
    [InlineData("-1ns", -1L)]
    [InlineData("99ns", 1L)]
    public void A_duration_below_one_tick_does_not_become_zero(string text, long ticks)
    {
        Assert.True(GoDuration.TryParse(text, out TimeSpan duration, out _));

        Assert.Equal(ticks, duration.Ticks);
    }

    // Every line was printed by the original (`-broadcast-timeout=TEXT`).
    [Theory]
    [InlineData("", "time: invalid duration \"\"")]
    [InlineData(".", "time: invalid duration \".\"")]
    [InlineData("-", "time: invalid duration \"-\"")]
    [InlineData("+", "time: invalid duration \"+\"")]
    [InlineData("-.", "time: invalid duration \"-.\"")]
    [InlineData("x", "time: invalid duration \"x\"")]
    [InlineData("s", "time: invalid duration \"s\"")]
    [InlineData("1", "time: missing unit in duration \"1\"")]
    [InlineData("00", "time: missing unit in duration \"00\"")]
    [InlineData("0.0", "time: missing unit in duration \"0.0\"")]
    [InlineData("1h1", "time: missing unit in duration \"1h1\"")]
    [InlineData("3s2", "time: missing unit in duration \"3s2\"")]
    [InlineData("1.2.3s", "time: missing unit in duration \"1.2.3s\"")]
    [InlineData("1d", "time: unknown unit \"d\" in duration \"1d\"")]
    [InlineData("1H", "time: unknown unit \"H\" in duration \"1H\"")]
    [InlineData("1hh", "time: unknown unit \"hh\" in duration \"1hh\"")]
    [InlineData("1h-1m", "time: unknown unit \"h-\" in duration \"1h-1m\"")]
    [InlineData("1 s", "time: unknown unit \" s\" in duration \"1 s\"")]
    [InlineData("1s ", "time: unknown unit \"s \" in duration \"1s \"")]
    [InlineData("1e3s", "time: unknown unit \"e\" in duration \"1e3s\"")]
    [InlineData("5'", "time: unknown unit \"'\" in duration \"5'\"")]
    [InlineData("9223372036854775808ns", "time: invalid duration \"9223372036854775808ns\"")]
    [InlineData("2562048h", "time: invalid duration \"2562048h\"")]
    [InlineData("99999999999999999999s", "time: invalid duration \"99999999999999999999s\"")]
    [InlineData("100000000000000000000ms", "time: invalid duration \"100000000000000000000ms\"")]
    [InlineData("2562047h2562047h", "time: invalid duration \"2562047h2562047h\"")]
    [InlineData("a\"\\b", "time: invalid duration \"a\\\"\\\\b\"")]
    [InlineData("a\tb", "time: invalid duration \"a\\x09b\"")]
    [InlineData("\u00E9", "time: invalid duration \"\\xc3\\xa9\"")]
    [InlineData("3\u00E9", "time: unknown unit \"\\xc3\\xa9\" in duration \"3\\xc3\\xa9\"")]
    public void A_bad_duration_is_refused_in_the_words_of_the_original(string text, string expected)
    {
        Assert.False(GoDuration.TryParse(text, out _, out string? error));

        Assert.Equal(expected, error);
    }

    [Theory]
    [InlineData("0", "0s")]
    [InlineData("100ns", "100ns")]
    [InlineData("1500ns", "1.5\u00B5s")]
    [InlineData("250ms", "250ms")]
    [InlineData("1s", "1s")]
    [InlineData("1500ms", "1.5s")]
    [InlineData("30s", "30s")]
    [InlineData("60s", "1m0s")]
    [InlineData("90s", "1m30s")]
    [InlineData("1h", "1h0m0s")]
    [InlineData("-24h", "-24h0m0s")]
    [InlineData("-10ms", "-10ms")]
    [InlineData("25h61m1.25s", "26h1m1.25s")]
    [InlineData("-9223372036854775808ns", "-2562047h47m16.8547758s")]
    public void A_duration_is_shown_as_the_original_does_and_read_again(string text, string expected)
    {
        Assert.True(GoDuration.TryParse(text, out TimeSpan duration, out _));

        Assert.Equal(expected, GoDuration.ToText(duration));
        Assert.True(GoDuration.TryParse(expected, out TimeSpan again, out _));
        Assert.Equal(duration, again);
    }
}
