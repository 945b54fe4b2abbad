using System;
using System.Globalization;
using System.Text;
using Serf.Primitives;

namespace Serf.Cli.Decode;

/// <summary>
/// JSON without spaces, as bytes. The base library's writer would do the same and make the program 0.2 MB
/// larger. Whoever calls it keeps keys and values, beginnings and ends in order.
/// </summary>
internal sealed class JsonBytes : IDisposable
{
    private const int NumberSizeMax = 32;

    private readonly ByteBuffer _bytes = new();
    private bool _needsComma;

    public ReadOnlySpan<byte> Written => _bytes.Written;

    /// <summary>Empties it, and gives back memory that only an odd line needs.</summary>
    public void Clear()
    {
        if (_bytes.Length > Limits.PacketExpansionMax)
        {
            _bytes.Dispose();
        }

        _bytes.Clear();
        _needsComma = false;
    }

    public void Dispose() => _bytes.Dispose();

    public void BeginObject() => Begin((byte)'{');

    public void EndObject() => End((byte)'}');

    public void BeginArray() => Begin((byte)'[');

    public void EndArray() => End((byte)']');

    /// <summary>The next value is this key's.</summary>
    /// <param name="name">One of our own: plain ASCII.</param>
    public void Key(string name)
    {
        Separate();
        _bytes.WriteByte((byte)'"');
        _needsComma = false;
        Literal(name);
        _bytes.Write("\":"u8);
        _needsComma = false;
    }

    /// <param name="name">UTF-8.</param>
    public void Key(ReadOnlySpan<byte> name)
    {
        Text(name);
        _bytes.WriteByte((byte)':');
        _needsComma = false;
    }

    public void Text(string value) => Text(Encoding.UTF8.GetBytes(value));

    /// <param name="value">UTF-8.</param>
    public void Text(ReadOnlySpan<byte> value)
    {
        Separate();
        _bytes.WriteByte((byte)'"');
        int start = 0;
        for (int index = 0; index < value.Length; index++)
        {
            byte unit = value[index];

            // Behind c2 stand U+0080 to U+009F, which terminals obey as they do those below the space.
            bool isHighControl = unit is >= 0x80 and <= 0x9F && index > 0 && value[index - 1] == 0xC2;
            if (unit is >= 0x20 and not (byte)'"' and not (byte)'\\' and not 0x7F && !isHighControl)
            {
                continue;
            }

            _bytes.Write(value[start..(isHighControl ? index - 1 : index)]);
            Escape(unit);
            start = index + 1;
        }

        _bytes.Write(value[start..]);
        _bytes.WriteByte((byte)'"');
    }

    public void Hex(ReadOnlySpan<byte> value)
    {
        Separate();
        int size = 2 + (2 * value.Length);
        Span<byte> token = _bytes.GetSpan(size)[..size];
        token[0] = (byte)'"';
        for (int index = 0; index < value.Length; index++)
        {
            token[1 + (2 * index)] = DigitOf(value[index] >> 4);
            token[2 + (2 * index)] = DigitOf(value[index] & 15);
        }

        token[^1] = (byte)'"';
        _bytes.Advance(size);
    }

    public void Number(long value)
    {
        Span<char> digits = stackalloc char[NumberSizeMax];
        Invariant.Holds(value.TryFormat(digits, out int size, provider: CultureInfo.InvariantCulture));
        Literal(digits[..size]);
    }

    public void Number(ulong value)
    {
        Span<char> digits = stackalloc char[NumberSizeMax];
        Invariant.Holds(value.TryFormat(digits, out int size, provider: CultureInfo.InvariantCulture));
        Literal(digits[..size]);
    }

    /// <summary>The shortest form that reads back the same; finite ones only.</summary>
    public void Number(double value)
    {
        Span<char> digits = stackalloc char[NumberSizeMax];
        Invariant.Holds(value.TryFormat(digits, out int size, provider: CultureInfo.InvariantCulture));
        Literal(digits[..size]);
    }

    /// <summary>A value that stands as it is.</summary>
    public void Literal(ReadOnlySpan<byte> value)
    {
        Separate();
        _bytes.Write(value);
    }

    private void Literal(ReadOnlySpan<char> ascii)
    {
        Separate();
        Span<byte> room = _bytes.GetSpan(ascii.Length);
        for (int index = 0; index < ascii.Length; index++)
        {
            room[index] = (byte)ascii[index];
        }

        _bytes.Advance(ascii.Length);
    }

    private static byte DigitOf(int nibble) => "0123456789abcdef"u8[nibble];

    private void Begin(byte bracket)
    {
        Separate();
        _bytes.WriteByte(bracket);
        _needsComma = false;
    }

    private void End(byte bracket)
    {
        _bytes.WriteByte(bracket);
        _needsComma = true;
    }

    private void Separate()
    {
        if (_needsComma)
        {
            _bytes.WriteByte((byte)',');
        }

        _needsComma = true;
    }

    private void Escape(byte unit)
    {
        _bytes.WriteByte((byte)'\\');
        switch (unit)
        {
            case (byte)'"' or (byte)'\\':
                _bytes.WriteByte(unit);
                break;
            case (byte)'\n':
                _bytes.WriteByte((byte)'n');
                break;
            case (byte)'\r':
                _bytes.WriteByte((byte)'r');
                break;
            case (byte)'\t':
                _bytes.WriteByte((byte)'t');
                break;
            default:
                _bytes.Write("u00"u8);
                _bytes.WriteByte(DigitOf(unit >> 4));
                _bytes.WriteByte(DigitOf(unit & 15));
                break;
        }
    }
}
