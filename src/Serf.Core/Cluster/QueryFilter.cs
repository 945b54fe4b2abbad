using System;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Cluster;

/// <summary>Decides whether a query concerns this node (spec serf 6.5).</summary>
internal static class QueryFilter
{
    private const byte NodeKind = 0;
    private const byte TagKind = 1;

    /// <param name="credit">
    /// What the expressions may weigh; each takes its weight, and one that is too heavy is not used.
    /// </param>
    /// <param name="fault">Why a filter could not be used, to be logged; null when all could.</param>
    /// <returns>Whether all filters pass. One that cannot be used does not.</returns>
    public static bool Passes(
        ReadOnlySpan<byte> filters,
        ByteString name,
        Tags tags,
        ExpressionCache expressions,
        ref long credit,
        out string? fault)
    {
        fault = null;
        QueryFilterReader reader = new(filters);
        while (reader.TryNext(out ReadOnlySpan<byte> filter))
        {
            if (filter.IsEmpty)
            {
                fault = "serf: query has an empty filter";
                return false;
            }

            bool passes = filter[0] switch
            {
                NodeKind => PassesNode(filter[1..], name, out fault),
                TagKind => PassesTag(filter[1..], tags, expressions, ref credit, out fault),
                _ => Refuse("serf: query has unrecognized filter type: " + filter[0], out fault),
            };
            if (!passes)
            {
                return false;
            }
        }

        return true;
    }

    private static bool PassesNode(ReadOnlySpan<byte> body, ByteString name, out string? fault)
    {
        fault = null;
        bool found = false;
        TextListReader names = new(body);
        while (names.TryNext(out ReadOnlySpan<byte> candidate))
        {
            found |= name.Equals(candidate);
        }

        return names.Status == ReadStatus.Ok
            ? found
            : Refuse("serf: failed to decode a node filter", out fault);
    }

    private static bool PassesTag(
        ReadOnlySpan<byte> body, Tags tags, ExpressionCache expressions, ref long credit, out string? fault)
    {
        fault = null;
        if (TagFilter.TryRead(body, out TagFilter filter) != ReadStatus.Ok)
        {
            return Refuse("serf: failed to decode a tag filter", out fault);
        }

        ByteString value = tags[filter.Tag];
        long weight = expressions.WeightOf(filter.Expression, value.Length);
        if (weight > credit)
        {
            return Refuse("serf: filter expressions take too much time", out fault);
        }

        credit -= weight;
        if (!expressions.TryGet(filter.Expression, out Expression? expression, out string? error))
        {
            return Refuse("serf: failed to compile a filter expression: " + error, out fault);
        }

        return expression.Matches(value.Span);
    }

    private static bool Refuse(string text, out string? fault)
    {
        fault = text;
        return false;
    }
}
