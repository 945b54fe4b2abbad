using System;
using Serf.Primitives;
using Serf.Swim;

namespace Serf.Cluster;

// What waits to be gossiped (spec serf 10).
public sealed partial class SerfNode
{
    private const string IntentLabel = "Intent";
    private const string EventLabel = "Event";
    private const string QueryLabel = "Query";

    // The part of a packet that is kept for a queue which the last packet had no room for.
    private const int SharePart = 4;

    private readonly CountedSink _told;
    private readonly int _gossipSizeMax;
    private bool _isQueryQueueStarved;
    private bool _isEventQueueStarved;
    private long _intentsDroppedTold;
    private long _eventsDroppedTold;
    private long _queriesDroppedTold;

    /// <summary>Messages one queue may hold, with so many records of members.</summary>
    internal static int QueueDepthLimit(SerfOptions options, int memberCount) =>
        options.QueueDepthMin > 0
            ? Math.Max(options.QueueDepthMin, 2 * memberCount)
            : options.QueueDepthMax;

    /// <summary>
    /// Intents first, then queries, then events. A queue that got nothing while one before it did goes first
    /// in the next packet, with a part of it, so that none waits for another to run dry.
    /// </summary>
    void ISwimObserver.CollectBroadcasts(int overhead, int limit, IBroadcastSink sink)
    {
        _told.Begin(sink);
        sink = _told;
        bool queriesFirst = _isQueryQueueStarved;
        bool eventsFirst = _isEventQueueStarved;
        int queries = queriesFirst ? TakeShare(_queryQueue, overhead, limit, sink) : 0;
        int events = eventsFirst ? TakeShare(_eventQueue, overhead, limit - queries, sink) : 0;
        _isQueryQueueStarved = queriesFirst && queries == 0 && _queryQueue.Count > 0;
        _isEventQueueStarved = eventsFirst && events == 0 && _eventQueue.Count > 0;
        int used = queries + events;
        int before = used;
        used += TakeFrom(_intentQueue, overhead, limit - used, sink);
        if (!queriesFirst)
        {
            int taken = TakeFrom(_queryQueue, overhead, limit - used, sink);
            _isQueryQueueStarved = taken == 0 && used > before && _queryQueue.Count > 0;
            used += taken;
        }

        if (!eventsFirst)
        {
            int taken = TakeFrom(_eventQueue, overhead, limit - used, sink);
            _isEventQueueStarved = taken == 0 && used > before && _eventQueue.Count > 0;
        }
    }

    private int TakeFrom(BroadcastQueue queue, int overhead, int limit, IBroadcastSink sink) =>
        queue.Take(overhead, limit, _members.Count, Limits.CompoundPartCountMax, sink);

    // Where the part is too small for any message, one is taken all the same.
    private int TakeShare(BroadcastQueue queue, int overhead, int limit, IBroadcastSink sink)
    {
        int used = TakeFrom(queue, overhead, limit / SharePart, sink);
        return used > 0 ? used : queue.Take(overhead, limit, _members.Count, partCountMax: 1, sink);
    }

    private BroadcastQueue NewQueue(SwimOptions swimOptions) => new(
        swimOptions.RetransmitMultiplier, QueueDepthLimit(Options, 1), this, _gossipSizeMax);

    /// <summary>
    /// Of each node only the newest intent is worth telling (spec serf 15.3, B3). Those of our own that a
    /// call waits for are queued without a name: nothing replaces them.
    /// </summary>
    private void QueueIntent(ReadOnlySpan<byte> message, ReadOnlySpan<byte> node)
    {
        ByteString subject = _members.Find(node) is { } record ? record.Name : ByteString.Copy(node);
        _intentQueue.Add(message, subject);
    }

    /// <summary>
    /// Called before the first peer after a time alone is heard of. It must not be flooded with what nobody
    /// was there to hear: queries are over, and events are replayed to it (spec serf 15.3, B4).
    /// </summary>
    private void DropLonelyMessages()
    {
        if (_eventQueue.Count + _queryQueue.Count > 0 && !HasOtherAliveMember())
        {
            _queryQueue.Prune(0);
            _eventQueue.Prune(Limits.LonelyEventCountMax);
        }
    }

    private void CheckQueues(Instant now)
    {
        _refusals.Report(now);
        int limit = QueueDepthLimit(Options, _members.Count);
        CheckQueue(_intentQueue, IntentLabel, Metric.IntentQueueDepth, limit, ref _intentsDroppedTold);
        CheckQueue(_eventQueue, EventLabel, Metric.EventQueueDepth, limit, ref _eventsDroppedTold);
        CheckQueue(_queryQueue, QueryLabel, Metric.QueryQueueDepth, limit, ref _queriesDroppedTold);
        _metrics.Add(Metric.BroadcastQueueDepth, Swim.Broadcasts.Count);
    }

    private void CheckQueue(
        BroadcastQueue queue, string label, Metric depth, int limit, ref long droppedTold)
    {
        _metrics.Add(depth, queue.Count);
        if (queue.Count >= Options.QueueDepthWarning)
        {
            _log.Write(LogLevel.Warn, "serf: " + label + " queue depth: " + Text(queue.Count));
        }

        queue.SetCountMax(limit);
        long dropped = queue.DroppedCount - droppedTold;
        if (dropped > 0)
        {
            droppedTold = queue.DroppedCount;
            _log.Write(
                LogLevel.Warn,
                $"serf: {label} queue exceeds its limit of {limit}, messages dropped: {dropped}");
        }
    }

    /// <summary>Counts what is handed over.</summary>
    private sealed class CountedSink(IMetrics metrics) : IBroadcastSink
    {
        private IBroadcastSink? _target;

        public void Begin(IBroadcastSink target) => _target = target;

        public void Add(ReadOnlySpan<byte> message)
        {
            metrics.Add(Metric.MessageSent, message.Length);
            _target!.Add(message);
        }
    }
}
