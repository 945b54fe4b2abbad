using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Cluster;

/// <summary>
/// The filters of a query of our own: what peers are sent, and which of the members we know it concerns
/// (spec serf 6.5).
/// </summary>
internal sealed class QuerySelection
{
    private readonly HashSet<ByteString> _names;
    private readonly List<TagCondition> _tags;

    private QuerySelection(HashSet<ByteString> names, List<TagCondition> tags)
    {
        _names = names;
        _tags = tags;
    }

    /// <summary>The list as it goes over the wire, the node filter first; empty for no filter.</summary>
    public static byte[] Encode(QueryParameters parameters)
    {
        List<byte[]> filters = [];
        if (parameters.FilterNodes.Count > 0)
        {
            ByteString[] names = new ByteString[parameters.FilterNodes.Count];
            for (int index = 0; index < names.Length; index++)
            {
                names[index] = parameters.FilterNodes[index];
            }

            byte[] filter = new byte[SerfCodec.SizeOfNodeFilter(names)];
            SerfCodec.WriteNodeFilter(names, filter);
            filters.Add(filter);
        }

        foreach ((ByteString tag, ByteString expression) in parameters.FilterTags.Entries)
        {
            TagFilter filter = new() { Tag = tag.Span, Expression = expression.Span };
            byte[] encoded = new byte[SerfCodec.SizeOf(filter)];
            SerfCodec.Write(filter, encoded);
            filters.Add(encoded);
        }

        if (filters.Count == 0)
        {
            return [];
        }

        MsgpackWriter measure = MsgpackWriter.Measuring();
        Put(filters, ref measure);
        byte[] list = new byte[measure.Written];
        MsgpackWriter writer = new(list);
        Put(filters, ref writer);
        return list;
    }

    /// <param name="error">Why an expression cannot be used: no peer could answer to it.</param>
    public static bool TryCreate(
        QueryParameters parameters,
        [NotNullWhen(true)] out QuerySelection? selection,
        [NotNullWhen(false)] out string? error)
    {
        selection = null;
        error = null;
        if (parameters.FilterTags.Count > Limits.ExpressionCountMax)
        {
            error = string.Create(
                CultureInfo.InvariantCulture,
                $"query exceeds limit of {Limits.ExpressionCountMax} tag filters");
            return false;
        }

        List<TagCondition> tags = [];
        foreach ((ByteString tag, ByteString pattern) in parameters.FilterTags.Entries)
        {
            if (!Expression.TryCreate(
                pattern.Span, anchored: false, out Expression? expression, out string? fault))
            {
                error = $"failed to compile the filter of tag '{tag}': {fault}";
                return false;
            }

            tags.Add(new TagCondition(tag, expression));
        }

        selection = new(new(parameters.FilterNodes, ByteString.Comparer), tags);
        return true;
    }

    public bool Selects(ByteString name, Tags tags)
    {
        if (_names.Count > 0 && !_names.Contains(name))
        {
            return false;
        }

        foreach (TagCondition condition in _tags)
        {
            if (!condition.Expression.Matches(tags[condition.Tag.Span].Span))
            {
                return false;
            }
        }

        return true;
    }

    private sealed class TagCondition(ByteString tag, Expression expression)
    {
        public ByteString Tag { get; } = tag;

        public Expression Expression { get; } = expression;
    }

    private static void Put(List<byte[]> filters, ref MsgpackWriter writer)
    {
        writer.WriteArrayHeader(filters.Count);
        foreach (byte[] filter in filters)
        {
            writer.WriteBytes(filter);
        }
    }
}
