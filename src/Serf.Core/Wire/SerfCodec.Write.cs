using System;
using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Wire;

public static partial class SerfCodec
{
    /// <summary>First byte of a filter that holds a list of node names (spec serf 6.5).</summary>
    public const byte NodeFilterKind = 0;

    /// <summary>First byte of a filter that holds a tag and an expression.</summary>
    public const byte TagFilterKind = 1;

    public static int SizeOf(in LeaveIntent message)
    {
        MsgpackWriter writer = MsgpackWriter.Measuring();
        Put(message, ref writer);
        return writer.Written;
    }

    public static int SizeOf(in JoinIntent message)
    {
        MsgpackWriter writer = MsgpackWriter.Measuring();
        Put(message, ref writer);
        return writer.Written;
    }

    public static int SizeOf(in UserEventMessage message)
    {
        MsgpackWriter writer = MsgpackWriter.Measuring();
        Put(message, ref writer);
        return writer.Written;
    }

    public static int SizeOf(in QueryMessage message)
    {
        MsgpackWriter writer = MsgpackWriter.Measuring();
        Put(message, ref writer);
        return writer.Written;
    }

    public static int SizeOf(in QueryResponseMessage message)
    {
        MsgpackWriter writer = MsgpackWriter.Measuring();
        Put(message, ref writer);
        return writer.Written;
    }

    public static int SizeOf(in ConflictResponse message)
    {
        MsgpackWriter writer = MsgpackWriter.Measuring();
        Put(message, ref writer);
        return writer.Written;
    }

    public static int SizeOf(in KeyRequest message)
    {
        MsgpackWriter writer = MsgpackWriter.Measuring();
        Put(message, ref writer);
        return writer.Written;
    }

    public static int SizeOf(in KeyResponse message)
    {
        MsgpackWriter writer = MsgpackWriter.Measuring();
        Put(message, ref writer);
        return writer.Written;
    }

    /// <summary>Type byte and header, without the inner message.</summary>
    public static int SizeOf(in RelayHeader header)
    {
        MsgpackWriter writer = MsgpackWriter.Measuring();
        Put(header, ref writer);
        return writer.Written;
    }

    public static int SizeOf(in SerfPushPull message)
    {
        MsgpackWriter writer = MsgpackWriter.Measuring();
        Put(message, ref writer);
        return writer.Written;
    }

    /// <summary>Kind byte and body: one element of a query's filters.</summary>
    public static int SizeOf(in TagFilter filter)
    {
        MsgpackWriter writer = MsgpackWriter.Measuring();
        Put(filter, ref writer);
        return writer.Written;
    }

    /// <summary>Kind byte and list of names: one element of a query's filters.</summary>
    public static int SizeOfNodeFilter(ReadOnlySpan<ByteString> names)
    {
        MsgpackWriter writer = MsgpackWriter.Measuring();
        writer.WriteByte(NodeFilterKind);
        PutTextList(names, ref writer);
        return writer.Written;
    }

    /// <returns>Bytes written, equal to <c>SizeOf</c>; so for all others.</returns>
    public static int Write(in LeaveIntent message, Span<byte> destination)
    {
        MsgpackWriter writer = new(destination);
        Put(message, ref writer);
        return writer.Written;
    }

    public static int Write(in JoinIntent message, Span<byte> destination)
    {
        MsgpackWriter writer = new(destination);
        Put(message, ref writer);
        return writer.Written;
    }

    public static int Write(in UserEventMessage message, Span<byte> destination)
    {
        MsgpackWriter writer = new(destination);
        Put(message, ref writer);
        return writer.Written;
    }

    public static int Write(in QueryMessage message, Span<byte> destination)
    {
        MsgpackWriter writer = new(destination);
        Put(message, ref writer);
        return writer.Written;
    }

    public static int Write(in QueryResponseMessage message, Span<byte> destination)
    {
        MsgpackWriter writer = new(destination);
        Put(message, ref writer);
        return writer.Written;
    }

    public static int Write(in ConflictResponse message, Span<byte> destination)
    {
        MsgpackWriter writer = new(destination);
        Put(message, ref writer);
        return writer.Written;
    }

    public static int Write(in KeyRequest message, Span<byte> destination)
    {
        MsgpackWriter writer = new(destination);
        Put(message, ref writer);
        return writer.Written;
    }

    public static int Write(in KeyResponse message, Span<byte> destination)
    {
        MsgpackWriter writer = new(destination);
        Put(message, ref writer);
        return writer.Written;
    }

    public static int Write(in RelayHeader header, Span<byte> destination)
    {
        MsgpackWriter writer = new(destination);
        Put(header, ref writer);
        return writer.Written;
    }

    public static int Write(in SerfPushPull message, Span<byte> destination)
    {
        MsgpackWriter writer = new(destination);
        Put(message, ref writer);
        return writer.Written;
    }

    public static int Write(in TagFilter filter, Span<byte> destination)
    {
        MsgpackWriter writer = new(destination);
        Put(filter, ref writer);
        return writer.Written;
    }

    public static int WriteNodeFilter(ReadOnlySpan<ByteString> names, Span<byte> destination)
    {
        MsgpackWriter writer = new(destination);
        writer.WriteByte(NodeFilterKind);
        PutTextList(names, ref writer);
        return writer.Written;
    }

    private static void Put(in LeaveIntent message, ref MsgpackWriter writer)
    {
        writer.WriteByte((byte)SerfMessageType.Leave);
        writer.WriteMapHeader(3);
        writer.WriteUnsigned("LTime"u8, message.LamportTime);
        writer.WriteText("Node"u8, message.Node);
        writer.WriteBool("Prune"u8, message.Prune);
    }

    private static void Put(in JoinIntent message, ref MsgpackWriter writer)
    {
        writer.WriteByte((byte)SerfMessageType.Join);
        writer.WriteMapHeader(2);
        writer.WriteUnsigned("LTime"u8, message.LamportTime);
        writer.WriteText("Node"u8, message.Node);
    }

    private static void Put(in UserEventMessage message, ref MsgpackWriter writer)
    {
        writer.WriteByte((byte)SerfMessageType.UserEvent);
        writer.WriteMapHeader(4);
        writer.WriteBool("CC"u8, message.Coalesce);
        writer.WriteUnsigned("LTime"u8, message.LamportTime);
        writer.WriteText("Name"u8, message.Name);
        writer.WriteBytes("Payload"u8, message.Payload);
    }

    private static void Put(in QueryMessage message, ref MsgpackWriter writer)
    {
        writer.WriteByte((byte)SerfMessageType.Query);
        writer.WriteMapHeader(11);
        writer.WriteBytes("Addr"u8, message.Address);
        writer.WriteText("Filters"u8);
        if (message.Filters.IsEmpty)
        {
            writer.WriteNil();
        }
        else
        {
            writer.WriteEncoded(message.Filters);
        }

        writer.WriteUnsigned("Flags"u8, message.Flags);
        writer.WriteUnsigned("ID"u8, message.Id);
        writer.WriteUnsigned("LTime"u8, message.LamportTime);
        writer.WriteText("Name"u8, message.Name);
        writer.WriteBytes("Payload"u8, message.Payload);
        writer.WriteUnsigned("Port"u8, message.Port);
        writer.WriteUnsigned("RelayFactor"u8, message.RelayFactor);
        writer.WriteText("SourceNode"u8, message.SourceNode);
        writer.WriteSigned("Timeout"u8, message.Timeout);
    }

    private static void Put(in QueryResponseMessage message, ref MsgpackWriter writer)
    {
        writer.WriteByte((byte)SerfMessageType.QueryResponse);
        writer.WriteMapHeader(5);
        writer.WriteUnsigned("Flags"u8, message.Flags);
        writer.WriteText("From"u8, message.From);
        writer.WriteUnsigned("ID"u8, message.Id);
        writer.WriteUnsigned("LTime"u8, message.LamportTime);
        writer.WriteBytes("Payload"u8, message.Payload);
    }

    private static void Put(in ConflictResponse message, ref MsgpackWriter writer)
    {
        writer.WriteByte((byte)SerfMessageType.ConflictResponse);
        writer.WriteMapHeader(11);
        writer.WriteBytes("Addr"u8, message.Address);
        writer.WriteUnsigned("DelegateCur"u8, message.DelegateCur);
        writer.WriteUnsigned("DelegateMax"u8, message.DelegateMax);
        writer.WriteUnsigned("DelegateMin"u8, message.DelegateMin);
        writer.WriteText("Name"u8, message.Name);
        writer.WriteUnsigned("Port"u8, message.Port);
        writer.WriteUnsigned("ProtocolCur"u8, message.ProtocolCur);
        writer.WriteUnsigned("ProtocolMax"u8, message.ProtocolMax);
        writer.WriteUnsigned("ProtocolMin"u8, message.ProtocolMin);
        writer.WriteSigned("Status"u8, message.Status);
        writer.WriteText("Tags"u8);
        TagsCodec.WriteMap(message.Tags, ref writer);
    }

    private static void Put(in KeyRequest message, ref MsgpackWriter writer)
    {
        writer.WriteByte((byte)SerfMessageType.KeyRequest);
        writer.WriteMapHeader(1);
        writer.WriteBytes("Key"u8, message.Key);
    }

    private static void Put(in KeyResponse message, ref MsgpackWriter writer)
    {
        writer.WriteByte((byte)SerfMessageType.KeyResponse);
        writer.WriteMapHeader(4);
        writer.WriteText("Keys"u8);
        PutKeys(message.Keys, ref writer);
        writer.WriteText("Message"u8, message.Message);
        writer.WriteText("PrimaryKey"u8, message.PrimaryKey);
        writer.WriteBool("Result"u8, message.Result);
    }

    private static void Put(in RelayHeader header, ref MsgpackWriter writer)
    {
        writer.WriteByte((byte)SerfMessageType.Relay);
        writer.WriteMapHeader(2);
        writer.WriteText("DestAddr"u8);
        writer.WriteMapHeader(3);
        writer.WriteBytes("IP"u8, header.Ip);
        writer.WriteSigned("Port"u8, header.Port);
        writer.WriteText("Zone"u8, header.Zone);
        writer.WriteText("DestName"u8, header.DestinationName);
    }

    private static void Put(in SerfPushPull message, ref MsgpackWriter writer)
    {
        writer.WriteByte((byte)SerfMessageType.PushPull);
        writer.WriteMapHeader(6);
        writer.WriteUnsigned("EventLTime"u8, message.EventTime);
        writer.WriteText("Events"u8);
        PutEvents(message.Events, ref writer);
        writer.WriteUnsigned("LTime"u8, message.LamportTime);
        writer.WriteText("LeftMembers"u8);
        PutTextList(message.LeftMembers, ref writer);
        writer.WriteUnsigned("QueryLTime"u8, message.QueryTime);
        writer.WriteText("StatusLTimes"u8);
        PutStatuses(message.Statuses, ref writer);
    }

    private static void Put(in TagFilter filter, ref MsgpackWriter writer)
    {
        writer.WriteByte(TagFilterKind);
        writer.WriteMapHeader(2);
        writer.WriteText("Expr"u8, filter.Expression);
        writer.WriteText("Tag"u8, filter.Tag);
    }

    private static void PutKeys(IReadOnlyList<ByteString>? keys, ref MsgpackWriter writer)
    {
        if (keys is null)
        {
            writer.WriteNil();
            return;
        }

        writer.WriteArrayHeader(keys.Count);
        for (int i = 0; i < keys.Count; i++)
        {
            writer.WriteText(keys[i].Span);
        }
    }

    // For the containers, as for byte arrays, the default span is nil and an empty one that points
    // somewhere is an empty container.

    private static void PutTextList(ReadOnlySpan<ByteString> texts, ref MsgpackWriter writer)
    {
        if (texts.IsNil())
        {
            writer.WriteNil();
            return;
        }

        writer.WriteArrayHeader(texts.Length);
        foreach (ref readonly ByteString text in texts)
        {
            writer.WriteText(text.Span);
        }
    }

    private static void PutStatuses(ReadOnlySpan<StatusTime> statuses, ref MsgpackWriter writer)
    {
        if (statuses.IsNil())
        {
            writer.WriteNil();
            return;
        }

        writer.WriteMapHeader(statuses.Length);
        foreach (ref readonly StatusTime status in statuses)
        {
            writer.WriteUnsigned(status.Name.Span, status.Time);
        }
    }

    private static void PutEvents(ReadOnlySpan<EventBucket?> buckets, ref MsgpackWriter writer)
    {
        if (buckets.IsNil())
        {
            writer.WriteNil();
            return;
        }

        writer.WriteArrayHeader(buckets.Length);
        foreach (EventBucket? bucket in buckets)
        {
            if (bucket is null)
            {
                writer.WriteNil();
                continue;
            }

            writer.WriteMapHeader(2);
            writer.WriteText("Events"u8);
            writer.WriteArrayHeader(bucket.Entries.Count);
            foreach (EventEntry entry in bucket.Entries)
            {
                writer.WriteMapHeader(2);
                writer.WriteText("Name"u8, entry.Name.Span);
                writer.WriteBytes("Payload"u8, entry.Payload);
            }

            writer.WriteUnsigned("LTime"u8, bucket.Time);
        }
    }
}
