using System;
using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Serf.Primitives;

namespace Serf.Cluster;

/// <summary>
/// A regular expression in the dialect of the original (RE2), for member and query filters (spec rpc 6.7,
/// 6.13).
/// Matching takes time linear in the value. What the dialect has and the runtime has not is refused:
/// Unicode scripts (<c>\p{Greek}</c>). A word boundary counts every Unicode letter as part of a word, where
/// the original counts ASCII only.
/// </summary>
public sealed class Expression
{
    // Most filters in use are a plain word, which needs no automaton of a hundred kilobytes.
    private static readonly SearchValues<byte> _plainBytes = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-:/,=@%~ "u8);

    private readonly Regex? _regex;
    private readonly byte[] _word = [];
    private readonly bool _fromStart;
    private readonly bool _toEnd;

    private Expression(Regex regex) => _regex = regex;

    private Expression(ReadOnlySpan<byte> word, bool fromStart, bool toEnd)
    {
        _word = word.ToArray();
        _fromStart = fromStart;
        _toEnd = toEnd;
    }

    /// <summary>Whether the expression, not anchored, is a plain word, which is searched at once.</summary>
    public static bool IsWord(ReadOnlySpan<byte> pattern) => Word(pattern, out _, out _)
        .IndexOfAnyExcept(_plainBytes) < 0;

    /// <param name="pattern">UTF-8, at most <see cref="Limits.ExpressionSizeMax"/> bytes.</param>
    /// <param name="anchored">
    /// Wraps the text in <c>^</c> and <c>$</c> without a group, as the original does: <c>a|b</c> becomes
    /// <c>^a|b$</c>.
    /// </param>
    /// <param name="expression">The compiled form, or null.</param>
    /// <param name="error">Null, or why not, in the original's words.</param>
    public static bool TryCreate(
        ReadOnlySpan<byte> pattern,
        bool anchored,
        [NotNullWhen(true)] out Expression? expression,
        [NotNullWhen(false)] out string? error)
    {
        expression = null;
        if (pattern.Length > Limits.ExpressionSizeMax)
        {
            error = string.Create(
                CultureInfo.InvariantCulture,
                $"expression exceeds limit of {Limits.ExpressionSizeMax} bytes");
            return false;
        }

        if (!System.Text.Unicode.Utf8.IsValid(pattern))
        {
            error = "error parsing regexp: invalid UTF-8: `" + ByteText.FromBytes(pattern) + "`";
            return false;
        }

        bool fromStart = true;
        bool toEnd = true;
        ReadOnlySpan<byte> word = anchored ? pattern : Word(pattern, out fromStart, out toEnd);
        if (word.IndexOfAnyExcept(_plainBytes) < 0)
        {
            expression = new(word, fromStart, toEnd);
            error = null;
            return true;
        }

        string text = Encoding.UTF8.GetString(pattern);
        string source = anchored ? "^" + text + "$" : text;
        if (!ExpressionTranslator.TryTranslate(source, out string? translated, out error))
        {
            return false;
        }

        try
        {
            const RegexOptions options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;
            expression = new(new Regex(translated, options));
            return true;
        }
        catch (NotSupportedException)
        {
            // The runtime has a bound of its own on the automaton: about a thousand states.
            error = "error parsing regexp: expression too large: `" + text + "`";
            return false;
        }
        catch (ArgumentException)
        {
            error = "error parsing regexp: invalid or unsupported syntax: `" + text + "`";
            return false;
        }
    }

    /// <summary>
    /// Whether the expression is found in the value; bytes that are not UTF-8 count as one U+FFFD each.
    /// </summary>
    public bool Matches(ReadOnlySpan<byte> value)
    {
        if (_regex is null)
        {
            return (_fromStart, _toEnd) switch
            {
                (true, true) => value.SequenceEqual(_word),
                (true, false) => value.StartsWith(_word),
                (false, true) => value.EndsWith(_word),
                _ => value.IndexOf(_word) >= 0,
            };
        }

        if (value.Length > 256)
        {
            return _regex.IsMatch(Decode(value));
        }

        Span<char> text = stackalloc char[256];
        return _regex.IsMatch(text[..Decode(value, text)]);
    }

    private static ReadOnlySpan<byte> Word(ReadOnlySpan<byte> pattern, out bool fromStart, out bool toEnd)
    {
        fromStart = pattern is [(byte)'^', ..];
        toEnd = pattern is [.., (byte)'$'];
        return pattern[(fromStart ? 1 : 0)..(pattern.Length - (toEnd ? 1 : 0))];
    }

    private static string Decode(ReadOnlySpan<byte> bytes)
    {
        char[] text = new char[bytes.Length];
        return new string(text, 0, Decode(bytes, text));
    }

    // The runtime's decoder makes one replacement of several bad bytes; the original makes one of each.
    private static int Decode(ReadOnlySpan<byte> bytes, Span<char> text)
    {
        int length = 0;
        while (!bytes.IsEmpty)
        {
            bool valid = Rune.DecodeFromUtf8(bytes, out Rune rune, out int consumed)
                == OperationStatus.Done;
            length += rune.EncodeToUtf16(text[length..]);
            bytes = bytes[(valid ? consumed : 1)..];
        }

        return length;
    }
}
