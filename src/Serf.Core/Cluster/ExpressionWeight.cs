using System;

namespace Serf.Cluster;

/// <summary>
/// How much work an expression of a peer is. Matching takes linear time, but the length of the value is
/// multiplied by the size of the automaton, and a few bytes such as <c>(.*a){90}</c> make a large one.
/// </summary>
internal static class ExpressionWeight
{
    /// <summary>Making the smallest automaton is as much work as so many steps through one.</summary>
    private const int Making = 500;

    private const int DepthMax = 64;
    private const long SizeMax = int.MaxValue;

    /// <returns>Steps at the most, roughly; too many rather than too few.</returns>
    public static long Of(ReadOnlySpan<byte> pattern, int valueSize, bool isMade) =>
        (isMade ? 0 : Making) + (SizeOf(pattern) * (valueSize + 1L));

    /// <summary>Places in the expression, counted as often as they are to be repeated.</summary>
    internal static long SizeOf(ReadOnlySpan<byte> pattern)
    {
        Span<long> sums = stackalloc long[DepthMax];
        sums.Clear();
        int depth = 0;
        long last = 0;
        for (int index = 0; index < pattern.Length; index++)
        {
            byte letter = pattern[index];
            if (letter == '{' && TryReadRepeat(pattern[index..], out int repeat, out int size))
            {
                last = Math.Min(SizeMax, last * Math.Max(1, repeat));
                index += size - 1;
                continue;
            }

            if (letter is (byte)'*' or (byte)'+' or (byte)'?')
            {
                continue;
            }

            if (letter == ')' && depth > 0)
            {
                last = Math.Max(1, sums[depth] + last);
                sums[depth--] = 0;
                continue;
            }

            sums[depth] = Math.Min(SizeMax, sums[depth] + last);
            last = 1;
            if (letter == '(')
            {
                if (++depth == DepthMax)
                {
                    return SizeMax;
                }

                last = 0;
            }
            else if (letter == '[')
            {
                index += ClassSize(pattern[index..]) - 1;
            }
            else if (letter == '\\')
            {
                index++;
            }
        }

        long total = last;
        foreach (long sum in sums)
        {
            total += sum;
        }

        return Math.Min(SizeMax, total);
    }

    // {n}, {n,} and {n,m}; anything else is plain text.
    private static bool TryReadRepeat(ReadOnlySpan<byte> text, out int repeat, out int size)
    {
        repeat = 0;
        int number = 0;
        for (size = 1; size < text.Length; size++)
        {
            byte letter = text[size];
            if (char.IsAsciiDigit((char)letter))
            {
                number = Math.Min(100_000, (number * 10) + (letter - '0'));
            }
            else
            {
                repeat = Math.Max(repeat, number);
                number = 0;
                if (letter == '}')
                {
                    size++;
                    return true;
                }

                if (letter != ',')
                {
                    return false;
                }
            }
        }

        return false;
    }

    private static int ClassSize(ReadOnlySpan<byte> text)
    {
        int index = text.Length > 1 && text[1] == '^' ? 2 : 1;
        for (int start = index; index < text.Length; index++)
        {
            if (text[index] == ']' && index > start)
            {
                return index + 1;
            }

            if (text[index] == '\\')
            {
                index++;
            }
            else if (text[index..].StartsWith("[:"u8) && text[index..].IndexOf(":]"u8) is > 0 and int end)
            {
                index += end + 1;
            }
        }

        return text.Length;
    }
}
