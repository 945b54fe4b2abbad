using System;
using System.Collections.Generic;
using System.Globalization;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Cli.Decode;

/// <summary>Messages of the Serf layer, told to a sink: nothing of one that cannot be read whole.</summary>
internal static partial class SerfReadings
{
    private static ReadOnlySpan<byte> InternalPrefix => "_serf_"u8;

    /// <summary>What stands behind the name of a user message.</summary>
    /// <returns>Why it could not be read, or null.</returns>
    public static string? ReadUser(ReadOnlySpan<byte> content, IReadingSink sink)
    {
        if (!content.IsEmpty)
        {
            return Read("serf", content, sink, 0);
        }

        // Nodes ignore one that is empty, and see no fault in it.
        sink.Nil("serf");
        return null;
    }

    /// <param name="key">Where the message stands in the one around it.</param>
    /// <param name="message">The type byte first.</param>
    /// <param name="depth">Relays around it.</param>
    /// <returns>Why it could not be read, or null.</returns>
    public static string? Read(string key, ReadOnlySpan<byte> message, IReadingSink sink, int depth)
    {
        SerfMessageType type = (SerfMessageType)message[0];
        ReadOnlySpan<byte> body = message[1..];
        ReadStatus status;
        switch (type)
        {
            case SerfMessageType.Leave:
                status = ReadLeave(key, body, sink);
                break;
            case SerfMessageType.Join:
                status = ReadJoin(key, body, sink);
                break;
            case SerfMessageType.PushPull:
                status = ReadPushPull(key, body, sink);
                break;
            case SerfMessageType.UserEvent:
                status = ReadUserEvent(key, body, sink);
                break;
            case SerfMessageType.Query:
                status = ReadQuery(key, body, sink);
                break;
            case SerfMessageType.QueryResponse:
                status = ReadQueryResponse(key, body, sink);
                break;
            case SerfMessageType.ConflictResponse:
                status = ReadConflictResponse(key, body, sink);
                break;
            case SerfMessageType.KeyRequest:
                status = ReadKeyRequest(key, body, sink);
                break;
            case SerfMessageType.KeyResponse:
                status = ReadKeyResponse(key, body, sink);
                break;
            case SerfMessageType.Relay:
                status = ReadRelay(key, body, sink, depth);
                break;
            default:
                return string.Create(
                    CultureInfo.InvariantCulture, $"no Serf message has type {message[0]}");
        }

        return status == ReadStatus.Ok ? null : NameOf(type) + ": " + GossipReadings.Reason(status);
    }

    private static string NameOf(SerfMessageType type) => type switch
    {
        SerfMessageType.Leave => "leave",
        SerfMessageType.Join => "join",
        SerfMessageType.PushPull => "pushPull",
        SerfMessageType.UserEvent => "userEvent",
        SerfMessageType.Query => "query",
        SerfMessageType.QueryResponse => "queryResponse",
        SerfMessageType.ConflictResponse => "conflictResponse",
        SerfMessageType.KeyRequest => "keyRequest",
        SerfMessageType.KeyResponse => "keyResponse",
        _ => "relay",
    };

    private static ReadStatus ReadLeave(string key, ReadOnlySpan<byte> body, IReadingSink sink)
    {
        ReadStatus status = SerfCodec.TryRead(body, out LeaveIntent leave);
        if (status == ReadStatus.Ok)
        {
            Begin(key, SerfMessageType.Leave, sink);
            sink.Number("LTime", leave.LamportTime);
            sink.Text("Node", leave.Node);
            sink.Flag("Prune", leave.Prune);
            End(sink);
        }

        return status;
    }

    private static ReadStatus ReadJoin(string key, ReadOnlySpan<byte> body, IReadingSink sink)
    {
        ReadStatus status = SerfCodec.TryRead(body, out JoinIntent join);
        if (status == ReadStatus.Ok)
        {
            Begin(key, SerfMessageType.Join, sink);
            sink.Number("LTime", join.LamportTime);
            sink.Text("Node", join.Node);
            End(sink);
        }

        return status;
    }

    private static ReadStatus ReadUserEvent(string key, ReadOnlySpan<byte> body, IReadingSink sink)
    {
        ReadStatus status = SerfCodec.TryRead(body, out UserEventMessage message);
        if (status == ReadStatus.Ok)
        {
            Begin(key, SerfMessageType.UserEvent, sink);
            sink.Number("LTime", message.LamportTime);
            sink.Text("Name", message.Name);
            sink.Bytes("Payload", message.Payload);
            sink.Flag("CC", message.Coalesce);
            End(sink);
        }

        return status;
    }

    private static ReadStatus ReadQueryResponse(string key, ReadOnlySpan<byte> body, IReadingSink sink)
    {
        ReadStatus status = SerfCodec.TryRead(body, out QueryResponseMessage response);
        if (status == ReadStatus.Ok)
        {
            Begin(key, SerfMessageType.QueryResponse, sink);
            sink.Number("LTime", response.LamportTime);
            sink.Number("ID", (long)response.Id);
            sink.Text("From", response.From);
            sink.Number("Flags", (long)response.Flags);
            sink.Bytes("Payload", response.Payload);
            End(sink);
        }

        return status;
    }

    private static ReadStatus ReadConflictResponse(string key, ReadOnlySpan<byte> body, IReadingSink sink)
    {
        ReadStatus status = SerfCodec.TryRead(body, out ConflictResponse response, out _);
        if (status != ReadStatus.Ok)
        {
            return status;
        }

        // One who does not know the name answers nil, which reads as a member without one.
        Begin(key, SerfMessageType.ConflictResponse, sink);
        sink.Text("Name", response.Name);
        sink.Address("Addr", response.Address, "Port", response.Port);
        sink.Tags("Tags", response.Tags);
        sink.Number("Status", response.Status);
        sink.Number("ProtocolMin", (long)response.ProtocolMin);
        sink.Number("ProtocolMax", (long)response.ProtocolMax);
        sink.Number("ProtocolCur", (long)response.ProtocolCur);
        sink.Number("DelegateMin", (long)response.DelegateMin);
        sink.Number("DelegateMax", (long)response.DelegateMax);
        sink.Number("DelegateCur", (long)response.DelegateCur);
        End(sink);
        return status;
    }

    private static ReadStatus ReadKeyRequest(string key, ReadOnlySpan<byte> body, IReadingSink sink)
    {
        ReadStatus status = SerfCodec.TryRead(body, out KeyRequest request);
        if (status == ReadStatus.Ok)
        {
            Begin(key, SerfMessageType.KeyRequest, sink);
            sink.Bytes("Key", request.Key);
            End(sink);
        }

        return status;
    }

    private static ReadStatus ReadKeyResponse(string key, ReadOnlySpan<byte> body, IReadingSink sink)
    {
        ReadStatus status = SerfCodec.TryRead(body, out KeyResponse response);
        if (status != ReadStatus.Ok)
        {
            return status;
        }

        Begin(key, SerfMessageType.KeyResponse, sink);
        sink.Flag("Result", response.Result);
        sink.Text("Message", response.Message);
        TellList("Keys", response.Keys, sink);
        sink.Text("PrimaryKey", response.PrimaryKey);
        End(sink);
        return status;
    }

    private static void TellList(string key, IReadOnlyList<ByteString>? texts, IReadingSink sink)
    {
        if (texts is null)
        {
            sink.Nil(key);
            return;
        }

        sink.BeginList(key);
        foreach (ByteString text in texts)
        {
            sink.Text(null, text.Span);
        }

        sink.EndList();
    }

    private static ReadStatus ReadRelay(
        string key, ReadOnlySpan<byte> body, IReadingSink sink, int depth)
    {
        ReadStatus status = SerfCodec.TryRead(body, out RelayHeader header, out ReadOnlySpan<byte> inner);
        if (status != ReadStatus.Ok)
        {
            return status;
        }

        sink.BeginMessage(key, NameOf(SerfMessageType.Relay));
        if (sink.WantsInside)
        {
            sink.BeginFields();
            sink.BeginObject("header");
            sink.BeginObject("DestAddr");
            sink.Address("IP", header.Ip, "Port", header.Port);
            sink.Text("Zone", header.Zone);
            sink.EndObject();
            sink.Text("DestName", header.DestinationName);
            sink.EndObject();
            TellInner("inner", inner, sink, depth);
            sink.EndFields();
        }

        sink.EndMessage();
        return status;
    }

    /// <summary>A Serf message where nothing promises that it is one: bytes, if it is none.</summary>
    private static void TellInner(string key, ReadOnlySpan<byte> message, IReadingSink sink, int depth)
    {
        bool isRead = !message.IsEmpty && depth < Limits.PacketDepthMax
            && Read(key, message, sink, depth + 1) is null;
        if (!isRead)
        {
            sink.Bytes(key, message);
        }
    }

    private static void Begin(string key, SerfMessageType type, IReadingSink sink)
    {
        sink.BeginMessage(key, NameOf(type));
        sink.BeginFields();
    }

    private static void End(IReadingSink sink)
    {
        sink.EndFields();
        sink.EndMessage();
    }
}
