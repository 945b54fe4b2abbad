using System;

namespace Serf.Core.Tests.Tidy;

/// <summary>
/// Blanks what is not code. Expressions inside interpolated strings are blanked too: rules look at names and braces, and
/// braces inside strings would only mislead them.
/// </summary>
public ref struct CodeOnly
{
    private readonly ReadOnlySpan<char> _text;
    private readonly Span<char> _code;
    private int _at;

    private CodeOnly(ReadOnlySpan<char> text, Span<char> code)
    {
        _text = text;
        _code = code;
        _at = 0;
    }

    public static string Of(string text)
    {
        char[] code = text.ToCharArray();
        CodeOnly scan = new(text, code);
        scan.Run();
        return new string(code);
    }

    private void Run()
    {
        while (_at < _text.Length)
        {
            int start = _at;
            if (TrySkip())
            {
                Blank(start, _at);
            }
            else
            {
                _at++;
            }
        }
    }

    /// <summary>Steps over a comment or a literal that begins here.</summary>
    private bool TrySkip()
    {
        ReadOnlySpan<char> rest = _text[_at..];
        if (rest.StartsWith("//"))
        {
            SkipTo(rest.IndexOf('\n'), 0);
            return true;
        }

        if (rest.StartsWith("/*"))
        {
            SkipTo(rest[2..].IndexOf("*/"), 4);
            return true;
        }

        if (rest[0] == '\'')
        {
            SkipCharacter();
            return true;
        }

        return TrySkipString(rest);
    }

    private bool TrySkipString(ReadOnlySpan<char> rest)
    {
        int prefix = rest.IndexOfAnyExcept('$', '@');
        if (prefix < 0 || rest[prefix] != '"')
        {
            return false;
        }

        bool interpolated = rest[..prefix].Contains('$');
        bool verbatim = rest[..prefix].Contains('@');
        int quotes = rest[prefix..].IndexOfAnyExcept('"');
        quotes = quotes < 0 ? rest.Length - prefix : quotes;
        _at += prefix;
        if (quotes >= 3 && !verbatim)
        {
            int end = _text[(_at + quotes)..].IndexOf(new string('"', quotes));
            SkipTo(end, 2 * quotes);
        }
        else
        {
            _at++;
            SkipPlain(verbatim, interpolated);
        }

        return true;
    }

    private void SkipPlain(bool verbatim, bool interpolated)
    {
        while (_at < _text.Length)
        {
            char letter = _text[_at];
            char next = _at + 1 < _text.Length ? _text[_at + 1] : '\0';
            if (letter == '"')
            {
                _at++;
                if (!verbatim || next != '"')
                {
                    return;
                }
            }
            else if ((letter == '\\' && !verbatim) || (interpolated && letter == '{' && next == '{'))
            {
                _at++;
            }
            else if (interpolated && letter == '{')
            {
                SkipHole();
                continue;
            }

            _at++;
        }
    }

    /// <summary>The expression in an interpolated string, which may hold strings of its own.</summary>
    private void SkipHole()
    {
        int depth = 0;
        do
        {
            if (TrySkip())
            {
                continue;
            }

            depth += _text[_at] == '{' ? 1 : _text[_at] == '}' ? -1 : 0;
            _at++;
        }
        while (depth > 0 && _at < _text.Length);
    }

    private void SkipCharacter()
    {
        _at++;
        while (_at < _text.Length && _text[_at] != '\'')
        {
            _at += _text[_at] == '\\' ? 2 : 1;
        }

        _at = Math.Min(_at + 1, _text.Length);
    }

    private void SkipTo(int length, int more)
    {
        _at = length < 0 ? _text.Length : _at + length + more;
    }

    private readonly void Blank(int start, int end)
    {
        for (int index = start; index < Math.Min(end, _code.Length); index++)
        {
            _code[index] = _code[index] == '\n' ? '\n' : ' ';
        }
    }
}
