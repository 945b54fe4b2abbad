using System.Collections.Generic;
using System.Threading;
using Serf.Agent.Logging;
using Serf.Host;
using Serf.Primitives;
using Serf.Rpc;

namespace Serf.Agent.Rpc;

/// <summary>
/// Brings log lines, which any thread may write, to the session of a monitor, which lives on the node thread.
/// Bounded: what a busy node thread leaves behind past the limit is dropped for the monitor.
/// </summary>
internal sealed class LogFollower(RpcSession session, Inbox inbox) : InboxTarget, ILogListener
{
    private readonly Lock _lock = new();
    private readonly Queue<(LogLevel Level, string Line)> _waiting = new();
    private bool _posted;
    private bool _stopped;

    public void Accept(LogLevel level, string line)
    {
        lock (_lock)
        {
            if (_stopped || _waiting.Count >= 2 * Limits.LogHistoryCount)
            {
                return;
            }

            _waiting.Enqueue((level, line));

            // A full inbox is tried again with the next line.
            _posted = _posted || inbox.TryPost(new InboxItem(this, 0));
        }
    }

    /// <summary>Node thread: nothing more reaches the session.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _stopped = true;
            _waiting.Clear();
        }
    }

    protected internal override void Process(in InboxItem item, Instant now)
    {
        while (TryTake(out (LogLevel Level, string Line) entry))
        {
            session.DeliverLog(entry.Level, entry.Line);
        }
    }

    private bool TryTake(out (LogLevel Level, string Line) entry)
    {
        lock (_lock)
        {
            _posted = _waiting.Count > 0;
            return _waiting.TryDequeue(out entry);
        }
    }
}
