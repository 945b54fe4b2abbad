using System;
using System.Collections.Generic;
using System.Threading;
using Serf.Primitives;

namespace Serf.Agent;

/// <summary>What the main thread of the agent waits for.</summary>
internal enum AgentNoticeKind : byte
{
    Interrupt,
    Terminate,
    Hangup,

    /// <summary>The node is shut down, through RPC or by itself.</summary>
    Shutdown,

    /// <summary>A leave came to its end.</summary>
    LeaveFinished,

    /// <summary>A leave reported an error; the text says which.</summary>
    LeaveFailed,

    /// <summary>The retry join has been tried too often.</summary>
    JoinGivenUp,

    /// <summary>Handlers have been given all events that waited for them.</summary>
    HandlersDrained,
}

/// <summary>One thing that happened to the agent.</summary>
internal readonly record struct AgentNotice(AgentNoticeKind Kind, string Text = "");

/// <summary>The queue in front of the main thread: signals, shutdown, the end of a leave.</summary>
internal sealed class AgentNotices
{
    // A semaphore takes no more than 24 days at a time; limits of leaves may be longer.
    private static readonly TimeSpan _longestWait = TimeSpan.FromDays(1);

    private readonly Lock _lock = new();
    private readonly Queue<AgentNotice> _waiting = new();
    private readonly SemaphoreSlim _count = new(0);

    /// <summary>
    /// Any thread; never blocks. Signals past <see cref="Limits.SignalCountMax"/> are dropped: by then nobody
    /// takes them, and one more changes nothing.
    /// </summary>
    public void Post(AgentNotice notice)
    {
        bool isSignal = notice.Kind <= AgentNoticeKind.Hangup;
        lock (_lock)
        {
            if (isSignal && _waiting.Count >= Limits.SignalCountMax)
            {
                return;
            }

            _waiting.Enqueue(notice);
        }

        _count.Release();
    }

    /// <summary>Waits for as long as it takes.</summary>
    public AgentNotice Take()
    {
        _count.Wait();
        lock (_lock)
        {
            return _waiting.Dequeue();
        }
    }

    /// <returns>False when the time is up.</returns>
    public bool TryTake(TimeSpan timeout, out AgentNotice notice)
    {
        notice = default;
        TimeSpan left = timeout > TimeSpan.Zero ? timeout : TimeSpan.Zero;
        bool isThere;
        do
        {
            TimeSpan step = left < _longestWait ? left : _longestWait;
            isThere = _count.Wait(step);
            left -= step;
        }
        while (!isThere && left > TimeSpan.Zero);
        if (!isThere)
        {
            return false;
        }

        lock (_lock)
        {
            notice = _waiting.Dequeue();
        }

        return true;
    }
}
