using System;
using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Threading;
using Serf.Posix;
using Serf.Primitives;

namespace Serf.Net;

/// <summary>
/// The questions for one name and their answers, over TCP, on the calling thread.
/// </summary>
/// <remarks>
/// A question for records of any kind is what the original asks; many servers refuse it today, so the two
/// kinds of address are asked for beside it, all at once (spec gossip 12.5). A server may close after each
/// answer: it is dialled again for what is left, within the same limits.
/// </remarks>
internal sealed class NameExchange : IDisposable
{
    private const int LengthSize = 2;
    private const string TimedOut = "i/o timeout";

    // How long a stop may go unnoticed.
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(50);

    private readonly NodeAddress _server;
    private readonly string _name;
    private readonly ushort _port;
    private readonly CancellationToken _stop;
    private readonly NameQuestion[] _questions;
    private readonly byte[] _input;
    private TimeSpan _dialLeft;
    private TimeSpan _writeLeft;
    private TimeSpan _readLeft;
    private Socket? _socket;
    private int _inputSize;

    public NameExchange(
        in NodeAddress server, string name, ushort port, TimeSpan stepLimit, CancellationToken stop)
    {
        _server = server;
        _name = name;
        _port = port;
        _stop = stop;
        _dialLeft = stepLimit;
        _writeLeft = stepLimit;
        _readLeft = stepLimit;
        Span<byte> random = stackalloc byte[2];
        Libc.FillRandom(random);
        ushort id = BinaryPrimitives.ReadUInt16BigEndian(random);
        _questions =
        [
            new(DnsMessage.TypeA, id),
            new(DnsMessage.TypeAaaa, (ushort)(id + 1)),
            new(DnsMessage.TypeAny, (ushort)(id + 2)),
        ];
        _input = ArrayPool<byte>.Shared.Rent(LengthSize + Limits.NameServerAnswerSizeMax);
    }

    /// <summary>What the server said to each question, in a few words.</summary>
    public string Verdict
    {
        get
        {
            string[] words = new string[_questions.Length];
            for (int index = 0; index < words.Length; index++)
            {
                words[index] = Describe(_questions[index]);
            }

            return string.Join(", ", words);
        }
    }

    // Whoever knows both kinds of address knows them all; the third answer brings nothing new.
    private bool IsDone
    {
        get
        {
            bool all = true;
            bool kinds = true;
            foreach (NameQuestion question in _questions)
            {
                all &= question.IsAnswered;
                kinds &= question.Type == DnsMessage.TypeAny
                    || (question.IsAnswered && question.Answer == DnsAnswer.Accepted);
            }

            return all || (kinds && AddressCount > 0);
        }
    }

    private int AddressCount
    {
        get
        {
            int count = 0;
            foreach (NameQuestion question in _questions)
            {
                count += question.Addresses.Count;
            }

            return count;
        }
    }

    private int OpenCount
    {
        get
        {
            int count = 0;
            foreach (NameQuestion question in _questions)
            {
                count += question.IsAnswered ? 0 : 1;
            }

            return count;
        }
    }

    /// <summary>Asks, and hears what can be heard within the limits.</summary>
    /// <returns>Null, or what is wrong with the server; some addresses may be there all the same.</returns>
    public string? Run()
    {
        while (true)
        {
            int open = OpenCount;
            string? fault = TryConverse();
            CloseSocket();
            if (IsDone)
            {
                return null;
            }

            // A connection that brought an answer was worth its while, and another one may be too.
            if (fault is not null || OpenCount == open)
            {
                return fault ?? $"read tcp {_server}: EOF";
            }
        }
    }

    /// <summary>Adds all addresses, each once.</summary>
    public void Collect(List<NodeAddress> found)
    {
        foreach (NameQuestion question in _questions)
        {
            foreach (NodeAddress address in question.Addresses)
            {
                if (found.Count < Limits.NameAddressCountMax && !found.Contains(address))
                {
                    found.Add(address);
                }
            }
        }
    }

    public void Dispose()
    {
        CloseSocket();
        ArrayPool<byte>.Shared.Return(_input);
    }

    private static string Describe(NameQuestion question)
    {
        string kind = question.Type switch
        {
            DnsMessage.TypeA => "A",
            DnsMessage.TypeAaaa => "AAAA",
            _ => "ANY",
        };
        string result = question.Answer switch
        {
            _ when !question.IsAnswered => "no answer",
            DnsAnswer.Accepted => "none",
            DnsAnswer.Refused => string.Create(CultureInfo.InvariantCulture, $"error {question.Code}"),
            _ => "bad answer",
        };
        return $"{kind} {result}";
    }

    private string? TryConverse()
    {
        try
        {
            return TryDial() ?? TryAsk() ?? TryHear();
        }
        catch (SocketException exception)
        {
            return SocketText.Dial(_server, exception.SocketErrorCode);
        }
    }

    // Waits with limits on a socket that does not block: no timer and no task has to be kept for it.
    private string? TryDial()
    {
        _inputSize = 0;
        SocketError error;
        try
        {
            _socket = new Socket(
                _server.IsIPv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6,
                SocketType.Stream,
                ProtocolType.Tcp);
            _socket.NoDelay = true;
            _socket.Blocking = false;
            _socket.Connect(SocketText.EndPoint(_server));
            return null;
        }
        catch (SocketException exception)
        {
            error = exception.SocketErrorCode;
        }

        if (error is SocketError.WouldBlock or SocketError.InProgress)
        {
            if (!Wait(SelectMode.SelectWrite, ref _dialLeft))
            {
                return $"dial tcp {_server}: {TimedOut}";
            }

            error = (SocketError)(int)_socket!.GetSocketOption(
                SocketOptionLevel.Socket, SocketOptionName.Error)!;
        }

        return error == SocketError.Success ? null : SocketText.Dial(_server, error);
    }

    private string? TryAsk()
    {
        byte[] output = new byte[_questions.Length * (LengthSize + DnsMessage.QuerySizeMax)];
        int size = 0;
        foreach (NameQuestion question in _questions)
        {
            if (!question.IsAnswered)
            {
                Span<byte> query = output.AsSpan(size + LengthSize, DnsMessage.QuerySizeMax);
                int querySize = DnsMessage.WriteQuery(query, question.Id, _name, question.Type);
                if (querySize == 0)
                {
                    return "the name has no form that a name server takes";
                }

                BinaryPrimitives.WriteUInt16BigEndian(output.AsSpan(size), (ushort)querySize);
                size += LengthSize + querySize;
            }
        }

        int sent = 0;
        while (sent < size)
        {
            if (!Wait(SelectMode.SelectWrite, ref _writeLeft))
            {
                return $"write tcp {_server}: {TimedOut}";
            }

            sent += _socket!.Send(output.AsSpan(sent, size - sent), SocketFlags.None, out SocketError error);
            if (error is not (SocketError.Success or SocketError.WouldBlock))
            {
                return $"write tcp {_server}: {SocketText.Reason(error)}";
            }
        }

        return null;
    }

    /// <returns>Null when all is heard, or when the server closed the connection.</returns>
    private string? TryHear()
    {
        while (!IsDone)
        {
            if (!Wait(SelectMode.SelectRead, ref _readLeft))
            {
                return $"read tcp {_server}: {TimedOut}";
            }

            int size = _socket!.Receive(
                _input.AsSpan(_inputSize), SocketFlags.None, out SocketError error);
            if (error == SocketError.WouldBlock)
            {
                continue;
            }

            if (error != SocketError.Success)
            {
                return $"read tcp {_server}: {SocketText.Reason(error)}";
            }

            if (size == 0)
            {
                return null;
            }

            _inputSize += size;
            if (!TakeAnswers())
            {
                return $"read tcp {_server}: an answer to no question";
            }
        }

        return null;
    }

    // The buffer holds the longest message, so there is room for more after the whole ones are taken out.
    private bool TakeAnswers()
    {
        int taken = 0;
        bool known = true;
        while (known && _inputSize - taken >= LengthSize)
        {
            int end = taken + LengthSize + BinaryPrimitives.ReadUInt16BigEndian(_input.AsSpan(taken));
            if (end > _inputSize)
            {
                break;
            }

            known = TryTakeAnswer(_input.AsSpan((taken + LengthSize)..end));
            taken = end;
        }

        _input.AsSpan(taken, _inputSize - taken).CopyTo(_input);
        _inputSize -= taken;
        return known;
    }

    private bool TryTakeAnswer(ReadOnlySpan<byte> message)
    {
        if (!DnsMessage.TryReadId(message, out ushort id))
        {
            return false;
        }

        foreach (NameQuestion question in _questions)
        {
            if (question.Id == id && !question.IsAnswered)
            {
                question.Read(message, _port);
                return true;
            }
        }

        return false;
    }

    private bool Wait(SelectMode mode, ref TimeSpan left)
    {
        while (left > TimeSpan.Zero && !_stop.IsCancellationRequested)
        {
            long start = Stopwatch.GetTimestamp();
            bool ready = _socket!.Poll(left < Slice ? left : Slice, mode);
            left -= Stopwatch.GetElapsedTime(start);
            if (ready)
            {
                return true;
            }
        }

        return false;
    }

    private void CloseSocket()
    {
        _socket?.Dispose();
        _socket = null;
    }
}
