using System;
using System.Globalization;
using System.Text;

namespace Serf.Agent;

/// <summary>
/// Base64 with padding, as configuration files hold keys. The base library decodes; where a fault is, it does
/// not say, so the text is looked at first, and the fault told in the words that users of the original know.
/// </summary>
internal static class Base64Text
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    /// <returns>Null, or <c>illegal base64 data at input byte 3</c>.</returns>
    public static string? TryDecode(string text, out byte[] bytes)
    {
        byte[] source = Encoding.UTF8.GetBytes(text);
        bytes = [];

        int fault = FaultIn(source);
        if (fault >= 0)
        {
            return "illegal base64 data at input byte " + fault.ToString(CultureInfo.InvariantCulture);
        }

        bytes = Convert.FromBase64String(text);
        return null;
    }

    /// <returns>The offset that the original names, or -1.</returns>
    private static int FaultIn(ReadOnlySpan<byte> source)
    {
        int position = 0;
        while (true)
        {
            int digits = 0;
            for (; digits < 4; digits++)
            {
                position = SkipLineEnds(source, position);
                if (position == source.Length)
                {
                    // Nothing is left behind a whole group; a begun one lacks its rest.
                    return digits == 0 ? -1 : position - digits;
                }

                byte next = source[position++];
                if (next == '=')
                {
                    return digits < 2 ? position - 1 : FaultInPadding(source, position, digits);
                }

                if (!Alphabet.Contains((char)next, StringComparison.Ordinal))
                {
                    return position - 1;
                }
            }
        }
    }

    // Behind the first "=": a second one where two digits came before, then nothing more.
    private static int FaultInPadding(ReadOnlySpan<byte> source, int position, int digits)
    {
        if (digits == 2)
        {
            position = SkipLineEnds(source, position);
            if (position == source.Length)
            {
                return source.Length;
            }

            if (source[position] != '=')
            {
                // Not where the wrong byte is, but what the original names.
                return position - 1;
            }

            position++;
        }

        position = SkipLineEnds(source, position);
        return position == source.Length ? -1 : position;
    }

    private static int SkipLineEnds(ReadOnlySpan<byte> source, int position)
    {
        while (position < source.Length && source[position] is (byte)'\r' or (byte)'\n')
        {
            position++;
        }

        return position;
    }
}
