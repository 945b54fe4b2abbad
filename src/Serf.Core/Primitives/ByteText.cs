using System;
using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Serf.Primitives;

/// <summary>
/// Text that loses no byte: UTF-8 where it is, and where it is not, one lone low surrogate U+DC80 to U+DCFF
/// for each byte, which no proper text contains. So names and payloads that are not UTF-8 pass through
/// arguments, log lines and the terminal as they came.
/// </summary>
public static class ByteText
{
    private const char EscapeFirst = '\uDC80';
    private const char EscapeLast = '\uDCFF';
    private const int EscapeBase = 0xDC00;

    public static string FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
        {
            return Encoding.UTF8.GetString(bytes);
        }

        StringBuilder text = new(bytes.Length);
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out Rune rune, out int size) == OperationStatus.Done)
            {
                text.Append(rune.ToString());
            }
            else
            {
                text.Append((char)(EscapeBase + bytes[0]));
                size = 1;
            }

            bytes = bytes[size..];
        }

        return text.ToString();
    }

    /// <summary>
    /// Whether some of the text may stand for bytes that are not UTF-8; never false where some does.
    /// </summary>
    public static bool HoldsBytes(string text) => text.AsSpan().ContainsAnyInRange(EscapeFirst, EscapeLast);

    public static byte[] ToBytes(string text)
    {
        if (!HoldsBytes(text))
        {
            return Encoding.UTF8.GetBytes(text);
        }

        ByteBuffer bytes = new();
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            OperationStatus status = Rune.DecodeFromUtf16(rest, out Rune rune, out int size);
            if (status != OperationStatus.Done && rest[0] is >= EscapeFirst and <= EscapeLast)
            {
                bytes.WriteByte((byte)(rest[0] - EscapeBase));
            }
            else
            {
                bytes.Advance(rune.EncodeToUtf8(bytes.GetSpan(4)));
            }

            rest = rest[size..];
        }

        byte[] result = bytes.Written.ToArray();
        bytes.Dispose();
        return result;
    }
}
