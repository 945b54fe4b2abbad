using System;
using System.Collections.Generic;
using System.Linq;
using Serf.Agent;
using Serf.Primitives;
using Serf.Wire;
using Xunit;

namespace Serf.Tests.Agent;

/// <summary>Tags as text: pairs with spaces between them.</summary>
public sealed class ReloadedTagsTests
{
    [Theory]
    [InlineData("a=1", "a=1", "a=1", "a=1")]
    [InlineData("", "", "a=1 b=2", "a=1 b=2")]
    [InlineData("a=1 b=2", "a=1 b=2", "b=2", "b=2")]
    public void Without_changes_at_run_time_they_are_those_of_the_new_configuration(
        string before, string current, string after, string expected) => Check(before, current, after, expected);

    [Theory]
    [InlineData("a=1", "a=1 r=9", "a=1", "a=1 r=9")]
    [InlineData("a=1", "a=9", "a=1", "a=9")]
    [InlineData("a=1 b=2", "a=1", "a=1 b=2", "a=1")]
    [InlineData("a=1", "a=9 r=8", "a=1 b=2", "a=9 b=2 r=8")]
    [InlineData("a=1", "a=", "a=1", "a=")]
    public void What_clients_have_changed_stays_where_the_configuration_is_as_it_was(
        string before, string current, string after, string expected) => Check(before, current, after, expected);

    [Theory]
    [InlineData("a=1", "a=9", "a=2", "a=2")]
    [InlineData("a=1", "a=9", "", "")]
    [InlineData("", "a=9", "a=2", "a=2")]
    [InlineData("a=1 b=2", "b=2", "a=3 b=2", "a=3 b=2")]
    [InlineData("a=1", "a=9", "a=", "a=")]
    public void What_the_configuration_has_changed_wins(
        string before, string current, string after, string expected) => Check(before, current, after, expected);

    private static void Check(string before, string current, string after, string expected)
    {
        Tags merged = ReloadedTags.Merge(Parse(before), Parse(current), Parse(after));

        Assert.Equal(
            expected,
            string.Join(' ', merged.Entries.ToArray().Select(tag => $"{tag.Key}={tag.Value}")));
    }

    private static Tags Parse(string text) => Tags.From(text
        .Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('='))
        .Select(pair => KeyValuePair.Create(ByteString.FromText(pair[0]), ByteString.FromText(pair[1]))));
}
