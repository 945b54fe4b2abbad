using System;
using Serf.Primitives;

namespace Serf.Agent.Logging;

/// <summary>Which lines a reader of the log wants (spec agent 18.1).</summary>
/// <param name="Minimum">The lowest level that is shown.</param>
internal readonly record struct LogFilter(LogLevel Minimum)
{
    /// <summary>
    /// Looks between the first <c>[</c> and the next <c>]</c>. A line without a level, or with an unknown
    /// word there, always passes.
    /// </summary>
    public bool Passes(ReadOnlySpan<char> line)
    {
        int open = line.IndexOf('[');
        int length = open < 0 ? -1 : line[(open + 1)..].IndexOf(']');
        return length < 0
            || !LogLevels.TryParseExact(line.Slice(open + 1, length), out LogLevel level)
            || level >= Minimum;
    }
}
