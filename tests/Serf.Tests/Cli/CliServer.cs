using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using Serf.Cluster;
using Serf.Coordinates;
using Serf.Primitives;
using Serf.Rpc;
using Serf.Swim;
using Serf.Wire;

namespace Serf.Tests.Cli;

/// <summary>
/// A small agent on a port of 127.0.0.1 that serves one connection after the other through a real session.
/// </summary>
internal sealed class CliServer : IRpcAgent, ILog, IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Thread _thread;
    private volatile bool _isStopped;
    private IQuerySink? _query;

    public CliServer()
    {
        _listener.Start();
        _thread = new Thread(Serve) { IsBackground = true };
        _thread.Start();
    }

    public string Address => "127.0.0.1:" + ((IPEndPoint)_listener.LocalEndpoint).Port;

    public List<MemberInfo> MemberList { get; } = [];

    public List<string> Calls { get; } = [];

    public List<SerfEvent> Events { get; } = [];

    public List<string> History { get; } = [];

    public List<KeyValuePair<string, IReadOnlyList<KeyValuePair<ByteString, ByteString>>>> Sections { get; } = [];

    public string? Refusal { get; set; }

    /// <summary>What a query brings: names alone are acks, those with a payload answers.</summary>
    public List<(string Name, byte[]? Payload)> Answers { get; } = [];

    /// <summary>The connection ends before the query does.</summary>
    public bool DiesDuringQueries { get; set; }

    /// <summary>Ends the connection at a request for members, as the original does at a bad expression.</summary>
    public bool DropsMemberRequests { get; set; }

    public int JoinCount { get; set; }

    public ByteString AuthKey { get; set; }

    public ILog Log => this;

    public void Dispose()
    {
        _isStopped = true;
        _listener.Stop();
        _thread.Join();
    }

    public void Write(LogLevel level, string text)
    {
    }

    public void AddMember(string name, ushort port, MemberStatus status, params (string Key, string Value)[] tags)
    {
        List<KeyValuePair<ByteString, ByteString>> pairs = [];
        foreach ((string key, string value) in tags)
        {
            pairs.Add(new(ByteString.FromText(key), ByteString.FromText(value)));
        }

        MemberList.Add(new(
            ByteString.FromText(name), NodeAddress.FromIPv4(0x7F000001, port), Tags.From(pairs), status,
            new NodeVersions(1, 5, 2, 2, 5, 5)));
    }

    public IReadOnlyList<MemberInfo> Members() => MemberList;

    public string? UserEvent(ReadOnlySpan<byte> name, byte[]? payload, bool coalesce)
    {
        string bytes = payload is null ? "nil" : Convert.ToHexString(payload);
        Calls.Add($"event {ByteString.Copy(name)} {bytes} {coalesce}");
        return Refusal;
    }

    public void Join(IRpcCall call, IReadOnlyList<ByteString> addresses, bool replay)
    {
        Calls.Add($"join {string.Join(",", addresses)} {replay}");
        call.Complete(Refusal, JoinCount, default);
    }

    public void Leave(IRpcCall call)
    {
        Calls.Add("leave");
        call.Complete(Refusal, 0, default);
    }

    public void ForceLeave(IRpcCall call, ReadOnlySpan<byte> node, bool prune)
    {
        Calls.Add($"force-leave {ByteString.Copy(node)} {prune}");
        call.Complete(Refusal, 0, default);
    }

    public void SetTags(IRpcCall call, Tags set, IReadOnlyList<ByteString> delete)
    {
        List<string> pairs = [];
        foreach ((ByteString key, ByteString value) in set.Entries)
        {
            pairs.Add(key + "=" + value);
        }

        Calls.Add($"tags {string.Join(",", pairs)} -{string.Join(",", delete)}");
        call.Complete(Refusal, 0, default);
    }

    public string? Respond(QueryEvent query, ReadOnlySpan<byte> payload) => Refusal;

    /// <summary>What every node says to a key command, and what a list holds.</summary>
    public KeyReport KeyReport { get; } = new();

    public void ChangeKeys(IRpcCall call, KeyOperation operation, ByteString key, KeyReport report)
    {
        Calls.Add($"{operation} {key}");
        report.NodeCount = KeyReport.NodeCount;
        foreach ((ByteString node, ByteString message) in KeyReport.Messages)
        {
            report.Messages[node] = message;
        }

        foreach ((string listed, KeyCount count) in KeyReport.Keys)
        {
            report.Count(listed, count.Nodes);
        }

        call.Complete(Refusal, 0, default);
    }

    public Dictionary<string, Coordinate> Coordinates { get; } = [];

    public Coordinate? GetCoordinate(ReadOnlySpan<byte> node) =>
        Coordinates.GetValueOrDefault(ByteString.Copy(node).ToString());

    public string? Query(QueryParameters parameters, IQuerySink sink)
    {
        List<string> tags = [];
        foreach ((ByteString key, ByteString value) in parameters.FilterTags.Entries)
        {
            tags.Add(key + "=" + value);
        }

        string bytes = parameters.Payload is null ? "nil" : Convert.ToHexString(parameters.Payload);
        Calls.Add(
            $"query {parameters.Name} {bytes} [{string.Join(",", parameters.FilterNodes)}] "
            + $"[{string.Join(",", tags)}] {parameters.RequestAck} {parameters.RelayFactor} {parameters.Timeout}");
        _query = Refusal is null ? sink : null;
        return Refusal;
    }

    public void AbandonQuery(IQuerySink sink)
    {
    }

    public IReadOnlyList<KeyValuePair<string, IReadOnlyList<KeyValuePair<ByteString, ByteString>>>> Stats() =>
        Sections;

    public void AttachEvents(RpcSession session)
    {
    }

    public void DetachEvents(RpcSession session)
    {
    }

    public void AttachLog(RpcSession session)
    {
        foreach (string line in History)
        {
            session.DeliverLog(LogLevel.Info, line);
        }

        foreach (SerfEvent happened in Events)
        {
            session.Deliver(happened, default);
        }
    }

    public void DetachLog(RpcSession session)
    {
    }

    private bool AnswerQuery(IQuerySink query)
    {
        _query = null;
        foreach ((string name, byte[]? payload) in Answers)
        {
            if (payload is null)
            {
                query.Acked(ByteString.FromText(name));
            }
            else
            {
                query.Answered(ByteString.FromText(name), payload);
            }
        }

        if (!DiesDuringQueries)
        {
            query.Ended();
        }

        return !DiesDuringQueries;
    }

    private void Serve()
    {
        byte[] buffer = new byte[4096];
        while (true)
        {
            try
            {
                using Socket socket = _listener.AcceptSocket();
                Connection connection = new(socket);
                RpcSession session = new(this, connection, new TokenGuard());
                int size;
                while (!connection.IsDone && (size = socket.Receive(buffer)) > 0)
                {
                    if (DropsMemberRequests && buffer.AsSpan(0, size).IndexOf("members"u8) >= 0)
                    {
                        break;
                    }

                    session.Receive(buffer.AsSpan(0, size), default);
                    if (_query is { } query && !AnswerQuery(query))
                    {
                        break;
                    }

                    // A monitor's connection ends once everything has been shown, as if the agent had died.
                    if (Events.Count > 0 && connection.RecordCount >= Events.Count + History.Count)
                    {
                        break;
                    }
                }

                session.Closed();
            }
            catch (Exception end) when (end is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                // The client went away first, or the listener was stopped.
                if (_isStopped)
                {
                    return;
                }
            }
        }
    }

    private sealed class Connection(Socket socket) : IRpcOutput
    {
        public bool IsDone { get; private set; }

        public int RecordCount { get; private set; }

        public long PendingSize => 0;

        public int PendingRecordCount => 0;

        public string ClientText => "client";

        public void Send(ReadOnlySpan<byte> unit, bool record)
        {
            RecordCount += record ? 1 : 0;
            socket.Send(unit);
        }

        public void Close() => IsDone = true;
    }
}
