using System;
using System.Collections.Generic;
using Serf.Cluster;
using Serf.Coordinates;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;

namespace Serf.Rpc;

/// <summary>
/// Headers and bodies (spec rpc 2, 6, 7). Reading takes every form the original takes; missing fields are
/// zero. A record is read from the beginning of a span that holds the whole of it.
/// </summary>
public static partial class RpcCodec
{
    private static readonly byte[][] RequestHeaderFields = Names("Command", "Seq");
    private static readonly byte[][] ResponseHeaderFields = Names("Seq", "Error");
    private static readonly byte[][] HandshakeFields = Names("Version");
    private static readonly byte[][] AuthFields = Names("AuthKey");
    private static readonly byte[][] EventFields = Names("Name", "Payload", "Coalesce");
    private static readonly byte[][] ForceLeaveFields = Names("Node", "Prune");
    private static readonly byte[][] JoinFields = Names("Existing", "Replay");
    private static readonly byte[][] MembersFilteredFields = Names("Tags", "Status", "Name");
    private static readonly byte[][] TagsFields = Names("Tags", "DeleteTags");
    private static readonly byte[][] StreamFields = Names("Type");
    private static readonly byte[][] MonitorFields = Names("LogLevel");
    private static readonly byte[][] StopFields = Names("Stop");
    private static readonly byte[][] RespondFields = Names("ID", "Payload");
    private static readonly byte[][] QueryRecordFields = Names("Type", "From", "Payload");
    private static readonly byte[][] NodeFields = Names("Node");
    private static readonly byte[][] CoordinateReplyFields = Names("Coord", "Ok");
    private static readonly byte[][] KeyFields = Names("Key");
    private static readonly byte[][] JoinReplyFields = Names("Num");
    private static readonly byte[][] MembersReplyFields = Names("Members");
    private static readonly byte[][] LogFields = Names("Log");

    private static readonly byte[][] KeyReplyFields = Names(
        "Messages", "Keys", "NumNodes", "NumErr", "NumResp");

    private static readonly byte[][] QueryFields = Names(
        "FilterNodes", "FilterTags", "RequestAck", "RelayFactor", "Timeout", "Name", "Payload");

    private static readonly byte[][] MemberFields = Names(
        "Name", "Addr", "Port", "Tags", "Status",
        "ProtocolMin", "ProtocolMax", "ProtocolCur", "DelegateMin", "DelegateMax", "DelegateCur");

    public static ReadStatus TryRead(ReadOnlySpan<byte> source, out RequestHeader header)
    {
        header = default;
        RpcFields fields = new(source, RequestHeaderFields);
        while (fields.Next(out int field))
        {
            if (field == 0)
            {
                header.Command = fields.Name();
            }
            else
            {
                header.Sequence = fields.Unsigned();
            }
        }

        return fields.Status;
    }

    public static ReadStatus TryRead(ReadOnlySpan<byte> source, out ResponseHeader header)
    {
        header = new("", 0);
        RpcFields fields = new(source, ResponseHeaderFields);
        while (fields.Next(out int field))
        {
            if (field == 0)
            {
                header.Sequence = fields.Unsigned();
            }
            else
            {
                header.Error = fields.Text();
            }
        }

        return fields.Status;
    }

    public static ReadStatus TryReadHandshake(ReadOnlySpan<byte> source, out int version)
    {
        version = 0;
        RpcFields fields = new(source, HandshakeFields);
        while (fields.Next(out _))
        {
            version = fields.Int32();
        }

        return fields.Status;
    }

    public static ReadStatus TryReadAuth(ReadOnlySpan<byte> source, out ByteString token) =>
        TryReadName(source, AuthFields, out token);

    public static ReadStatus TryReadStream(ReadOnlySpan<byte> source, out ByteString filters) =>
        TryReadName(source, StreamFields, out filters);

    public static ReadStatus TryReadMonitor(ReadOnlySpan<byte> source, out ByteString level) =>
        TryReadName(source, MonitorFields, out level);

    public static ReadStatus TryReadNode(ReadOnlySpan<byte> source, out ByteString node) =>
        TryReadName(source, NodeFields, out node);

    public static ReadStatus TryReadKey(ReadOnlySpan<byte> source, out ByteString key) =>
        TryReadName(source, KeyFields, out key);

    public static ReadStatus TryReadStop(ReadOnlySpan<byte> source, out ulong sequence)
    {
        sequence = 0;
        RpcFields fields = new(source, StopFields);
        while (fields.Next(out _))
        {
            sequence = fields.Unsigned();
        }

        return fields.Status;
    }

    public static ReadStatus TryRead(ReadOnlySpan<byte> source, out EventRequest request)
    {
        request = default;
        RpcFields fields = new(source, EventFields);
        while (fields.Next(out int field))
        {
            switch (field)
            {
                case 0:
                    request.Name = fields.Name();
                    break;
                case 1:
                    request.Payload = fields.Bytes();
                    break;
                default:
                    request.Coalesce = fields.Bool();
                    break;
            }
        }

        return fields.Status;
    }

    public static ReadStatus TryRead(ReadOnlySpan<byte> source, out ForceLeaveRequest request)
    {
        request = default;
        RpcFields fields = new(source, ForceLeaveFields);
        while (fields.Next(out int field))
        {
            if (field == 0)
            {
                request.Node = fields.Name();
            }
            else
            {
                request.Prune = fields.Bool();
            }
        }

        return fields.Status;
    }

    public static ReadStatus TryRead(ReadOnlySpan<byte> source, out JoinRequest request)
    {
        request = new([], false);
        RpcFields fields = new(source, JoinFields);
        while (fields.Next(out int field))
        {
            if (field == 0)
            {
                request.Existing = fields.Names();
            }
            else
            {
                request.Replay = fields.Bool();
            }
        }

        return fields.Status;
    }

    public static ReadStatus TryRead(ReadOnlySpan<byte> source, out MembersFilteredRequest request)
    {
        request = new(Tags.Empty, default, default);
        RpcFields fields = new(source, MembersFilteredFields);
        while (fields.Next(out int field))
        {
            switch (field)
            {
                case 0:
                    request.Tags = Tags.From(fields.Pairs());
                    break;
                case 1:
                    request.Status = fields.Name();
                    break;
                default:
                    request.Name = fields.Name();
                    break;
            }
        }

        return fields.Status;
    }

    public static ReadStatus TryRead(ReadOnlySpan<byte> source, out TagsRequest request)
    {
        request = new(Tags.Empty, []);
        RpcFields fields = new(source, TagsFields);
        while (fields.Next(out int field))
        {
            if (field == 0)
            {
                request.Set = Tags.From(fields.Pairs());
            }
            else
            {
                request.Delete = fields.Names();
            }
        }

        return fields.Status;
    }

    public static ReadStatus TryRead(ReadOnlySpan<byte> source, out RespondRequest request)
    {
        request = default;
        RpcFields fields = new(source, RespondFields);
        while (fields.Next(out int field))
        {
            if (field == 0)
            {
                request.Id = fields.Unsigned();
            }
            else
            {
                request.Payload = fields.Bytes();
            }
        }

        return fields.Status;
    }

    public static ReadStatus TryRead(ReadOnlySpan<byte> source, out QueryRequest request)
    {
        request = new([], Tags.Empty, false, 0, 0, default, null);
        RpcFields fields = new(source, QueryFields);
        while (fields.Next(out int field))
        {
            switch (field)
            {
                case 0:
                    request.FilterNodes = fields.Names();
                    break;
                case 1:
                    request.FilterTags = Tags.From(fields.Pairs());
                    break;
                case 2:
                    request.RequestAck = fields.Bool();
                    break;
                case 3:
                    request.RelayFactor = (byte)fields.Unsigned(byte.MaxValue);
                    break;
                case 4:
                    request.Timeout = fields.Int64();
                    break;
                case 5:
                    request.Name = fields.Name();
                    break;
                default:
                    request.Payload = fields.Bytes();
                    break;
            }
        }

        return fields.Status;
    }

    public static ReadStatus TryRead(ReadOnlySpan<byte> source, out QueryRecord record)
    {
        record = new("", default, null);
        RpcFields fields = new(source, QueryRecordFields);
        while (fields.Next(out int field))
        {
            switch (field)
            {
                case 0:
                    record.Kind = fields.Text();
                    break;
                case 1:
                    record.From = fields.Name();
                    break;
                default:
                    record.Payload = fields.Bytes();
                    break;
            }
        }

        return fields.Status;
    }

    public static ReadStatus TryReadJoinReply(ReadOnlySpan<byte> source, out int count)
    {
        count = 0;
        RpcFields fields = new(source, JoinReplyFields);
        while (fields.Next(out _))
        {
            count = fields.Int32();
        }

        return fields.Status;
    }

    /// <param name="coordinate">Null where the agent knows none.</param>
    public static ReadStatus TryReadCoordinateReply(ReadOnlySpan<byte> source, out Coordinate? coordinate)
    {
        coordinate = null;
        Span<double> vector = stackalloc double[Limits.CoordinateDimensionCountMax];
        Coordinate? given = null;
        bool known = false;
        RpcFields fields = new(source, CoordinateReplyFields);
        while (fields.Next(out int field))
        {
            if (field == 1)
            {
                known = fields.Bool();
                continue;
            }

            ReadStatus status = CoordinateCodec.TryRead(fields.Remaining, vector, out CoordinateMessage read);
            given = new Coordinate(read.Vector, read.Error, read.Adjustment, read.Height);
            fields.SkipRead(status);
        }

        coordinate = known ? given : null;
        return fields.Status;
    }

    public static ReadStatus TryReadKeyReply(ReadOnlySpan<byte> source, out KeyReport report)
    {
        report = new KeyReport();
        RpcFields fields = new(source, KeyReplyFields);
        while (fields.Next(out int field))
        {
            switch (field)
            {
                case 0:
                    foreach ((ByteString node, ByteString message) in fields.Pairs(Limits.MemberCountMax))
                    {
                        report.Messages[node] = message;
                    }

                    break;
                case 1:
                    ReadKeyCounts(ref fields, report);
                    break;
                case 2:
                    report.NodeCount = fields.Int32();
                    break;
                case 3:
                    report.ErrorCount = fields.Int32();
                    break;
                default:
                    report.AnswerCount = fields.Int32();
                    break;
            }
        }

        return fields.Status;
    }

    private static void ReadKeyCounts(ref RpcFields fields, KeyReport report)
    {
        int count = fields.MapHeader(Limits.MemberCountMax);
        for (int index = 0; index < count && fields.Status == ReadStatus.Ok; index++)
        {
            string key = fields.Key().ToString();
            if (fields.Status == ReadStatus.Ok)
            {
                report.Count(key, fields.Int32());
            }
        }
    }

    public static ReadStatus TryReadLog(ReadOnlySpan<byte> source, out string line)
    {
        line = "";
        RpcFields fields = new(source, LogFields);
        while (fields.Next(out _))
        {
            line = fields.Text();
        }

        return fields.Status;
    }

    public static ReadStatus TryReadMembers(ReadOnlySpan<byte> source, out List<RpcMember> members)
    {
        members = [];
        RpcFields fields = new(source, MembersReplyFields);
        while (fields.Next(out _))
        {
            members.Clear();
            int count = fields.ListHeader(Limits.MemberCountMax);
            for (int index = 0; index < count && fields.Status == ReadStatus.Ok; index++)
            {
                ReadStatus status = TryReadMember(fields.Remaining, out RpcMember member);
                members.Add(member);
                fields.SkipRead(status);
            }
        }

        return fields.Status;
    }

    /// <summary>Sections and their entries, in the order they came in.</summary>
    public static ReadStatus TryReadStats(
        ReadOnlySpan<byte> source,
        out List<KeyValuePair<ByteString, List<KeyValuePair<ByteString, ByteString>>>> sections)
    {
        sections = [];
        MsgpackReader reader = new(source);
        ReadStatus status = reader.TryReadMapHeader(Limits.RpcListCountMax, out int count);
        for (int section = 0; section < count && status == ReadStatus.Ok; section++)
        {
            List<KeyValuePair<ByteString, ByteString>> entries = [];
            status = reader.TryReadKey(Limits.RpcRequestSizeMax, out ReadOnlySpan<byte> name);
            int size = 0;
            if (status == ReadStatus.Ok)
            {
                sections.Add(new(ByteString.Copy(name), entries));
                status = reader.TryReadMapHeader(Limits.RpcListCountMax, out size);
            }

            for (int entry = 0; entry < size && status == ReadStatus.Ok; entry++)
            {
                ReadOnlySpan<byte> value = default;
                status = reader.TryReadKey(Limits.RpcRequestSizeMax, out ReadOnlySpan<byte> key);
                if (status == ReadStatus.Ok)
                {
                    status = reader.TryReadRaw(Limits.RpcRequestSizeMax, out value);
                }

                if (status == ReadStatus.Ok)
                {
                    entries.Add(new(ByteString.Copy(key), ByteString.Copy(value)));
                }
            }
        }

        return status;
    }

    private static ReadStatus TryReadMember(ReadOnlySpan<byte> source, out RpcMember member)
    {
        ByteString name = default;
        byte[]? ip = null;
        ushort port = 0;
        Tags tags = Tags.Empty;
        string status = "";
        Span<byte> versions = stackalloc byte[NodeVersions.Size];
        versions.Clear();
        RpcFields fields = new(source, MemberFields);
        while (fields.Next(out int field))
        {
            switch (field)
            {
                case 0:
                    name = fields.Name();
                    break;
                case 1:
                    ip = fields.Bytes();
                    break;
                case 2:
                    port = (ushort)fields.Unsigned(ushort.MaxValue);
                    break;
                case 3:
                    tags = Tags.From(fields.Pairs());
                    break;
                case 4:
                    status = fields.Text();
                    break;
                default:
                    versions[field - 5] = (byte)fields.Unsigned(byte.MaxValue);
                    break;
            }
        }

        // Whatever is no address is shown as none, as the original's client does.
        NodeAddress address = NodeAddress.TryFromBytes(ip, port, out NodeAddress known)
            ? known
            : default(NodeAddress).WithPort(port);
        bool complete = NodeVersions.TryRead(versions, out NodeVersions read);
        Invariant.Holds(complete);
        member = new(name, address, tags, status, read);
        return fields.Status;
    }

    private static ReadStatus TryReadName(ReadOnlySpan<byte> source, byte[][] names, out ByteString name)
    {
        name = default;
        RpcFields fields = new(source, names);
        while (fields.Next(out _))
        {
            name = fields.Name();
        }

        return fields.Status;
    }

    private static byte[][] Names(params ReadOnlySpan<string> texts)
    {
        byte[][] names = new byte[texts.Length][];
        for (int index = 0; index < names.Length; index++)
        {
            names[index] = System.Text.Encoding.UTF8.GetBytes(texts[index]);
        }

        return names;
    }
}
