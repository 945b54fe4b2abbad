using System;
using System.Buffers;
using System.Globalization;
using System.Text;

namespace Serf.Primitives;

/// <summary>Text as the original quotes it in its messages.</summary>
public static class GoText
{
    /// <summary>In double quotes, with backslash escapes for what cannot be shown: <c>"a\tb"</c>.</summary>
    public static string Quote(string text) => Quote(ByteText.ToBytes(text));

    /// <summary>The same for bytes; those that are not UTF-8 come out as <c>\xff</c>.</summary>
    public static string Quote(ReadOnlySpan<byte> bytes)
    {
        StringBuilder quoted = new(bytes.Length + 2);
        quoted.Append('"');
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out Rune rune, out int size) == OperationStatus.Done)
            {
                AppendQuoted(quoted, rune);
            }
            else
            {
                quoted.Append(CultureInfo.InvariantCulture, $"\\x{bytes[0]:x2}");
                size = 1;
            }

            bytes = bytes[size..];
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>
    /// A plainer form that only the duration messages use: the bytes of everything outside ASCII, and of
    /// control characters, in hexadecimal.
    /// </summary>
    public static string QuoteBytes(string text)
    {
        StringBuilder quoted = new(text.Length + 2);
        quoted.Append('"');
        foreach (byte value in ByteText.ToBytes(text))
        {
            if (value is < 0x20 or >= 0x80)
            {
                quoted.Append(CultureInfo.InvariantCulture, $"\\x{value:x2}");
                continue;
            }

            if (value is (byte)'"' or (byte)'\\')
            {
                quoted.Append('\\');
            }

            quoted.Append((char)value);
        }

        return quoted.Append('"').ToString();
    }

    private static void AppendQuoted(StringBuilder quoted, Rune rune)
    {
        switch (rune.Value)
        {
            case '"' or '\\':
                quoted.Append('\\').Append((char)rune.Value);
                break;
            case '\a':
                quoted.Append("\\a");
                break;
            case '\b':
                quoted.Append("\\b");
                break;
            case '\f':
                quoted.Append("\\f");
                break;
            case '\n':
                quoted.Append("\\n");
                break;
            case '\r':
                quoted.Append("\\r");
                break;
            case '\t':
                quoted.Append("\\t");
                break;
            case '\v':
                quoted.Append("\\v");
                break;
            case < 0x20 or 0x7F:
                quoted.Append(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}");
                break;
            default:
                AppendVisible(quoted, rune);
                break;
        }
    }

    private static void AppendVisible(StringBuilder quoted, Rune rune)
    {
        // Marks, letters, digits, punctuation and symbols are shown; of the spaces only the ordinary one is.
        bool hidden = Rune.GetUnicodeCategory(rune) is
            UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
            or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            || (Rune.GetUnicodeCategory(rune) == UnicodeCategory.SpaceSeparator && rune.Value != ' ');
        if (!hidden)
        {
            quoted.Append(rune.ToString());
        }
        else if (rune.IsBmp)
        {
            quoted.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}");
        }
        else
        {
            quoted.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:x8}");
        }
    }
}
