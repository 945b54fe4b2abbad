using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Serf.Cluster;

/// <summary>
/// Escapes and character classes. A value is text of 16-bit units here and of code points there, so what
/// may be beyond the first plane is written as pairs. General categories are taken of the first plane only.
/// </summary>
internal sealed partial class ExpressionTranslator
{
    private const string AnyPair = "[\\uD800-\\uDBFF][\\uDC00-\\uDFFF]";
    private const string AnyRune = "(?:[^\\uD800-\\uDFFF]|" + AnyPair + ")";
    private const string AnyRuneButNewline = "(?:[^\\n\\uD800-\\uDFFF]|" + AnyPair + ")";
    private const int RuneMax = 0x10FFFF;
    private const int PairMin = 0x10000;

    private static readonly (int Low, int High)[] Digits = [('0', '9')];
    private static readonly (int Low, int High)[] Spaces = [('\t', '\n'), ('\f', '\r'), (' ', ' ')];
    private static readonly (int Low, int High)[] Words = [('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];

    private void ReadEscape()
    {
        if (_position + 1 >= _source.Length)
        {
            Fail("trailing backslash at end of expression", "");
            return;
        }

        char kind = _source[_position + 1];
        switch (kind)
        {
            case 'A':
            case 'z':
            case 'b':
            case 'B':
                _position += 2;
                Leaf("\\" + kind);
                break;
            case 'Q':
                ReadQuoted();
                break;
            default:
                Class set = new();
                if (TryReadSet(set))
                {
                    Emit(set);
                }
                else if (_error is null && TryEscapedRune(out int rune))
                {
                    Literal(new Rune(rune));
                }

                break;
        }
    }

    private void ReadQuoted()
    {
        _position += 2;
        int end = _source.IndexOf("\\E", _position, StringComparison.Ordinal);
        int stop = end < 0 ? _source.Length : end;
        while (_position < stop)
        {
            Literal(TakeRune());
        }

        _position = end < 0 ? stop : stop + 2;
    }

    // class = "[" ["^"] *item "]"; a "]" in first place is an item
    private void ReadClass()
    {
        int start = _position++;
        Class set = new();
        if (!IsAtEnd && _source[_position] == '^')
        {
            set.Negated = true;
            _position++;
        }

        for (bool first = true; _error is null; first = false)
        {
            if (IsAtEnd)
            {
                Fail("missing closing ]", _source[start..]);
                return;
            }

            if (_source[_position] == ']' && !first)
            {
                _position++;
                Emit(set);
                return;
            }

            if (!TryReadPosix(set) && _error is null && !TryReadSet(set) && _error is null)
            {
                ReadRange(set, start);
            }
        }
    }

    private void ReadRange(Class set, int classStart)
    {
        int start = _position;
        if (!TryClassRune(out int low, classStart))
        {
            return;
        }

        int high = low;
        if (_position + 1 < _source.Length && _source[_position] == '-' && _source[_position + 1] != ']')
        {
            _position++;
            if (!TryClassRune(out high, classStart))
            {
                return;
            }
        }

        if (high < low)
        {
            Fail("invalid character class range", _source[start.._position]);
            return;
        }

        set.Ranges.Add((low, high));
    }

    private bool TryClassRune(out int rune, int classStart)
    {
        rune = 0;
        if (IsAtEnd)
        {
            Fail("missing closing ]", _source[classStart..]);
            return false;
        }

        if (_source[_position] == '\\')
        {
            return TryEscapedRune(out rune);
        }

        rune = TakeRune().Value;
        return true;
    }

    // posix = "[:" ["^"] name ":]"
    private bool TryReadPosix(Class set)
    {
        ReadOnlySpan<char> rest = _source.AsSpan(_position);
        int end = rest.StartsWith("[:") ? rest.IndexOf(":]") : -1;
        if (end < 2)
        {
            return false;
        }

        bool negated = rest[2] == '^';
        (int Low, int High)[]? ranges = rest[(negated ? 3 : 2)..end] switch
        {
            "alnum" => [('0', '9'), ('A', 'Z'), ('a', 'z')],
            "alpha" => [('A', 'Z'), ('a', 'z')],
            "ascii" => [(0, 0x7F)],
            "blank" => [('\t', '\t'), (' ', ' ')],
            "cntrl" => [(0, 0x1F), (0x7F, 0x7F)],
            "digit" => Digits,
            "graph" => [('!', '~')],
            "lower" => [('a', 'z')],
            "print" => [(' ', '~')],
            "punct" => [('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
            "space" => [('\t', '\r'), (' ', ' ')],
            "upper" => [('A', 'Z')],
            "word" => Words,
            "xdigit" => [('0', '9'), ('A', 'F'), ('a', 'f')],
            _ => null,
        };
        if (ranges is null)
        {
            Fail("invalid character class range", rest[..(end + 2)].ToString());
            return false;
        }

        set.Add(ranges, negated);
        _position += end + 2;
        return true;
    }

    // \d \D \s \S \w \W \pL \PL \p{Lu} \p{^Lu}
    private bool TryReadSet(Class set)
    {
        if (_source[_position] != '\\' || _position + 1 >= _source.Length)
        {
            return false;
        }

        char kind = _source[_position + 1];
        switch (kind)
        {
            case 'd' or 'D':
                set.Add(Digits, kind == 'D');
                break;
            case 's' or 'S':
                set.Add(Spaces, kind == 'S');
                break;
            case 'w' or 'W':
                set.Add(Words, kind == 'W');
                break;
            case 'p' or 'P':
                return TryReadCategory(set, kind == 'P');
            default:
                return false;
        }

        _position += 2;
        return true;
    }

    private bool TryReadCategory(Class set, bool negated)
    {
        ReadOnlySpan<char> rest = _source.AsSpan(_position);
        int end = rest.Length < 3 ? -1 : rest[2] == '{' ? rest.IndexOf('}') : 2;
        if (end < 0)
        {
            Fail("invalid character class range", rest.ToString());
            return false;
        }

        ReadOnlySpan<char> name = rest[2] == '{' ? rest[3..end] : rest.Slice(2, 1);
        if (name.StartsWith("^"))
        {
            negated = !negated;
            name = name[1..];
        }

        if (name.SequenceEqual("Any"))
        {
            set.Add([(0, RuneMax)], negated);
        }
        else if (IsCategory(name))
        {
            set.Categories.Append(negated ? "\\P{" : "\\p{").Append(name).Append('}');
            set.HasNegatedCategory |= negated;
        }
        else
        {
            Fail("invalid character class range", rest[..(end + 1)].ToString());
            return false;
        }

        _position += end + 1;
        return true;
    }

    private static bool IsCategory(ReadOnlySpan<char> name) => name is
        "C" or "Cc" or "Cf" or "Co" or "Cs"
        or "L" or "Ll" or "Lm" or "Lo" or "Lt" or "Lu"
        or "M" or "Mc" or "Me" or "Mn"
        or "N" or "Nd" or "Nl" or "No"
        or "P" or "Pc" or "Pd" or "Pe" or "Pf" or "Pi" or "Po" or "Ps"
        or "S" or "Sc" or "Sk" or "Sm" or "So"
        or "Z" or "Zl" or "Zp" or "Zs";

    // One character behind a backslash: punctuation, control letters, \123, \x7F, \x{10FFFF}
    private bool TryEscapedRune(out int rune)
    {
        int start = _position;
        rune = 0;
        if (start + 1 >= _source.Length)
        {
            Fail("trailing backslash at end of expression", "");
            return false;
        }

        _position++;
        Rune kind = TakeRune();
        rune = kind.Value switch
        {
            'a' => 7,
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\v',
            'x' => Hexadecimal(),
            >= '0' and <= '7' => Octal(kind.Value - '0'),
            < 0x80 when !char.IsAsciiLetterOrDigit((char)kind.Value) => kind.Value,
            _ => -1,
        };
        if (rune >= 0)
        {
            return true;
        }

        Fail("invalid escape sequence", _source[start.._position]);
        return false;
    }

    // A single digit from 1 to 7 would be a back-reference.
    private int Octal(int value)
    {
        int digits = 1;
        while (digits < 3 && !IsAtEnd && _source[_position] is >= '0' and <= '7')
        {
            value = (value * 8) + (_source[_position++] - '0');
            digits++;
        }

        return digits == 1 && value != 0 ? -1 : value;
    }

    private int Hexadecimal()
    {
        ReadOnlySpan<char> rest = _source.AsSpan(_position);
        bool braces = rest.StartsWith("{");
        int end = braces ? rest.IndexOf('}') : Math.Min(2, rest.Length);
        ReadOnlySpan<char> digits = end < 0 ? default : rest[(braces ? 1 : 0)..end];
        bool valid = digits.Length >= (braces ? 1 : 2) && digits.Length <= 32;
        foreach (char digit in digits)
        {
            valid &= char.IsAsciiHexDigit(digit);
        }

        ReadOnlySpan<char> significant = digits.TrimStart('0');
        if (!valid || significant.Length > 6)
        {
            return -1;
        }

        int value = significant.IsEmpty
            ? 0
            : int.Parse(significant, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        if (!Rune.IsValid(value))
        {
            return -1;
        }

        _position += braces ? end + 1 : end;
        return value;
    }

    private void Emit(Class set)
    {
        StringBuilder units = new();
        List<(int Low, int High)> pairs = [];
        if (set.HasNegatedCategory)
        {
            pairs.Add((PairMin, RuneMax));
        }

        foreach ((int low, int high) in set.Ranges)
        {
            if (low < PairMin)
            {
                AppendUnit(units, low);
                units.Append('-');
                AppendUnit(units, Math.Min(high, PairMin - 1));
            }

            if (high >= PairMin)
            {
                pairs.Add((Math.Max(low, PairMin), high));
            }
        }

        units.Append(set.Categories);
        StringBuilder result = new(_scope.IgnoreCase ? "(?i:" : "(?:");
        if (units.Length > 0)
        {
            result.Append(set.Negated ? "[^" : "[").Append(units).Append("-[\\uD800-\\uDFFF]]");
        }
        else
        {
            // Nothing of the first plane: all of it when negated, else a class that matches nothing.
            result.Append(set.Negated ? "[^\\uD800-\\uDFFF]" : "[^\\u0000-\\uFFFF]");
        }

        foreach ((int low, int high) in set.Negated ? Complement(pairs, PairMin) : pairs)
        {
            AppendPairs(result, low, high);
        }

        Leaf(result.Append(')').ToString());
    }

    private static List<(int Low, int High)> Complement(List<(int Low, int High)> ranges, int from)
    {
        ranges.Sort();
        List<(int Low, int High)> rest = [];
        foreach ((int low, int high) in ranges)
        {
            if (low > from)
            {
                rest.Add((from, low - 1));
            }

            from = Math.Max(from, high + 1);
        }

        if (from <= RuneMax)
        {
            rest.Add((from, RuneMax));
        }

        return rest;
    }

    // A range of pairs is up to three: the rest of the first lead, whole leads, the beginning of the last.
    private static void AppendPairs(StringBuilder output, int low, int high)
    {
        while (low <= high)
        {
            int end = (low & 0x3FF) == 0 && high - low >= 0x3FF ? high - ((high + 1) & 0x3FF) : low | 0x3FF;
            end = Math.Min(end, high);
            output.Append("|[");
            AppendUnit(output, 0xD7C0 + (low >> 10));
            output.Append('-');
            AppendUnit(output, 0xD7C0 + (end >> 10));
            output.Append("][");
            AppendUnit(output, 0xDC00 + (low & 0x3FF));
            output.Append('-');
            AppendUnit(output, 0xDC00 + (end & 0x3FF));
            output.Append(']');
            low = end + 1;
        }
    }

    /// <summary>What a class holds, before it is written.</summary>
    private sealed class Class
    {
        public bool Negated { get; set; }

        public bool HasNegatedCategory { get; set; }

        public List<(int Low, int High)> Ranges { get; } = [];

        public StringBuilder Categories { get; } = new();

        public void Add((int Low, int High)[] ranges, bool negated)
        {
            List<(int Low, int High)> items = [.. ranges];
            Ranges.AddRange(negated ? Complement(items, 0) : items);
        }
    }
}
