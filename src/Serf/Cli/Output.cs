using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Serf.Cli;

/// <summary>The two forms commands print in: aligned columns and JSON (spec cli 4).</summary>
internal static class Output
{
    /// <summary>
    /// Aligns fields; widths count characters. A field stays one, whatever is in it: the original begins a
    /// new column at every <c>|</c> of a value, and a new row at every line feed.
    /// </summary>
    /// <returns>The lines, without a final line feed.</returns>
    public static string Columns(IReadOnlyList<string[]> rows)
    {
        List<int> widths = [];
        List<string[]> shown = [];
        foreach (string[] row in rows)
        {
            string[] fields = Array.ConvertAll(row, static field => Visible(field.Trim()));
            shown.Add(fields);
            for (int column = 0; column < fields.Length; column++)
            {
                if (column == widths.Count)
                {
                    widths.Add(0);
                }

                widths[column] = Math.Max(widths[column], Width(fields[column]));
            }
        }

        StringBuilder text = new();
        foreach (string[] fields in shown)
        {
            text.Append(text.Length == 0 ? "" : "\n");
            for (int column = 0; column < fields.Length; column++)
            {
                bool isLast = column == fields.Length - 1;
                text.Append(fields[column]);
                text.Append(' ', isLast ? 0 : widths[column] - Width(fields[column]) + 2);
            }
        }

        return text.ToString();
    }

    /// <summary>
    /// What a terminal would obey is shown instead: <c>\x1b</c>. It may come from any node of the cluster.
    /// </summary>
    /// <param name="hasLines">Line feeds and tabs belong to the text, and stay.</param>
    public static string Visible(string text, bool hasLines = false)
    {
        StringBuilder? shown = null;
        for (int index = 0; index < text.Length; index++)
        {
            char letter = text[index];
            bool isPlain = !char.IsControl(letter) || (hasLines && (letter is '\n' or '\t'));
            if (isPlain)
            {
                shown?.Append(letter);
                continue;
            }

            shown ??= new StringBuilder(text, 0, index, text.Length + 4);
            shown.Append(letter switch
            {
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                char control => string.Create(CultureInfo.InvariantCulture, $"\\x{(int)control:x2}"),
            });
        }

        return shown?.ToString() ?? text;
    }

    /// <summary>White space off both ends, then one line feed.</summary>
    public static string Trimmed(string text) => text.Trim() + "\n";

    /// <returns>The exit status, 1.</returns>
    public static int RefuseFormat(string format, CliContext context)
    {
        context.Output.Write("Encoding error: Invalid output format \"" + format + "\"\n");
        return 1;
    }

    private static int Width(string text)
    {
        int width = 0;
        foreach (Rune _ in text.EnumerateRunes())
        {
            width++;
        }

        return width;
    }
}
