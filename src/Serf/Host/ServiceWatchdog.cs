using System;
using Serf.Posix;
using Serf.Primitives;

namespace Serf.Host;

/// <summary>
/// Signs of life for the service manager, twice in each of its periods. A timer of the node thread: when that
/// hangs they stop, and the manager starts the agent anew.
/// </summary>
internal sealed class ServiceWatchdog(Action ping, TimeSpan period) : ILoopTimer
{
    private static readonly TimeSpan _shortest = TimeSpan.FromMilliseconds(10);

    private readonly TimeSpan _interval = period / 2 > _shortest ? period / 2 : _shortest;

    public ServiceWatchdog(ServiceNotifier notifier)
        : this(notifier.Ping, notifier.WatchdogPeriod)
    {
    }

    public Instant NextDeadline { get; private set; }

    public void Advance(Instant now)
    {
        if (now >= NextDeadline)
        {
            NextDeadline = now + _interval;
            ping();
        }
    }
}
