using System;
using System.Collections.Generic;
using System.IO;
using System.Net.Sockets;

namespace Serf.Blackbox.Harness;

/// <summary>The head of a reply or of a record, with its body where one follows.</summary>
public sealed record RpcReply(ulong Seq, string Error, IReadOnlyDictionary<string, object?>? Body);

/// <summary>A client of the agent's control port, written from its description and from nothing of the program's.</summary>
public sealed class RpcConnection : IDisposable
{
    private readonly TcpClient _client;
    private readonly BufferedStream _stream;
    private ulong _seq;

    private RpcConnection(TcpClient client)
    {
        _client = client;
        _stream = new BufferedStream(client.GetStream());
    }

    /// <summary>Connects without a handshake.</summary>
    public static RpcConnection Raw(string address, int port)
    {
        TcpClient client = new();
        client.Connect(address, port);
        client.ReceiveTimeout = 15000;
        client.SendTimeout = 15000;
        return new RpcConnection(client);
    }

    public static RpcConnection Open(string address, int port)
    {
        RpcConnection connection = Raw(address, port);
        RpcReply reply = connection.Call("handshake", new() { ["Version"] = 1 });
        return reply.Error.Length == 0
            ? connection
            : throw new InvalidOperationException($"handshake: {reply.Error}");
    }

    /// <returns>The sequence number of the request.</returns>
    public ulong Send(string command, Dictionary<string, object?>? body = null)
    {
        ulong seq = ++_seq;
        Dictionary<string, object?> header = new() { ["Command"] = command, ["Seq"] = seq };
        using MemoryStream request = new();
        Msgpack.Write(request, header);
        if (body != null)
        {
            Msgpack.Write(request, body);
        }

        SendBytes(request.ToArray());
        return seq;
    }

    public void SendBytes(byte[] bytes) => _client.GetStream().Write(bytes);

    public RpcReply Call(string command, Dictionary<string, object?>? body = null, bool hasReplyBody = false)
    {
        ulong seq = Send(command, body);
        RpcReply reply = Receive(hasReplyBody);
        return reply.Seq == seq
            ? reply
            : throw new InvalidOperationException($"{command}: sent {seq}, got {reply.Seq} {reply.Error}");
    }

    public RpcReply Receive(bool hasBody) => Receive(_ => hasBody);

    /// <param name="hasBody">Asked with the number in the header.</param>
    public RpcReply Receive(Func<ulong, bool> hasBody)
    {
        Dictionary<string, object?> header = (Dictionary<string, object?>)Msgpack.Read(_stream)!;
        ulong seq = Convert.ToUInt64(header["Seq"]);
        Dictionary<string, object?>? body = hasBody(seq) ? (Dictionary<string, object?>)Msgpack.Read(_stream)! : null;
        return new RpcReply(seq, (string)header["Error"]!, body);
    }

    /// <summary>Records until one fits; all have bodies.</summary>
    public RpcReply ReceiveUntil(Func<RpcReply, bool> fits)
    {
        for (RpcReply reply = Receive(hasBody: true); ; reply = Receive(hasBody: true))
        {
            if (fits(reply))
            {
                return reply;
            }
        }
    }

    /// <summary>Whether the agent closed the connection without sending anything more.</summary>
    public bool IsClosed()
    {
        try
        {
            return _stream.ReadByte() < 0;
        }
        catch (IOException exception) when (exception.InnerException is SocketException
        {
            SocketErrorCode: SocketError.ConnectionReset,
        })
        {
            return true;
        }
    }

    public void Dispose() => _client.Dispose();
}
