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
            "listen tcp 1.2.3.4:7946: bind: cannot assign requested address", exception.Message, System.StringComparison.Ordinal);
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
}
