using System;
using System.Collections.Generic;
using Serf.Net;
using Serf.Primitives;

namespace Serf.Host;

/// <summary>
/// Closes connections after what they hold was written and the peer has closed its side, or when that takes
/// too long, or when too many wait for it.
/// </summary>
internal sealed class ClosingStreams : ILoopTimer
{
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(10);

    // All wait equally long, so the oldest is the first due.
    private readonly Queue<(StreamDriver Driver, Instant Deadline)> _closing = new();

    public Instant NextDeadline => _closing.TryPeek(out (StreamDriver Driver, Instant Deadline) oldest)
        ? oldest.Deadline
        : Instant.Never;

    public void Close(StreamDriver driver)
    {
        driver.Close();
        if (driver.IsClosed)
        {
            return;
        }

        _closing.Enqueue((driver, MonotonicClock.Now + FlushTimeout));
        if (_closing.Count > Limits.ClosingStreamCountMax)
        {
            _closing.Dequeue().Driver.Abort();
        }
    }

    public void Advance(Instant now)
    {
        while (_closing.TryPeek(out (StreamDriver Driver, Instant Deadline) oldest)
            && (oldest.Driver.IsClosed || oldest.Deadline <= now))
        {
            oldest.Driver.Abort();
            _closing.Dequeue();
        }
    }

    /// <summary>Closes all at once.</summary>
    public void Abort()
    {
        while (_closing.TryDequeue(out (StreamDriver Driver, Instant Deadline) oldest))
        {
            oldest.Driver.Abort();
        }
    }
}
