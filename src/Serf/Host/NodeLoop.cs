using System;
using System.Collections.Generic;
using System.Threading;
using Serf.Cluster;
using Serf.Primitives;

namespace Serf.Host;

/// <summary>The one thread that owns a node: takes a bounded batch from the inbox, then
/// always gives time its turn.</summary>
/// <remarks>An exception on this thread is not caught: it ends the process, its trace on standard
/// error.</remarks>
internal sealed class NodeLoop
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    private readonly List<ILoopTimer> _timers = [];
    private readonly ActionTarget _actions = new();
    private readonly Thread _thread;
    private volatile bool _stopping;

    public NodeLoop(SerfNode node, Inbox inbox)
        : this(new NodeTimer(node), inbox)
    {
    }

    /// <summary>A loop whose first timer stands for the node.</summary>
    internal NodeLoop(ILoopTimer node, Inbox inbox)
    {
        Inbox = inbox;
        _timers.Add(node);
        _thread = new Thread(Run) { Name = "node", IsBackground = true };
    }

    public Inbox Inbox { get; }

    /// <summary>Starts the thread; the node must have been started, on the calling thread, before.</summary>
    public void Start() => _thread.Start();

    /// <summary>Runs on the node thread, after what was posted before. Any thread but the
    /// node's own; does not wait.</summary>
    public void Post(Action<Instant> action)
    {
        Invariant.Holds(Thread.CurrentThread != _thread);
        Inbox.Post(new InboxItem(_actions, 0, State: action));
    }

    /// <summary>Adds something else that has deadlines. Before
    /// <see cref="Start"/>, or on the node thread.</summary>
    public void Add(ILoopTimer timer) => _timers.Add(timer);

    /// <summary>Ends the thread after the current batch and waits for it.</summary>
    public void Stop()
    {
        Invariant.Holds(Thread.CurrentThread != _thread);
        _stopping = true;
        Inbox.TryPost(new InboxItem(_actions, 0));
        if (_thread.IsAlive)
        {
            _thread.Join();
        }
    }

    private void Run()
    {
        while (!_stopping)
        {
            int taken = 0;
            while (taken < Limits.InboxBatchCountMax && Inbox.TryTake(out InboxItem item))
            {
                item.Target.Process(item, MonotonicClock.Now);
                taken++;
            }

            Instant deadline = Advance(MonotonicClock.Now);
            if (taken < Limits.InboxBatchCountMax && !_stopping)
            {
                WaitUntil(deadline);
            }
        }

        Inbox.Close();
    }

    private Instant Advance(Instant now)
    {
        Instant deadline = Instant.Never;

        // By index: a timer may add another one.
        for (int index = 0; index < _timers.Count; index++)
        {
            _timers[index].Advance(now);
        }

        for (int index = 0; index < _timers.Count; index++)
        {
            deadline = Instant.Min(deadline, _timers[index].NextDeadline);
        }

        return deadline;
    }

    private void WaitUntil(Instant deadline)
    {
        TimeSpan left = deadline == Instant.Never ? LongestWait : deadline - MonotonicClock.Now;
        if (left <= TimeSpan.Zero)
        {
            return;
        }

        // The lock waits whole milliseconds; rounding down would spin through the rest of the last one.
        double milliseconds = Math.Ceiling(Math.Min(left.TotalMilliseconds, LongestWait.TotalMilliseconds));
        Inbox.Wait(TimeSpan.FromMilliseconds(milliseconds));
    }

    private sealed class ActionTarget : InboxTarget
    {
        protected internal override void Process(in InboxItem item, Instant now)
        {
            if (item.State is Action<Instant> action)
            {
                action(now);
            }
        }
    }

    private sealed class NodeTimer(SerfNode node) : ILoopTimer
    {
        public Instant NextDeadline => node.NextDeadline;

        public void Advance(Instant now) => node.Advance(now);
    }
}
