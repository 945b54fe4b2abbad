using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using Serf.Net;
using Serf.Primitives;
using Xunit;

namespace Serf.Tests.Net;

public sealed class GossipSocketsTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("::1")]
    [InlineData("::")]
    public void Both_sockets_get_the_same_free_port(string ip)
    {
        Assert.True(NodeAddress.TryParseIp(ip, 0, out NodeAddress bind));

        using GossipSockets sockets = GossipSockets.Open(bind);

        Assert.NotEqual(0, sockets.Address.Port);
        Assert.Equal(sockets.Address.Port, ((IPEndPoint)sockets.Packets.LocalEndPoint!).Port);
        Assert.Equal(sockets.Address.Port, ((IPEndPoint)sockets.Listener.LocalEndPoint!).Port);
        Assert.True(sockets.Address.HasSameIp(bind));
        Assert.True(sockets.Packets.ReceiveBufferSize > 0);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(3, 4)]
    [InlineData(9, 10)]
    public void A_free_port_whose_UDP_port_is_taken_is_given_up_for_another(int takenCount, int attempts)
    {
        List<IDisposable> blockers = [];
        int count = 0;

        using GossipSockets sockets = GossipSockets.Open(
            NodeAddress.FromIPv4(0x7F000051, 0), (in NodeAddress address) => Open(address, count++ < takenCount, blockers));

        Assert.Equal(attempts, count);
        Assert.Equal(sockets.Address.Port, ((IPEndPoint)sockets.Packets.LocalEndPoint!).Port);
        blockers.ForEach(blocker => blocker.Dispose());
    }

    [Theory]
    [InlineData(true, 10)]
    [InlineData(false, 1)]
    public void Ten_attempts_are_made_for_a_free_port_and_one_for_a_given_one(bool free, int attempts)
    {
        List<IDisposable> blockers = [];
        int count = 0;
        NodeAddress bind = NodeAddress.FromIPv4(0x7F000052, 0);
        if (!free)
        {
            using Socket probe = GossipSockets.Listen(bind);
            bind = SocketText.Address(probe.LocalEndPoint);
        }

        SerfException exception = Assert.Throws<SerfException>(() => GossipSockets.Open(
            bind, (in NodeAddress address) => Open(address, count++ < 100, blockers)));

        Assert.Equal(attempts, count);
        Assert.Contains("failed to start UDP listener on", exception.Message, StringComparison.Ordinal);
        blockers.ForEach(blocker => blocker.Dispose());
    }

    [Fact]
    public void The_receive_buffer_is_halved_until_the_system_agrees()
    {
        List<int> asked = [];

        GossipSockets.EnlargeReceiveBuffer(size =>
        {
            asked.Add(size);
            if (size > 300_000)
            {
                throw new SocketException((int)SocketError.NoBufferSpaceAvailable);
            }
        });

        Assert.Equal([2_097_152, 1_048_576, 524_288, 262_144], asked);
    }

    [Fact]
    public void A_receive_buffer_that_is_refused_at_any_size_is_no_error()
    {
        int count = 0;

        GossipSockets.EnlargeReceiveBuffer(_ =>
        {
            count++;
            throw new SocketException((int)SocketError.NoBufferSpaceAvailable);
        });

        Assert.Equal(22, count);
    }

    [Fact]
    public void A_listener_on_the_port_is_an_error()
    {
        using Socket other = GossipSockets.Listen(NodeAddress.FromIPv4(0x7F00004E, 0));
        NodeAddress taken = SocketText.Address(other.LocalEndPoint);

        SerfException exception = Assert.Throws<SerfException>(() => GossipSockets.Open(taken));

        Assert.Equal(
            "could not set up network transport: failed to obtain an address: failed to start TCP listener on "
            + $"\"127.0.0.78\" port {taken.Port}: listen tcp {taken}: bind: address already in use",
            exception.Message);
    }

    [Fact]
    public void A_UDP_socket_on_the_port_is_an_error_and_the_listener_is_closed_again()
    {
        using Socket other = GossipSockets.Bind(
            NodeAddress.FromIPv4(0x7F00004F, 0), SocketType.Dgram, ProtocolType.Udp);
        NodeAddress taken = SocketText.Address(other.LocalEndPoint);

        SerfException exception = Assert.Throws<SerfException>(() => GossipSockets.Open(taken));

        Assert.Equal(
            "could not set up network transport: failed to obtain an address: failed to start UDP listener on "
            + $"\"127.0.0.79\" port {taken.Port}: listen udp {taken}: bind: address already in use",
            exception.Message);
        using Socket again = GossipSockets.Listen(taken);
    }

    [Fact]
    public void An_address_of_another_machine_is_an_error()
    {
        SerfException exception = Assert.Throws<SerfException>(
            () => GossipSockets.Open(NodeAddress.FromIPv4(0x01020304, 7946)));

        Assert.EndsWith(
            "listen tcp 1.2.3.4:7946: bind: cannot assign requested address", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_port_that_lingers_from_an_earlier_run_is_taken_again()
    {
        NodeAddress address;
        using (Socket listener = GossipSockets.Listen(NodeAddress.FromIPv4(0x7F000050, 0)))
        {
            address = SocketText.Address(listener.LocalEndPoint);
            using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            client.Connect(SocketText.EndPoint(address));

            // The side that closes first keeps the port in TIME-WAIT.
            listener.Accept().Close();
            Assert.Equal(0, client.Receive(new byte[1]));
        }

        using Socket again = GossipSockets.Listen(address);
    }

    private static Socket Open(in NodeAddress address, bool taken, List<IDisposable> blockers)
    {
        Socket listener = GossipSockets.Listen(address);
        if (taken)
        {
            blockers.Add(GossipSockets.Bind(
                SocketText.Address(listener.LocalEndPoint), SocketType.Dgram, ProtocolType.Udp));
        }

        return listener;
    }
}
