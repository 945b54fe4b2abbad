using System;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Serf.Primitives;

/// <summary>Durations as text (spec cli 2.4): <c>300ms</c>, <c>1.5h</c>, <c>2h45m</c>.</summary>
public static class GoDuration
{
    private const ulong MagnitudeMax = 1UL << 63;

    // text = [ "+" | "-" ] ( "0" | part { part } ) ;  part = ( digits [ "." digits ] | "." digits ) unit
    /// <param name="error">
    /// On failure the original's text: <c>time: missing unit in duration "10"</c>.
    /// </param>
    public static bool TryParse(string text, out TimeSpan duration, [NotNullWhen(false)] out string? error)
    {
        duration = default;
        ReadOnlySpan<char> rest = text;
        bool negative = rest.StartsWith('-');
        if (negative || rest.StartsWith('+'))
        {
            rest = rest[1..];
        }

        ulong nanoseconds = 0;
        if (!rest.SequenceEqual("0"))
        {
            error = "time: invalid duration " + GoText.QuoteBytes(text);
            if (rest.IsEmpty)
            {
                return false;
            }

            while (!rest.IsEmpty)
            {
                if (!TryTakePart(text, ref rest, ref nanoseconds, ref error))
                {
                    return false;
                }
            }

            if (nanoseconds == MagnitudeMax && !negative)
            {
                return false;
            }
        }

        error = null;
        long ticks = (long)(nanoseconds / TimeSpan.NanosecondsPerTick);
        if (ticks == 0 && nanoseconds != 0)
        {
            // Zero means "not given" to the callers, which a short duration must not turn into.
            ticks = 1;
        }

        duration = new TimeSpan(negative ? -ticks : ticks);
        return true;
    }

    /// <summary>As the original prints it: <c>1m30s</c>, <c>1.5s</c>, <c>250ms</c>, <c>0s</c>.</summary>
    public static string ToText(TimeSpan duration)
    {
        string sign = duration < TimeSpan.Zero ? "-" : "";
        decimal ticks = Math.Abs((decimal)duration.Ticks);
        string hours = ticks < TimeSpan.TicksPerHour
            ? ""
            : Shown(decimal.Floor(ticks / TimeSpan.TicksPerHour)) + "h";
        string minutes = ticks < TimeSpan.TicksPerMinute
            ? ""
            : Shown(decimal.Floor(ticks % TimeSpan.TicksPerHour / TimeSpan.TicksPerMinute)) + "m";
        return sign + hours + minutes + ticks switch
        {
            > 0 and < TimeSpan.TicksPerMicrosecond => Shown(ticks * TimeSpan.NanosecondsPerTick) + "ns",
            > 0 and < TimeSpan.TicksPerMillisecond => Shown(ticks / TimeSpan.TicksPerMicrosecond) + "\u00B5s",
            > 0 and < TimeSpan.TicksPerSecond => Shown(ticks / TimeSpan.TicksPerMillisecond) + "ms",
            _ => Shown(ticks % TimeSpan.TicksPerMinute / TimeSpan.TicksPerSecond) + "s",
        };
    }

    private static string Shown(decimal number) => number.ToString("0.#######", CultureInfo.InvariantCulture);

    private static bool TryTakePart(
        string text, ref ReadOnlySpan<char> rest, ref ulong total, ref string error)
    {
        int whole = DigitCount(rest);
        ReadOnlySpan<char> wholeDigits = rest[..whole];
        rest = rest[whole..];
        ReadOnlySpan<char> fractionDigits = default;
        if (rest.StartsWith('.'))
        {
            rest = rest[1..];
            int fraction = DigitCount(rest);
            fractionDigits = rest[..fraction];
            rest = rest[fraction..];
        }

        if ((wholeDigits.IsEmpty && fractionDigits.IsEmpty) || !TryReadWhole(wholeDigits, out ulong value))
        {
            return false;
        }

        int unitLength = rest.IndexOfAnyInRange('0', '9');
        int point = rest.IndexOf('.');
        unitLength = unitLength < 0 ? rest.Length : unitLength;
        unitLength = point >= 0 && point < unitLength ? point : unitLength;
        if (unitLength == 0)
        {
            error = "time: missing unit in duration " + GoText.QuoteBytes(text);
            return false;
        }

        ReadOnlySpan<char> unitText = rest[..unitLength];
        rest = rest[unitLength..];
        ulong unit = UnitOf(unitText);
        if (unit == 0)
        {
            error = $"time: unknown unit {GoText.QuoteBytes(unitText.ToString())} in duration "
                + GoText.QuoteBytes(text);
            return false;
        }

        if (value > MagnitudeMax / unit)
        {
            return false;
        }

        value = (value * unit) + Fraction(fractionDigits, unit);
        if (value > MagnitudeMax - total)
        {
            return false;
        }

        total += value;
        return true;
    }

    private static int DigitCount(ReadOnlySpan<char> text)
    {
        int end = text.IndexOfAnyExceptInRange('0', '9');
        return end < 0 ? text.Length : end;
    }

    private static bool TryReadWhole(ReadOnlySpan<char> digits, out ulong value)
    {
        value = 0;
        foreach (char digit in digits)
        {
            if (value > MagnitudeMax / 10)
            {
                return false;
            }

            value = (value * 10) + (ulong)(digit - '0');
            if (value > MagnitudeMax)
            {
                return false;
            }
        }

        return true;
    }

    // Digits that no longer fit are cut off; in double precision, as the original does it.
    private static ulong Fraction(ReadOnlySpan<char> digits, ulong unit)
    {
        ulong value = 0;
        double scale = 1;
        foreach (char digit in digits)
        {
            ulong next = (value * 10) + (ulong)(digit - '0');
            if (value > (MagnitudeMax - 1) / 10 || next > MagnitudeMax)
            {
                break;
            }

            value = next;
            scale *= 10;
        }

        return (ulong)(value * (unit / scale));
    }

    private static ulong UnitOf(ReadOnlySpan<char> unit) => unit switch
    {
        "ns" => 1,
        "us" or "\u00B5s" or "\u03BCs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => 0,
    };
}
