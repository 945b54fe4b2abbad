using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using Serf.Primitives;
using Serf.Vectors;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Wire;

/// <summary>The Serf structures by the names of the vector files.</summary>
internal static class SerfRecoder
{
    private const int TagsProtocolVersion = 5;

    /// <summary>Writes the structure, its type, kind, magic or version byte first.</summary>
    /// <param name="withPlaces">
    /// Whether empty places of an event ring are written; reading leaves them out.
    /// </param>
    public static byte[] Encode(string message, JsonElement element, bool withPlaces = true)
    {
        VectorFields fields = new(element);
        return message switch
        {
            "leave" => Write(new LeaveIntent
            {
                LamportTime = fields.Unsigned("LTime"),
                Node = fields.Text("Node"),
                Prune = fields.Bool("Prune"),
            }),
            "join" => Write(new JoinIntent
            {
                LamportTime = fields.Unsigned("LTime"),
                Node = fields.Text("Node"),
            }),
            "userEvent" => Write(new UserEventMessage
            {
                LamportTime = fields.Unsigned("LTime"),
                Name = fields.Text("Name"),
                Payload = fields.Bytes("Payload"),
                Coalesce = fields.Bool("CC"),
            }),
            "query" => Write(QueryOf(fields)),
            "queryResponse" => Write(ResponseOf(fields)),
            "conflictResponse" => fields.IsNil ? [6, 0xc0] : Write(ConflictOf(fields)),
            "keyRequest" => Write(new KeyRequest { Key = fields.Bytes("Key") }),
            "keyResponse" => Write(new KeyResponse
            {
                Result = fields.Bool("Result"),
                Message = fields.Text("Message"),
                Keys = TextsOf(fields["Keys"]),
                PrimaryKey = fields.Text("PrimaryKey"),
            }),
            "relayHeader" => Write(RelayOf(fields)),
            "relay" => [.. Write(RelayOf(fields.Inner("header"))), .. Write(ResponseOf(InnerOf(fields)))],
            "pushPull" => Write(PushPullOf(fields, withPlaces)),
            "tags" => Write(TagsOf(element)),
            "tagsV2" => WriteRole(TagsOf(element) ?? Tags.Empty),
            "filterNode" => WriteNodeFilter(TextsOf(element)),
            "filterTag" => Write(new TagFilter
            {
                Tag = fields.Text("Tag"),
                Expression = fields.Text("Expr"),
            }),
            "ackPayload" or "coordinate" => Write(CoordinateOf(fields)),
            _ => throw new ArgumentException("unknown: " + message),
        };
    }

    /// <summary>
    /// Reads a body and writes what was read; all fields are written, so nothing read wrongly is hidden.
    /// </summary>
    public static ReadStatus Recode(string message, ReadOnlySpan<byte> body, out byte[] encoded)
    {
        ReadStatus status;
        switch (message)
        {
            case "leave":
                status = SerfCodec.TryRead(body, out LeaveIntent leave);
                encoded = Write(leave);
                break;
            case "join":
                status = SerfCodec.TryRead(body, out JoinIntent join);
                encoded = Write(join);
                break;
            case "userEvent":
                status = SerfCodec.TryRead(body, out UserEventMessage userEvent);
                encoded = Write(userEvent);
                break;
            case "query":
                status = SerfCodec.TryRead(body, out QueryMessage query);
                encoded = Write(WithFiltersRewritten(query));
                break;
            case "queryResponse":
                status = SerfCodec.TryRead(body, out QueryResponseMessage response);
                encoded = Write(response);
                break;
            case "conflictResponse":
                status = SerfCodec.TryRead(body, out ConflictResponse conflict, out bool known);
                encoded = known ? Write(conflict) : [6, 0xc0];
                break;
            case "keyRequest":
                status = SerfCodec.TryRead(body, out KeyRequest keyRequest);
                encoded = Write(keyRequest);
                break;
            case "keyResponse":
                status = SerfCodec.TryRead(body, out KeyResponse keyResponse);
                encoded = Write(keyResponse);
                break;
            default:
                return RecodeOther(message, body, out encoded);
        }

        return status;
    }

    private static ReadStatus RecodeOther(string message, ReadOnlySpan<byte> body, out byte[] encoded)
    {
        ReadStatus status;
        switch (message)
        {
            case "relay" or "relayHeader":
                status = SerfCodec.TryRead(body, out RelayHeader header, out ReadOnlySpan<byte> inner);
                encoded = [.. Write(header), .. inner];
                break;
            case "pushPull":
                status = SerfCodec.TryRead(body, out SerfPushPullView view);
                encoded = status == ReadStatus.Ok ? Write(Unfold(view)) : [];
                break;
            case "tags":
                status = TagsCodec.Read(body, out Tags tags);
                encoded = Write(tags);
                break;
            case "filterNode":
                TextListReader names = new(body);
                List<ByteString> list = [];
                while (names.TryNext(out ReadOnlySpan<byte> name))
                {
                    list.Add(ByteString.Copy(name));
                }

                status = body.IsEmpty ? ReadStatus.NeedMore : names.Status;
                encoded = WriteNodeFilter(body is [0xc0, ..] ? null : list.ToArray());
                break;
            case "filterTag":
                status = TagFilter.TryRead(body, out TagFilter filter);
                encoded = Write(filter);
                break;
            case "ackPayload" or "coordinate":
                status = CoordinateCodec.TryRead(body, stackalloc double[8], out CoordinateMessage place);
                encoded = Write(place);
                break;
            default:
                throw new ArgumentException("unknown: " + message);
        }

        return status;
    }

    private static VectorFields InnerOf(VectorFields relay) => relay.Inner("inner").Inner("fields");

    private static QueryMessage QueryOf(VectorFields fields) => new()
    {
        LamportTime = fields.Unsigned("LTime"),
        Id = (uint)fields.Unsigned("ID"),
        Address = fields.Bytes("Addr"),
        Port = (ushort)fields.Unsigned("Port"),
        SourceNode = fields.Text("SourceNode"),
        Filters = FiltersOf(fields["Filters"]),
        Flags = (uint)fields.Unsigned("Flags"),
        RelayFactor = (byte)fields.Unsigned("RelayFactor"),
        Timeout = fields.Signed("Timeout"),
        Name = fields.Text("Name"),
        Payload = fields.Bytes("Payload"),
    };

    private static QueryResponseMessage ResponseOf(VectorFields fields) => new()
    {
        LamportTime = fields.Unsigned("LTime"),
        Id = (uint)fields.Unsigned("ID"),
        From = fields.Text("From"),
        Flags = (uint)fields.Unsigned("Flags"),
        Payload = fields.Bytes("Payload"),
    };

    private static ConflictResponse ConflictOf(VectorFields fields) => new()
    {
        Name = fields.Text("Name"),
        Address = fields.Bytes("Addr"),
        Port = (ushort)fields.Unsigned("Port"),
        Tags = TagsOf(fields["Tags"]),
        Status = fields.Signed("Status"),
        ProtocolMin = (byte)fields.Unsigned("ProtocolMin"),
        ProtocolMax = (byte)fields.Unsigned("ProtocolMax"),
        ProtocolCur = (byte)fields.Unsigned("ProtocolCur"),
        DelegateMin = (byte)fields.Unsigned("DelegateMin"),
        DelegateMax = (byte)fields.Unsigned("DelegateMax"),
        DelegateCur = (byte)fields.Unsigned("DelegateCur"),
    };

    private static RelayHeader RelayOf(VectorFields fields) => new()
    {
        Ip = fields.Inner("DestAddr").Bytes("IP"),
        Port = fields.Inner("DestAddr").Signed("Port"),
        Zone = fields.Inner("DestAddr").Text("Zone"),
        DestinationName = fields.Text("DestName"),
    };

    private static CoordinateMessage CoordinateOf(VectorFields fields) => new()
    {
        Vector = fields["Vec"].ValueKind == JsonValueKind.Array
            ? fields["Vec"].EnumerateArray().Select(VectorFields.Double).ToArray()
            : null,
        Error = fields.Double("Error"),
        Adjustment = fields.Double("Adjustment"),
        Height = fields.Double("Height"),
    };

    private static SerfPushPull PushPullOf(VectorFields fields, bool withPlaces)
    {
        List<StatusTime> statuses = [];
        if (fields["StatusLTimes"].ValueKind == JsonValueKind.Object)
        {
            statuses.AddRange(fields["StatusLTimes"].EnumerateObject()
                .Select(entry => new StatusTime(ByteString.FromText(entry.Name), entry.Value.GetUInt64())));
            statuses.Sort((left, right) => left.Name.CompareTo(right.Name));
        }

        return new()
        {
            LamportTime = fields.Unsigned("LTime"),
            Statuses = fields["StatusLTimes"].ValueKind == JsonValueKind.Object ? statuses.ToArray() : null,
            LeftMembers = TextsOf(fields["LeftMembers"]),
            EventTime = fields.Unsigned("EventLTime"),
            Events = BucketsOf(fields["Events"], withPlaces),
            QueryTime = fields.Unsigned("QueryLTime"),
        };
    }

    private static EventBucket?[]? BucketsOf(JsonElement element, bool withPlaces)
    {
        if (element.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        List<EventBucket?> buckets = [];
        foreach (JsonElement place in element.EnumerateArray())
        {
            VectorFields fields = new(place);
            if (fields.IsNil)
            {
                if (withPlaces)
                {
                    buckets.Add(null);
                }

                continue;
            }

            EventBucket bucket = new(fields.Unsigned("LTime"));
            if (fields["Events"].ValueKind == JsonValueKind.Array)
            {
                foreach (JsonElement item in fields["Events"].EnumerateArray())
                {
                    VectorFields entry = new(item);
                    bucket.Entries.Add(new(new(entry.Text("Name")), entry.Bytes("Payload")));
                }
            }

            buckets.Add(bucket);
        }

        return buckets.ToArray();
    }

    private static SerfPushPull Unfold(SerfPushPullView view)
    {
        SortedDictionary<ByteString, ulong> times = [];
        StatusTimeReader statuses = new(view.Statuses);
        while (statuses.TryNext(out ReadOnlySpan<byte> name, out ulong time))
        {
            times[ByteString.Copy(name)] = time;
        }

        List<ByteString> left = [];
        TextListReader names = new(view.LeftMembers);
        while (names.TryNext(out ReadOnlySpan<byte> name))
        {
            left.Add(ByteString.Copy(name));
        }

        List<EventBucket?> buckets = [];
        EventBucketReader events = new(view.Events);
        while (events.TryNext(out ulong time, out ReadOnlySpan<byte> encodedEntries))
        {
            EventBucket bucket = new(time);
            EventEntryReader entries = new(encodedEntries);
            while (entries.TryNext(out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> payload))
            {
                bucket.Entries.Add(new(ByteString.Copy(name), payload.IsNil() ? null : payload.ToArray()));
            }

            buckets.Add(bucket);
        }

        StatusTime[] sorted = times.Select(entry => new StatusTime(entry.Key, entry.Value)).ToArray();
        return new()
        {
            LamportTime = view.LamportTime,
            Statuses = view.Statuses.IsEmpty ? null : sorted,
            LeftMembers = view.LeftMembers.IsEmpty ? null : left.ToArray(),
            EventTime = view.EventTime,
            Events = view.Events.IsEmpty ? null : buckets.ToArray(),
            QueryTime = view.QueryTime,
        };
    }

    private static QueryMessage WithFiltersRewritten(QueryMessage query)
    {
        List<byte[]> filters = [];
        QueryFilterReader reader = new(query.Filters);
        while (reader.TryNext(out ReadOnlySpan<byte> filter))
        {
            filters.Add(filter.ToArray());
        }

        if (!query.Filters.IsEmpty)
        {
            query.Filters = EncodeList(filters);
        }

        return query;
    }

    private static byte[]? FiltersOf(JsonElement element) => element.ValueKind == JsonValueKind.Array
        ? EncodeList([.. element.EnumerateArray().Select(item => Convert.FromHexString(item.GetString()!))])
        : null;

    private static byte[] EncodeList(List<byte[]> items)
    {
        byte[] list = new byte[5 + items.Sum(item => 5 + item.Length)];
        MsgpackWriter writer = new(list);
        writer.WriteArrayHeader(items.Count);
        foreach (byte[] item in items)
        {
            writer.WriteBytes(item);
        }

        return list[..writer.Written];
    }

    private static ByteString[]? TextsOf(JsonElement element) => element.ValueKind == JsonValueKind.Array
        ? element.EnumerateArray().Select(item => new ByteString(VectorFile.Text(item))).ToArray()
        : null;

    private static Tags? TagsOf(JsonElement element) => element.ValueKind == JsonValueKind.Object
        ? Tags.From(element.EnumerateObject().Select(entry => KeyValuePair.Create(
            ByteString.FromText(entry.Name),
            ByteString.FromText(entry.Value.GetString()!))))
        : null;

    private static byte[] Write(Tags? tags)
    {
        if (tags is null)
        {
            return [0xff, 0xc0];
        }

        byte[] bytes = new byte[TagsCodec.SizeOf(tags, TagsProtocolVersion)];
        Assert.Equal(bytes.Length, TagsCodec.Write(tags, TagsProtocolVersion, bytes));
        return bytes;
    }

    private static byte[] WriteRole(Tags tags)
    {
        byte[] bytes = new byte[TagsCodec.SizeOf(tags, 2)];
        Assert.Equal(bytes.Length, TagsCodec.Write(tags, 2, bytes));
        return bytes;
    }

    private static byte[] WriteNodeFilter(ByteString[]? names)
    {
        byte[] bytes = new byte[SerfCodec.SizeOfNodeFilter(names)];
        Assert.Equal(bytes.Length, SerfCodec.WriteNodeFilter(names, bytes));
        return bytes;
    }

    private static byte[] Write(in CoordinateMessage message)
    {
        byte[] bytes = new byte[1 + CoordinateCodec.SizeOf(message)];
        bytes[0] = 1;
        Assert.Equal(bytes.Length - 1, CoordinateCodec.Write(message, bytes.AsSpan(1)));
        return bytes;
    }

    internal static byte[] Write(in LeaveIntent message)
    {
        byte[] bytes = new byte[SerfCodec.SizeOf(message)];
        Assert.Equal(bytes.Length, SerfCodec.Write(message, bytes));
        return bytes;
    }

    internal static byte[] Write(in JoinIntent message)
    {
        byte[] bytes = new byte[SerfCodec.SizeOf(message)];
        Assert.Equal(bytes.Length, SerfCodec.Write(message, bytes));
        return bytes;
    }

    internal static byte[] Write(in UserEventMessage message)
    {
        byte[] bytes = new byte[SerfCodec.SizeOf(message)];
        Assert.Equal(bytes.Length, SerfCodec.Write(message, bytes));
        return bytes;
    }

    internal static byte[] Write(in QueryMessage message)
    {
        byte[] bytes = new byte[SerfCodec.SizeOf(message)];
        Assert.Equal(bytes.Length, SerfCodec.Write(message, bytes));
        return bytes;
    }

    internal static byte[] Write(in QueryResponseMessage message)
    {
        byte[] bytes = new byte[SerfCodec.SizeOf(message)];
        Assert.Equal(bytes.Length, SerfCodec.Write(message, bytes));
        return bytes;
    }

    private static byte[] Write(in ConflictResponse message)
    {
        byte[] bytes = new byte[SerfCodec.SizeOf(message)];
        Assert.Equal(bytes.Length, SerfCodec.Write(message, bytes));
        return bytes;
    }

    private static byte[] Write(in KeyRequest message)
    {
        byte[] bytes = new byte[SerfCodec.SizeOf(message)];
        Assert.Equal(bytes.Length, SerfCodec.Write(message, bytes));
        return bytes;
    }

    private static byte[] Write(in KeyResponse message)
    {
        byte[] bytes = new byte[SerfCodec.SizeOf(message)];
        Assert.Equal(bytes.Length, SerfCodec.Write(message, bytes));
        return bytes;
    }

    private static byte[] Write(in RelayHeader message)
    {
        byte[] bytes = new byte[SerfCodec.SizeOf(message)];
        Assert.Equal(bytes.Length, SerfCodec.Write(message, bytes));
        return bytes;
    }

    private static byte[] Write(in SerfPushPull message)
    {
        byte[] bytes = new byte[SerfCodec.SizeOf(message)];
        Assert.Equal(bytes.Length, SerfCodec.Write(message, bytes));
        return bytes;
    }

    private static byte[] Write(in TagFilter message)
    {
        byte[] bytes = new byte[SerfCodec.SizeOf(message)];
        Assert.Equal(bytes.Length, SerfCodec.Write(message, bytes));
        return bytes;
    }
}
