using System;
using System.Threading;
using Serf.Agent;
using Serf.Primitives;
using Xunit;

namespace Serf.Tests.Agent;

public sealed class AgentNoticesTests
{
    private readonly AgentNotices _notices = new();

    [Fact]
    public void Notices_come_out_in_the_order_they_went_in()
    {
        _notices.Post(new AgentNotice(AgentNoticeKind.Hangup));
        _notices.Post(new AgentNotice(AgentNoticeKind.LeaveFailed, "timeout"));
        _notices.Post(new AgentNotice(AgentNoticeKind.Shutdown));

        Assert.Equal(new AgentNotice(AgentNoticeKind.Hangup), _notices.Take());
        Assert.True(_notices.TryTake(TimeSpan.Zero, out AgentNotice failed));
        Assert.Equal(new AgentNotice(AgentNoticeKind.LeaveFailed, "timeout"), failed);
        Assert.Equal(AgentNoticeKind.Shutdown, _notices.Take().Kind);
        Assert.False(_notices.TryTake(TimeSpan.Zero, out _));
        Assert.False(_notices.TryTake(TimeSpan.FromSeconds(-1), out _));
    }

    [Fact]
    public void One_who_waits_is_woken()
    {
        Thread poster = new(() => _notices.Post(new AgentNotice(AgentNoticeKind.Shutdown)));
        poster.Start();

        Assert.True(_notices.TryTake(TimeSpan.FromSeconds(30), out AgentNotice notice));
        Assert.Equal(AgentNoticeKind.Shutdown, notice.Kind);
        poster.Join();
    }

    [Fact]
    public void A_wait_may_be_longer_than_any_uptime()
    {
        _notices.Post(new AgentNotice(AgentNoticeKind.LeaveFinished));

        Assert.True(_notices.TryTake(TimeSpan.MaxValue, out AgentNotice notice));
        Assert.Equal(AgentNoticeKind.LeaveFinished, notice.Kind);
    }

    [Fact]
    public void A_flood_of_signals_is_bounded_and_nothing_else_is_lost_for_it()
    {
        for (int index = 0; index < 10 * Limits.SignalCountMax; index++)
        {
            _notices.Post(new AgentNotice(AgentNoticeKind.Hangup));
        }

        _notices.Post(new AgentNotice(AgentNoticeKind.LeaveFinished));

        for (int index = 0; index < Limits.SignalCountMax; index++)
        {
            Assert.Equal(AgentNoticeKind.Hangup, _notices.Take().Kind);
        }

        Assert.Equal(AgentNoticeKind.LeaveFinished, _notices.Take().Kind);
        Assert.False(_notices.TryTake(TimeSpan.Zero, out _));
    }
}
