using System;
using System.Collections.Generic;
using Serf.Agent;
using Serf.Agent.Logging;
using Serf.Host;
using Serf.Posix;
using Serf.Primitives;

namespace Serf.Cli.Commands;

/// <summary>
/// A running agent from the moment it is usable to its end: signals, reloads, leaves (spec agent 20). Main
/// thread.
/// </summary>
/// <param name="agent">It runs.</param>
/// <param name="load">The complete processing of files and flags, as at the start.</param>
/// <param name="log">Its log and console.</param>
/// <param name="notices">What happens to it.</param>
/// <param name="manager">Null where no service manager asks.</param>
/// <param name="orphans">Null for a process that gets none.</param>
internal sealed class AgentLifecycle(
    SerfAgent agent,
    Func<AgentOptions> load,
    AgentLog log,
    AgentNotices notices,
    ServiceNotifier? manager,
    Orphans? orphans)
{
    private const int Failure = 1;

    // Between two looks at orphans: while there are some, and while there are none.
    private static readonly TimeSpan _orphanPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _orphanLongPause = TimeSpan.FromSeconds(5);

    private AgentConfig? _started;

    /// <param name="options">What the agent was started with.</param>
    /// <returns>The exit status.</returns>
    public int WaitForEnd(AgentOptions options)
    {
        _started = options.Source;
        TellReady(options);
        while (true)
        {
            AgentNotice notice = Take();
            switch (notice.Kind)
            {
                case AgentNoticeKind.Shutdown:
                    DrainHandlers();
                    return 0;
                case AgentNoticeKind.JoinGivenUp:
                    return Failure;
                case AgentNoticeKind.Hangup:
                    log.Console.Output(AgentMessages.CaughtSignal(notice.Kind));
                    manager?.Reloading(MonotonicClock.Now);
                    options = Reload(options);
                    TellReady(options);
                    break;
                case AgentNoticeKind.Interrupt or AgentNoticeKind.Terminate:
                    log.Console.Output(AgentMessages.CaughtSignal(notice.Kind));
                    bool graceful = notice.Kind == AgentNoticeKind.Interrupt
                        ? !options.SkipLeaveOnInterrupt
                        : options.LeaveOnTerminate;
                    return graceful ? LeaveGracefully(options.LeaveTimeout) : Failure;
                default:
                    break;
            }
        }
    }

    private void TellReady(AgentOptions options) =>
        manager?.Ready(AgentMessages.StatusRunning(options.NodeName, agent.Bound.ToString()));

    private int LeaveGracefully(TimeSpan limit)
    {
        log.Console.Output(AgentMessages.LeavingGracefully);
        manager?.Stopping(AgentMessages.StatusLeaving);
        Instant end = MonotonicClock.Now + limit;
        agent.BeginLeave();
        while (TryTakeUntil(end, out AgentNotice notice))
        {
            switch (notice.Kind)
            {
                case AgentNoticeKind.LeaveFinished or AgentNoticeKind.Shutdown:
                    DrainHandlers();
                    return 0;
                case AgentNoticeKind.LeaveFailed:
                    log.Console.Error(AgentMessages.LeaveFailed(notice.Text));
                    break;
                case AgentNoticeKind.Interrupt or AgentNoticeKind.Terminate or AgentNoticeKind.Hangup:
                    return Failure;
                default:
                    break;
            }
        }

        log.Write(LogLevel.Warn, AgentMessages.LeaveTimedOut(limit));
        return Failure;
    }

    /// <summary>
    /// What was heard before the end is given to its handlers; the original forgets it. A signal ends the
    /// wait, and changes nothing about the success of the leave.
    /// </summary>
    private void DrainHandlers()
    {
        Instant end = MonotonicClock.Now + TimeSpan.FromMilliseconds(Limits.HandlerDrainMillisecondsMax);

        // Handlers that run go on without the agent, as in the original, but not without process 1.
        bool isAwaited = agent.BeginDrainHandlers(toTheEnd: orphans is { IsFirst: true });
        while (isAwaited && TryTakeUntil(end, out AgentNotice notice))
        {
            switch (notice.Kind)
            {
                case AgentNoticeKind.Interrupt or AgentNoticeKind.Terminate or AgentNoticeKind.Hangup:
                case AgentNoticeKind.HandlersDrained:
                    return;
                default:
                    break;
            }
        }
    }

    // The end of a child is asked for, not told: where SIGCHLD has a handler as process 1, the runtime takes
    // away every child, handlers with their exit statuses too.
    private AgentNotice Take()
    {
        if (orphans is null)
        {
            return notices.Take();
        }

        AgentNotice notice;
        while (!notices.TryTake(Orphans.Reap() ? _orphanPause : _orphanLongPause, out notice))
        {
        }

        return notice;
    }

    private bool TryTakeUntil(Instant end, out AgentNotice notice) =>
        notices.TryTake(end - MonotonicClock.Now, out notice);

    /// <summary>Takes over what may change while the agent runs (spec agent 20.3).</summary>
    /// <returns>The configuration now in force.</returns>
    private AgentOptions Reload(AgentOptions current)
    {
        log.Console.Output(AgentMessages.Reloading);
        AgentOptions options;
        try
        {
            options = load();
        }
        catch (SerfException exception)
        {
            log.Console.Error(exception.Message);
            log.Console.Error(AgentMessages.ReloadFailed);
            return current;
        }

        if (LogLevels.TryParse(options.LogLevel, out LogLevel level))
        {
            log.Level = level;
        }
        else
        {
            log.Console.Error(AgentMessages.InvalidLogLevel(options.LogLevel));
        }

        List<string> waiting = ConfigKey.NeedingRestart(_started!, options.Source);
        if (waiting.Count > 0)
        {
            log.Write(LogLevel.Warn, AgentMessages.NeedRestart(waiting));
        }

        agent.Reload(options, error => log.Console.Error(AgentMessages.TagUpdateFailed(error)));
        return options;
    }
}
