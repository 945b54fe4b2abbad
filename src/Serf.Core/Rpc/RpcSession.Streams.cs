using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Rpc;

/// <summary>Event streams, the monitor, and the queries that were streamed (spec rpc 7).</summary>
public sealed partial class RpcSession
{
    private readonly List<EventStream> _streams = [];
    private readonly List<PendingQuery> _queries = [];
    private readonly RpcBuffer _record = new();
    private ulong? _monitor;
    private LogLevel _monitorLevel;
    private ulong _queryIdLast;
    private bool _isDroppingLogs;
    private bool _isAttached;

    public void Deliver(SerfEvent happened, Instant now)
    {
        // By index: writing a log line may end this session.
        for (int index = 0; index < _streams.Count; index++)
        {
            if (!_streams[index].Matches(happened))
            {
                continue;
            }

            if (!HasRoom())
            {
                _agent.RecordDropped();
                _agent.Log.Write(
                    LogLevel.Warn, "agent.ipc: Dropping event to ipc.client: " + _output.ClientText);
                continue;
            }

            ulong id = happened is QueryEvent query ? Register(query, now) : 0;
            _record.Clear();
            RpcCodec.Write(_record, new ResponseHeader("", _streams[index].Sequence));
            RpcCodec.WriteEvent(_record, happened, id);
            _output.Send(_record.Written, record: true);
        }
    }

    /// <param name="line">Whole line, time stamp first, without its final line feed.</param>
    public void DeliverLog(LogLevel level, string line)
    {
        if (_monitor is not { } sequence || level < _monitorLevel)
        {
            return;
        }

        if (!HasRoom())
        {
            _agent.RecordDropped();

            // Once until the client takes something again: a line about a lost line is itself a line.
            if (!_isDroppingLogs)
            {
                _isDroppingLogs = true;
                _agent.Log.Write(
                    LogLevel.Warn, "agent.ipc: Dropping logs to ipc.client: " + _output.ClientText);
            }

            return;
        }

        _isDroppingLogs = false;
        _record.Clear();
        RpcCodec.Write(_record, new ResponseHeader("", sequence));
        RpcCodec.WriteLog(_record, line);
        _output.Send(_record.Written, record: true);
    }

    private ReadStatus OpenStream(ReadOnlySpan<byte> body)
    {
        ReadStatus status = RpcCodec.TryReadStream(body, out ByteString filters);
        if (status != ReadStatus.Ok)
        {
            return status;
        }

        if (!EventStream.TryCreate(_header.Sequence, filters, out EventStream? stream))
        {
            Reply(RpcNames.InvalidFilter);
        }
        else if (_streams.Exists(open => open.Sequence == stream.Sequence))
        {
            Reply(RpcNames.StreamExists);
        }
        else if (_streams.Count >= Limits.RpcStreamCountMax)
        {
            Reply("Too many streams");
        }
        else
        {
            // The reply first, so that no record comes before it.
            Reply("");
            _streams.Add(stream);
            if (!_isAttached)
            {
                _isAttached = true;
                _agent.AttachEvents(this);
            }
        }

        return status;
    }

    private ReadStatus OpenMonitor(ReadOnlySpan<byte> body)
    {
        ReadStatus status = RpcCodec.TryReadMonitor(body, out ByteString given);
        if (status != ReadStatus.Ok)
        {
            return status;
        }

        string word = given.ToString().ToUpperInvariant();
        if (!TryLevel(word, out LogLevel level))
        {
            Reply(RpcNames.UnknownLogLevel + word);
        }
        else if (_monitor is not null)
        {
            Reply(RpcNames.MonitorExists);
        }
        else
        {
            Reply("");
            _monitor = _header.Sequence;
            _monitorLevel = level;
            _isDroppingLogs = false;
            _agent.AttachLog(this);
        }

        return status;
    }

    private ReadStatus Stop(ReadOnlySpan<byte> body)
    {
        ReadStatus status = RpcCodec.TryReadStop(body, out ulong sequence);
        if (status != ReadStatus.Ok)
        {
            return status;
        }

        // Both, if a monitor and a stream share the number.
        if (_monitor == sequence)
        {
            DetachMonitor();
        }

        int index = _streams.FindIndex(open => open.Sequence == sequence);
        if (index >= 0)
        {
            _streams.RemoveAt(index);
            DetachIfIdle();
        }

        Reply("");
        return status;
    }

    private ReadStatus Respond(ReadOnlySpan<byte> body, Instant now)
    {
        ReadStatus status = RpcCodec.TryRead(body, out RespondRequest request);
        if (status != ReadStatus.Ok)
        {
            return status;
        }

        Expire(now);
        int index = _queries.FindIndex(pending => pending.Id == request.Id);
        if (index < 0)
        {
            Reply(RpcNames.NoPendingQuery);
            return status;
        }

        // The query stays known until its deadline: a second answer is told that there was a first.
        string? refusal = _agent.Respond(_queries[index].Query, request.Payload);
        Reply(refusal is null ? "" : RpcNames.RespondFailed + refusal);
        return status;
    }

    private ulong Register(QueryEvent query, Instant now)
    {
        Expire(now);
        if (_queries.Count >= Limits.RpcQueryCountMax)
        {
            _queries.RemoveAt(0);
        }

        _queryIdLast++;
        _queries.Add(new(_queryIdLast, query));
        return _queryIdLast;
    }

    private void Expire(Instant now) => _queries.RemoveAll(pending => pending.Query.Deadline < now);

    // The connection knows the records of all its streams together; each brings room for its own share.
    private bool HasRoom()
    {
        int streams = Math.Max(_streams.Count + _openQueries.Count + (_monitor is null ? 0 : 1), 1);
        return _output.PendingRecordCount < Limits.RpcStreamDepthMax * streams
            && _output.HasRoom;
    }

    private void DetachAll()
    {
        DetachMonitor();
        _streams.Clear();
        DetachIfIdle();
        AbandonQueries();
        _queries.Clear();
        _record.Dispose();
    }

    private void DetachMonitor()
    {
        if (_monitor is not null)
        {
            _monitor = null;
            _agent.DetachLog(this);
        }
    }

    private void DetachIfIdle()
    {
        if (_isAttached && _streams.Count == 0)
        {
            _isAttached = false;
            _agent.DetachEvents(this);
        }
    }

    private static bool TryLevel(string word, out LogLevel level)
    {
        (bool known, level) = word switch
        {
            "TRACE" => (true, LogLevel.Trace),
            "DEBUG" => (true, LogLevel.Debug),
            "INFO" => (true, LogLevel.Info),
            "WARN" => (true, LogLevel.Warn),
            "ERR" => (true, LogLevel.Err),
            _ => (false, LogLevel.Trace),
        };
        return known;
    }

    private readonly record struct PendingQuery(ulong Id, QueryEvent Query);

    /// <summary>One open stream.</summary>
    private sealed class EventStream
    {
        private readonly IReadOnlyList<EventFilter> _filters;

        private EventStream(ulong sequence, IReadOnlyList<EventFilter> filters)
        {
            Sequence = sequence;
            _filters = filters;
        }

        public ulong Sequence { get; }

        public static bool TryCreate(
            ulong sequence,
            ByteString text,
            [NotNullWhen(true)] out EventStream? stream)
        {
            stream = null;
            if (text.Length > Limits.RpcFilterSizeMax)
            {
                return false;
            }

            IReadOnlyList<EventFilter> filters = EventFilter.ParseList(text.Span);
            for (int index = 0; index < filters.Count; index++)
            {
                if (!filters[index].IsValid)
                {
                    return false;
                }
            }

            stream = new(sequence, filters);
            return true;
        }

        /// <summary>Once, however many of the filters do.</summary>
        public bool Matches(SerfEvent happened)
        {
            for (int index = 0; index < _filters.Count; index++)
            {
                if (_filters[index].Matches(happened))
                {
                    return true;
                }
            }

            return false;
        }
    }
}
