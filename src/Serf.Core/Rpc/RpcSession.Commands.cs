using System;
using System.Collections.Generic;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Rpc;

/// <summary>The commands (spec rpc 6).</summary>
public sealed partial class RpcSession
{
    private void Execute()
    {
        switch (_command)
        {
            case RpcCommand.Members:
                ReplyMembers("", _agent.Members());
                break;
            case RpcCommand.Stats:
                BeginReply("");
                RpcCodec.WriteStats(_unit, _agent.Stats());
                SendReply();
                break;
            case RpcCommand.ListKeys:
                BeginKeyOperation(KeyOperation.List, default);
                break;
            default:
                Invariant.Holds(_command == RpcCommand.Leave);
                _agent.Log.Write(LogLevel.Info, "agent.ipc: Graceful leave triggered");
                _agent.Leave(Begin());
                break;
        }
    }

    private ReadStatus Execute(ReadOnlySpan<byte> body, Instant now)
    {
        switch (_command)
        {
            case RpcCommand.Handshake:
                return Handshake(body);
            case RpcCommand.Auth:
                return Authenticate(body, now);
            case RpcCommand.Event:
                return SendEvent(body);
            case RpcCommand.ForceLeave:
                return ForceLeave(body);
            case RpcCommand.Join:
                return Join(body);
            case RpcCommand.MembersFiltered:
                return FilterMembers(body);
            case RpcCommand.Tags:
                return SetTags(body);
            case RpcCommand.Stream:
                return OpenStream(body);
            case RpcCommand.Monitor:
                return OpenMonitor(body);
            case RpcCommand.Stop:
                return Stop(body);
            case RpcCommand.Query:
                return StartQuery(body);
            case RpcCommand.GetCoordinate:
                return GetCoordinate(body);
            case RpcCommand.InstallKey:
                return ChangeKeys(KeyOperation.Install, body);
            case RpcCommand.UseKey:
                return ChangeKeys(KeyOperation.Use, body);
            case RpcCommand.RemoveKey:
                return ChangeKeys(KeyOperation.Remove, body);
            default:
                Invariant.Holds(_command == RpcCommand.Respond);
                return Respond(body, now);
        }
    }

    private RpcCall Begin() => _running = new RpcCall(this, _command, _header.Sequence);

    private ReadStatus SendEvent(ReadOnlySpan<byte> body)
    {
        ReadStatus status = RpcCodec.TryRead(body, out EventRequest request);
        if (status == ReadStatus.Ok)
        {
            // The event may be delivered to this session's own streams first: the reply is written
            // afterwards.
            Reply(_agent.UserEvent(request.Name.Span, request.Payload, request.Coalesce) ?? "");
        }

        return status;
    }

    private ReadStatus ForceLeave(ReadOnlySpan<byte> body)
    {
        ReadStatus status = RpcCodec.TryRead(body, out ForceLeaveRequest request);
        if (status == ReadStatus.Ok)
        {
            _agent.ForceLeave(Begin(), request.Node.Span, request.Prune);
        }

        return status;
    }

    private ReadStatus Join(ReadOnlySpan<byte> body)
    {
        ReadStatus status = RpcCodec.TryRead(body, out JoinRequest request);
        if (status == ReadStatus.Ok)
        {
            _agent.Join(Begin(), request.Existing, request.Replay);
        }

        return status;
    }

    private ReadStatus SetTags(ReadOnlySpan<byte> body)
    {
        ReadStatus status = RpcCodec.TryRead(body, out TagsRequest request);
        if (status == ReadStatus.Ok)
        {
            _agent.SetTags(Begin(), request.Set, request.Delete);
        }

        return status;
    }

    private ReadStatus GetCoordinate(ReadOnlySpan<byte> body)
    {
        ReadStatus status = RpcCodec.TryReadNode(body, out ByteString node);
        if (status == ReadStatus.Ok)
        {
            BeginReply("");
            RpcCodec.WriteCoordinateReply(_unit, _agent.GetCoordinate(node.Span));
            SendReply();
        }

        return status;
    }

    private ReadStatus ChangeKeys(KeyOperation operation, ReadOnlySpan<byte> body)
    {
        ReadStatus status = RpcCodec.TryReadKey(body, out ByteString key);
        if (status == ReadStatus.Ok)
        {
            BeginKeyOperation(operation, key);
        }

        return status;
    }

    private void BeginKeyOperation(KeyOperation operation, ByteString key)
    {
        KeyReport report = new();
        _running = new RpcCall(this, _command, _header.Sequence, report);
        _agent.ChangeKeys(_running, operation, key, report);
    }

    private ReadStatus FilterMembers(ReadOnlySpan<byte> body)
    {
        ReadStatus status = RpcCodec.TryRead(body, out MembersFilteredRequest request);
        if (status != ReadStatus.Ok)
        {
            return status;
        }

        // The original closes the connection without a word here; its client understands this answer too.
        if (MemberFilter.TryCreate(request, out MemberFilter? filter, out string? error))
        {
            ReplyMembers("", filter.Select(_agent.Members()));
        }
        else
        {
            string text = RpcNames.RegexFailed + error;
            _agent.Log.Write(LogLevel.Err, "agent.ipc: Failed to evaluate request: " + text);
            ReplyMembers(text, []);
        }

        return status;
    }

    private void ReplyMembers(string error, IReadOnlyList<MemberInfo> members)
    {
        BeginReply(error);
        RpcCodec.WriteMembers(_unit, members);
        SendReply();
    }
}
