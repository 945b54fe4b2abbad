using System.Globalization;
using System.Text;

namespace Serf.Agent;

/// <summary>
/// JSON text as the original prints it: two spaces of indent, its own choice of escapes. The runtime's
/// writer has other escapes, and no way to change those of keys.
/// </summary>
internal sealed class JsonText
{
    private readonly StringBuilder _text = new();
    private int _depth;
    private bool _isFirst = true;

    public override string ToString() => _text.ToString();

    public JsonText BeginObject() => Begin('{');

    public JsonText EndObject() => End('}');

    public JsonText BeginArray() => Begin('[');

    public JsonText EndArray() => End(']');

    /// <summary>The next value is this key's.</summary>
    public JsonText Key(string name)
    {
        Separate();
        Quote(_text, name);
        _text.Append(": ");
        return this;
    }

    /// <param name="digits">As JSON writes numbers.</param>
    public JsonText Number(string digits)
    {
        _text.Append(digits);
        return this;
    }

    /// <summary>The next value is an element of an array.</summary>
    public JsonText Element()
    {
        Separate();
        return this;
    }

    public JsonText Text(string value)
    {
        Quote(_text, value);
        return this;
    }

    public JsonText Number(long value)
    {
        _text.Append(CultureInfo.InvariantCulture, $"{value}");
        return this;
    }

    public JsonText Bool(bool value)
    {
        _text.Append(value ? "true" : "false");
        return this;
    }

    public JsonText Null()
    {
        _text.Append("null");
        return this;
    }

    private JsonText Begin(char bracket)
    {
        _text.Append(bracket);
        _depth++;
        _isFirst = true;
        return this;
    }

    private JsonText End(char bracket)
    {
        _depth--;
        if (!_isFirst)
        {
            NewLine();
        }

        _isFirst = false;
        _text.Append(bracket);
        return this;
    }

    private void Separate()
    {
        if (!_isFirst)
        {
            _text.Append(',');
        }

        _isFirst = false;
        NewLine();
    }

    private void NewLine() => _text.Append('\n').Append(' ', 2 * _depth);

    private static bool IsSecondOfPair(string text, int index) =>
        index > 0 && char.IsHighSurrogate(text[index - 1]);

    /// <summary>Adds a text in double quotes, with the original's escapes.</summary>
    public static void Quote(StringBuilder target, string value)
    {
        target.Append('"');
        for (int index = 0; index < value.Length; index++)
        {
            char unit = value[index];
            switch (unit)
            {
                case '"' or '\\':
                    target.Append('\\').Append(unit);
                    break;
                case '\n':
                    target.Append("\\n");
                    break;
                case '\r':
                    target.Append("\\r");
                    break;
                case '\t':
                    target.Append("\\t");
                    break;
                case '\b':
                    target.Append("\\b");
                    break;
                case '\f':
                    target.Append("\\f");
                    break;
                case < ' ' or '<' or '>' or '&' or '\u2028' or '\u2029':
                    target.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
                    break;
                case >= '\uDC00' and <= '\uDFFF' when !IsSecondOfPair(value, index):
                    // JSON is text: a byte that is not UTF-8 cannot be shown.
                    target.Append("\\ufffd");
                    break;
                default:
                    target.Append(unit);
                    break;
            }
        }

        target.Append('"');
    }
}
