using System;
using Serf.Primitives;

namespace Serf.Cli;

/// <summary>
/// Remarks the original does not make. They go to standard error, where no script looks for results.
/// </summary>
internal static class Hint
{
    public static void Write(CliContext context, string text) =>
        context.Error.Write("Hint: " + text + "\n");

    /// <summary>
    /// For commands that take flags only: the original passes over everything else in silence.
    /// </summary>
    public static void IgnoredArguments(CliContext context, ReadOnlySpan<string> arguments)
    {
        if (!arguments.IsEmpty)
        {
            string[] quoted = Array.ConvertAll(arguments.ToArray(), GoText.Quote);
            Write(context, "Extra arguments are ignored: " + string.Join(" ", quoted));
        }
    }
}
