using System;
using System.Collections.Generic;
using Serf.Cluster;
using Serf.Primitives;

namespace Serf.Rpc;

/// <summary>
/// One filter word of spec agent 16: <c>*</c>, a member event, <c>user</c>, <c>user:NAME</c>, <c>query</c>,
/// <c>query:NAME</c>.
/// Handlers and RPC streams share it.
/// </summary>
/// <param name="Type">The word before the colon.</param>
/// <param name="Name">What follows the colon; empty for every name.</param>
public sealed record EventFilter(string Type, ByteString Name)
{
    private const string Everything = "*";
    private const string User = "user";
    private const string Query = "query";

    /// <summary>Whether <see cref="Type"/> is one of the words.</summary>
    public bool IsValid => Type is Everything or User or Query
        or "member-join" or "member-leave" or "member-failed" or "member-update" or "member-reap";

    /// <summary><c>TYPE</c>, or <c>TYPE:NAME</c>.</summary>
    public override string ToString() => Name.IsEmpty ? Type : Type + ":" + Name;

    /// <summary>
    /// A comma list, as left of the <c>=</c>; empty text is <c>*</c>. Words are not checked.
    /// </summary>
    public static IReadOnlyList<EventFilter> ParseList(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            return [new(Everything, default)];
        }

        List<EventFilter> filters = [];
        while (true)
        {
            int comma = text.IndexOf((byte)',');
            filters.Add(ParseWord(comma < 0 ? text : text[..comma]));
            if (comma < 0)
            {
                return filters;
            }

            text = text[(comma + 1)..];
        }
    }

    public bool Matches(SerfEvent happened) => happened switch
    {
        _ when Type == Everything => true,
        UserEvent user => Type == User && (Name.IsEmpty || Name == user.Name),
        QueryEvent query => Type == Query && (Name.IsEmpty || Name == query.Name),
        _ => Type == happened.Kind.Label(),
    };

    // Only these two take a name; a colon anywhere else makes the word an unknown one.
    private static EventFilter ParseWord(ReadOnlySpan<byte> word)
    {
        if (word.StartsWith("user:"u8))
        {
            return new(User, ByteString.Copy(word["user:".Length..]));
        }

        return word.StartsWith("query:"u8)
            ? new(Query, ByteString.Copy(word["query:".Length..]))
            : new(ByteText.FromBytes(word), default);
    }
}
