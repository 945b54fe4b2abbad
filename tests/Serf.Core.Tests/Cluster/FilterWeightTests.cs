using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Text;
using Serf.Cluster;
using Xunit;

namespace Serf.Core.Tests.Cluster;

/// <summary>Tag filters of a hostile peer cost a bounded time (spec serf 15.3, S2 and X3).</summary>
public sealed class FilterWeightTests
{
    [Theory]
    [InlineData("", 0)]
    [InlineData("web", 3)]
    [InlineData("^web$", 5)]
    [InlineData("a*b+c?", 3)]
    [InlineData("a{10}", 10)]
    [InlineData("a{2,7}b", 8)]
    [InlineData("a{3,}", 3)]
    [InlineData("(.*a){90}", 180)]
    [InlineData("(((a{1,9}){1,9}){1,9})", 729)]
    [InlineData("(a|b){2}(c){3}", 9)]
    [InlineData(@"[\pL\d]{500}", 500)]
    [InlineData("[]a]{4}", 4)]
    [InlineData("[^]a]{4}x", 5)]
    [InlineData("[[:alpha:]]{4}", 4)]
    [InlineData(@"\{2}", 3)]
    [InlineData("{x}", 3)]
    [InlineData("a{1000}{1000}{1000}{1000}", int.MaxValue)]
    [InlineData("a{99999999999}", 100_000)]
    [InlineData(")", 1)]
    [InlineData("[", 1)]
    [InlineData("a{", 2)]
    public void The_size_of_an_expression_counts_its_repetitions(string pattern, long size)
    {
        Assert.Equal(size, ExpressionWeight.SizeOf(Encoding.UTF8.GetBytes(pattern)));
    }

    [Fact]
    public void Heavy_expressions_by_the_thousand_take_no_more_than_their_share_and_are_told()
    {
        ClusterWorld world = new(1);
        SerfHost host = world.Add(
            "n0", ClusterWorld.Plain with { Tags = SerfHost.TagsOf(("t", new string('a', 500))) });
        Stopwatch watch = Stopwatch.StartNew();
        for (uint id = 0; id < 200; id++)
        {
            host.Hear(Ask(id, "(.*a){1,90}", 40));
        }

        // Without a bound each of the 8,000 takes half a second.
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(30));
        Assert.Equal(0, host.CountOf("query: load"));
        Assert.Contains(host.Lines, line => line.Contains("serf: filter expressions take too much time"));
        Assert.Equal("200", host.Stat("query_queue"));

        world.Run(1);
        host.Hear(Ask(1000, "^a+$", 1));
        Assert.Equal(1, host.CountOf("query: load"));
    }

    [Fact]
    public void Dozens_of_plain_queries_a_second_are_heard()
    {
        ClusterWorld world = new(2);
        SerfHost host = world.Add("n0", ClusterWorld.Plain with { Tags = SerfHost.TagsOf(("t", "web-frontend")) });
        for (uint id = 0; id < 60; id++)
        {
            host.Hear(Ask(id, "^web-(front|back)end$", 1));
        }

        Assert.Equal(60, host.CountOf("query: load"));
    }

    private static byte[] Ask(uint id, string expression, int filterCount)
    {
        byte[] text = Encoding.ASCII.GetBytes(expression);
        List<byte> filters = [0xDC, (byte)(filterCount >> 8), (byte)filterCount];
        byte[] filter =
        [
            1, 0x82, 0xA4, .. "Expr"u8, (byte)(0xA0 + text.Length), .. text, 0xA3, .. "Tag"u8, 0xA1, (byte)'t',
        ];
        for (int number = 0; number < filterCount; number++)
        {
            filters.AddRange([0xC4, (byte)filter.Length]);
            filters.AddRange(filter);
        }

        return ClusterQueryTests.Message(new()
        {
            LamportTime = 7, Id = id, Address = [10, 0, 0, 250], Port = 7946, SourceNode = "asker"u8,
            Filters = filters.ToArray(), Timeout = 5_000_000_000, Name = "load"u8,
        });
    }
}
