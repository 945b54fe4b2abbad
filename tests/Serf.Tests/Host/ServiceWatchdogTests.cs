using System;
using System.Threading;
using Serf.Host;
using Serf.Primitives;
using Xunit;

namespace Serf.Tests.Host;

public sealed class ServiceWatchdogTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    [Fact]
    public void A_sign_of_life_is_given_at_once_and_twice_in_each_period()
    {
        int count = 0;
        ServiceWatchdog watchdog = new(() => count++, TimeSpan.FromSeconds(30));
        Instant start = new(1_000_000_000);

        watchdog.Advance(start);
        watchdog.Advance(start + TimeSpan.FromSeconds(14.9));
        Assert.Equal((1, start + TimeSpan.FromSeconds(15)), (count, watchdog.NextDeadline));

        watchdog.Advance(start + TimeSpan.FromSeconds(15));
        Assert.Equal((2, start + TimeSpan.FromSeconds(30)), (count, watchdog.NextDeadline));
    }

    [Fact]
    public void An_absurd_period_does_not_keep_the_node_busy()
    {
        ServiceWatchdog watchdog = new(() => { }, TimeSpan.FromTicks(1));

        watchdog.Advance(default);

        Assert.Equal(new Instant(10_000_000), watchdog.NextDeadline);
    }

    [Fact]
    public void A_node_thread_that_hangs_gives_none()
    {
        using AutoResetEvent pinged = new(false);
        using ManualResetEventSlim hangs = new(false);
        using ManualResetEventSlim release = new(false);
        Inbox inbox = new();
        NodeLoop loop = new(new ServiceWatchdog(() => pinged.Set(), TimeSpan.FromMilliseconds(40)), inbox);
        loop.Start();
        Assert.True(pinged.WaitOne(_patience));

        loop.Post(_ =>
        {
            hangs.Set();
            release.Wait();
        });
        Assert.True(hangs.Wait(_patience));
        pinged.WaitOne(0);
        Assert.False(pinged.WaitOne(TimeSpan.FromMilliseconds(400)));

        release.Set();
        Assert.True(pinged.WaitOne(_patience));
        loop.Stop();
    }
}
