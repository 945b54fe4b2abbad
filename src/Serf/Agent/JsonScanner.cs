using System;
using Serf.Primitives;

namespace Serf.Agent;

/// <summary>
/// Finds the end of the first JSON value of a file, and says what is wrong with its syntax in the words that
/// users of the original know (spec agent 3.4). Reading the value is left to the base library, whose own
/// messages differ.
/// </summary>
internal ref struct JsonScanner
{
    private const string Space = " \t\r\n";

    private const string Nothing = "EOF";
    private const string CutOff = "unexpected EOF";

    private readonly ReadOnlySpan<byte> _json;
    private int _position;

    // One bit for each open container, the innermost lowest: set for an object.
    private ulong _open;
    private int _depth;

    private JsonScanner(ReadOnlySpan<byte> json) => _json = json;

    /// <param name="end">Where the first value ends.</param>
    /// <returns>Null, or the error.</returns>
    public static string? Scan(ReadOnlySpan<byte> json, out int end)
    {
        JsonScanner scanner = new(json);
        string? error = scanner.ScanFirst();
        end = scanner._position;
        return error;
    }

    /// <summary>
    /// The same for a file that the original reads as a whole: nothing may follow the value. Where it is cut
    /// off, the original puts a blank behind it, and tells what that breaks.
    /// </summary>
    /// <param name="end">Where the value ends.</param>
    public static string? ScanWhole(ReadOnlySpan<byte> json, out int end)
    {
        string? error = Scan(json, out end);
        if (error is Nothing or CutOff)
        {
            error = Scan([.. json, (byte)' '], out _);
            return error is Nothing or CutOff ? "unexpected end of JSON input" : error;
        }

        JsonScanner rest = new(json) { _position = end };
        rest.SkipSpace();
        return error is null && rest.Peek() >= 0 ? rest.Unexpected("after top-level value") : error;
    }

    private string? ScanFirst()
    {
        SkipSpace();
        if (_position == _json.Length)
        {
            return Nothing;
        }

        string? error = ScanValueStart();
        while (error is null && _depth > 0)
        {
            error = ScanAfterValue();
        }

        return error;
    }

    // A scalar is taken whole. A container is opened: an empty one is closed at once,
    // else its first value begins.
    private string? ScanValueStart()
    {
        string? error = null;
        bool complete = false;
        while (error is null && !complete)
        {
            SkipSpace();
            switch (Peek())
            {
                case '{':
                    error = Open(isObject: true) ?? (TryClose('}', out complete) ? null : ScanKey());
                    break;
                case '[':
                    error = Open(isObject: false);
                    _ = error is null && TryClose(']', out complete);
                    break;
                default:
                    complete = true;
                    error = ScanScalar();
                    break;
            }
        }

        return error;
    }

    private string? ScanAfterValue()
    {
        SkipSpace();
        bool inObject = (_open & 1) != 0;
        int next = Peek();
        if (next == (inObject ? '}' : ']'))
        {
            Close();
            return null;
        }

        if (next != ',')
        {
            return Unexpected(inObject ? "after object key:value pair" : "after array element");
        }

        _position++;
        return (inObject ? ScanKey() : null) ?? ScanValueStart();
    }

    private string? ScanKey()
    {
        SkipSpace();
        if (Peek() != '"')
        {
            return Unexpected("looking for beginning of object key string");
        }

        string? error = ScanText();
        if (error is not null)
        {
            return error;
        }

        SkipSpace();
        if (Peek() != ':')
        {
            return Unexpected("after object key");
        }

        _position++;
        return null;
    }

    private string? ScanScalar() => Peek() switch
    {
        '"' => ScanText(),
        't' => ScanLiteral("true"),
        'f' => ScanLiteral("false"),
        'n' => ScanLiteral("null"),
        '-' or (>= '0' and <= '9') => ScanNumber(),
        _ => Unexpected("looking for beginning of value"),
    };

    private string? ScanLiteral(string literal)
    {
        foreach (char expected in literal)
        {
            if (Peek() != expected)
            {
                return Unexpected($"in literal {literal} (expecting '{expected}')");
            }

            _position++;
        }

        return null;
    }

    private string? ScanNumber()
    {
        if (Peek() == '-')
        {
            _position++;
        }

        if (Peek() == '0')
        {
            _position++;
        }
        else if (!TrySkipDigits())
        {
            return Unexpected("in numeric literal");
        }

        if (Peek() == '.')
        {
            _position++;
            if (!TrySkipDigits())
            {
                return Unexpected("after decimal point in numeric literal");
            }
        }

        if (Peek() is not ('e' or 'E'))
        {
            return null;
        }

        _position++;
        if (Peek() is '+' or '-')
        {
            _position++;
        }

        return TrySkipDigits() ? null : Unexpected("in exponent of numeric literal");
    }

    private string? ScanText()
    {
        _position++;
        while (true)
        {
            int next = Peek();
            if (next < 0x20)
            {
                return Unexpected("in string literal");
            }

            _position++;
            if (next == '"')
            {
                return null;
            }

            if (next == '\\' && ScanEscape() is string error)
            {
                return error;
            }
        }
    }

    private string? ScanEscape()
    {
        int kind = Peek();
        if (kind < 0 || !"\"\\/bfnrtu".Contains((char)kind))
        {
            return Unexpected("in string escape code");
        }

        _position++;
        for (int digit = 0; kind == 'u' && digit < 4; digit++)
        {
            int next = Peek();
            if (next < 0 || !char.IsAsciiHexDigit((char)next))
            {
                return Unexpected("in \\u hexadecimal character escape");
            }

            _position++;
        }

        return null;
    }

    private string? Open(bool isObject)
    {
        if (_depth == Limits.ConfigDepthMax)
        {
            return "exceeded max depth";
        }

        _position++;
        _depth++;
        _open = (_open << 1) | (isObject ? 1UL : 0);
        return null;
    }

    private bool TryClose(char end, out bool closed)
    {
        SkipSpace();
        closed = Peek() == end;
        if (closed)
        {
            Close();
        }

        return closed;
    }

    private void Close()
    {
        _position++;
        _depth--;
        _open >>= 1;
    }

    private readonly int Peek() => _position < _json.Length ? _json[_position] : -1;

    private void SkipSpace()
    {
        while (_position < _json.Length && Space.Contains((char)_json[_position]))
        {
            _position++;
        }
    }

    private bool TrySkipDigits()
    {
        int start = _position;
        while (Peek() is >= '0' and <= '9')
        {
            _position++;
        }

        return _position > start;
    }

    private readonly string Unexpected(string where)
    {
        int next = Peek();
        if (next < 0)
        {
            return CutOff;
        }

        // One byte is shown as the character of that number, as the original does it.
        string shown = next switch
        {
            '\'' => "\\'",
            '"' => "\"",
            _ => GoText.Quote(((char)next).ToString())[1..^1],
        };
        return $"invalid character '{shown}' {where}";
    }
}
