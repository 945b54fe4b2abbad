using System;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Serf.Posix;
using Serf.Primitives;

namespace Serf.Net;

/// <summary>One UDP socket of one family for multicast DNS: to listen on the group, or to ask it.</summary>
/// <remarks>
/// The options are set by their numbers in Linux, and past the socket layer. Its own way to share a port is
/// another one, in which of several programs on one host only one hears what comes; and it throws where a
/// refusal is an everyday matter.
/// </remarks>
internal sealed class MdnsSocket : IDisposable
{
    private const ushort Port = 5353;
    private const int LevelSocket = 1;
    private const int ReuseAddress = 2;
    private const int LevelIPv4 = 0;
    private const int IPv4MulticastInterface = 32;
    private const int IPv4Join = 35;
    private const int IPv4HearAll = 49;
    private const int LevelIPv6 = 41;
    private const int IPv6MulticastInterface = 17;
    private const int IPv6Join = 20;
    private const int IPv6Only = 26;
    private const int IPv6HearAll = 29;

    // Every node of the network answers a question, and all of them at once.
    private const int AnswersSize = 1024 * 1024;

    private readonly Socket _socket;
    private readonly UdpSender _sender;
    private readonly NodeAddress _group;

    private MdnsSocket(bool isIPv4)
    {
        AddressFamily family = isIPv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
        IsIPv4 = isIPv4;
        _group = isIPv4 ? GroupIPv4 : GroupIPv6;
        _socket = new Socket(family, SocketType.Dgram, ProtocolType.Udp);
        _sender = new UdpSender(_socket);
    }

    public bool IsIPv4 { get; }

    private static NodeAddress GroupIPv4 { get; } = Group("224.0.0.251");

    private static NodeAddress GroupIPv6 { get; } = Group("ff02::fb");

    /// <summary>A socket that hears what is sent to the group, and what is sent to its port alone.</summary>
    /// <param name="interfaceIndex">0 for the one that the system chooses.</param>
    /// <exception cref="SocketException">There is none, or no way to the group.</exception>
    public static MdnsSocket Listen(bool isIPv4, uint interfaceIndex) =>
        Open(isIPv4, interfaceIndex, listens: true);

    /// <summary>A socket to ask with; answers come to it alone.</summary>
    /// <param name="interfaceIndex">Likewise.</param>
    /// <exception cref="SocketException">The system has no such family.</exception>
    public static MdnsSocket Ask(bool isIPv4, uint interfaceIndex) =>
        Open(isIPv4, interfaceIndex, listens: false);

    /// <summary>Brings what is received to the sink from now on.</summary>
    public void Start(IPacketSink sink) => new UdpReceiver(_socket, sink, Limits.MdnsMessageSizeMax).Start();

    /// <summary>Sends to the group. One thread at a time, as the next.</summary>
    /// <returns>Null, or the original's words.</returns>
    public string? SendToGroup(ReadOnlySpan<byte> message)
    {
        SocketError error = _sender.Send(_group, 0, message);
        if (error == SocketError.Success)
        {
            return null;
        }

        string network = IsIPv4 ? "udp4" : "udp6";
        NodeAddress local = SocketText.Address(_socket.LocalEndPoint);
        return $"write {network} {local}->{_group}: sendto: {SocketText.Reason(error)}";
    }

    /// <summary>Sends to one address, without waiting.</summary>
    /// <param name="scope">The interface of a link-local address; else 0.</param>
    public void Send(in NodeAddress target, uint scope, ReadOnlySpan<byte> message) =>
        _ = _sender.Send(target, scope, message);

    public void Dispose() => _socket.Dispose();

    /// <summary>Joins the group on an interface: once more, if it is another one than before or has been away
    /// in the meantime.</summary>
    /// <param name="interfaceIndex">0 for the one that the system chooses now.</param>
    /// <returns>False when the system refused it, or had nothing to do.</returns>
    public bool Join(uint interfaceIndex)
    {
        if (interfaceIndex != 0)
        {
            SendThrough(interfaceIndex);
        }

        // struct ip_mreqn: the group, an address of no account here, and the interface. struct ipv6_mreq: the
        // group and the interface.
        Span<byte> request = stackalloc byte[20];
        request.Clear();
        _group.WriteIp(request);
        int size = IsIPv4 ? 12 : 20;
        MemoryMarshal.Write(request[(size - 4)..], interfaceIndex);
        return Set(IsIPv4 ? LevelIPv4 : LevelIPv6, IsIPv4 ? IPv4Join : IPv6Join, request[..size]);
    }

    private static MdnsSocket Open(bool isIPv4, uint interfaceIndex, bool listens)
    {
        MdnsSocket socket = new(isIPv4);
        try
        {
            socket.Bind(listens);
            if (listens && !socket.Join(interfaceIndex))
            {
                throw new SocketException((int)SocketError.NetworkUnreachable);
            }

            if (!listens && interfaceIndex != 0)
            {
                socket.SendThrough(interfaceIndex);
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private void Bind(bool listens)
    {
        if (!IsIPv4)
        {
            Set(LevelIPv6, IPv6Only, 1);
        }

        if (listens)
        {
            Set(LevelSocket, ReuseAddress, 1);

            // Else it also hears the group on every interface where another program has joined it. Kernels
            // before 4.20 do not know it for IPv6.
            Set(IsIPv4 ? LevelIPv4 : LevelIPv6, IsIPv4 ? IPv4HearAll : IPv6HearAll, 0);
        }
        else
        {
            GossipSockets.EnlargeReceiveBuffer(
                size => _socket.ReceiveBufferSize = Math.Min(size, AnswersSize));
        }

        _socket.Bind(new IPEndPoint(IsIPv4 ? IPAddress.Any : IPAddress.IPv6Any, listens ? Port : 0));
    }

    // Without it the system chooses, and what it says then comes with the first message.
    private void SendThrough(uint interfaceIndex)
    {
        if (IsIPv4)
        {
            Span<byte> request = stackalloc byte[12];
            request.Clear();
            MemoryMarshal.Write(request[8..], interfaceIndex);
            Set(LevelIPv4, IPv4MulticastInterface, request);
        }
        else
        {
            Set(LevelIPv6, IPv6MulticastInterface, (int)interfaceIndex);
        }
    }

    private void Set(int level, int option, int value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        MemoryMarshal.Write(bytes, value);
        Set(level, option, bytes);
    }

    private bool Set(int level, int option, ReadOnlySpan<byte> value) =>
        Libc.SetSocketOption(_socket.SafeHandle, level, option, value) == 0;

    private static NodeAddress Group(string ip)
    {
        Invariant.Holds(NodeAddress.TryParseIp(ip, Port, out NodeAddress group));
        return group;
    }
}
