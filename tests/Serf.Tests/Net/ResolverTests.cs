using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Serf.Cluster;
using Serf.Net;
using Serf.Primitives;
using Xunit;

namespace Serf.Tests.Net;

public sealed class ResolverTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly Resolver _resolver = new(Assert.Fail);

    public void Dispose() => _resolver.Dispose();

    [Theory]
    [InlineData("1.2.3.4", "1.2.3.4:8301")]
    [InlineData("1.2.3.4:1234", "1.2.3.4:1234")]
    [InlineData("2600::1", "[2600::1]:8301")]
    [InlineData("[2600::1]", "[2600::1]:8301")]
    [InlineData("[2600::1]:1234", "[2600::1]:1234")]
    [InlineData("localhost", "127.0.0.1:8301")]
    [InlineData("localhost:1", "127.0.0.1:1")]
    [InlineData("foo.bar/[::1]", "[::1]:8301")]
    [InlineData("n/127.0.0.1:65535", "127.0.0.1:65535")]
    [InlineData("[::ffff:127.0.0.1]:1", "127.0.0.1:1")]
    public void An_address_becomes_a_target(string text, string expected)
    {
        string[] forms = text.Contains('/', StringComparison.Ordinal) ? [text] : [text, "foo.bar/" + text];
        foreach (string form in forms)
        {
            JoinTarget target = Assert.Single(_resolver.Resolve([form], 8301));

            Assert.Null(target.Fault);
            Assert.Equal(expected, target.Text);
            Assert.Equal(expected, target.Address.ToString());
        }
    }

    [Theory]
    [InlineData(":80", "lookup : no such host")]
    [InlineData("localhost:80000", "strconv.ParseUint: parsing \"80000\": value out of range")]
    [InlineData("127.0.0.1:65536", "strconv.ParseUint: parsing \"65536\": value out of range")]
    [InlineData("127.0.0.1:-1", "strconv.ParseUint: parsing \"-1\": invalid syntax")]
    [InlineData("[2600::1]:x", "strconv.ParseUint: parsing \"x\": invalid syntax")]
    [InlineData("[2600::1", "address [2600::1: missing ']' in address")]
    [InlineData("[2600::1]x:5", "address [2600::1]x:5: missing port in address")]
    public void A_bad_address_is_told_in_the_same_words_behind_a_node_name(string text, string reason)
    {
        foreach (string form in new[] { text, "foo.bar/" + text })
        {
            JoinTarget target = Assert.Single(_resolver.Resolve([form], 8301));

            Assert.Equal($"failed to resolve {form}: {reason}", target.Fault);
        }
    }

    // The original's own table; the name is not asked for here.
    [Theory]
    [InlineData("example.org", "example.org", 8301)]
    [InlineData("foo.bar/example.org", "example.org", 8301)]
    [InlineData("example.org:80", "example.org", 80)]
    [InlineData("foo.bar/example.org:80", "example.org", 80)]
    [InlineData("[2600::1]:0", "2600::1", 0)]
    [InlineData("2600::1", "2600::1", 8301)]
    [InlineData("[1.2.3.4]", "1.2.3.4", 8301)]
    public void An_address_is_taken_apart(string text, string host, int port)
    {
        Assert.Null(JoinAddress.TrySplit(text, 8301, out string foundHost, out ushort foundPort));
        Assert.Equal((host, port), (foundHost, foundPort));
    }

    // What the original answered to the same join commands.
    [Theory]
    [InlineData("/x", "empty node name provided")]
    [InlineData("/127.0.0.1:80", "empty node name provided")]
    [InlineData("a/", "lookup : no such host")]
    [InlineData(":80", "lookup : no such host")]
    [InlineData("", "lookup : no such host")]
    [InlineData("localhost:80000", "strconv.ParseUint: parsing \"80000\": value out of range")]
    [InlineData("localhost:xx", "strconv.ParseUint: parsing \"xx\": invalid syntax")]
    [InlineData("127.0.0.1:", "strconv.ParseUint: parsing \"\": invalid syntax")]
    [InlineData("300.1.1.1", "lookup 300.1.1.1: no such host")]
    [InlineData("1.2.3", "lookup 1.2.3: no such host")]
    [InlineData("010.0.0.1:1", "lookup 010.0.0.1: no such host")]
    [InlineData("a:b:c", "lookup a:b:c: no such host")]
    [InlineData("foo/bar/127.0.0.1:1", "lookup bar/127.0.0.1: no such host")]
    [InlineData("[::1", "address [::1: missing ']' in address")]
    public void A_bad_address_is_told_in_the_original_words(string text, string reason)
    {
        JoinTarget target = Assert.Single(_resolver.Resolve([text], 8301));

        Assert.Equal($"failed to resolve {text}: {reason}", target.Fault);
        Assert.True(target.Address.IsNone);
    }

    [Fact]
    public void Targets_keep_the_order_of_the_addresses_and_come_from_a_worker()
    {
        Resolver resolver = new(Assert.Fail);
        using CountdownEvent done = new(20);
        string[] texts = ["127.0.0.1:1", "/x", "localhost:2"];
        IReadOnlyList<JoinTarget>[] results = new IReadOnlyList<JoinTarget>[20];
        for (int number = 0; number < results.Length; number++)
        {
            int index = number;
            Assert.True(resolver.TryBegin(texts, 7946, targets =>
            {
                results[index] = targets;
                done.Signal();
            }));
        }

        Assert.True(done.Wait(TimeSpan.FromSeconds(30)));
        foreach (IReadOnlyList<JoinTarget> targets in results)
        {
            Assert.Equal(["127.0.0.1:1", "/x", "127.0.0.1:2"], targets.Select(target => target.Text));
        }
    }

    [Theory]
    [InlineData(true, "127.0.0.1:1", "[::1]", "n/1.2.3.4", "localhost", "/x", "1.2.3", "a b", "host:99999")]
    [InlineData(false, "127.0.0.1:1", "host")]
    [InlineData(false, "n/host.example.:7946")]
    [InlineData(true)]
    public void Only_names_have_to_be_asked_for(bool expected, params string[] texts) =>
        Assert.Equal(expected, Resolver.CanAnswerAtOnce(texts, 7946));

    [Fact]
    public void Requests_past_the_limit_are_refused_and_all_others_are_told()
    {
        Resolver resolver = new(Assert.Fail);
        using ManualResetEventSlim release = new(false);
        using CountdownEvent busy = new(Limits.ResolverThreadCountMax);
        using CountdownEvent told = new(Limits.ResolverThreadCountMax + Limits.ResolverRequestCountMax);
        for (int number = 0; number < Limits.ResolverThreadCountMax; number++)
        {
            Assert.True(resolver.TryBegin(["127.0.0.1"], 1, _ =>
            {
                busy.Signal();
                release.Wait(Patience);
                told.Signal();
            }));
        }

        // From here on no worker takes anything.
        Assert.True(busy.Wait(Patience));
        for (int number = 0; number < Limits.ResolverRequestCountMax; number++)
        {
            Assert.True(resolver.TryBegin(["127.0.0.1"], 1, _ => told.Signal()));
        }

        bool refused = !resolver.TryBegin(["127.0.0.1"], 1, _ => Assert.Fail("refused, and told all the same"));
        release.Set();

        Assert.True(refused);
        Assert.True(told.Wait(Patience));
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1:7946")]
    [InlineData("127.0.0.1:", "127.0.0.1:0")]
    [InlineData("127.0.0.1:0", "127.0.0.1:0")]
    [InlineData("[::1]", "[::1]:7946")]
    [InlineData("[::1]:5", "[::1]:5")]
    [InlineData("", "0.0.0.0:7946")]
    [InlineData(":0", "0.0.0.0:0")]
    [InlineData("localhost:http", "127.0.0.1:80")]
    public void A_bind_address_is_read(string text, string expected)
    {
        Assert.Null(BindAddress.TryParse(text, out NodeAddress address));
        Assert.Equal(expected, address.ToString());
    }

    [Theory]
    [InlineData("::1", "address ::1: too many colons in address")]
    [InlineData("[::1", "address [::1: missing ']' in address")]
    [InlineData("127.0.0.1:99999", "address 99999: invalid port")]
    [InlineData("127.0.0.1:-1", "address -1: invalid port")]
    [InlineData("127.0.0.1:xx", "lookup tcp/xx: unknown port")]
    [InlineData("300.1.1.1", "lookup 300.1.1.1: no such host")]
    [InlineData("1.2.3", "lookup 1.2.3: no such host")]
    [InlineData("a b", "lookup a b: no such host")]
    public void A_bad_bind_address_is_told_in_the_original_words(string text, string expected) =>
        Assert.Equal(expected, BindAddress.TryParse(text, out _));

    [Theory]
    [InlineData("foo", "address foo: missing port in address")]
    [InlineData("::1", "address ::1: too many colons in address")]
    [InlineData("127.0.0.1:99999", "address 99999: invalid port")]
    public void A_bad_RPC_address_is_told_in_the_original_words(string text, string expected) =>
        Assert.Equal(expected, BindAddress.TryParseWithPort(text, out _));
}
