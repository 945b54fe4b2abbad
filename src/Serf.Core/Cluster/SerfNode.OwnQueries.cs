using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Cluster;

// Queries of our own: beginning them, what comes back, their end (spec serf 6.2 to 6.4).
public sealed partial class SerfNode
{
    private const int QueryProtocolMin = 4;

    private readonly List<PendingQuery> _pendingQueries = [];
    private readonly DeadlineIndex<PendingQuery> _queryDeadlines = new();
    private readonly DeadlineIndex<RepeatedAnswer> _repeats = new();
    private readonly Queue<OwnAnswer> _ownAnswers = new();

    /// <summary>How long a query runs unless it says otherwise; grows with the cluster.</summary>
    public TimeSpan DefaultQueryTimeout => QueryTimeout(
        Swim.Options.GossipInterval, Options.QueryTimeoutMultiplier, Swim.AliveCount);

    private Instant NextQueryDeadline => _ownAnswers.Count > 0
        ? default
        : Instant.Min(_queryDeadlines.Earliest, _repeats.Earliest);

    /// <summary>
    /// Asks the cluster, this node included. The query ends when every node that is believed alive and passes
    /// the filters has answered, and at its timeout at the latest.
    /// </summary>
    /// <returns>Null, or why it was refused; the sink is told nothing then.</returns>
    public string? BeginQuery(QueryParameters parameters, IQuerySink sink, Instant now)
    {
        if (Options.ProtocolVersion < QueryProtocolMin)
        {
            return "Feature not supported";
        }

        if (State == LifecycleState.Shutdown)
        {
            return "Query called after Shutdown";
        }

        TimeSpan timeout = parameters.Timeout == TimeSpan.Zero ? DefaultQueryTimeout : parameters.Timeout;
        Span<byte> ip = stackalloc byte[16];
        QueryMessage message = new()
        {
            LamportTime = _queryClock.Time,
            Id = NewQueryId(),
            Address = ip[..Swim.Options.AdvertiseAddress.WriteIp(ip)],
            Port = Swim.Options.AdvertiseAddress.Port,
            SourceNode = Name.Span,
            Filters = QuerySelection.Encode(parameters),
            Flags = parameters.RequestAck ? QueryMessage.FlagAck : 0,
            RelayFactor = parameters.RelayFactor,
            Timeout = Nanoseconds(timeout),
            Name = parameters.Name.Span,
            Payload = parameters.Payload,
        };
        int size = SerfCodec.SizeOf(message);
        if (size > Options.QuerySizeMax)
        {
            return string.Create(
                CultureInfo.InvariantCulture, $"query exceeds limit of {Options.QuerySizeMax} bytes");
        }

        if (!QuerySelection.TryCreate(parameters, out QuerySelection? selection, out string? error))
        {
            return error;
        }

        if (_pendingQueries.Count >= Limits.PendingQueryCountMax)
        {
            return "too many queries are open";
        }

        // The clock steps in the same call that reads it: no two queries share a time and an identifier.
        _queryClock.Increment();
        PendingQuery pending = Open(message, parameters, selection, sink);
        _queryDeadlines.Set(pending, pending.IsComplete ? now : now + timeout);
        _ = HandleQuery(message, now);
        _scratch.Clear();
        Span<byte> encoded = _scratch.GetSpan(size);
        _queryQueue.Add(encoded[..SerfCodec.Write(message, encoded)]);
        return null;
    }

    /// <summary>Nobody waits for the answers any more: the sink is told nothing more.</summary>
    public void AbandonQuery(IQuerySink sink)
    {
        foreach (PendingQuery query in _pendingQueries)
        {
            if (ReferenceEquals(query.Sink, sink))
            {
                Close(query);
                return;
            }
        }
    }

    internal static TimeSpan QueryTimeout(TimeSpan gossipInterval, int multiplier, int nodeCount)
    {
        // The decimal logarithm of one more than the nodes, rounded up, without its rounding errors.
        int digits = 0;
        for (long power = 1; power < nodeCount + 1L; power *= 10)
        {
            digits++;
        }

        return gossipInterval * multiplier * digits;
    }

    private static long Nanoseconds(TimeSpan time)
    {
        const long most = long.MaxValue / TimeSpan.NanosecondsPerTick;
        return Math.Clamp(time.Ticks, -most, most) * TimeSpan.NanosecondsPerTick;
    }

    private uint NewQueryId()
    {
        Span<byte> bytes = stackalloc byte[4];
        _effects.Entropy.Fill(bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes) & int.MaxValue;
    }

    private PendingQuery Open(
        in QueryMessage message, QueryParameters parameters, QuerySelection selection, IQuerySink sink)
    {
        bool onlyAcks = message.Name.SequenceEqual("_serf_ping"u8);
        bool isConflict = message.Name.SequenceEqual("_serf_conflict"u8);
        int most = parameters.FilterNodes.Count > 0
            ? Math.Min(parameters.FilterNodes.Count, _members.Count)
            : _members.Count;
        PendingQuery pending = new(
            message.LamportTime, message.Id, sink, parameters.RequestAck, wantsAnswers: !onlyAcks, most);
        foreach (ClusterMember record in _members.All)
        {
            // The node in question does not speak about itself. Who leaves answers until it is gone, and
            // perhaps it does not leave at all.
            bool isThere = record.Status == MemberStatus.Alive
                || (record.Status == MemberStatus.Leaving && IsHeard(record));
            if (isThere
                && selection.Selects(record.Name, record.Name == Name ? Tags : record.Tags)
                && !(isConflict && record.Name.Equals(message.Payload)))
            {
                pending.Await(record.Name);
            }
        }

        _pendingQueries.Add(pending);
        return pending;
    }

    private PendingQuery? FindPending(ulong time, uint id)
    {
        foreach (PendingQuery query in _pendingQueries)
        {
            if (query.Id == id && query.Time == time)
            {
                return query;
            }
        }

        return null;
    }

    /// <summary>Takes what a node answers to a query of ours; to any other it is late, or a lie.</summary>
    private void HandleQueryResponse(in QueryResponseMessage response, Instant now)
    {
        if (FindPending(response.LamportTime, response.Id) is not { } query)
        {
            return;
        }

        if (response.From.Length is 0 or > Limits.NameSizeMax)
        {
            if (_refusals.Allows(now))
            {
                _refusals.Write(LogLevel.Warn, "serf: Refusing an answer without a proper sender");
            }

            return;
        }

        bool isAck = (response.Flags & QueryResponseMessage.FlagAck) != 0;
        byte[]? payload = response.Payload.IsNil() ? null : response.Payload.ToArray();
        Take(query, response.From, isAck, payload, now);
    }

    private void Take(
        PendingQuery query, ReadOnlySpan<byte> from, bool isAck, byte[]? payload, Instant now)
    {
        if (query.IsEnded || (isAck && !query.WantsAcks))
        {
            return;
        }

        // A node whose join has not reached us may have heard the query: its answer counts, and is remarked.
        ClusterMember? member = _members.Find(from);
        if (!query.TryTake(from, isAck, member is not null))
        {
            _metrics.Add(isAck ? Metric.QueryDuplicateAcks : Metric.QueryDuplicateResponses, 1);
            return;
        }

        ByteString name = member?.Name ?? ByteString.Copy(from);
        if (member is null && _refusals.Allows(now))
        {
            _refusals.Write(LogLevel.Warn, $"serf: Answer to a query from {name}, which is not a member");
        }

        _metrics.Add(isAck ? Metric.QueryAcks : Metric.QueryResponses, 1);
        if (isAck)
        {
            query.Sink.Acked(name);
        }
        else
        {
            query.Sink.Answered(name, payload);
        }

        EndSoonIfComplete(query, now);
    }

    /// <summary>The member is gone: what it was asked it will not answer.</summary>
    private void StopWaiting(ByteString name, Instant now)
    {
        foreach (PendingQuery query in _pendingQueries)
        {
            query.StopWaiting(name);
            EndSoonIfComplete(query, now);
        }
    }

    // Not at once: this may be in the middle of the gossip layer's work, and the end may begin other work.
    private void EndSoonIfComplete(PendingQuery query, Instant now)
    {
        if (query.IsComplete && !query.IsEnded && query.Deadline > now)
        {
            _queryDeadlines.Set(query, now);
        }
    }

    /// <summary>What this node answers to itself needs no packet, and is not taken at once.</summary>
    private void AnswerSelf(in QueryResponseMessage response)
    {
        if (FindPending(response.LamportTime, response.Id) is { } query)
        {
            bool isAck = (response.Flags & QueryResponseMessage.FlagAck) != 0;
            byte[]? payload = response.Payload.IsNil() ? null : response.Payload.ToArray();
            _ownAnswers.Enqueue(new OwnAnswer(query, isAck, payload));
        }
    }

    private void AdvanceQueries(Instant now)
    {
        while (NextQueryDeadline <= now)
        {
            while (_ownAnswers.TryDequeue(out OwnAnswer? own))
            {
                Take(own.Query, Name.Span, own.IsAck, own.Payload, now);
            }

            while (_repeats.First is { } answer && answer.Deadline <= now)
            {
                _repeats.Remove(answer);
                Swim.SendUserMessage(answer.Target, answer.Message, checksum: false);
            }

            if (_queryDeadlines.First is { } query && query.Deadline <= now)
            {
                End(query);
            }
        }
    }

    private void EndAll()
    {
        while (_pendingQueries.Count > 0)
        {
            End(_pendingQueries[0]);
        }
    }

    private void End(PendingQuery query)
    {
        Close(query);
        query.Sink.Ended();
    }

    private void Close(PendingQuery query)
    {
        query.IsEnded = true;
        _queryDeadlines.Remove(query);
        _pendingQueries.Remove(query);
    }

    private sealed class OwnAnswer(PendingQuery query, bool isAck, byte[]? payload)
    {
        public PendingQuery Query { get; } = query;

        public bool IsAck { get; } = isAck;

        public byte[]? Payload { get; } = payload;
    }
}
