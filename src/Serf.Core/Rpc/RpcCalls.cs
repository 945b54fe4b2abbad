using System;
using System.Collections.Generic;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Rpc;

/// <summary>One reply or stream record.</summary>
/// <param name="Sequence">Of the command it belongs to.</param>
/// <param name="Error">The server's text; empty on success.</param>
/// <param name="IsRecord">Whether it is a stream record and not the reply.</param>
/// <param name="Body">What followed the header; empty when nothing does.</param>
public sealed record RpcAnswer(ulong Sequence, string Error, bool IsRecord, byte[] Body);

/// <summary>
/// Client side of one connection: writes requests, numbers them from 1, and matches what comes back to them
/// (spec rpc 8). Bytes in, bytes out; nothing here waits.
/// </summary>
public sealed class RpcCalls : IDisposable
{
    private readonly Dictionary<ulong, Expected> _open = [];
    private readonly ByteBuffer _input = new();
    private readonly RpcBuffer _output = new();
    private MsgpackScanner _scanner;
    private ResponseHeader? _header;
    private ulong _sequenceLast;
    private int _start;
    private int _scanned;

    /// <summary>What follows a reply header of success.</summary>
    private enum Expected : byte
    {
        Nothing,
        Body,
        Records,
        StreamOpen,
    }

    /// <summary>Why the server can no longer be understood; null while all is well.</summary>
    public string? Fault { get; private set; }

    /// <summary>Requests written and not yet sent.</summary>
    public ReadOnlySpan<byte> Outgoing => _output.Written;

    /// <summary><see cref="Outgoing"/> has been sent.</summary>
    public void Sent() => _output.Clear();

    public void Dispose()
    {
        _input.Dispose();
        _output.Dispose();
    }

    public ulong Handshake()
    {
        ulong sequence = Begin(RpcNames.Handshake, Expected.Nothing);
        RpcCodec.WriteHandshake(_output);
        return sequence;
    }

    public ulong Authenticate(string token)
    {
        ulong sequence = Begin(RpcNames.Auth, Expected.Nothing);
        RpcCodec.WriteText(_output, "AuthKey", token);
        return sequence;
    }

    public ulong SendEvent(EventRequest request)
    {
        ulong sequence = Begin(RpcNames.Event, Expected.Nothing);
        RpcCodec.Write(_output, request);
        return sequence;
    }

    public ulong ForceLeave(ForceLeaveRequest request)
    {
        ulong sequence = Begin(RpcNames.ForceLeave, Expected.Nothing);
        RpcCodec.Write(_output, request);
        return sequence;
    }

    public ulong Join(JoinRequest request)
    {
        ulong sequence = Begin(RpcNames.Join, Expected.Body);
        RpcCodec.Write(_output, request);
        return sequence;
    }

    public ulong Members() => Begin(RpcNames.Members, Expected.Body);

    public ulong FilterMembers(MembersFilteredRequest request)
    {
        ulong sequence = Begin(RpcNames.MembersFiltered, Expected.Body);
        RpcCodec.Write(_output, request);
        return sequence;
    }

    public ulong SetTags(TagsRequest request)
    {
        ulong sequence = Begin(RpcNames.Tags, Expected.Nothing);
        RpcCodec.Write(_output, request);
        return sequence;
    }

    public ulong Stream(string filters)
    {
        ulong sequence = Begin(RpcNames.Stream, Expected.StreamOpen);
        RpcCodec.WriteText(_output, "Type", filters);
        return sequence;
    }

    public ulong Monitor(string level)
    {
        ulong sequence = Begin(RpcNames.Monitor, Expected.StreamOpen);
        RpcCodec.WriteText(_output, "LogLevel", level);
        return sequence;
    }

    public ulong Stop(ulong stream)
    {
        ulong sequence = Begin(RpcNames.Stop, Expected.Nothing);
        RpcCodec.WriteStop(_output, stream);
        return sequence;
    }

    public ulong Leave() => Begin(RpcNames.Leave, Expected.Nothing);

    public ulong Respond(RespondRequest request)
    {
        ulong sequence = Begin(RpcNames.Respond, Expected.Nothing);
        RpcCodec.Write(_output, request);
        return sequence;
    }

    public ulong Query(QueryRequest request)
    {
        ulong sequence = Begin(RpcNames.Query, Expected.StreamOpen);
        RpcCodec.Write(_output, request);
        return sequence;
    }

    /// <param name="key">Base64; not looked at for a list.</param>
    public ulong ChangeKeys(KeyOperation operation, string key)
    {
        ulong sequence = Begin(NameOf(operation), Expected.Body);
        if (operation != KeyOperation.List)
        {
            RpcCodec.WriteText(_output, "Key", key);
        }

        return sequence;
    }

    public ulong GetCoordinate(string node)
    {
        ulong sequence = Begin(RpcNames.GetCoordinate, Expected.Body);
        RpcCodec.WriteText(_output, "Node", node);
        return sequence;
    }

    public ulong Stats() => Begin(RpcNames.Stats, Expected.Body);

    public void Receive(ReadOnlySpan<byte> bytes) => _input.Write(bytes);

    /// <summary>
    /// The next whole answer, if there is one; <see cref="Fault"/> tells when there will never be one.
    /// </summary>
    public bool TryTake(out RpcAnswer? answer)
    {
        answer = null;
        while (Fault is null && answer is null && TryTakeObject(out ReadOnlySpan<byte> value))
        {
            if (_header is { } header)
            {
                _header = null;
                Expected expected = _open[header.Sequence];
                bool isRecord = expected == Expected.Records;
                if (!isRecord)
                {
                    _open.Remove(header.Sequence);
                }

                answer = new(header.Sequence, header.Error, isRecord, value.ToArray());
            }
            else
            {
                answer = TakeHeader(value);
            }
        }

        if (answer is null)
        {
            _input.Consume(_start);
            _start = 0;
        }

        return answer is not null;
    }

    private static string NameOf(KeyOperation operation) => operation switch
    {
        KeyOperation.Install => RpcNames.InstallKey,
        KeyOperation.Use => RpcNames.UseKey,
        KeyOperation.Remove => RpcNames.RemoveKey,
        _ => RpcNames.ListKeys,
    };

    private RpcAnswer? TakeHeader(ReadOnlySpan<byte> value)
    {
        if (RpcCodec.TryRead(value, out ResponseHeader header) != ReadStatus.Ok)
        {
            Fault = "invalid response header";
            return null;
        }

        if (!_open.TryGetValue(header.Sequence, out Expected expected))
        {
            Fault = "response to no request";
            return null;
        }

        bool hasBody = expected is Expected.Body or Expected.Records && !RpcNames.IsHeaderOnly(header.Error);
        if (hasBody)
        {
            _header = header;
            return null;
        }

        // A stopped stream stays in the table: what was under way must still be taken.
        if (expected == Expected.StreamOpen && header.Error.Length == 0)
        {
            _open[header.Sequence] = Expected.Records;
        }
        else
        {
            _open.Remove(header.Sequence);
        }

        return new(header.Sequence, header.Error, false, []);
    }

    private bool TryTakeObject(out ReadOnlySpan<byte> value)
    {
        value = default;
        ReadOnlySpan<byte> rest = _input.Written[(_start + _scanned)..];
        if (rest.IsEmpty)
        {
            return false;
        }

        ReadStatus status = _scanner.Scan(rest, Limits.MsgpackDepthMax, out int consumed);
        _scanned += status == ReadStatus.NeedMore ? rest.Length : consumed;
        if (status is not (ReadStatus.Ok or ReadStatus.NeedMore) || _scanned > Limits.RpcAnswerSizeMax)
        {
            Fault = "invalid response";
            return false;
        }

        if (status == ReadStatus.NeedMore)
        {
            return false;
        }

        value = _input.Written.Slice(_start, _scanned);
        _start += _scanned;
        _scanned = 0;
        return true;
    }

    private ulong Begin(string command, Expected expected)
    {
        _sequenceLast++;
        _open.Add(_sequenceLast, expected);
        RpcCodec.Write(_output, command, _sequenceLast);
        return _sequenceLast;
    }
}
