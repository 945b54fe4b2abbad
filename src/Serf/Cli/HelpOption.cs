using System;
using System.Collections.Generic;
using System.Text;

namespace Serf.Cli;

/// <summary>
/// One flag as a help text shows it. The help is the one table of what flags take: completion reads it, and
/// the tests hold it against the flags themselves.
/// </summary>
/// <param name="Name">Without the dash.</param>
/// <param name="Operand">
/// <c>PATH</c>, <c>NODE</c>, or the values themselves with bars between them; empty without one.
/// </param>
/// <param name="Text">What it means, in one line, with its default.</param>
internal sealed record HelpOption(string Name, string Operand, string Text)
{
    private const string Heading = "Options:";
    private const string Mark = "  -";
    private const int ContinuationIndent = 20;

    /// <summary>The values it takes where these are few; else empty.</summary>
    public string[] Values => ValuesOf(Operand);

    /// <summary>What it means, as short as that can be said.</summary>
    public string Summary
    {
        get
        {
            int end = Text.AsSpan().IndexOfAny('.', ';', ':');
            while (end >= 0 && end + 1 < Text.Length && Text[end + 1] != ' ')
            {
                int next = Text.AsSpan(end + 1).IndexOfAny('.', ';', ':');
                end = next < 0 ? -1 : end + 1 + next;
            }

            return end < 0 ? Text : Text[..end];
        }
    }

    /// <summary><c>text|json</c> is text and json; one word alone is none.</summary>
    public static string[] ValuesOf(string operand) => operand.Contains('|') ? operand.Split('|') : [];

    /// <summary>What a command takes behind its flags, from the first line of its help.</summary>
    /// <returns>Such as <c>NODE</c> or <c>bash|zsh|fish</c>; empty where it takes nothing.</returns>
    public static string Positional(string help)
    {
        string[] words = help.Split('\n', 2)[0].Split(' ');
        string last = words[^1].Trim('[', ']');
        bool isOperand = words.Length > 3 && last is not ("options" or "...");
        return isOperand ? last : "";
    }

    /// <summary>The flags of the part under the heading, in order.</summary>
    public static List<HelpOption> Read(string help)
    {
        List<HelpOption> options = [];
        StringBuilder text = new();
        bool isInside = false;
        bool isFlag = false;
        foreach (string line in help.Split('\n'))
        {
            bool isHeading = line.Length > 0 && line[0] != ' ';
            isInside = isHeading ? line == Heading : isInside;
            if (isInside && line.StartsWith(Mark, StringComparison.Ordinal))
            {
                options.Add(ReadOne(line, text));
                isFlag = true;
            }
            else if (isInside && isFlag && Indent(line) >= ContinuationIndent)
            {
                text.Append(text.Length == 0 ? "" : " ").Append(line.AsSpan().Trim());
                options[^1] = options[^1] with { Text = text.ToString() };
            }
            else
            {
                isFlag = false;
            }
        }

        return options;
    }

    private static HelpOption ReadOne(string line, StringBuilder text)
    {
        string rest = line[Mark.Length..];
        int end = rest.IndexOf(' ', StringComparison.Ordinal);
        string flag = end < 0 ? rest : rest[..end];
        text.Clear().Append(end < 0 ? "" : rest[end..].Trim());
        int equals = flag.IndexOf('=', StringComparison.Ordinal);
        return new(
            equals < 0 ? flag : flag[..equals], equals < 0 ? "" : flag[(equals + 1)..], text.ToString());
    }

    private static int Indent(string line) => line.Length - line.AsSpan().TrimStart().Length;
}
