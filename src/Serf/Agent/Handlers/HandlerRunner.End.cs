using System.Globalization;
using Serf.Primitives;

namespace Serf.Agent.Handlers;

// What runs may take, and the end of them all.
internal sealed unsafe partial class HandlerRunner
{
    // Under the gate.
    private bool _isDraining;
    private bool _drainsToTheEnd;

    /// <summary>Changes what runs may take; the time of those that run already stays as it was.</summary>
    public void Limit(HandlerLimits limits)
    {
        lock (_gate)
        {
            _timeoutMilliseconds = limits.TimeoutMilliseconds;
            _processCountMax = limits.ProcessCountMax;
            if (_ready.Count > 0)
            {
                Wake();
            }
        }
    }

    /// <summary>
    /// <see cref="IHandlerObserver.Drained"/> is called once, when every event that waits has been given to
    /// its handler. Any thread; does not wait.
    /// </summary>
    /// <param name="toTheEnd">Not before the last of them has come to its end, too.</param>
    /// <returns>False when there is nothing to wait for; nothing will be called then.</returns>
    public bool BeginDrain(bool toTheEnd)
    {
        lock (_gate)
        {
            bool isBusy = _thread is not null && !_disposed && HasWork(toTheEnd);
            if (isBusy)
            {
                _isDraining = true;
                _drainsToTheEnd = toTheEnd;
                Wake();
            }

            return isBusy;
        }
    }

    private void TellDrained()
    {
        lock (_gate)
        {
            if (!_isDraining || HasWork(_drainsToTheEnd))
            {
                return;
            }

            _isDraining = false;
        }

        _observer.Drained();
    }

    // Under the gate. A queue is active while a run of it goes on.
    private bool HasWork(bool runsToo)
    {
        foreach (HandlerQueue queue in _queues)
        {
            if (queue.WaitingCount > 0 || (runsToo && queue.IsActive))
            {
                return true;
            }
        }

        return false;
    }

    // At the end: nobody touches the queues any more.
    private void ReportUnhandled()
    {
        int count = 0;
        foreach (HandlerQueue queue in _queues)
        {
            count += queue.WaitingCount;
        }

        if (count > 0)
        {
            string shown = count.ToString(CultureInfo.InvariantCulture);
            _observer.Report(
                LogLevel.Warn, $"agent: Events not given to their handlers before the end: {shown}");
        }
    }
}
