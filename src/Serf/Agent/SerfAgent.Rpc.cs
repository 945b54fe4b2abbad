using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using Serf.Agent.Rpc;
using Serf.Cluster;
using Serf.Coordinates;
using Serf.Host;
using Serf.Primitives;
using Serf.Rpc;
using Serf.Wire;
using EventHandler = Serf.Agent.Handlers.EventHandler;

namespace Serf.Agent;

// What RPC sessions ask of the agent. All on the node thread.
internal sealed partial class SerfAgent : IRpcAgent
{
    private readonly Dictionary<RpcSession, LogFollower> _logFollowers = [];
    private IReadOnlyList<EventHandler>? _handlerList;
    private ulong _droppedRecordCount;

    ILog IRpcAgent.Log => _log;

    IMetrics IRpcAgent.Metrics => _metrics;

    /// <summary>The token clients must show; empty for none.</summary>
    public ByteString AuthKey { get; }

    IReadOnlyList<MemberInfo> IRpcAgent.Members() => _node.Members();

    string? IRpcAgent.UserEvent(ReadOnlySpan<byte> name, byte[]? payload, bool coalesce)
    {
        string coalesced = coalesce ? "true" : "false";
        _log.Write(
            LogLevel.Debug,
            $"agent: Requesting user event send: {ByteString.Copy(name)}. Coalesced: {coalesced}. "
            + $"Payload: {GoText.Quote(payload)}");
        string? error = _node.SendUserEvent(name, payload, coalesce, MonotonicClock.Now);
        if (error is not null)
        {
            _log.Write(LogLevel.Warn, "agent: failed to send user event: " + error);
        }

        return error;
    }

    void IRpcAgent.Join(IRpcCall call, IReadOnlyList<ByteString> addresses, bool replay)
    {
        List<string> texts = [];
        foreach (ByteString address in addresses)
        {
            texts.Add(address.ToString());
        }

        BeginJoin(texts, replay, call.Complete);
    }

    void IRpcAgent.Leave(IRpcCall call) => Leave(MonotonicClock.Now, (error, count, now) =>
    {
        call.Complete(error, count, now);

        // A second leave is refused at once; it must not cut the first one off, whose end is the agent's.
        if (_leavingCount == 0)
        {
            _notices.Post(new AgentNotice(AgentNoticeKind.Shutdown));
        }
    });

    void IRpcAgent.ForceLeave(IRpcCall call, ReadOnlySpan<byte> node, bool prune)
    {
        string mark = prune ? " (prune)" : "";
        _log.Write(LogLevel.Info, $"agent: Force leaving node{mark}: {ByteString.Copy(node)}");
        _node.BeginForceLeave(
            NewCall((error, count, now) =>
            {
                if (error is not null)
                {
                    _log.Write(LogLevel.Warn, $"agent: failed to remove node{mark}: {error}");
                }

                call.Complete(error, count, now);
            }),
            node,
            prune,
            MonotonicClock.Now);
    }

    void IRpcAgent.SetTags(IRpcCall call, Tags set, IReadOnlyList<ByteString> delete) =>
        SetTags(() => Changed(set, delete), MonotonicClock.Now, call.Complete);

    private Tags Changed(Tags set, IReadOnlyList<ByteString> delete)
    {
        HashSet<ByteString> gone = new(delete, ByteString.Comparer);
        List<KeyValuePair<ByteString, ByteString>> entries = [];
        foreach (KeyValuePair<ByteString, ByteString> tag in _node.Tags.Entries)
        {
            if (!gone.Contains(tag.Key))
            {
                entries.Add(tag);
            }
        }

        entries.AddRange(set.Entries);
        return Tags.From(entries);
    }

    string? IRpcAgent.Respond(QueryEvent query, ReadOnlySpan<byte> payload) =>
        _node.Respond(query, payload, MonotonicClock.Now);

    Coordinate? IRpcAgent.GetCoordinate(ReadOnlySpan<byte> node) => _node.GetCachedCoordinate(node);

    void IRpcAgent.ChangeKeys(IRpcCall call, KeyOperation operation, ByteString key, KeyReport report)
    {
        _log.Write(LogLevel.Info, "agent: Initiating " + operation switch
        {
            KeyOperation.Install => "key installation",
            KeyOperation.Use => "primary key change",
            KeyOperation.Remove => "key removal",
            _ => "key listing",
        });
        byte[] bytes = [];
        if (operation != KeyOperation.List && Base64Text.TryDecode(key.ToString(), out bytes) is { } fault)
        {
            call.Complete(fault, 0, MonotonicClock.Now);
            return;
        }

        _node.BeginKeyOperation(NewCall(call.Complete), operation, bytes, report, MonotonicClock.Now);
    }

    string? IRpcAgent.Query(QueryParameters parameters, IQuerySink sink)
    {
        _log.Write(
            LogLevel.Debug,
            $"agent: Requesting query send: {parameters.Name}. Payload: {GoText.Quote(parameters.Payload)}");
        string? error = _node.BeginQuery(parameters, sink, MonotonicClock.Now);
        if (error is not null)
        {
            _log.Write(LogLevel.Warn, "agent: failed to start user query: " + error);
        }

        return error;
    }

    void IRpcAgent.AbandonQuery(IQuerySink sink) => _node.AbandonQuery(sink);

    void IRpcAgent.RecordDropped() => _droppedRecordCount++;

    void IRpcAgent.AttachEvents(RpcSession session) => _eventSessions.Add(session);

    void IRpcAgent.DetachEvents(RpcSession session) => _eventSessions.Remove(session);

    void IRpcAgent.AttachLog(RpcSession session)
    {
        LogFollower follower = new(session, _inbox);
        _logFollowers.Add(session, follower);
        _log.History.Subscribe(follower);
    }

    void IRpcAgent.DetachLog(RpcSession session)
    {
        if (_logFollowers.Remove(session, out LogFollower? follower))
        {
            follower.Stop();
            _log.History.Unsubscribe(follower);
        }
    }

    IReadOnlyList<KeyValuePair<string, IReadOnlyList<KeyValuePair<ByteString, ByteString>>>>
        IRpcAgent.Stats() =>
    [
        new("agent", [Entry("name", _node.Name.ToString())]),
        new("event_handlers", HandlerStats()),
        .. LossStats(),
        new("runtime", RuntimeStats()),
        new("serf", NodeStats()),
        new("tags", _node.LocalMember.Tags.Entries.ToArray()),
    ];

    private static KeyValuePair<ByteString, ByteString> Entry(string key, string value) =>
        new(ByteString.FromText(key), ByteString.FromText(value));

    private static KeyValuePair<ByteString, ByteString>[] RuntimeStats()
    {
        string processors = Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture);
        return
        [
            Entry("arch", RuntimeInformation.ProcessArchitecture == Architecture.X64 ? "amd64" : "arm64"),
            Entry("cpu_count", processors),
            Entry("goroutines", ThreadCount().ToString(CultureInfo.InvariantCulture)),
            Entry("max_procs", processors),
            Entry("os", "linux"),
            Entry("version", "dotnet" + Environment.Version),
        ];
    }

    /// <summary>Threads of this process; where the kernel does not tell, those of the pool.</summary>
    private static int ThreadCount()
    {
        try
        {
            return Directory.GetDirectories("/proc/self/task").Length;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return ThreadPool.ThreadCount;
        }
    }

    private KeyValuePair<ByteString, ByteString>[] HandlerStats()
    {
        // Handlers of one filter overwrite each other here, as in the original.
        SortedDictionary<ByteString, ByteString> entries = [];
        foreach (EventHandler handler in _handlerList ?? _options.EventHandlers)
        {
            entries[ByteString.FromText(handler.Filter.Type + ":" + handler.Filter.Name)] =
                ByteString.FromText(handler.Command);
        }

        return [.. entries];
    }

    /// <summary>
    /// One section more, and only where something was lost: what the original tells stays the same to the
    /// byte.
    /// </summary>
    private KeyValuePair<string, IReadOnlyList<KeyValuePair<ByteString, ByteString>>>[] LossStats()
    {
        SortedDictionary<ByteString, ByteString> entries = [];
        foreach (KeyValuePair<string, string> loss in _node.Losses())
        {
            entries[ByteString.FromText(loss.Key)] = ByteString.FromText(loss.Value);
        }

        AddLoss(entries, "handler_events", (ulong)_handlers.DroppedCount);
        AddLoss(entries, "packets", (ulong)_inbox.RefusedCount);
        AddLoss(entries, "rpc_records", _droppedRecordCount);
        return entries.Count == 0 ? [] : [new("loss", [.. entries])];
    }

    private static void AddLoss(SortedDictionary<ByteString, ByteString> entries, string key, ulong count)
    {
        if (count > 0)
        {
            entries[ByteString.FromText(key)] =
                ByteString.FromText(count.ToString(CultureInfo.InvariantCulture));
        }
    }

    private KeyValuePair<ByteString, ByteString>[] NodeStats()
    {
        List<KeyValuePair<ByteString, ByteString>> entries = [];
        foreach (KeyValuePair<string, string> entry in _node.Stats())
        {
            entries.Add(Entry(entry.Key, entry.Value));
        }

        return [.. entries];
    }
}
