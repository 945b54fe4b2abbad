using System.Collections.Generic;
using System.Linq;
using Serf.Cluster;
using Serf.Primitives;
using Xunit;
using EventHandler = Serf.Agent.Handlers.EventHandler;

namespace Serf.Tests.Handlers;

public sealed class EventHandlerTests
{
    private static readonly (string Label, SerfEvent Event)[] Happenings =
    [
        ("member-join", new MemberEvent(SerfEventKind.MemberJoin, [])),
        ("member-leave", new MemberEvent(SerfEventKind.MemberLeave, [])),
        ("member-failed", new MemberEvent(SerfEventKind.MemberFailed, [])),
        ("member-update", new MemberEvent(SerfEventKind.MemberUpdate, [])),
        ("member-reap", new MemberEvent(SerfEventKind.MemberReap, [])),
        ("user:deploy", HandlerBed.User("deploy").Event),
        ("user:other", HandlerBed.User("other").Event),
        ("query:load", HandlerBed.Query("load").Event),
        ("query:deploy", HandlerBed.Query("deploy").Event),
    ];

    private const string All = "member-join member-leave member-failed member-update member-reap user:deploy "
        + "user:other query:load query:deploy";

    [Theory]
    [InlineData("foo.sh", "foo.sh", All)]
    [InlineData("=foo.sh", "foo.sh", All)]
    [InlineData("*=foo.sh", "foo.sh", All)]
    [InlineData("", "", All)]
    [InlineData("member-join=foo.sh", "foo.sh", "member-join")]
    [InlineData("member-leave=foo.sh", "foo.sh", "member-leave")]
    [InlineData("member-failed=foo.sh", "foo.sh", "member-failed")]
    [InlineData("member-update=foo.sh", "foo.sh", "member-update")]
    [InlineData("member-reap=foo.sh", "foo.sh", "member-reap")]
    [InlineData("member-join,member-leave=foo.sh", "foo.sh", "member-join member-leave")]
    [InlineData("user=foo.sh", "foo.sh", "user:deploy user:other")]
    [InlineData("user:=foo.sh", "foo.sh", "user:deploy user:other")]
    [InlineData("user:deploy=foo.sh", "foo.sh", "user:deploy")]
    [InlineData("user:deploy:1=foo.sh", "foo.sh", "")]
    [InlineData("query=foo.sh", "foo.sh", "query:load query:deploy")]
    [InlineData("query:=foo.sh", "foo.sh", "query:load query:deploy")]
    [InlineData("query:load=uptime", "uptime", "query:load")]
    [InlineData("user:deploy,query:load,member-reap=foo.sh", "foo.sh", "member-reap user:deploy query:load")]
    [InlineData("user,user:deploy=x", "x", "user:deploy user:deploy user:other")]
    [InlineData("*=FOO=1 cmd", "FOO=1 cmd", All)]
    [InlineData("user=", "", "user:deploy user:other")]
    [InlineData("user=awk '{print $2}' | grep foo", "awk '{print $2}' | grep foo", "user:deploy user:other")]
    public void A_specification_says_what_runs_for_which_events(string text, string command, string expected)
    {
        IReadOnlyList<EventHandler> handlers = EventHandler.Parse(text);

        IEnumerable<string> matched = Happenings.SelectMany(
            happening => handlers.Where(handler => handler.Filter.Matches(happening.Event))
                .Select(_ => happening.Label));
        Assert.All(handlers, handler => Assert.Equal(command, handler.Command));
        Assert.Equal(expected, string.Join(' ', matched));
    }

    [Theory]
    [InlineData("bogus=foo.sh", "bogus", "foo.sh")]
    [InlineData("User=foo.sh", "User", "foo.sh")]
    [InlineData("member=foo.sh", "member", "foo.sh")]
    [InlineData("user, query=x", " query", "x")]
    [InlineData("user,=x", "", "x")]
    [InlineData("user,,query=x", "", "x")]
    [InlineData("FOO=1 cmd", "FOO", "1 cmd")]
    [InlineData("bogus:name=foo.sh", "bogus:name", "foo.sh")]
    [InlineData("member-join:x=foo.sh", "member-join:x", "foo.sh")]
    [InlineData("user,one,two=a=b", "one", "a=b")]
    public void An_unknown_filter_is_refused_by_name(string text, string filter, string command)
    {
        SerfException refusal = Assert.Throws<SerfException>(() => EventHandler.Parse(text));

        Assert.Equal($"Invalid event script: Event '{filter}' invoking '{command}'", refusal.Message);
    }
}
