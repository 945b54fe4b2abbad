using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading;
using Serf.Posix;
using Serf.Primitives;

namespace Serf.Agent.Handlers;

/// <summary>
/// Runs event handlers: one thread, one poll loop, one queue per handler. A handler is a command, with
/// however many filters and specifications name it. Events of one handler keep their order and never
/// overlap; different handlers do. Nothing here ever waits for gossip, nor gossip for it.
/// </summary>
internal sealed unsafe partial class HandlerRunner : IDisposable
{
    private const int ScratchSize = 16 * 1024;
    private const int StackSize = 256 * 1024;

    // Without a descriptor for the end of a process: how long that end may stay unnoticed.
    private const int AskMilliseconds = 10;

    // Lost events are reported at once, then summed up over this time.
    private const int LossReportMilliseconds = 1000;

    private readonly IHandlerObserver _observer;
    private readonly int _queueDepthMax;
    private readonly Lock _gate = new();

    // Under the gate.
    private readonly List<HandlerQueue> _queues = [];
    private readonly Queue<HandlerQueue> _ready = [];
    private Thread? _thread;
    private bool _wakePending;
    private bool _lossPending;
    private bool _disposed;
    private int _processCountMax;
    private long _timeoutMilliseconds;
    private int _wakeDescriptor;

    // The handler thread's own.
    private readonly List<HandlerProcess> _running = [];
    private readonly Stack<HandlerProcess> _idle = [];
    private readonly List<(HandlerQueue Queue, long Count)> _losses = [];
    private HandlerEnvironment? _environment;
    private long _lossReportAtMilliseconds;

    private long _droppedCount;
    private volatile bool _stopping;

    /// <exception cref="SerfException">The system has no descriptor left.</exception>
    public HandlerRunner(
        IHandlerObserver observer, int processCountMax = Limits.HandlerCountMax,
        int queueDepthMax = Limits.HandlerQueueDepthMax)
    {
        _observer = observer;
        _processCountMax = processCountMax;
        _queueDepthMax = queueDepthMax;
        _wakeDescriptor = Libc.EventDescriptor(0, Libc.OpenCloseOnExec | Libc.OpenNonBlocking);
        if (_wakeDescriptor < 0)
        {
            string reason = Spawn.ErrorText(Marshal.GetLastPInvokeError());
            throw new SerfException("Failed to set up event handlers: eventfd: " + reason);
        }
    }

    /// <summary>Events dropped because a handler's queue was full.</summary>
    public long DroppedCount => Volatile.Read(ref _droppedCount);

    /// <summary>
    /// Exits are awaited by descriptor where the kernel has that (Linux 5.3), else asked for.
    /// </summary>
    internal bool WatchesByDescriptor { get; init; } = true;

    /// <summary>How long a run may take before it is reported as slow.</summary>
    internal long SlowMilliseconds { get; init; } = 1000;

    /// <summary>Between asking a run that is past its limit to end and making it end.</summary>
    internal long GraceMilliseconds { get; init; } = HandlerProcess.GraceMillisecondsDefault;

    /// <summary>
    /// Replaces the handlers. A command that stays keeps its queue; runs go on to their end. What already
    /// waits for a command that was removed is still given to it, so that a reload loses no event.
    /// </summary>
    public void Configure(IReadOnlyList<EventHandler> handlers)
    {
        lock (_gate)
        {
            List<HandlerQueue> previous = [.. _queues];
            _queues.Clear();
            foreach (HandlerQueue queue in previous)
            {
                queue.Filters.Clear();
            }

            foreach (EventHandler handler in handlers)
            {
                HandlerQueue? queue = Find(_queues, handler.Command);
                if (queue is null)
                {
                    queue = Find(previous, handler.Command) ?? new(handler.Command, _queueDepthMax);
                    _queues.Add(queue);
                }

                queue.Filters.Add(handler.Filter);
            }

            foreach (HandlerQueue queue in previous)
            {
                // One that drains stays known: configured again, it must not overlap with itself.
                if (queue.Filters.Count == 0 && queue.IsActive)
                {
                    _queues.Add(queue);
                }
            }
        }
    }

    /// <summary>Queues the event for every handler that it concerns. Any thread; never blocks.</summary>
    public void Invoke(HandlerInvocation invocation)
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            bool wake = false;
            foreach (HandlerQueue queue in _queues)
            {
                int lost = queue.Accept(invocation);
                if (lost > 0)
                {
                    Volatile.Write(ref _droppedCount, _droppedCount + lost);
                    wake |= !_lossPending;
                    _lossPending = true;
                }

                if (queue.WaitingCount > 0 && !queue.IsActive)
                {
                    queue.IsActive = true;
                    _ready.Enqueue(queue);
                    wake = true;
                }
            }

            if (wake || (_thread is null && _ready.Count > 0))
            {
                Wake();
            }
        }
    }

    /// <summary>
    /// Stops the thread. Handlers that run are neither waited for nor killed, as in the original.
    /// </summary>
    public void Dispose()
    {
        Thread? thread;
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            _stopping = true;
            thread = _thread;
            if (thread is not null)
            {
                Wake();
            }
        }

        thread?.Join();
        ReportUnhandled();
        Spawn.Close(ref _wakeDescriptor);
    }

    private static HandlerQueue? Find(List<HandlerQueue> queues, string command)
    {
        foreach (HandlerQueue queue in queues)
        {
            if (queue.Command == command)
            {
                return queue;
            }
        }

        return null;
    }

    // Under the gate. The thread is started by the first event that concerns a handler: many nodes have none.
    private void Wake()
    {
        if (_thread is null)
        {
            StartThread();
        }
        else if (!_wakePending)
        {
            _wakePending = true;
            ulong one = 1;
            _ = Libc.WriteDescriptor(_wakeDescriptor, (byte*)&one, sizeof(ulong));
        }
    }

    // Under the gate.
    private void StartThread()
    {
        Thread thread = new(Run, StackSize) { IsBackground = true, Name = "handlers" };
        try
        {
            thread.Start();
            _thread = thread;
        }
        catch (OutOfMemoryException)
        {
            // What waits is kept, and the next event tries again.
            _observer.Report(LogLevel.Err, "agent: Failed to start the thread of the event handlers");
        }
    }

    private void Run()
    {
        Spawn.KeepExitStatuses();
        _environment = HandlerEnvironment.OfThisProcess();
        byte[] scratch = new byte[ScratchSize];
        PollEntry[] entries = new PollEntry[1 + HandlerProcess.PollCount];
        while (!_stopping)
        {
            bool moreReady = StartReady();
            ReportLosses();
            TellDrained();
            int count = 1 + (_running.Count * HandlerProcess.PollCount);
            if (entries.Length < count)
            {
                Array.Resize(ref entries, Math.Max(count, 2 * entries.Length));
            }

            Wait(entries.AsSpan(0, count), moreReady ? 0 : Timeout());
            Serve(entries, scratch);
        }

        foreach (HandlerProcess process in _running)
        {
            process.Release();
        }

        _running.Clear();
    }

    /// <returns>True when some could be started but had to wait for the next turn.</returns>
    private bool StartReady()
    {
        for (int turn = 0; turn < Limits.HandlerCountMax; turn++)
        {
            HandlerQueue queue;
            HandlerInvocation invocation;
            long timeout;
            lock (_gate)
            {
                if (_ready.Count == 0 || _running.Count >= _processCountMax)
                {
                    return false;
                }

                queue = _ready.Dequeue();
                invocation = queue.Take();
                timeout = _timeoutMilliseconds;
            }

            if (!_idle.TryPop(out HandlerProcess? process))
            {
                process = new(_observer, SlowMilliseconds) { GraceMilliseconds = GraceMilliseconds };
            }

            long now = Environment.TickCount64;
            if (process.Start(queue, invocation, _environment!, now, WatchesByDescriptor, timeout))
            {
                _running.Add(process);
            }
            else
            {
                _idle.Push(process);
                Complete(queue);
            }
        }

        return true;
    }

    private void Complete(HandlerQueue queue)
    {
        lock (_gate)
        {
            queue.IsActive = queue.WaitingCount > 0;
            if (queue.IsActive)
            {
                // Behind the others, so that a busy handler does not keep them out when the limit is reached.
                _ready.Enqueue(queue);
            }
            else if (queue.Filters.Count == 0)
            {
                _queues.Remove(queue);
            }
        }
    }

    private void ReportLosses()
    {
        long now = Environment.TickCount64;
        lock (_gate)
        {
            if (!_lossPending || now < _lossReportAtMilliseconds)
            {
                return;
            }

            _lossPending = false;
            foreach (HandlerQueue queue in _queues)
            {
                if (queue.LostCount > 0)
                {
                    _losses.Add((queue, queue.LostCount));
                    queue.LostCount = 0;
                }
            }
        }

        foreach ((HandlerQueue queue, long count) in _losses)
        {
            _observer.Report(
                LogLevel.Warn, $"agent: Script '{queue.Command}' is too far behind, events dropped: {count}");
        }

        _losses.Clear();
        _lossReportAtMilliseconds = now + LossReportMilliseconds;
    }

    private int Timeout()
    {
        long now = Environment.TickCount64;
        long deadline = long.MaxValue;
        foreach (HandlerProcess process in _running)
        {
            deadline = Math.Min(deadline, Math.Min(process.SlowAtMilliseconds, process.LimitAtMilliseconds));
            if (process.NeedsAsking)
            {
                deadline = Math.Min(deadline, now + AskMilliseconds);
            }
        }

        lock (_gate)
        {
            if (_lossPending)
            {
                deadline = Math.Min(deadline, _lossReportAtMilliseconds);
            }
        }

        return deadline == long.MaxValue ? -1 : (int)Math.Clamp(deadline - now, 0, int.MaxValue);
    }

    private void Wait(Span<PollEntry> entries, int timeoutMilliseconds)
    {
        entries[0] = new() { Descriptor = _wakeDescriptor, Events = Libc.PollIn };
        for (int index = 0; index < _running.Count; index++)
        {
            _running[index].Describe(entries.Slice(1 + (index * HandlerProcess.PollCount)));
        }

        int result;
        fixed (PollEntry* first = entries)
        {
            result = Libc.Poll(first, (nuint)entries.Length, timeoutMilliseconds);
        }

        // Interrupted by a signal, or short of memory: nothing is known, the next turn asks again.
        if (result < 0)
        {
            foreach (ref PollEntry entry in entries)
            {
                entry.Returned = 0;
            }
        }

        if (entries[0].Returned != 0)
        {
            ulong count;
            _ = Libc.ReadDescriptor(_wakeDescriptor, (byte*)&count, sizeof(ulong));
            lock (_gate)
            {
                _wakePending = false;
            }
        }
    }

    private void Serve(ReadOnlySpan<PollEntry> entries, Span<byte> scratch)
    {
        long now = Environment.TickCount64;

        // Backwards, so that those which finish can be taken out on the way.
        for (int index = _running.Count - 1; index >= 0; index--)
        {
            HandlerProcess process = _running[index];
            int first = 1 + (index * HandlerProcess.PollCount);
            process.Serve(entries.Slice(first, HandlerProcess.PollCount), scratch);
            process.ReportSlow(now);
            process.EnforceLimit(now);
            if (process.IsFinished)
            {
                HandlerQueue queue = process.Queue;
                process.Finish();
                _running.RemoveAt(index);
                _idle.Push(process);
                Complete(queue);
            }
        }
    }
}
