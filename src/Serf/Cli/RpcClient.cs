using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using Serf.Cluster;
using Serf.Coordinates;
using Serf.Net;
using Serf.Primitives;
using Serf.Rpc;
using Serf.Wire;

namespace Serf.Cli;

/// <summary>A blocking connection to an agent, for one command of the program (spec rpc 8).</summary>
internal sealed class RpcClient : IDisposable
{
    private const string ConnectionEnded = "client closed";
    private const int WriteTimeoutMilliseconds = 10_000;
    private const int KeepAliveSeconds = 15;

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AnswerTimeoutDefault = TimeSpan.FromSeconds(30);

    private readonly Socket _socket;
    private readonly RpcCalls _calls = new();
    private readonly Queue<RpcAnswer> _records = new();
    private readonly byte[] _buffer = new byte[64 * 1024];

    private volatile bool _isInterrupted;

    private RpcClient(Socket socket, TimeSpan answerTimeout)
    {
        _socket = socket;
        AnswerTimeout = answerTimeout;
    }

    /// <summary>Whether <see cref="Interrupt"/> ended it, and not the agent.</summary>
    public bool IsInterrupted => _isInterrupted;

    /// <summary>How long a plain command waits for its answer.</summary>
    public TimeSpan AnswerTimeout { get; }

    /// <summary>The same for those that wait for other nodes, as long as the agent is told to.</summary>
    public TimeSpan LongAnswerTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Connects, shakes hands and, with a token, authenticates.</summary>
    /// <exception cref="RpcClientException">As every other call of this class.</exception>
    public static RpcClient Connect(string address, string token) =>
        Connect(address, token, AnswerTimeoutDefault);

    /// <inheritdoc cref="Connect(string, string)"/>
    internal static RpcClient Connect(string address, string token, TimeSpan answerTimeout)
    {
        if (UnixEndPoint.IsMeant(address))
        {
            return Greet(new RpcClient(DialFile(address), answerTimeout), token);
        }

        RpcClientException? first = null;
        string? endPointText = address.StartsWith(':') ? address : null;
        foreach (IPEndPoint endPoint in DialAddress.Resolve(address))
        {
            try
            {
                Socket socket = Dial(endPoint, endPointText ?? Text(endPoint));
                return Greet(new RpcClient(socket, answerTimeout), token);
            }
            catch (DialException refusal)
            {
                first ??= new RpcClientException(refusal.Message);
            }
        }

        throw first ?? new RpcClientException("dial tcp: missing address");
    }

    public void Dispose()
    {
        _socket.Dispose();
        _calls.Dispose();
    }

    /// <summary>Ends the connection under a <see cref="TakeRecord"/> that waits. Any thread.</summary>
    public void Interrupt()
    {
        _isInterrupted = true;
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception refusal) when (refusal is SocketException or ObjectDisposedException)
        {
            // Ended already, which is what was wanted.
        }
    }

    public void SendEvent(EventRequest request) => Call(_calls.SendEvent(request), AnswerTimeout);

    public void ForceLeave(ForceLeaveRequest request) => Call(_calls.ForceLeave(request), LongAnswerTimeout);

    public void SetTags(TagsRequest request) => Call(_calls.SetTags(request), LongAnswerTimeout);

    public void Leave() => Call(_calls.Leave(), LongAnswerTimeout);

    /// <returns>Nodes contacted.</returns>
    public int Join(JoinRequest request)
    {
        RpcAnswer answer = Call(_calls.Join(request), LongAnswerTimeout);
        ReadStatus status = RpcCodec.TryReadJoinReply(answer.Body, out int count);
        return status == ReadStatus.Ok ? count : throw Garbled();
    }

    public List<RpcMember> FilterMembers(MembersFilteredRequest request)
    {
        RpcAnswer answer = Call(_calls.FilterMembers(request), AnswerTimeout);
        return RpcCodec.TryReadMembers(answer.Body, out List<RpcMember> members) == ReadStatus.Ok
            ? members
            : throw Garbled();
    }

    public List<RpcMember> Members()
    {
        RpcAnswer answer = Call(_calls.Members(), AnswerTimeout);
        return RpcCodec.TryReadMembers(answer.Body, out List<RpcMember> members) == ReadStatus.Ok
            ? members
            : throw Garbled();
    }

    public List<KeyValuePair<ByteString, List<KeyValuePair<ByteString, ByteString>>>> Stats()
    {
        RpcAnswer answer = Call(_calls.Stats(), AnswerTimeout);
        ReadStatus status = RpcCodec.TryReadStats(
            answer.Body,
            out List<KeyValuePair<ByteString, List<KeyValuePair<ByteString, ByteString>>>> sections);
        return status == ReadStatus.Ok ? sections : throw Garbled();
    }

    /// <returns>Null where the agent knows none.</returns>
    public Coordinate? GetCoordinate(string node)
    {
        RpcAnswer answer = Call(_calls.GetCoordinate(node), AnswerTimeout);
        return RpcCodec.TryReadCoordinateReply(answer.Body, out Coordinate? coordinate) == ReadStatus.Ok
            ? coordinate
            : throw Garbled();
    }

    /// <param name="report">What the nodes said, also where not all of them succeeded.</param>
    /// <returns>Null, or why it failed as a whole.</returns>
    public string? ChangeKeys(KeyOperation operation, string key, out KeyReport report)
    {
        RpcAnswer answer = AnswerTo(_calls.ChangeKeys(operation, key), LongAnswerTimeout);
        report = new KeyReport();
        if (answer.Body.Length > 0 && RpcCodec.TryReadKeyReply(answer.Body, out report) != ReadStatus.Ok)
        {
            throw Garbled();
        }

        return answer.Error.Length == 0 ? null : answer.Error;
    }

    /// <returns>The number its records come under.</returns>
    public ulong Stream(string filters) => Call(_calls.Stream(filters), AnswerTimeout).Sequence;

    /// <returns>The number its records come under.</returns>
    public ulong Monitor(string level) => Call(_calls.Monitor(level), AnswerTimeout).Sequence;

    /// <returns>The number its records come under.</returns>
    public ulong Query(QueryRequest request) => Call(_calls.Query(request), AnswerTimeout).Sequence;

    /// <summary>Waits without limit for the next record of any stream.</summary>
    public RpcAnswer TakeRecord() =>
        _records.TryDequeue(out RpcAnswer? record) ? record : Take(TimeSpan.Zero);

    private static RpcClient Greet(RpcClient client, string token)
    {
        try
        {
            client.Call(client._calls.Handshake(), client.AnswerTimeout);
            if (token.Length > 0)
            {
                client.Call(client._calls.Authenticate(token), client.AnswerTimeout);
            }

            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    private static Socket DialFile(string address)
    {
        if (UnixEndPoint.TryParse(address, out UnixEndPoint endPoint) is { } fault)
        {
            throw new RpcClientException("dial " + fault);
        }

        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        {
            // Holds for the connect too: an agent may have too many clients waiting.
            SendTimeout = WriteTimeoutMilliseconds,
        };
        try
        {
            socket.Connect(endPoint);
            return socket;
        }
        catch (SocketException refusal)
        {
            socket.Dispose();
            bool isLate = refusal.SocketErrorCode is SocketError.WouldBlock or SocketError.TimedOut;
            throw new RpcClientException("dial unix " + endPoint.Path + ": "
                + (isLate ? "i/o timeout" : "connect: " + SocketText.FileReason(refusal.SocketErrorCode)));
        }
    }

    private static Socket Dial(IPEndPoint endPoint, string text)
    {
        Socket socket = new(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.NoDelay = true;

            // Whoever waits for records without limit must learn that the agent's machine has gone.
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(
                SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveSeconds);
            socket.SetSocketOption(
                SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepAliveSeconds);
            Dial(socket, endPoint);
            return socket;
        }
        catch (SocketException refusal)
        {
            socket.Dispose();
            bool isLate = refusal.SocketErrorCode is SocketError.TimedOut;
            string act = isLate ? "" : "connect: ";
            throw new DialException("dial tcp " + text + ": " + act + Reason(refusal));
        }
    }

    // A blocking connect has no limit of its own: begin it, then wait for the socket to become writable.
    private static void Dial(Socket socket, IPEndPoint endPoint)
    {
        socket.Blocking = false;
        try
        {
            socket.Connect(endPoint);
        }
        catch (SocketException pending) when (pending.SocketErrorCode
            is SocketError.WouldBlock or SocketError.InProgress or SocketError.AlreadyInProgress)
        {
            if (!socket.Poll(ConnectTimeout, SelectMode.SelectWrite))
            {
                throw new SocketException((int)SocketError.TimedOut);
            }

            object? error = socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error);
            if (error is int and not 0)
            {
                throw new SocketException((int)error);
            }
        }

        socket.Blocking = true;
        socket.SendTimeout = WriteTimeoutMilliseconds;
    }

    private RpcAnswer Call(ulong sequence, TimeSpan timeout)
    {
        RpcAnswer answer = AnswerTo(sequence, timeout);
        return answer.Error.Length == 0 ? answer : throw new RpcClientException(answer.Error);
    }

    private RpcAnswer AnswerTo(ulong sequence, TimeSpan timeout)
    {
        Send();
        long deadline = Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        while (true)
        {
            // At least one millisecond: none at all would mean to wait for ever.
            long left = Math.Max(deadline - Environment.TickCount64, 1);
            RpcAnswer answer = Take(TimeSpan.FromMilliseconds(left));
            if (answer.IsRecord)
            {
                _records.Enqueue(answer);
            }
            else if (answer.Sequence == sequence)
            {
                return answer;
            }
        }
    }

    private void Send()
    {
        ReadOnlySpan<byte> rest = _calls.Outgoing;
        try
        {
            while (!rest.IsEmpty)
            {
                rest = rest[_socket.Send(rest)..];
            }
        }
        catch (Exception refusal) when (refusal is SocketException or ObjectDisposedException)
        {
            throw Failed("write", refusal);
        }

        _calls.Sent();
    }

    /// <param name="timeout">Zero for no limit.</param>
    private RpcAnswer Take(TimeSpan timeout)
    {
        long deadline = Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        RpcAnswer? answer;
        while (!_calls.TryTake(out answer))
        {
            if (_calls.Fault is { } fault)
            {
                throw new RpcClientException(fault);
            }

            int size;
            try
            {
                long left = Math.Max(deadline - Environment.TickCount64, 1);
                _socket.ReceiveTimeout = timeout == TimeSpan.Zero ? 0 : (int)Math.Min(left, int.MaxValue);
                size = _socket.Receive(_buffer);
            }
            catch (Exception refusal) when (refusal is SocketException or ObjectDisposedException)
            {
                throw Failed("read", refusal);
            }

            if (size == 0)
            {
                throw new RpcClientException(ConnectionEnded);
            }

            _calls.Receive(_buffer.AsSpan(0, size));
        }

        return answer!;
    }

    // Only lateness deserves words of its own: every other end is an end.
    private RpcClientException Failed(string act, Exception refusal)
    {
        bool isLate = refusal is SocketException
        {
            SocketErrorCode: SocketError.TimedOut or SocketError.WouldBlock,
        };
        return new(isLate
            ? act + " " + PathOfConnection() + ": i/o timeout"
            : ConnectionEnded);
    }

    private string PathOfConnection() => _socket.RemoteEndPoint is UnixEndPoint file
        ? "unix @->" + file.Path
        : "tcp " + Text(_socket.LocalEndPoint) + "->" + Text(_socket.RemoteEndPoint);

    private static RpcClientException Garbled() => new("invalid response body");

    private static string Text(EndPoint? endPoint) =>
        endPoint is IPEndPoint { Port: int port } known && port is >= 0 and <= ushort.MaxValue
            ? NodeAddress.FromIp(known.Address, (ushort)port).ToString()
            : "";

    private static string Reason(SocketException refusal) => refusal.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.HostUnreachable => "no route to host",
        SocketError.NetworkUnreachable => "network is unreachable",
        SocketError.TimedOut => "i/o timeout",
        SocketError.ConnectionReset => "connection reset by peer",
        SocketError.AccessDenied => "permission denied",
        SocketError.AddressNotAvailable => "cannot assign requested address",
        SocketError.AddressFamilyNotSupported => "address family not supported by protocol",
        SocketError.InvalidArgument => "invalid argument",
        _ => refusal.Message,
    };

    /// <summary>This address did not answer; another of the same name may.</summary>
    private sealed class DialException(string text) : Exception(text);
}
