using System;
using System.Collections.Generic;
using Serf.Cluster;
using Serf.Coordinates;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Rpc;

/// <summary>The modern forms, keys in byte order (spec rpc 2.1).</summary>
public static partial class RpcCodec
{
    private static readonly byte[] NoBytes = [];

    internal static void Write(RpcBuffer output, string command, ulong sequence)
    {
        output.Map(2);
        output.Text("Command"u8);
        output.Text(command);
        output.Text("Seq"u8);
        output.Unsigned(sequence);
    }

    internal static void Write(RpcBuffer output, ResponseHeader header)
    {
        output.Map(2);
        output.Text("Error"u8);
        output.Text(header.Error);
        output.Text("Seq"u8);
        output.Unsigned(header.Sequence);
    }

    internal static void WriteJoinReply(RpcBuffer output, int count)
    {
        output.Map(1);
        output.Text("Num"u8);
        output.Signed(count);
    }

    internal static void WriteCoordinateReply(RpcBuffer output, Coordinate? coordinate)
    {
        CoordinateMessage message = default;
        if (coordinate is not null)
        {
            message = new()
            {
                Vector = coordinate.Vector,
                Error = coordinate.Error,
                Adjustment = coordinate.Adjustment,
                Height = coordinate.Height,
            };
        }

        // Keys and numbers have the same form here as in an ack.
        byte[] encoded = new byte[CoordinateCodec.SizeOf(message)];
        CoordinateCodec.Write(message, encoded);
        output.Map(2);
        output.Text("Coord"u8);
        output.Encoded(encoded);
        output.Text("Ok"u8);
        output.Bool(coordinate is not null);
    }

    /// <param name="withKeys">Only a list has keys, even if there are none.</param>
    internal static void WriteKeyReply(RpcBuffer output, KeyReport report, bool withKeys)
    {
        output.Map(5);
        output.Text("Keys"u8);
        if (withKeys)
        {
            output.Map(report.Keys.Count);
            foreach ((string key, KeyCount count) in report.Keys)
            {
                output.Text(key);
                output.Signed(count.Nodes);
            }
        }
        else
        {
            output.Nil();
        }

        output.Text("Messages"u8);
        output.Map(report.Messages.Count);
        foreach ((ByteString node, ByteString message) in report.Messages)
        {
            output.Text(node.Span);
            output.Text(message.Span);
        }

        output.Text("NumErr"u8);
        output.Signed(report.ErrorCount);
        output.Text("NumNodes"u8);
        output.Signed(report.NodeCount);
        output.Text("NumResp"u8);
        output.Signed(report.AnswerCount);
    }

    internal static void WriteMembers(RpcBuffer output, IReadOnlyList<MemberInfo> members)
    {
        output.Map(1);
        output.Text("Members"u8);
        WriteMemberList(output, members);
    }

    internal static void WriteStats(
        RpcBuffer output,
        IReadOnlyList<KeyValuePair<string, IReadOnlyList<KeyValuePair<ByteString, ByteString>>>> sections)
    {
        output.Map(sections.Count);
        foreach ((string name, IReadOnlyList<KeyValuePair<ByteString, ByteString>> entries) in sections)
        {
            output.Text(name);
            output.Map(entries.Count);
            foreach ((ByteString key, ByteString value) in entries)
            {
                output.Text(key.Span);
                output.Text(value.Span);
            }
        }
    }

    internal static void WriteLog(RpcBuffer output, string line)
    {
        output.Map(1);
        output.Text("Log"u8);
        output.Text(line);
    }

    /// <param name="id">For a query: the number it is answered by.</param>
    internal static void WriteEvent(RpcBuffer output, SerfEvent happened, ulong id)
    {
        switch (happened)
        {
            case MemberEvent member:
                output.Map(2);
                output.Text("Event"u8);
                output.Text(happened.Kind.Label());
                output.Text("Members"u8);
                WriteMemberList(output, member.Members);
                break;
            case UserEvent user:
                output.Map(5);
                output.Text("Coalesce"u8);
                output.Bool(user.Coalesce);
                WriteNamed(output, happened, id, user.LamportTime, user.Name, user.Payload);
                break;
            case QueryEvent query:
                output.Map(5);
                WriteNamed(output, happened, id, query.LamportTime, query.Name, query.Payload);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(happened));
        }
    }

    internal static void Write(RpcBuffer output, EventRequest request)
    {
        output.Map(3);
        output.Text("Coalesce"u8);
        output.Bool(request.Coalesce);
        output.Text("Name"u8);
        output.Text(request.Name.Span);
        output.Text("Payload"u8);
        output.Bytes(request.Payload);
    }

    internal static void Write(RpcBuffer output, ForceLeaveRequest request)
    {
        output.Map(2);
        output.Text("Node"u8);
        output.Text(request.Node.Span);
        output.Text("Prune"u8);
        output.Bool(request.Prune);
    }

    internal static void Write(RpcBuffer output, JoinRequest request)
    {
        output.Map(2);
        output.Text("Existing"u8);
        WriteNames(output, request.Existing);
        output.Text("Replay"u8);
        output.Bool(request.Replay);
    }

    internal static void Write(RpcBuffer output, MembersFilteredRequest request)
    {
        output.Map(3);
        output.Text("Name"u8);
        output.Text(request.Name.Span);
        output.Text("Status"u8);
        output.Text(request.Status.Span);
        output.Text("Tags"u8);
        WriteTagsOrNil(output, request.Tags);
    }

    internal static void Write(RpcBuffer output, TagsRequest request)
    {
        output.Map(2);
        output.Text("DeleteTags"u8);
        WriteNames(output, request.Delete);
        output.Text("Tags"u8);
        WriteTagsOrNil(output, request.Set);
    }

    internal static void Write(RpcBuffer output, QueryRequest request)
    {
        output.Map(7);
        output.Text("FilterNodes"u8);
        WriteNames(output, request.FilterNodes);
        output.Text("FilterTags"u8);
        WriteTagsOrNil(output, request.FilterTags);
        output.Text("Name"u8);
        output.Text(request.Name.Span);
        output.Text("Payload"u8);
        output.Bytes(request.Payload);
        output.Text("RelayFactor"u8);
        output.Unsigned(request.RelayFactor);
        output.Text("RequestAck"u8);
        output.Bool(request.RequestAck);
        output.Text("Timeout"u8);
        output.Signed(request.Timeout);
    }

    internal static void Write(RpcBuffer output, QueryRecord record)
    {
        output.Map(3);
        output.Text("From"u8);
        output.Text(record.From.Span);
        output.Text("Payload"u8);
        output.Bytes(record.Payload);
        output.Text("Type"u8);
        output.Text(record.Kind);
    }

    internal static void Write(RpcBuffer output, RespondRequest request)
    {
        output.Map(2);
        output.Text("ID"u8);
        output.Unsigned(request.Id);
        output.Text("Payload"u8);
        output.Bytes(request.Payload);
    }

    internal static void WriteHandshake(RpcBuffer output)
    {
        output.Map(1);
        output.Text("Version"u8);
        output.Signed(RpcNames.Version);
    }

    /// <summary>A body of one text field: of <c>auth</c>, <c>stream</c>, <c>monitor</c>.</summary>
    internal static void WriteText(RpcBuffer output, string field, string value)
    {
        output.Map(1);
        output.Text(field);
        output.Text(value);
    }

    internal static void WriteStop(RpcBuffer output, ulong sequence)
    {
        output.Map(1);
        output.Text("Stop"u8);
        output.Unsigned(sequence);
    }

    private static void WriteNamed(
        RpcBuffer output, SerfEvent happened, ulong id, ulong lamportTime, ByteString name, byte[]? payload)
    {
        output.Text("Event"u8);
        output.Text(happened.Kind.Label());
        if (happened.Kind == SerfEventKind.Query)
        {
            output.Text("ID"u8);
            output.Unsigned(id);
        }

        output.Text("LTime"u8);
        output.Unsigned(lamportTime);
        output.Text("Name"u8);
        output.Text(name.Span);
        output.Text("Payload"u8);
        output.Bytes(payload);
    }

    private static void WriteMemberList(RpcBuffer output, IReadOnlyList<MemberInfo> members)
    {
        output.Array(members.Count);
        for (int index = 0; index < members.Count; index++)
        {
            WriteMember(output, members[index]);
        }
    }

    private static void WriteMember(RpcBuffer output, MemberInfo member)
    {
        output.Map(11);
        output.Text("Addr"u8);
        byte[] ip = member.Address.IpSize == 0 ? NoBytes : new byte[member.Address.IpSize];
        member.Address.WriteIp(ip);
        output.Bytes(ip.Length == 0 ? null : ip);
        output.Text("DelegateCur"u8);
        output.Unsigned(member.Versions.DelegateCur);
        output.Text("DelegateMax"u8);
        output.Unsigned(member.Versions.DelegateMax);
        output.Text("DelegateMin"u8);
        output.Unsigned(member.Versions.DelegateMin);
        output.Text("Name"u8);
        output.Text(member.Name.Span);
        output.Text("Port"u8);
        output.Unsigned(member.Address.Port);
        output.Text("ProtocolCur"u8);
        output.Unsigned(member.Versions.ProtocolCur);
        output.Text("ProtocolMax"u8);
        output.Unsigned(member.Versions.ProtocolMax);
        output.Text("ProtocolMin"u8);
        output.Unsigned(member.Versions.ProtocolMin);
        output.Text("Status"u8);
        output.Text(member.Status.Label());
        output.Text("Tags"u8);
        WriteTags(output, member.Tags);
    }

    // What a request does not give is nil, as in the original's requests; what a member has is never nil.
    private static void WriteTagsOrNil(RpcBuffer output, Tags tags)
    {
        if (tags.Count == 0)
        {
            output.Nil();
        }
        else
        {
            WriteTags(output, tags);
        }
    }

    private static void WriteTags(RpcBuffer output, Tags tags)
    {
        output.Map(tags.Count);
        foreach ((ByteString key, ByteString value) in tags.Entries)
        {
            output.Text(key.Span);
            output.Text(value.Span);
        }
    }

    private static void WriteNames(RpcBuffer output, IReadOnlyList<ByteString> names)
    {
        if (names.Count == 0)
        {
            output.Nil();
            return;
        }

        output.Array(names.Count);
        for (int index = 0; index < names.Count; index++)
        {
            output.Text(names[index].Span);
        }
    }
}
