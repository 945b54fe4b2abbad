using System.Collections.Generic;
using System.Linq;
using System.Text;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Rpc;
using Xunit;

namespace Serf.Core.Tests.Rpc;

public sealed class EventFilterTests
{
    [Theory]
    [InlineData("", "*", true)]
    [InlineData("*", "*", true)]
    [InlineData("user:", "user", true)]
    [InlineData("query:", "query", true)]
    [InlineData("user:a:b", "user:a:b", true)]
    [InlineData("user:a,query:b,member-reap", "user:a|query:b|member-reap", true)]
    [InlineData("bogus", "bogus", false)]
    [InlineData("User", "User", false)]
    [InlineData("member", "member", false)]
    [InlineData("member-join:x", "member-join:x", false)]
    [InlineData("user, query", "user| query", false)]
    [InlineData("user,", "user|", false)]
    [InlineData(",,", "||", false)]
    public void A_list_is_split_into_words(string text, string words, bool valid)
    {
        IReadOnlyList<EventFilter> filters = EventFilter.ParseList(Encoding.UTF8.GetBytes(text));

        Assert.Equal(words, string.Join("|", filters));
        Assert.Equal(valid, filters.All(filter => filter.IsValid));
    }

    [Theory]
    [InlineData("*", "11111")]
    [InlineData("user", "11000")]
    [InlineData("user:deploy", "10000")]
    [InlineData("query", "00110")]
    [InlineData("query:load", "00100")]
    [InlineData("member-leave", "00001")]
    [InlineData("member-join", "00000")]
    public void A_filter_matches_its_events(string word, string expected)
    {
        EventFilter filter = Assert.Single(EventFilter.ParseList(Encoding.UTF8.GetBytes(word)));
        SerfEvent[] events =
        [
            User("deploy"), User("other"), Query("load"), Query("other"), new MemberEvent(SerfEventKind.MemberLeave, []),
        ];

        Assert.Equal(expected, string.Concat(events.Select(happened => filter.Matches(happened) ? '1' : '0')));
    }

    private static UserEvent User(string name) => new(1, ByteString.FromText(name), null, true);

    private static QueryEvent Query(string name) =>
        new(1, 1, ByteString.FromText(name), null, default, default, 0, Instant.Never);
}
