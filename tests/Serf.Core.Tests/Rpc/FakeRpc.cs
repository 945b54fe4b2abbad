using System;
using System.Collections.Generic;
using System.Text;
using Serf.Cluster;
using Serf.Coordinates;
using Serf.Primitives;
using Serf.Rpc;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Rpc;

/// <summary>An agent whose answers are set beforehand and whose calls are written down.</summary>
internal sealed class FakeAgent : IRpcAgent, ILog
{
    public List<string> Calls { get; } = [];

    public List<string> Lines { get; } = [];

    public int DroppedRecordCount { get; private set; }

    public List<MemberInfo> MemberList { get; } = [];

    public List<KeyValuePair<string, IReadOnlyList<KeyValuePair<ByteString, ByteString>>>> Sections { get; } = [];

    public string? Refusal { get; set; }

    public int JoinCount { get; set; }

    /// <summary>When set, calls that may end later wait for <see cref="Complete"/>.</summary>
    public bool IsSlow { get; set; }

    public List<string> History { get; } = [];

    public IRpcCall? Waiting { get; private set; }

    /// <summary>Of the last query that was not refused.</summary>
    public IQuerySink? LastQuery { get; private set; }

    public ILog Log => this;

    public void RecordDropped() => DroppedRecordCount++;

    public ByteString AuthKey { get; set; }

    public void Write(LogLevel level, string text) => Lines.Add(level + " " + text);

    public IReadOnlyList<MemberInfo> Members() => MemberList;

    public string? UserEvent(ReadOnlySpan<byte> name, byte[]? payload, bool coalesce)
    {
        string bytes = payload is null ? "nil" : Convert.ToHexString(payload);
        Calls.Add($"event {Encoding.UTF8.GetString(name)} {bytes} {coalesce}");
        return Refusal;
    }

    public void Join(IRpcCall call, IReadOnlyList<ByteString> addresses, bool replay)
    {
        Calls.Add($"join {string.Join(",", addresses)} {replay}");
        Run(call);
    }

    public void Leave(IRpcCall call)
    {
        Calls.Add("leave");
        Run(call);
    }

    public void ForceLeave(IRpcCall call, ReadOnlySpan<byte> node, bool prune)
    {
        Calls.Add($"force-leave {Encoding.UTF8.GetString(node)} {prune}");
        Run(call);
    }

    public void SetTags(IRpcCall call, Tags set, IReadOnlyList<ByteString> delete)
    {
        List<string> pairs = [];
        foreach ((ByteString key, ByteString value) in set.Entries)
        {
            pairs.Add(key + "=" + value);
        }

        Calls.Add($"tags {string.Join(",", pairs)} -{string.Join(",", delete)}");
        Run(call);
    }

    public string? Respond(QueryEvent query, ReadOnlySpan<byte> payload)
    {
        Calls.Add($"respond {query.Name} {Convert.ToHexString(payload)}");
        return Refusal;
    }

    public IReadOnlyList<KeyValuePair<string, IReadOnlyList<KeyValuePair<ByteString, ByteString>>>> Stats() =>
        Sections;

    /// <summary>What the next key command is answered with.</summary>
    public KeyReport KeyReport { get; set; } = new();

    public void ChangeKeys(IRpcCall call, KeyOperation operation, ByteString key, KeyReport report)
    {
        Calls.Add($"{operation} {key}");
        foreach ((ByteString node, ByteString message) in KeyReport.Messages)
        {
            report.Messages[node] = message;
        }

        foreach ((string listed, KeyCount count) in KeyReport.Keys)
        {
            report.Count(listed, count.Nodes);
        }

        report.NodeCount = KeyReport.NodeCount;
        report.ErrorCount = KeyReport.ErrorCount;
        report.AnswerCount = KeyReport.AnswerCount;
        Run(call);
    }

    /// <summary>Of whatever node is asked for.</summary>
    public Coordinate? Coordinate { get; set; }

    public Coordinate? GetCoordinate(ReadOnlySpan<byte> node)
    {
        Calls.Add("coordinate " + Encoding.UTF8.GetString(node));
        return Coordinate;
    }

    public string? Query(QueryParameters parameters, IQuerySink sink)
    {
        List<string> tags = [];
        foreach ((ByteString key, ByteString value) in parameters.FilterTags.Entries)
        {
            tags.Add(key + "=" + value);
        }

        string payload = parameters.Payload is null ? "nil" : Convert.ToHexString(parameters.Payload);
        Calls.Add(
            $"query {parameters.Name} {payload} [{string.Join(",", parameters.FilterNodes)}] "
            + $"[{string.Join(",", tags)}] {parameters.RequestAck} {parameters.RelayFactor} {parameters.Timeout}");
        LastQuery = Refusal is null ? sink : null;
        return Refusal;
    }

    public void AbandonQuery(IQuerySink sink) => Calls.Add("abandon query");

    public void AttachEvents(RpcSession session) => Calls.Add("attach events");

    public void DetachEvents(RpcSession session) => Calls.Add("detach events");

    public void AttachLog(RpcSession session)
    {
        Calls.Add("attach log");
        foreach (string line in History)
        {
            session.DeliverLog(LogLevel.Info, line);
        }
    }

    public void DetachLog(RpcSession session) => Calls.Add("detach log");

    public void Complete()
    {
        IRpcCall call = Waiting!;
        Waiting = null;
        call.Complete(Refusal, JoinCount, default);
    }

    private void Run(IRpcCall call)
    {
        if (IsSlow)
        {
            Waiting = call;
        }
        else
        {
            call.Complete(Refusal, JoinCount, default);
        }
    }
}

/// <summary>A connection that keeps what is sent; a stalled one counts it as not taken.</summary>
internal sealed class FakeOutput : IRpcOutput
{
    public List<byte[]> Units { get; } = [];

    public bool IsClosed { get; private set; }

    public long PendingSize { get; set; }

    public int PendingRecordCount { get; set; }

    public bool IsStalled { get; set; }

    public string ClientText => "127.0.0.1:5000";

    public void Send(ReadOnlySpan<byte> unit, bool record)
    {
        Units.Add(unit.ToArray());
        if (IsStalled)
        {
            PendingSize += unit.Length;
            PendingRecordCount += record ? 1 : 0;
        }
    }

    public void Close() => IsClosed = true;

    public string TakeAll()
    {
        List<string> texts = [];
        foreach (byte[] unit in Units)
        {
            texts.Add(Values.Text(unit));
        }

        Units.Clear();
        return string.Join("; ", texts);
    }
}

/// <summary>MessagePack as text in which equal values look equal, whatever the order of map entries.</summary>
internal static class Values
{
    public static string Text(ReadOnlySpan<byte> bytes)
    {
        MsgpackReader reader = new(bytes);
        List<string> values = [];
        while (!reader.Remaining.IsEmpty)
        {
            values.Add(One(ref reader));
        }

        return string.Join(" | ", values);
    }

    /// <summary>The length of the first value.</summary>
    public static int SizeOfFirst(ReadOnlySpan<byte> bytes)
    {
        MsgpackReader reader = new(bytes);
        Assert.Equal(ReadStatus.Ok, reader.TrySkip(32));
        return reader.Consumed;
    }

    private static string One(ref MsgpackReader reader)
    {
        if (reader.TryReadNil())
        {
            return "nil";
        }

        byte code = reader.Remaining[0];
        if (code is 0xC2 or 0xC3)
        {
            Assert.Equal(ReadStatus.Ok, reader.TryReadBool(out bool flag));
            return flag ? "true" : "false";
        }

        if (code is (>= 0xA0 and <= 0xBF) or (>= 0xD9 and <= 0xDB) or (>= 0xC4 and <= 0xC6))
        {
            Assert.Equal(ReadStatus.Ok, reader.TryReadRaw(1 << 20, out ReadOnlySpan<byte> raw));
            return code is >= 0xC4 and <= 0xC6
                ? "<" + Convert.ToHexString(raw) + ">"
                : "'" + Encoding.Latin1.GetString(raw) + "'";
        }

        if (code is 0xCB)
        {
            Assert.Equal(ReadStatus.Ok, reader.TryReadDouble(out double real));
            return real.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
        }

        List<string> items = [];
        if (code is (>= 0x80 and <= 0x8F) or 0xDE or 0xDF)
        {
            Assert.Equal(ReadStatus.Ok, reader.TryReadMapHeader(1 << 20, out int pairs));
            for (int index = 0; index < pairs; index++)
            {
                items.Add(One(ref reader) + ":" + One(ref reader));
            }

            items.Sort(StringComparer.Ordinal);
            return "{" + string.Join(",", items) + "}";
        }

        if (code is (>= 0x90 and <= 0x9F) or 0xDC or 0xDD)
        {
            Assert.Equal(ReadStatus.Ok, reader.TryReadArrayHeader(1 << 20, out int count));
            for (int index = 0; index < count; index++)
            {
                items.Add(One(ref reader));
            }

            // Members come in no promised order.
            items.Sort(StringComparer.Ordinal);
            return "[" + string.Join(",", items) + "]";
        }

        Assert.Equal(ReadStatus.Ok, reader.TryReadInt64(out long number));
        return ((ulong)number).ToString(System.Globalization.CultureInfo.InvariantCulture);
    }
}
