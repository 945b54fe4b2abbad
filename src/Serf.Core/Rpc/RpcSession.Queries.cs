using System;
using System.Collections.Generic;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Rpc;

/// <summary>Queries that the client started, and the records that come back (spec rpc 6.13, 7.4).</summary>
public sealed partial class RpcSession
{
    private readonly List<OpenQuery> _openQueries = [];

    private ReadStatus StartQuery(ReadOnlySpan<byte> body)
    {
        ReadStatus status = RpcCodec.TryRead(body, out QueryRequest request);
        if (status != ReadStatus.Ok)
        {
            return status;
        }

        if (IsReserved(request))
        {
            Reply(RpcNames.ReservedQueryName);
            return status;
        }

        if (_openQueries.Count >= Limits.RpcOpenQueryCountMax)
        {
            Reply(RpcNames.TooManyQueries);
            return status;
        }

        QueryParameters parameters = new()
        {
            Name = request.Name,
            Payload = request.Payload,
            FilterNodes = request.FilterNodes,
            FilterTags = request.FilterTags,
            RequestAck = request.RequestAck,
            RelayFactor = request.RelayFactor,
            Timeout = Duration(request.Timeout),
        };

        // Answers come after this call only, so no record comes before the reply.
        OpenQuery query = new(this, _header.Sequence);
        _openQueries.Add(query);
        string? refusal = _agent.Query(parameters, query);
        if (refusal is not null)
        {
            _openQueries.Remove(query);
        }

        Reply(refusal ?? "");
        return status;
    }

    // The names of the cluster's own queries; a ping does nothing but to be acknowledged.
    private static bool IsReserved(in QueryRequest request) =>
        request.Name.Span.StartsWith("_serf_"u8)
        && !(request.Name.Equals("_serf_ping"u8) && request.Payload is null or []);

    // A time that is not zero must not become zero, which stands for the default.
    private static TimeSpan Duration(long nanoseconds)
    {
        long ticks = nanoseconds / TimeSpan.NanosecondsPerTick;
        return new TimeSpan(ticks == 0 ? Math.Sign(nanoseconds) : ticks);
    }

    private void AbandonQueries()
    {
        foreach (OpenQuery query in _openQueries)
        {
            _agent.AbandonQuery(query);
        }

        _openQueries.Clear();
    }

    private void SendRecord(ulong sequence, QueryRecord record)
    {
        _record.Clear();
        RpcCodec.Write(_record, new ResponseHeader("", sequence));
        RpcCodec.Write(_record, record);
        _output.Send(_record.Written, record: true);
    }

    /// <summary>One query whose end has not come.</summary>
    private sealed class OpenQuery(RpcSession session, ulong sequence) : IQuerySink
    {
        private bool _isDropping;

        public void Acked(ByteString name) => Pass(new QueryRecord(RpcNames.Ack, name, null));

        public void Answered(ByteString name, byte[]? payload) =>
            Pass(new QueryRecord(RpcNames.Response, name, payload));

        public void Ended()
        {
            // Never dropped: the client waits for it.
            if (!session._isClosed)
            {
                session._openQueries.Remove(this);
                session.SendRecord(sequence, new QueryRecord(RpcNames.Done, default, null));
            }
        }

        private void Pass(QueryRecord record)
        {
            if (session._isClosed)
            {
                return;
            }

            if (session.HasRoom())
            {
                session.SendRecord(sequence, record);
                return;
            }

            session._agent.RecordDropped();
            if (!_isDropping)
            {
                _isDropping = true;
                session._agent.Log.Write(
                    LogLevel.Warn,
                    "agent.ipc: Dropping query answers to ipc.client: " + session._output.ClientText);
            }
        }
    }
}
