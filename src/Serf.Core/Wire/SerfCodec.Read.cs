using System;
using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Wire;

/// <summary>
/// Fields of the Serf messages, by name, in peers' order (spec serf 1.5). <c>TryRead</c> takes the body
/// behind the Serf type byte and accepts everything of spec serf 1.2; what was read before an error stands
/// in the message. <c>SizeOf</c> and <c>Write</c> include the type byte.
/// </summary>
public static partial class SerfCodec
{
    public static ReadStatus TryRead(ReadOnlySpan<byte> body, out LeaveIntent message)
    {
        message = default;
        FieldReader fields = new(new(body), "LTime Node Prune"u8);
        while (fields.Next(out int field))
        {
            switch (field)
            {
                case 0: fields.Read(out message.LamportTime); break;
                case 1: fields.ReadText(out message.Node); break;
                default: fields.Read(out message.Prune); break;
            }
        }

        return fields.Status;
    }

    public static ReadStatus TryRead(ReadOnlySpan<byte> body, out JoinIntent message)
    {
        message = default;
        FieldReader fields = new(new(body), "LTime Node"u8);
        while (fields.Next(out int field))
        {
            switch (field)
            {
                case 0: fields.Read(out message.LamportTime); break;
                default: fields.ReadText(out message.Node); break;
            }
        }

        return fields.Status;
    }

    public static ReadStatus TryRead(ReadOnlySpan<byte> body, out UserEventMessage message)
    {
        message = default;
        FieldReader fields = new(new(body), "LTime Name Payload CC"u8);
        while (fields.Next(out int field))
        {
            switch (field)
            {
                case 0: fields.Read(out message.LamportTime); break;
                case 1: fields.ReadText(out message.Name); break;
                case 2: fields.ReadBytes(out message.Payload); break;
                default: fields.Read(out message.Coalesce); break;
            }
        }

        return fields.Status;
    }

    public static ReadStatus TryRead(ReadOnlySpan<byte> body, out QueryMessage message)
    {
        message = default;
        FieldReader fields = new(
            new(body),
            "LTime ID Addr Port SourceNode Filters Flags RelayFactor Timeout Name Payload"u8);
        while (fields.Next(out int field))
        {
            switch (field)
            {
                case 0: fields.Read(out message.LamportTime); break;
                case 1: fields.Read(out message.Id); break;
                case 2: fields.ReadBytes(out message.Address); break;
                case 3: fields.Read(out message.Port); break;
                case 4: fields.ReadText(out message.SourceNode); break;
                case 5: ReadFilters(ref fields, out message.Filters); break;
                case 6: fields.Read(out message.Flags); break;
                case 7: fields.Read(out message.RelayFactor); break;
                case 8: fields.Read(out message.Timeout); break;
                case 9: fields.ReadText(out message.Name); break;
                default: fields.ReadBytes(out message.Payload); break;
            }
        }

        return fields.Status;
    }

    public static ReadStatus TryRead(ReadOnlySpan<byte> body, out QueryResponseMessage message)
    {
        message = default;
        FieldReader fields = new(new(body), "LTime ID From Flags Payload"u8);
        while (fields.Next(out int field))
        {
            switch (field)
            {
                case 0: fields.Read(out message.LamportTime); break;
                case 1: fields.Read(out message.Id); break;
                case 2: fields.ReadText(out message.From); break;
                case 3: fields.Read(out message.Flags); break;
                default: fields.ReadBytes(out message.Payload); break;
            }
        }

        return fields.Status;
    }

    /// <param name="known">False when the answer was nil: the responder does not know the name.</param>
    public static ReadStatus TryRead(ReadOnlySpan<byte> body, out ConflictResponse message, out bool known)
    {
        message = default;
        known = body.IsEmpty || body[0] != MsgpackCode.Nil;
        FieldReader fields = new(
            new(body),
            "Name Addr Port Tags Status ProtocolMin ProtocolMax ProtocolCur "u8
            + "DelegateMin DelegateMax DelegateCur"u8);
        while (fields.Next(out int field))
        {
            switch (field)
            {
                case 0: fields.ReadText(out message.Name); break;
                case 1: fields.ReadBytes(out message.Address); break;
                case 2: fields.Read(out message.Port); break;
                case 3: ReadTags(ref fields, out message.Tags); break;
                case 4: fields.Read(out message.Status); break;
                case 5: fields.Read(out message.ProtocolMin); break;
                case 6: fields.Read(out message.ProtocolMax); break;
                case 7: fields.Read(out message.ProtocolCur); break;
                case 8: fields.Read(out message.DelegateMin); break;
                case 9: fields.Read(out message.DelegateMax); break;
                default: fields.Read(out message.DelegateCur); break;
            }
        }

        return fields.Status;
    }

    public static ReadStatus TryRead(ReadOnlySpan<byte> body, out KeyRequest message)
    {
        message = default;
        FieldReader fields = new(new(body), "Key"u8);
        while (fields.Next(out _))
        {
            fields.ReadBytes(out message.Key);
        }

        return fields.Status;
    }

    public static ReadStatus TryRead(ReadOnlySpan<byte> body, out KeyResponse message)
    {
        message = default;
        FieldReader fields = new(new(body), "Result Message Keys PrimaryKey"u8);
        while (fields.Next(out int field))
        {
            switch (field)
            {
                case 0: fields.Read(out message.Result); break;
                case 1: fields.ReadText(out message.Message); break;
                case 2: ReadKeys(ref fields, out message.Keys); break;
                default: fields.ReadText(out message.PrimaryKey); break;
            }
        }

        return fields.Status;
    }

    /// <param name="inner">The whole Serf message behind the header, its type byte first.</param>
    public static ReadStatus TryRead(
        ReadOnlySpan<byte> body,
        out RelayHeader header,
        out ReadOnlySpan<byte> inner)
    {
        header = default;
        FieldReader fields = new(new(body), "DestAddr DestName"u8);
        while (fields.Next(out int field))
        {
            switch (field)
            {
                case 0: ReadDestination(ref fields, out header.Ip, out header.Port, out header.Zone); break;
                default: fields.ReadText(out header.DestinationName); break;
            }
        }

        inner = fields.Status == ReadStatus.Ok ? fields.Reader.Remaining : default;
        return fields.Status;
    }

    public static ReadStatus TryRead(ReadOnlySpan<byte> body, out SerfPushPullView message)
    {
        message = default;
        FieldReader fields = new(
            new(body),
            "LTime StatusLTimes LeftMembers EventLTime Events QueryLTime"u8);
        while (fields.Next(out int field))
        {
            switch (field)
            {
                case 0: fields.Read(out message.LamportTime); break;
                case 1: ReadStatuses(ref fields, out message.Statuses); break;
                case 2: ReadTextList(ref fields, out message.LeftMembers); break;
                case 3: fields.Read(out message.EventTime); break;
                case 4: ReadEvents(ref fields, out message.Events); break;
                default: fields.Read(out message.QueryTime); break;
            }
        }

        return fields.Status;
    }

    private static void ReadDestination(
        scoped ref FieldReader fields,
        out ReadOnlySpan<byte> ip,
        out long port,
        out ReadOnlySpan<byte> zone)
    {
        ip = default;
        port = 0;
        zone = default;
        FieldReader address = new(fields.Reader, "IP Port Zone"u8);
        while (address.Next(out int field))
        {
            switch (field)
            {
                case 0: address.ReadBytes(out ip); break;
                case 1: address.Read(out port); break;
                default: address.ReadText(out zone); break;
            }
        }

        fields.Status = address.End(ref fields.Reader);
    }

    private static void ReadTags(scoped ref FieldReader fields, out Tags? tags)
    {
        tags = null;
        if (!fields.Reader.TryReadNil())
        {
            fields.Status = TagsCodec.TryReadMap(ref fields.Reader, out Tags some);
            tags = some;
        }
    }

    private static void ReadKeys(scoped ref FieldReader fields, out IReadOnlyList<ByteString>? keys)
    {
        ReadTextList(ref fields, out ReadOnlySpan<byte> list);
        keys = null;
        if (list.IsEmpty)
        {
            return;
        }

        List<ByteString> copies = [];
        TextListReader texts = new(list);
        while (texts.TryNext(out ReadOnlySpan<byte> text))
        {
            copies.Add(ByteString.Copy(text));
        }

        keys = copies;
    }

    // The containers are walked once here, so that their readers meet no surprise, and then borrowed.

    private static void ReadFilters(scoped ref FieldReader fields, out ReadOnlySpan<byte> list)
    {
        QueryFilterReader filters = new(fields.Reader.Remaining);
        while (filters.TryNext(out _))
        {
        }

        TakeContainer(ref fields, filters.Status, filters.Consumed, out list);
    }

    private static void ReadTextList(scoped ref FieldReader fields, out ReadOnlySpan<byte> list)
    {
        TextListReader texts = new(fields.Reader.Remaining);
        while (texts.TryNext(out _))
        {
        }

        TakeContainer(ref fields, texts.Status, texts.Consumed, out list);
    }

    private static void ReadStatuses(scoped ref FieldReader fields, out ReadOnlySpan<byte> map)
    {
        StatusTimeReader statuses = new(fields.Reader.Remaining);
        while (statuses.TryNext(out _, out _))
        {
        }

        TakeContainer(ref fields, statuses.Status, statuses.Consumed, out map);
    }

    private static void ReadEvents(scoped ref FieldReader fields, out ReadOnlySpan<byte> list)
    {
        EventBucketReader buckets = new(fields.Reader.Remaining);
        while (buckets.TryNext(out _, out _))
        {
        }

        TakeContainer(ref fields, buckets.Status, buckets.Consumed, out list);
    }

    /// <summary>Steps over a container just walked. Nil becomes the default span.</summary>
    private static void TakeContainer(
        scoped ref FieldReader fields,
        ReadStatus status,
        int size,
        out ReadOnlySpan<byte> container)
    {
        container = default;

        // The readers take no bytes for no elements; in a message they are bytes that are missing.
        fields.Status = status == ReadStatus.Ok && size == 0 ? ReadStatus.NeedMore : status;
        if (fields.Status == ReadStatus.Ok && !fields.Reader.TryReadNil())
        {
            container = fields.Reader.Remaining[..size];
            fields.Reader.Advance(size);
        }
    }
}
