using System;
using System.Collections.Generic;
using Serf.Agent;
using Serf.Primitives;
using Xunit;

namespace Serf.Tests.Agent;

/// <summary>The retry join (spec agent 11.2), on a clock of its own.</summary>
public sealed class JoinRetryTests
{
    private readonly Host _host = new();

    [Fact]
    public void It_tries_until_a_join_succeeds_and_then_never_again()
    {
        JoinRetry retry = New(0);
        Assert.Equal(default, retry.NextDeadline);
        retry.Advance(new Instant(5));
        Assert.Equal(Instant.Never, retry.NextDeadline);
        retry.Ended("no route", 0, new Instant(7));
        Instant next = new Instant(7) + TimeSpan.FromSeconds(90);
        Assert.Equal(next, retry.NextDeadline);
        retry.Advance(new Instant(8));
        Assert.Equal(1, _host.JoinCount);
        retry.Advance(next);
        retry.Ended(null, 2, next);

        Assert.Equal((2, Instant.Never, false), (_host.JoinCount, retry.NextDeadline, retry.IsActive));
        Assert.Equal(
            [
                "Info agent: Joining cluster...(replay: true)",
                "Warn agent: Join failed: no route, retrying in 1m30s",
                "Info agent: Joining cluster...(replay: true)",
                "Info agent: Join completed. Synced with 2 initial agents",
            ],
            _host.Lines);
        Assert.False(_host.HasGivenUp);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(3, 4)]
    public void A_limit_of_n_allows_one_attempt_more(int limit, int attempts)
    {
        JoinRetry retry = New(limit);
        Instant now = default;
        for (int attempt = 1; attempt <= attempts; attempt++)
        {
            Assert.False(_host.HasGivenUp);
            retry.Advance(now);
            retry.Ended("no", 0, now);
            now = retry.NextDeadline;
        }

        Assert.True(_host.HasGivenUp);
        Assert.False(retry.IsActive);
        Assert.Equal((attempts, Instant.Never), (_host.JoinCount, now));
        Assert.Equal("Err agent: maximum retry join attempts made, exiting", _host.Lines[^1]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Without_a_limit_it_goes_on(int limit)
    {
        JoinRetry retry = New(limit);
        Instant now = default;
        for (int attempt = 0; attempt < 100; attempt++)
        {
            retry.Advance(now);
            retry.Ended("no", 0, now);
            now = retry.NextDeadline;
        }

        Assert.Equal(100, _host.JoinCount);
        Assert.True(retry.IsActive);
    }

    [Fact]
    public void Nothing_is_tried_nor_given_up_once_the_agent_leaves()
    {
        JoinRetry waits = New(1);
        waits.Advance(default);
        waits.Ended("no", 0, default);
        JoinRetry joins = New(1);
        joins.Advance(default);
        _host.Lines.Clear();
        _host.MayJoin = false;
        waits.Advance(waits.NextDeadline);
        joins.Ended("Serf can't Join after Leave or Shutdown", 0, default);

        Assert.Equal(2, _host.JoinCount);
        Assert.Empty(_host.Lines);
        Assert.Equal((Instant.Never, Instant.Never), (waits.NextDeadline, joins.NextDeadline));
        Assert.False(waits.IsActive || joins.IsActive);
    }

    private JoinRetry New(int limit) => new(_host, ["a", "b"])
    {
        Replay = true, Interval = TimeSpan.FromSeconds(90), RetryCountMax = limit,
    };

    private sealed class Host : JoinRetry.IHost, ILog
    {
        public List<string> Lines { get; } = [];

        public int JoinCount { get; private set; }

        public bool HasGivenUp { get; private set; }

        public ILog Log => this;

        public bool MayJoin { get; set; } = true;

        public void BeginJoin(IReadOnlyList<string> addresses, bool replay)
        {
            Assert.Equal(["a", "b"], addresses);
            Assert.True(replay);
            JoinCount++;
        }

        public void GiveUp() => HasGivenUp = true;

        public void Write(LogLevel level, string text) => Lines.Add(level + " " + text);
    }
}
