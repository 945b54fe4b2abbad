using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Rpc;

/// <summary>
/// Server side of one RPC connection: handshake, authentication, dispatch, streams (spec rpc). The commands
/// of a connection run strictly one after another; stream records may come between their replies.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Closed gives all back")]
public sealed partial class RpcSession
{
    private readonly IRpcAgent _agent;
    private readonly IRpcOutput _output;
    private readonly TokenGuard _guard;
    private readonly ByteBuffer _input = new();
    private readonly RpcBuffer _unit = new();
    private MsgpackScanner _scanner;
    private RpcCall? _running;
    private RequestHeader _header;
    private RpcCommand _command;
    private ByteString _heldToken;
    private bool _isBodyNext;
    private bool _isRefused;
    private bool _isShaken;
    private bool _isAuthenticated;
    private bool _isClosed;
    private bool _isLeft;
    private bool _isProcessing;

    // In the input: what has been executed, and what has been looked at of the object that is arriving.
    private int _start;
    private int _scanned;
    private int _requestSize;

    /// <param name="guard">The same for all sessions of an agent.</param>
    public RpcSession(IRpcAgent agent, IRpcOutput output, TokenGuard guard)
    {
        _agent = agent;
        _output = output;
        _guard = guard;
    }

    /// <summary>
    /// False while a command runs that ends later, while a token waits to be looked at, and while the client
    /// does not take its answers: the connection need not be read meanwhile. And for good once the agent has
    /// left: what follows is its end. Once the output has drained,
    /// <see cref="Receive"/> with no bytes goes on with commands that came in before.
    /// </summary>
    public bool WantsInput =>
        !_isClosed && !_isLeft && _running is null && NextDeadline == Instant.Never && _output.HasRoom;

    /// <summary>When <see cref="Advance"/> has something to do.</summary>
    public Instant NextDeadline { get; private set; } = Instant.Never;

    /// <summary>Whether the client has said all that it must before it is served.</summary>
    public bool IsGreeted => _isShaken && (_isAuthenticated || _agent.AuthKey.IsEmpty);

    public void Receive(ReadOnlySpan<byte> bytes, Instant now)
    {
        if (_isClosed)
        {
            return;
        }

        _input.Write(bytes);
        Process(now);

        // Only a connection that is read although it need not be comes here.
        if (!_isClosed && _input.Length > 4 * Limits.RpcRequestSizeMax)
        {
            Fail("failed to decode request header: too many requests waiting");
        }
    }

    /// <summary>A token that waited is looked at.</summary>
    public void Advance(Instant now)
    {
        if (_isClosed || now < NextDeadline)
        {
            return;
        }

        NextDeadline = Instant.Never;
        ByteString token = _heldToken;
        _heldToken = default;
        Compare(token, now);
        Process(now);
    }

    /// <summary>The client is gone: detaches everything.</summary>
    public void Closed()
    {
        if (_isClosed)
        {
            return;
        }

        _isClosed = true;
        _running = null;
        _heldToken = default;
        NextDeadline = Instant.Never;
        DetachAll();
        _input.Dispose();
        _unit.Dispose();
    }

    private void Process(Instant now)
    {
        // A command that ends at once completes in the middle of this loop, which then goes on by itself.
        if (_isProcessing)
        {
            return;
        }

        _isProcessing = true;
        while (WantsInput && TryTakeObject(out ReadOnlySpan<byte> value))
        {
            if (_isBodyNext)
            {
                _isBodyNext = false;
                _requestSize = 0;
                TakeBody(value, now);
            }
            else
            {
                TakeHeader(value);
            }
        }

        _isProcessing = false;
        if (!_isClosed)
        {
            _input.Consume(_start);
            _start = 0;
        }
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
        int limit = IsGreeted ? Limits.RpcRequestSizeMax : Limits.RpcEarlyRequestSizeMax;
        if (_requestSize + _scanned > limit)
        {
            status = ReadStatus.TooLarge;
        }

        if (status == ReadStatus.NeedMore)
        {
            return false;
        }

        if (status != ReadStatus.Ok)
        {
            FailDecoding(status);
            return false;
        }

        value = _input.Written.Slice(_start, _scanned);
        _start += _scanned;
        _requestSize += _scanned;
        _scanned = 0;
        return true;
    }

    private void TakeHeader(ReadOnlySpan<byte> value)
    {
        ReadStatus status = RpcCodec.TryRead(value, out _header);
        if (status != ReadStatus.Ok)
        {
            FailDecoding(status);
            return;
        }

        _command = RpcNames.Find(_header.Command.Span);
        if (!_isShaken && _command != RpcCommand.Handshake)
        {
            Reply(RpcNames.HandshakeRequired);
            Fail("Failed to evaluate request: " + RpcNames.HandshakeRequired);
            return;
        }

        _agent.Metrics.Add(Metric.RpcCommand, 1);

        // The body of a refused command is read and forgotten, or it would be taken for the next header.
        _isRefused = _isShaken && !_isAuthenticated && !_agent.AuthKey.IsEmpty
            && _command is not (RpcCommand.Auth or RpcCommand.Handshake);
        if (_isRefused)
        {
            _agent.Log.Write(LogLevel.Warn, "agent.ipc: Client sending commands before auth");
            Reply(RpcNames.AuthenticationRequired);
        }
        else if (_command == RpcCommand.Unknown)
        {
            Reply(RpcNames.UnsupportedCommand);
            Fail("Failed to evaluate request: command '" + _header.Command + "' not recognized");
            return;
        }

        if (RpcNames.HasBody(_command))
        {
            _isBodyNext = true;
            return;
        }

        _requestSize = 0;
        if (!_isRefused)
        {
            Execute();
        }
    }

    private void TakeBody(ReadOnlySpan<byte> body, Instant now)
    {
        if (_isRefused)
        {
            return;
        }

        ReadStatus status = Execute(body, now);
        if (status != ReadStatus.Ok)
        {
            Fail("Failed to evaluate request: decode failed: " + Describe(status));
        }
    }

    private ReadStatus Handshake(ReadOnlySpan<byte> body)
    {
        ReadStatus status = RpcCodec.TryReadHandshake(body, out int version);
        if (status == ReadStatus.Ok)
        {
            Reply(version != RpcNames.Version ? RpcNames.UnsupportedVersion
                : _isShaken ? RpcNames.HandshakeAlreadyPerformed
                : "");
            _isShaken |= version == RpcNames.Version;
        }

        return status;
    }

    private ReadStatus Authenticate(ReadOnlySpan<byte> body, Instant now)
    {
        ReadStatus status = RpcCodec.TryReadAuth(body, out ByteString token);
        if (status != ReadStatus.Ok)
        {
            return status;
        }

        // Who is in, or where all are, has nothing to guess.
        Instant admission = IsGreeted ? now : _guard.Admission(now);
        if (admission <= now)
        {
            Compare(token, now);
            return status;
        }

        _heldToken = token;
        NextDeadline = admission;
        return status;
    }

    private void Compare(ByteString token, Instant now)
    {
        bool right = IsSame(token.Span, _agent.AuthKey.Span);
        if (!right && !IsGreeted && _guard.Missed(now))
        {
            _agent.Log.Write(
                LogLevel.Warn, "agent.ipc: Many invalid authentication tokens: from now on each has to wait");
        }

        _isAuthenticated |= right;
        Reply(right ? "" : RpcNames.InvalidToken);
    }

    // Looks at every byte whatever it finds, so that the time taken tells nothing but the length.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.NoOptimization)]
    private static bool IsSame(ReadOnlySpan<byte> given, ReadOnlySpan<byte> expected)
    {
        int difference = given.Length ^ expected.Length;
        for (int index = 0; index < Math.Min(given.Length, expected.Length); index++)
        {
            difference |= given[index] ^ expected[index];
        }

        return difference == 0;
    }

    private void Reply(string error)
    {
        BeginReply(error);
        SendReply();
    }

    private void BeginReply(string error) => BeginReply(error, _header.Sequence);

    private void BeginReply(string error, ulong sequence)
    {
        _unit.Clear();
        RpcCodec.Write(_unit, new ResponseHeader(error, sequence));
    }

    private void SendReply() => _output.Send(_unit.Written, record: false);

    private void FailDecoding(ReadStatus status) => Fail(
        (_isBodyNext ? "Failed to evaluate request: decode failed: " : "failed to decode request header: ")
        + Describe(status));

    private void Fail(string reason)
    {
        _agent.Log.Write(LogLevel.Err, "agent.ipc: " + reason);

        // Logging may have reached a monitor whose connection turned out to be gone: this one.
        if (!_isClosed)
        {
            Closed();
            _output.Close();
        }
    }

    private static string Describe(ReadStatus status) => status switch
    {
        ReadStatus.TooLarge => "request too large or too deeply nested",
        ReadStatus.NeedMore => "unexpected end of value",
        _ => "unexpected kind of value",
    };

    /// <summary>The command that runs now and ends later.</summary>
    /// <param name="session">Whose command it is.</param>
    /// <param name="command">Which.</param>
    /// <param name="sequence">Its number.</param>
    /// <param name="keys">What a key command answers with; null for all others.</param>
    private sealed class RpcCall(
        RpcSession session, RpcCommand command, ulong sequence, KeyReport? keys = null) : IRpcCall
    {
        public void Complete(string? error, int count, Instant now)
        {
            // The client may be gone meanwhile.
            if (!ReferenceEquals(session._running, this))
            {
                return;
            }

            session._running = null;
            session._isLeft = command == RpcCommand.Leave;
            if (session._isLeft && error is not null)
            {
                session._agent.Log.Write(LogLevel.Err, "agent.ipc: leave failed: " + error);
            }

            session.BeginReply(error ?? "", sequence);
            if (command == RpcCommand.Join)
            {
                RpcCodec.WriteJoinReply(session._unit, count);
            }
            else if (keys is not null)
            {
                RpcCodec.WriteKeyReply(session._unit, keys, withKeys: command == RpcCommand.ListKeys);
            }

            session.SendReply();
            session.Process(now);
        }
    }
}
