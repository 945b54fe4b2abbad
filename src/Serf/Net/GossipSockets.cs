using System;
using System.Net;
using System.Net.Sockets;
using Serf.Primitives;

namespace Serf.Net;

/// <summary>
/// The listener and the UDP socket of one node, on the same port (spec gossip 10.1). An unspecified address,
/// of either family, is bound for both families, as the original does.
/// </summary>
internal sealed class GossipSockets : IDisposable
{
    private const int AttemptCountMax = 10;
    private const int ReceiveBufferSize = 2 * 1024 * 1024;
    private const int Backlog = 4096;

    private GossipSockets(Socket listener, Socket packets, NodeAddress address)
    {
        Listener = listener;
        Packets = packets;
        Address = address;
    }

    /// <summary>Opens a listener; <see cref="Listen"/>, or what a test puts in its place.</summary>
    internal delegate Socket Opener(in NodeAddress address);

    /// <summary>Bound and listening.</summary>
    public Socket Listener { get; }

    /// <summary>Bound.</summary>
    public Socket Packets { get; }

    /// <summary>The address as it was asked for, with the port that is really bound.</summary>
    public NodeAddress Address { get; }

    /// <exception cref="SerfException">The original's text, from <c>could not set up network transport</c>
    /// on.</exception>
    public static GossipSockets Open(in NodeAddress bind) => Open(bind, Listen);

    /// <param name="bind">Port 0 asks the system for one. The UDP port of that number may be taken, so the
    /// whole is then tried a few times.</param>
    /// <param name="listen">Opens the listener.</param>
    internal static GossipSockets Open(in NodeAddress bind, Opener listen)
    {
        int left = bind.Port == 0 ? AttemptCountMax : 1;
        while (true)
        {
            left--;
            GossipSockets? sockets = TryOpen(bind, listen, out string fault);
            if (sockets is not null)
            {
                return sockets;
            }

            if (left == 0)
            {
                throw new SerfException(
                    "could not set up network transport: failed to obtain an address: " + fault);
            }
        }
    }

    /// <summary>A socket bound to the address; for both families when it is
    /// unspecified and both exist.</summary>
    /// <exception cref="SocketException">It cannot be bound.</exception>
    public static Socket Bind(in NodeAddress address, SocketType type, ProtocolType protocol)
    {
        bool both = address.IsUnspecified && Socket.OSSupportsIPv6;
        AddressFamily family = both || !address.IsIPv4
            ? AddressFamily.InterNetworkV6
            : AddressFamily.InterNetwork;
        Socket socket = new(family, type, protocol);
        try
        {
            if (family == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = both;
            }

            socket.Bind(
                both ? new IPEndPoint(IPAddress.IPv6Any, address.Port) : SocketText.EndPoint(address));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A TCP socket bound and listening. The socket layer allows a port that lingers from an
    /// earlier run.</summary>
    /// <exception cref="SocketException">It cannot be bound.</exception>
    public static Socket Listen(in NodeAddress address)
    {
        Socket socket = Bind(address, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Listen(Backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Listener.Dispose();
        Packets.Dispose();
    }

    private static GossipSockets? TryOpen(in NodeAddress bind, Opener listen, out string fault)
    {
        NodeAddress address = bind;
        Socket listener;
        try
        {
            listener = listen(address);
        }
        catch (SocketException exception)
        {
            fault = Fault("TCP", "tcp", address, exception.SocketErrorCode);
            return null;
        }

        address = address.WithPort(SocketText.Address(listener.LocalEndPoint).Port);
        try
        {
            Socket packets = Bind(address, SocketType.Dgram, ProtocolType.Udp);
            EnlargeReceiveBuffer(size => packets.ReceiveBufferSize = size);
            fault = "";
            return new GossipSockets(listener, packets, address);
        }
        catch (SocketException exception)
        {
            listener.Dispose();
            fault = Fault("UDP", "udp", address, exception.SocketErrorCode);
            return null;
        }
    }

    private static string Fault(string kind, string network, in NodeAddress address, SocketError error) =>
        $"failed to start {kind} listener on \"{address.IpText()}\" port {address.Port}: "
        + SocketText.Listen(network, address.ToString(), error);

    /// <summary>Asks for a large buffer, and for half as much as often as that is refused.</summary>
    internal static void EnlargeReceiveBuffer(Action<int> ask)
    {
        for (int size = ReceiveBufferSize; size > 0; size /= 2)
        {
            try
            {
                ask(size);
                return;
            }
            catch (SocketException)
            {
                // The system refuses this much; half of it may do.
            }
        }
    }
}
