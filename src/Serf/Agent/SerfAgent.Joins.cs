using System.Collections.Generic;
using Serf.Cluster;
using Serf.Primitives;

namespace Serf.Agent;

// Joins that nobody waits for: the retry join, and the configured addresses for as long as the agent runs.
internal sealed partial class SerfAgent : JoinRetry.IHost
{
    private JoinRetry? _retry;
    private SeedJoin? _seeds;

    ILog JoinRetry.IHost.Log => _log;

    bool JoinRetry.IHost.MayJoin => _node.State == LifecycleState.Alive;

    /// <summary>Main thread, once: joins the addresses of the retry join in the background. A notice tells
    /// when that was given up.</summary>
    public void StartRetryJoin()
    {
        if (_options.RetryJoin.Count == 0)
        {
            return;
        }

        JoinRetry retry = new(this, _options.RetryJoin)
        {
            Replay = _options.ReplayOnJoin,
            Interval = _options.RetryInterval,
            RetryCountMax = _options.RetryCountMax,
        };
        _loop.Post(_ =>
        {
            _retry = retry;
            _loop.Add(retry);
        });
    }

    void JoinRetry.IHost.BeginJoin(IReadOnlyList<string> addresses, bool replay) =>
        BeginJoin(addresses, replay, _retry!.Ended);

    void JoinRetry.IHost.GiveUp() => _notices.Post(new AgentNotice(AgentNoticeKind.JoinGivenUp));

    void ISerfEffects.SeedsWanted()
    {
        // The retry join does the same until it succeeds, with its own interval and limit.
        if (_retry is not { IsActive: true })
        {
            _seeds?.Ask();
        }
    }

    private SeedJoin NewSeedJoin()
    {
        List<string> addresses = [.. _options.StartJoin, .. _options.RetryJoin];
        return new SeedJoin(_node, _resolver, _loop, addresses, Bound.Port);
    }
}
