using System;
using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using Serf.Net;
using Serf.Primitives;

namespace Serf.Agent.Rpc;

/// <summary>Where RPC clients connect to: a port, or a file (spec rpc 1).</summary>
internal sealed class RpcListener
{
    // SOL_SOCKET and SO_PEERCRED: who has connected, as three numbers: process, user, group.
    private const int SocketLevel = 1;
    private const int PeerOption = 17;
    private const int PeerSize = 12;

    private readonly UnixListener? _file;

    private RpcListener(Socket socket, UnixListener? file)
    {
        Socket = socket;
        _file = file;
    }

    public Socket Socket { get; }

    /// <summary>Opens it. May ask for a name.</summary>
    /// <param name="address">
    /// <c>host:port</c>, where an empty host is every address, or <c>unix://PATH</c>.
    /// </param>
    /// <exception cref="SerfException">The original's text, from <c>listen tcp</c> on.</exception>
    public static RpcListener Open(string address)
    {
        Check(address, out UnixEndPoint? endPoint, out NodeAddress bind);
        if (endPoint is not null)
        {
            UnixListener file = UnixListener.Open(endPoint);
            return new RpcListener(file.Socket, file);
        }

        try
        {
            return new RpcListener(GossipSockets.Listen(bind), null);
        }
        catch (SocketException exception)
        {
            string text = address.StartsWith(':') ? $":{bind.Port}" : bind.ToString();
            throw new SerfException(SocketText.Listen("tcp", text, exception.SocketErrorCode));
        }
    }

    /// <summary>Only looks at it, opens nothing. May ask for a name.</summary>
    /// <exception cref="SerfException">It is no address, or no place for a file.</exception>
    public static void Check(string address)
    {
        Check(address, out UnixEndPoint? endPoint, out _);
        if (endPoint is not null)
        {
            UnixListener.Check(endPoint);
        }
    }

    /// <summary>The file of the socket goes; it is closed by whoever accepts from it.</summary>
    public void RemoveFile() => _file?.RemoveFile();

    /// <summary>
    /// A client, for log lines: <c>127.0.0.1:40112</c>, or <c>unix:pid=12,uid=0</c> where it has no address.
    /// </summary>
    public static string Describe(Socket client)
    {
        if (client.AddressFamily != AddressFamily.Unix)
        {
            return SocketText.Address(client.RemoteEndPoint).ToString();
        }

        Span<byte> peer = stackalloc byte[PeerSize];
        try
        {
            client.GetRawSocketOption(SocketLevel, PeerOption, peer);
        }
        catch (SocketException)
        {
            return "unix";
        }

        int process = BinaryPrimitives.ReadInt32LittleEndian(peer);
        uint user = BinaryPrimitives.ReadUInt32LittleEndian(peer[4..]);
        return string.Create(CultureInfo.InvariantCulture, $"unix:pid={process},uid={user}");
    }

    private static void Check(string address, out UnixEndPoint? endPoint, out NodeAddress bind)
    {
        endPoint = null;
        bind = default;
        if (UnixEndPoint.IsMeant(address))
        {
            if (UnixEndPoint.TryParse(address, out endPoint) is { } refusal)
            {
                throw new SerfException("listen " + refusal);
            }
        }
        else if (BindAddress.TryParseWithPort(address, out bind) is { } fault)
        {
            throw new SerfException("listen tcp: " + fault);
        }
    }
}
