using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Serf.Agent.Handlers;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Wire;
using Xunit;

namespace Serf.Tests.Handlers;

public sealed class HandlerEnvironmentTests
{
    [Fact]
    public void The_agents_own_variables_stay_and_ours_replace_those_of_the_same_name()
    {
        HandlerEnvironment environment = Inherit(
            "PATH=/bin", "SERF_EVENT=old", "SERF_SELF_ROLE=old", "SERF_TAG_ROLE=old", "SERF_TAG_OTHER=kept",
            "SERF_RPC_ADDR=127.0.0.1:1", "ODD", "PATH=/second");

        Assert.True(environment.TryBuild(HandlerBed.Invocation(
            new MemberEvent(SerfEventKind.MemberJoin, []), TagsOf(("role"u8.ToArray(), "web"u8.ToArray())))));

        Assert.Equal(
            [
                "PATH=/bin", "SERF_TAG_OTHER=kept", "SERF_RPC_ADDR=127.0.0.1:1", "ODD",
                "SERF_EVENT=member-join", "SERF_SELF_NAME=n1", "SERF_SELF_ROLE=web", "SERF_TAG_ROLE=web",
            ],
            Entries(environment));
    }

    [Fact]
    public void Variables_of_other_kinds_of_events_do_not_show_through()
    {
        HandlerEnvironment environment = Inherit(
            "SERF_USER_EVENT=a", "SERF_USER_LTIME=b", "SERF_QUERY_NAME=c", "SERF_QUERY_LTIME=d");

        Assert.True(environment.TryBuild(HandlerBed.User("deploy")));
        Assert.Equal(
            [
                "SERF_EVENT=user", "SERF_SELF_NAME=n1", "SERF_SELF_ROLE=", "SERF_USER_EVENT=deploy",
                "SERF_USER_LTIME=1",
            ],
            Entries(environment));

        Assert.True(environment.TryBuild(HandlerBed.Query("load")));
        Assert.Equal(
            [
                "SERF_EVENT=query", "SERF_SELF_NAME=n1", "SERF_SELF_ROLE=", "SERF_QUERY_NAME=load",
                "SERF_QUERY_LTIME=7",
            ],
            Entries(environment));

        Assert.True(environment.TryBuild(
            HandlerBed.Invocation(new MemberEvent(SerfEventKind.MemberReap, []))));
        Assert.Equal(
            ["SERF_EVENT=member-reap", "SERF_SELF_NAME=n1", "SERF_SELF_ROLE="], Entries(environment));
    }

    [Theory]
    [InlineData("bad-tag", "BAD_TAG")]
    [InlineData("dc-1.x", "DC_1_X")]
    [InlineData("1abc", "1ABC")]
    [InlineData("\u00e9", "_")]
    [InlineData("a\u00e9\u20ac\U0001F600z", "A___Z")]
    [InlineData("m\u0131x\u017f", "MIXS")]
    [InlineData("k=v\0", "K_V_")]
    [InlineData("_", "_")]
    [InlineData("", "")]
    public void A_tag_name_becomes_a_variable_name(string tag, string expected) =>
        Assert.Equal($"SERF_TAG_{expected}=v", BuildTag(Encoding.UTF8.GetBytes(tag)));

    [Fact]
    public void Each_byte_of_a_tag_name_that_is_not_utf8_becomes_one_underscore() =>
        Assert.Equal("SERF_TAG_A___B=v", BuildTag([(byte)'a', 0xe2, 0x82, 0xff, (byte)'b']));

    [Fact]
    public void Tags_that_map_to_one_name_give_one_variable()
    {
        HandlerEnvironment environment = Inherit();
        Tags tags = TagsOf(
            ("a-b"u8.ToArray(), "1"u8.ToArray()), ("a.b"u8.ToArray(), "2"u8.ToArray()),
            ("a.bc"u8.ToArray(), "3"u8.ToArray()));

        Assert.True(environment.TryBuild(HandlerBed.Invocation(HandlerBed.User("x").Event, tags)));

        Assert.Equal(
            ["SERF_TAG_A_B=2", "SERF_TAG_A_BC=3"],
            Entries(environment).Where(entry => entry.StartsWith("SERF_TAG", StringComparison.Ordinal)));
    }

    [Fact]
    public void Values_are_passed_on_as_the_bytes_they_are()
    {
        HandlerEnvironment environment = Inherit();
        byte[] value = [(byte)'\t', (byte)'\n', 0xff, (byte)'\\', 0x80];

        Assert.True(environment.TryBuild(HandlerBed.Invocation(
            HandlerBed.User("x").Event, TagsOf(("role"u8.ToArray(), value)))));

        byte[] expected = [.. "SERF_SELF_ROLE="u8, .. value];
        Assert.Contains(
            Enumerable.Range(0, environment.Count),
            index => environment.Entry(index).SequenceEqual(expected));
    }

    [Fact]
    public void A_zero_byte_in_a_value_is_refused_and_the_next_event_is_not()
    {
        HandlerEnvironment environment = Inherit();

        Assert.False(environment.TryBuild(HandlerBed.User("a\0b")));
        Assert.False(environment.TryBuild(HandlerBed.Query("a\0b")));
        Assert.False(environment.TryBuild(HandlerBed.Invocation(
            HandlerBed.User("x").Event, TagsOf(("t"u8.ToArray(), [0])))));
        Assert.True(environment.TryBuild(HandlerBed.User("ab")));
    }

    [Fact]
    public void What_is_between_the_service_manager_and_the_agent_does_not_reach_handlers()
    {
        HandlerEnvironment environment = Inherit(
            "NOTIFY_SOCKET=/run/systemd/notify", "WATCHDOG_USEC=30000000", "WATCHDOG_PID=1", "INVOCATION_ID=kept");

        Assert.True(environment.TryBuild(HandlerBed.Invocation(new MemberEvent(SerfEventKind.MemberJoin, []))));

        Assert.Equal(
            ["INVOCATION_ID=kept", "SERF_EVENT=member-join", "SERF_SELF_NAME=n1", "SERF_SELF_ROLE="],
            Entries(environment));
    }

    [Fact]
    public void The_environment_of_this_process_is_inherited_as_it_was_started_with()
    {
        HandlerEnvironment environment = HandlerEnvironment.OfThisProcess();

        Assert.True(environment.TryBuild(HandlerBed.User("x")));

        Assert.Contains("PATH=" + Environment.GetEnvironmentVariable("PATH"), Entries(environment));
    }

    [Fact]
    public void The_secrets_of_the_agent_are_kept_from_its_handlers()
    {
        HandlerEnvironment environment = Inherit(
            "SERF_ENCRYPT_KEY=k", "SERF_AGENT_RPC_AUTH=t", "SERF_RPC_AUTH=c", "SERF_ENCRYPT_KEY=again", "A=b");

        Assert.True(environment.TryBuild(HandlerBed.User("x")));

        Assert.Equal(["SERF_RPC_AUTH=c", "A=b"], Entries(environment).Take(2));
        Assert.DoesNotContain(Entries(environment), entry =>
            entry.StartsWith("SERF_ENCRYPT", StringComparison.Ordinal)
            || entry.StartsWith("SERF_AGENT", StringComparison.Ordinal));
    }

    [Fact]
    public void A_block_is_rebuilt_without_garbage()
    {
        HandlerEnvironment environment = HandlerEnvironment.OfThisProcess();
        Tags tags = TagsOf(("role"u8.ToArray(), "web"u8.ToArray()), ("dc"u8.ToArray(), "east"u8.ToArray()));
        HandlerInvocation invocation = HandlerBed.Invocation(HandlerBed.Query("load").Event, tags);
        Assert.True(environment.TryBuild(invocation));

        long before = GC.GetAllocatedBytesForCurrentThread();
        bool built = environment.TryBuild(invocation);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.True(built);
        Assert.Equal(0, allocated);
    }

    private static HandlerEnvironment Inherit(params string[] entries) =>
        new(entries.Select(Encoding.UTF8.GetBytes));

    private static Tags TagsOf(params (byte[] Key, byte[] Value)[] tags) => Tags.From(tags.Select(
        tag => KeyValuePair.Create(new ByteString(tag.Key), new ByteString(tag.Value))));

    private static string BuildTag(byte[] name)
    {
        HandlerEnvironment environment = Inherit();
        Assert.True(environment.TryBuild(HandlerBed.Invocation(
            HandlerBed.User("x").Event, TagsOf((name, "v"u8.ToArray())))));
        return Entries(environment)[^1];
    }

    private static List<string> Entries(HandlerEnvironment environment) =>
        [.. Enumerable.Range(0, environment.Count)
            .Select(index => Encoding.UTF8.GetString(environment.Entry(index)))];
}
