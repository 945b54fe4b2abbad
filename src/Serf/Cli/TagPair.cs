using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using Serf.Primitives;

namespace Serf.Cli;

/// <summary><c>key=value</c> of a command's flags; the value may contain <c>=</c>.</summary>
internal static class TagPair
{
    /// <param name="error">The line to print: <c>Error: Invalid tag: 'x'</c>.</param>
    public static bool TryParse(
        IReadOnlyList<string> texts,
        out List<KeyValuePair<ByteString, ByteString>> pairs,
        [NotNullWhen(false)] out string? error)
    {
        pairs = [];
        foreach (string text in texts)
        {
            int split = text.IndexOf('=');
            if (split <= 0)
            {
                error = "Error: Invalid tag: '" + text + "'";
                return false;
            }

            pairs.Add(new(ByteString.FromText(text[..split]), ByteString.FromText(text[(split + 1)..])));
        }

        error = null;
        return true;
    }
}
