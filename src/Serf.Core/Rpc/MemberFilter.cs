using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Serf.Cluster;
using Serf.Primitives;

namespace Serf.Rpc;

/// <summary>
/// The expressions of <c>members-filtered</c>; a member passes if all match (spec rpc 6.7).
/// </summary>
internal sealed class MemberFilter
{
    private readonly List<KeyValuePair<ByteString, Expression>> _tags = [];
    private Expression? _status;
    private Expression? _name;

    private MemberFilter()
    {
    }

    public static bool TryCreate(
        in MembersFilteredRequest request,
        [NotNullWhen(true)] out MemberFilter? filter,
        [NotNullWhen(false)] out string? error)
    {
        filter = null;
        MemberFilter built = new();
        if (request.Tags.Count > Limits.ExpressionCountMax)
        {
            error = "too many expressions";
            return false;
        }

        // A tag filter counts even when its expression is empty; of the other two an empty one is none.
        foreach ((ByteString key, ByteString pattern) in request.Tags.Entries)
        {
            if (!Expression.TryCreate(pattern.Span, true, out Expression? expression, out error))
            {
                return false;
            }

            built._tags.Add(new(key, expression));
        }

        if (!TryCreate(request.Status, out built._status, out error)
            || !TryCreate(request.Name, out built._name, out error))
        {
            return false;
        }

        filter = built;
        error = null;
        return true;
    }

    public List<MemberInfo> Select(IReadOnlyList<MemberInfo> members)
    {
        List<MemberInfo> selected = [];
        for (int index = 0; index < members.Count; index++)
        {
            if (Passes(members[index]))
            {
                selected.Add(members[index]);
            }
        }

        return selected;
    }

    private bool Passes(MemberInfo member)
    {
        if (_name is not null && !_name.Matches(member.Name.Span))
        {
            return false;
        }

        if (_status is not null && !_status.Matches(Encoding.UTF8.GetBytes(member.Status.Label())))
        {
            return false;
        }

        foreach ((ByteString key, Expression expression) in _tags)
        {
            if (!expression.Matches(member.Tags[key.Span].Span))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryCreate(
        ByteString pattern, out Expression? expression, [NotNullWhen(false)] out string? error)
    {
        expression = null;
        error = null;
        return pattern.IsEmpty || Expression.TryCreate(pattern.Span, true, out expression, out error);
    }
}
