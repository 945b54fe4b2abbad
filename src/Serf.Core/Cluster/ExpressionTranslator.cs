using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Serf.Cluster;

/// <summary>
/// Reads an expression of the RE2 dialect and writes it in the runtime's. Everything is parsed and written
/// anew, so nothing that only the runtime knows (look-around, back-references, conditions) can slip
/// through. Flags are written at each leaf, because their scope is not the same in both dialects.
/// Grammar: https://github.com/google/re2/wiki/Syntax
/// </summary>
internal sealed partial class ExpressionTranslator
{
    // The original's limit on a repeat, and on the product of nested ones.
    private const int RepeatCountMax = 1000;

    // The automaton grows with the expanded expression.
    private const int ExpandedSizeMax = 20_000;

    private readonly string _source;
    private readonly StringBuilder _output = new();
    private readonly Stack<Scope> _scopes = new();
    private readonly HashSet<string> _groupNames = [];
    private Scope _scope;
    private int _position;
    private string? _error;

    private ExpressionTranslator(string source) => _source = source;

    private bool IsAtEnd => _position >= _source.Length;

    public static bool TryTranslate(
        string source, [NotNullWhen(true)] out string? translated, [NotNullWhen(false)] out string? error)
    {
        ExpressionTranslator translator = new(source);
        translator.Run();
        error = translator._error;
        translated = error is null ? translator._output.ToString() : null;
        return error is null;
    }

    private void Run()
    {
        while (!IsAtEnd && _error is null)
        {
            ReadOne();
            if (_scope.Size > ExpandedSizeMax)
            {
                Fail("expression too large", _source);
            }
        }

        if (_error is null && _scopes.Count > 0)
        {
            Fail("missing closing )", _source);
        }
    }

    private void ReadOne()
    {
        char next = _source[_position];
        switch (next)
        {
            case '(':
                OpenGroup();
                break;
            case ')':
                CloseGroup();
                break;
            case '|':
                _position++;
                _output.Append('|');
                _scope.HasOperand = false;
                _scope.IsRepeated = false;
                break;
            case '*' or '+' or '?':
                Repeat(next.ToString(), 1, _position + 1);
                break;
            case '{':
                ReadBraces();
                break;
            case '[':
                ReadClass();
                break;
            case '.':
                _position++;
                Leaf(_scope.DotAll ? AnyRune : AnyRuneButNewline);
                break;
            case '^':
                _position++;
                Leaf(_scope.Multiline ? "(?m:^)" : "\\A");
                break;
            case '$':
                _position++;
                Leaf(_scope.Multiline ? "(?m:$)" : "\\z");
                break;
            case '\\':
                ReadEscape();
                break;
            default:
                Literal(TakeRune());
                break;
        }
    }

    private void OpenGroup()
    {
        int start = _position;
        if (!_source.AsSpan(start).StartsWith("(?"))
        {
            _position++;
            Push(_scope);
            return;
        }

        ReadOnlySpan<char> rest = _source.AsSpan(start);
        int nameAt = rest.StartsWith("(?P<") ? 4 : rest.StartsWith("(?<") ? 3 : 0;
        if (nameAt == 0 || (nameAt == 3 && rest.Length > 3 && rest[3] is '=' or '!'))
        {
            ReadFlags();
            return;
        }

        int end = rest.IndexOf('>');
        if (end < 0 || !IsGroupName(rest[nameAt..end]))
        {
            Fail("invalid named capture", end < 0 ? _source[start..] : rest[..(end + 1)].ToString());
        }
        else if (!_groupNames.Add(rest[nameAt..end].ToString()))
        {
            Fail("duplicate capture group name", rest[nameAt..end].ToString());
        }
        else
        {
            _position = start + end + 1;
            Push(_scope);
        }
    }

    // (?flags) or (?flags:expression), flags out of i m s U, with - to clear those behind it
    private void ReadFlags()
    {
        int start = _position;
        Scope changed = _scope;
        bool clear = false;
        bool any = false;
        for (_position += 2; !IsAtEnd; _position++)
        {
            switch (_source[_position])
            {
                case 'i':
                    changed.IgnoreCase = !clear;
                    any = true;
                    continue;
                case 'm':
                    changed.Multiline = !clear;
                    any = true;
                    continue;
                case 's':
                    changed.DotAll = !clear;
                    any = true;
                    continue;
                case 'U':
                    // Prefers short matches: no difference to whether there is one.
                    any = true;
                    continue;
                case '-' when !clear:
                    clear = true;
                    any = false;
                    continue;
                case ':' when !clear || any:
                    _position++;
                    Push(changed);
                    return;
                case ')' when !clear || any:
                    _position++;
                    _scope.IgnoreCase = changed.IgnoreCase;
                    _scope.Multiline = changed.Multiline;
                    _scope.DotAll = changed.DotAll;
                    return;
            }

            break;
        }

        if (IsAtEnd)
        {
            Fail("missing closing )", _source);
            return;
        }

        Fail("invalid or unsupported Perl syntax", _source[start..(_position + 1)]);
    }

    private void Push(Scope flags)
    {
        _scopes.Push(_scope);
        _scope = new Scope
        {
            IgnoreCase = flags.IgnoreCase,
            Multiline = flags.Multiline,
            DotAll = flags.DotAll,
            Product = 1,
        };
        _output.Append("(?:");
    }

    private void CloseGroup()
    {
        if (_scopes.Count == 0)
        {
            Fail("unexpected )", _source);
            return;
        }

        _position++;
        _output.Append(')');
        Scope inner = _scope;
        _scope = _scopes.Pop();
        Operand(Math.Max(inner.Size, 1), Math.Max(inner.Product, 1));
    }

    // {n} {n,} {n,m}; anything else in braces is plain text
    private void ReadBraces()
    {
        int end = _position + 1;
        if (!TryNumber(ref end, out int least))
        {
            Literal(TakeRune());
            return;
        }

        int most = least;
        if (end < _source.Length && _source[end] == ',')
        {
            end++;
            if (end < _source.Length && _source[end] == '}')
            {
                most = -1;
            }
            else if (!TryNumber(ref end, out most))
            {
                Literal(TakeRune());
                return;
            }
        }

        if (end >= _source.Length || _source[end] != '}')
        {
            Literal(TakeRune());
            return;
        }

        string text = _source[_position..(end + 1)];
        int count = Math.Max(Math.Max(least, most), 1);
        bool valid = least <= RepeatCountMax && most <= RepeatCountMax && (most < 0 || least <= most);
        if (!valid || (_scope.HasOperand && (long)count * _scope.LastProduct > RepeatCountMax))
        {
            Fail("invalid repeat count", text);
            return;
        }

        Repeat(text, count, end + 1);
    }

    private void Repeat(string repetition, int count, int end)
    {
        // A question mark behind it asks for short matches: no difference to whether there is one.
        int last = end < _source.Length && _source[end] == '?' ? end + 1 : end;
        if (!_scope.HasOperand)
        {
            Fail("missing argument to repetition operator", _source[_position..last]);
            return;
        }

        if (_scope.IsRepeated)
        {
            Fail("invalid nested repetition operator", _source[_scope.RepeatedAt..last]);
            return;
        }

        _output.Append(repetition);
        _scope.IsRepeated = true;
        _scope.RepeatedAt = _position;
        _position = last;
        _scope.Size = (int)Math.Min(_scope.Size + ((long)_scope.LastSize * (count - 1)), int.MaxValue);
        _scope.Product = Math.Max(_scope.Product, _scope.LastProduct * count);
    }

    private void Leaf(string translated)
    {
        _output.Append(translated);
        Operand(1, 1);
    }

    private void Operand(int size, int product)
    {
        _scope.HasOperand = true;
        _scope.IsRepeated = false;
        _scope.LastSize = size;
        _scope.LastProduct = product;
        _scope.Size = (int)Math.Min((long)_scope.Size + size, int.MaxValue);
        _scope.Product = Math.Max(_scope.Product, product);
    }

    private void Literal(Rune rune)
    {
        _output.Append(_scope.IgnoreCase ? "(?i:" : "(?:");
        AppendUnits(_output, rune.Value);
        _output.Append(')');
        Operand(1, 1);
    }

    private Rune TakeRune()
    {
        Rune rune = Rune.GetRuneAt(_source, _position);
        _position += rune.Utf16SequenceLength;
        return rune;
    }

    private bool TryNumber(ref int at, out int number)
    {
        int start = at;
        number = 0;
        while (at < _source.Length && char.IsAsciiDigit(_source[at]))
        {
            number = Math.Min((number * 10) + (_source[at] - '0'), RepeatCountMax + 1);
            at++;
        }

        // A leading zero makes the braces plain text.
        return at > start && (at == start + 1 || _source[start] != '0');
    }

    private void Fail(string reason, string fragment) =>
        _error ??= "error parsing regexp: " + reason + ": `" + fragment + "`";

    private static bool IsGroupName(ReadOnlySpan<char> name)
    {
        foreach (char unit in name)
        {
            if (!char.IsAsciiLetterOrDigit(unit) && unit != '_')
            {
                return false;
            }
        }

        return !name.IsEmpty;
    }

    // Always as escapes: no character has a meaning of its own then.
    private static void AppendUnits(StringBuilder output, int rune)
    {
        foreach (char unit in char.ConvertFromUtf32(rune))
        {
            AppendUnit(output, unit);
        }
    }

    private static void AppendUnit(StringBuilder output, int unit) =>
        output.Append(CultureInfo.InvariantCulture, $"\\u{unit:X4}");

    /// <summary>One open group: its flags, and what the last operand in it was.</summary>
    private struct Scope
    {
        public bool IgnoreCase;
        public bool Multiline;
        public bool DotAll;
        public bool HasOperand;
        public bool IsRepeated;
        public int RepeatedAt;
        public int Size;
        public int Product;
        public int LastSize;
        public int LastProduct;
    }
}
