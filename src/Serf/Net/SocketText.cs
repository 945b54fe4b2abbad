using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Serf.Primitives;

namespace Serf.Net;

/// <summary>Socket errors and addresses in the original's words.</summary>
internal static class SocketText
{
    public static string Reason(SocketError error) => error switch
    {
        SocketError.AccessDenied => "permission denied",
        SocketError.AddressAlreadyInUse => "address already in use",
        SocketError.AddressNotAvailable => "cannot assign requested address",
        SocketError.AddressFamilyNotSupported => "address family not supported by protocol",
        SocketError.ConnectionAborted => "software caused connection abort",
        SocketError.ConnectionRefused => "connection refused",
        SocketError.ConnectionReset => "connection reset by peer",
        SocketError.HostDown => "host is down",
        SocketError.HostUnreachable => "no route to host",
        SocketError.InvalidArgument => "invalid argument",
        SocketError.MessageSize => "message too long",
        SocketError.NetworkDown => "network is down",
        SocketError.NetworkUnreachable => "network is unreachable",
        SocketError.NoBufferSpaceAvailable => "no buffer space available",
        SocketError.NotConnected => "transport endpoint is not connected",
        SocketError.ProtocolNotSupported => "protocol not supported",
        SocketError.Shutdown => "broken pipe",
        SocketError.TimedOut => "connection timed out",
        SocketError.TooManyOpenSockets => "too many open files",
        _ => string.Create(CultureInfo.InvariantCulture, $"socket error {(int)error}"),
    };

    /// <summary><c>dial tcp 10.0.0.1:7946: connect: connection refused</c></summary>
    public static string Dial(in NodeAddress target, SocketError error) =>
        $"dial tcp {target}: connect: {Reason(error)}";

    /// <summary><c>read tcp 10.0.0.2:4711->10.0.0.1:7946: read: connection reset by peer</c></summary>
    /// <param name="operation"><c>read</c> or <c>write</c>.</param>
    public static string Stream(
        string operation, in NodeAddress local, in NodeAddress remote, SocketError error) =>
        $"{operation} tcp {local}->{remote}: {operation}: {Reason(error)}";

    /// <summary><c>listen tcp 10.0.0.1:7946: bind: address already in use</c></summary>
    /// <param name="network"><c>tcp</c>, <c>udp</c> or <c>unix</c>.</param>
    public static string Listen(string network, string address, SocketError error) =>
        $"listen {network} {address}: bind: {(network == "unix" ? FileReason(error) : Reason(error))}";

    /// <summary>The same for a socket that is a file: the runtime has no number of its own for all that can
    /// be wrong with one.</summary>
    public static string FileReason(SocketError error) => error switch
    {
        SocketError.AddressNotAvailable => "no such file or directory",
        SocketError.SocketError => "not a directory, or one that cannot be written",
        _ => Reason(error),
    };

    /// <summary>None when the end point is not an IP one; IPv4 in its four-byte form.</summary>
    public static NodeAddress Address(EndPoint? endPoint) => endPoint is IPEndPoint ip
        ? NodeAddress.FromIp(ip.Address, (ushort)ip.Port).Canonical()
        : default;

    public static IPEndPoint EndPoint(in NodeAddress address)
    {
        System.Span<byte> ip = stackalloc byte[16];
        int size = address.Canonical().WriteIp(ip);
        return new IPEndPoint(new IPAddress(ip[..size]), address.Port);
    }
}
