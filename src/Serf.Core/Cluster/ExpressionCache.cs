using System;
using System.Diagnostics.CodeAnalysis;
using Serf.Primitives;

namespace Serf.Cluster;

/// <summary>
/// The expressions of the last queries. Compiling one takes a hundred times as long as all the rest of a
/// query, and the same few are asked again and again.
/// </summary>
internal sealed class ExpressionCache
{
    private readonly ByteString[] _patterns = new ByteString[Limits.ExpressionsKept];
    private readonly Expression?[] _expressions = new Expression?[Limits.ExpressionsKept];
    private int _next;

    /// <summary>Work of asking one for a value, and of compiling it where it is not kept.</summary>
    public long WeightOf(ReadOnlySpan<byte> pattern, int valueSize) => Expression.IsWord(pattern)
        ? 0
        : ExpressionWeight.Of(pattern, valueSize, isMade: Find(pattern) is not null);

    /// <param name="pattern">Not anchored.</param>
    /// <param name="expression">The compiled form, or null.</param>
    /// <param name="error">Null, or why not, in the original's words.</param>
    public bool TryGet(
        ReadOnlySpan<byte> pattern,
        [NotNullWhen(true)] out Expression? expression,
        [NotNullWhen(false)] out string? error)
    {
        error = null;
        expression = Find(pattern);
        if (expression is not null)
        {
            return true;
        }

        if (!Expression.TryCreate(pattern, anchored: false, out expression, out error))
        {
            return false;
        }

        // The one kept longest gives way, used or not: strange ones can cost time, but no more than that.
        _patterns[_next] = ByteString.Copy(pattern);
        _expressions[_next] = expression;
        _next = (_next + 1) % _patterns.Length;
        return true;
    }

    private Expression? Find(ReadOnlySpan<byte> pattern)
    {
        for (int index = 0; index < _patterns.Length; index++)
        {
            if (_expressions[index] is { } expression && _patterns[index].Equals(pattern))
            {
                return expression;
            }
        }

        return null;
    }
}
