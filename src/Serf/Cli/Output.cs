using System;
using System.Collections.Generic;
using System.Text;

namespace Serf.Cli;

/// <summary>The two forms commands print in: aligned columns and JSON (spec cli 4).</summary>
internal static class Output
{
    /// <summary>
    /// Aligns lines of fields that are separated by <c>|</c>, as the original does; a <c>|</c> inside a
    /// value begins a new column. Widths count characters.
    /// </summary>
    /// <returns>The lines, without a final line feed.</returns>
    public static string Columns(IReadOnlyList<string> lines)
    {
        List<string[]> rows = [];
        List<int> widths = [];
        foreach (string line in lines)
        {
            string[] fields = line.Split('|', StringSplitOptions.TrimEntries);
            rows.Add(fields);
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
        foreach (string[] fields in rows)
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

    /// <summary>White space off both ends, then one line feed.</summary>
    public static string Trimmed(string text) => text.Trim() + "\n";

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
