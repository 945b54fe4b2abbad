using System;

namespace Serf.Cli;

/// <summary>What became of reading a number.</summary>
internal enum GoIntegerStatus
{
    Ok,
    Syntax,
    OutOfRange,
}

/// <summary>
/// Whole numbers as flags accept them (spec cli 2.3): decimal, <c>0x</c>, <c>0o</c> or leading 0, <c>0b</c>,
/// underscores between digits, a sign.
/// </summary>
internal static class GoInteger
{
    // number = [ sign ] ( decimal | "0" ( "x" | "o" | "b" | "" ) digits ) ; an underscore stands between two
    // digits or between prefix and digit
    public static GoIntegerStatus Parse(ReadOnlySpan<char> text, out long value)
    {
        value = 0;
        bool negative = text.StartsWith('-');
        if (negative || text.StartsWith('+'))
        {
            text = text[1..];
        }

        uint numberBase = BaseOf(text, out int prefix);

        // The 0 of an octal number is a digit to the underscore rule; so is a prefix.
        bool afterDigit = prefix != 0;
        text = text[prefix..];
        if (text.IsEmpty)
        {
            return GoIntegerStatus.Syntax;
        }

        UInt128 magnitude = 0;
        foreach (char character in text)
        {
            if (character == '_' && afterDigit)
            {
                afterDigit = false;
                continue;
            }

            uint digit = DigitOf(character);
            if (digit >= numberBase)
            {
                return GoIntegerStatus.Syntax;
            }

            afterDigit = true;
            magnitude = UInt128.Min((magnitude * numberBase) + digit, ulong.MaxValue);
        }

        ulong magnitudeMax = negative ? 1UL << 63 : long.MaxValue;
        if (!afterDigit || magnitude > magnitudeMax)
        {
            return afterDigit ? GoIntegerStatus.OutOfRange : GoIntegerStatus.Syntax;
        }

        value = negative ? unchecked(-(long)(ulong)magnitude) : (long)magnitude;
        return GoIntegerStatus.Ok;
    }

    private static uint BaseOf(ReadOnlySpan<char> text, out int prefix)
    {
        prefix = 0;
        if (text.Length < 2 || text[0] != '0')
        {
            return 10;
        }

        prefix = text[1] is 'x' or 'X' or 'o' or 'O' or 'b' or 'B' ? 2 : 1;
        return text[1] switch
        {
            'x' or 'X' => 16,
            'b' or 'B' => 2,
            _ => 8,
        };
    }

    private static uint DigitOf(char character) => character switch
    {
        >= '0' and <= '9' => (uint)(character - '0'),
        >= 'a' and <= 'f' => (uint)(character - 'a' + 10),
        >= 'A' and <= 'F' => (uint)(character - 'A' + 10),
        _ => uint.MaxValue,
    };
}
