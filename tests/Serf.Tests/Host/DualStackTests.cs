using System.Net;
using System.Net.Sockets;
using Serf.Net;
using Serf.Primitives;
using Serf.Swim;
using Xunit;

namespace Serf.Tests.Host;

/// <summary>Nodes bound to one family or both, and their peers of either.</summary>
public sealed class DualStackTests
{
    [Theory]
    [InlineData("::", "127.0.0.1")]
    [InlineData("::", "::1")]
    [InlineData("0.0.0.0", "127.0.0.1")]
    [InlineData("0.0.0.0", "::1")]
    [InlineData("::1", "::1")]
    public void Packets_go_there_and_back_and_IPv4_is_shown_as_such(string bind, string ip)
    {
        RecordingPeer peer = new();
        using TestNode node = new(peer, bind);
        using Socket socket = Open(ip, SocketType.Dgram, ProtocolType.Udp);
        NodeAddress source = SocketText.Address(socket.LocalEndPoint);
        socket.SendTo([1, 2, 3], new IPEndPoint(IPAddress.Parse(ip), node.Address.Port));

        Assert.Equal($"packet {source} 3", peer.Next());

        bool sent = false;
        using System.Threading.ManualResetEventSlim done = new(false);
        node.Loop.Post(_ =>
        {
            // In the sixteen-byte form too, as a peer may know the address.
            sent = node.Effects.SendPacket(source, "four"u8) && node.Effects.SendPacket(source.Mapped(), "sixteen"u8);
            done.Set();
        });
        Assert.True(done.Wait(TestNode.Patience));
        Assert.True(sent);
        Assert.Equal(4, socket.Receive(new byte[64]));
        Assert.Equal(7, socket.Receive(new byte[64]));
    }

    [Theory]
    [InlineData("::", "127.0.0.1")]
    [InlineData("::", "::1")]
    [InlineData("0.0.0.0", "::1")]
    [InlineData("::1", "::1")]
    public void Streams_are_accepted_and_dialled_and_IPv4_is_shown_as_such(string bind, string ip)
    {
        RecordingPeer peer = new();
        RecordingPeer far = new();
        using TestNode node = new(peer, bind);
        using TestNode farNode = new(far, ip);
        StreamId id = RecordingPeer.NewId(1);
        Assert.True(NodeAddress.TryParseIp(ip, node.Address.Port, out NodeAddress target));
        NodeAddress farTarget = farNode.Address;

        farNode.Loop.Post(_ => farNode.Effects.OpenStream(id, target));
        Assert.Equal("accepted", peer.Next());
        Assert.Equal("connected 1", far.Next());
        Assert.True(peer.StreamSource.HasSameIp(target));
        Assert.Equal(ip, peer.StreamSource.IpText());
        Assert.Equal(ip == "::1" ? 16 : 4, peer.StreamSource.IpSize);

        node.Loop.Post(_ => node.Effects.OpenStream(id, farTarget));
        Assert.Equal("connected 1", peer.Next());
        Assert.Equal("accepted", far.Next());
    }

    [Fact]
    public void A_node_of_one_IPv6_address_cannot_send_to_IPv4_and_says_so()
    {
        using TestNode node = new(new RecordingPeer(), "::1");
        bool sent = true;
        using System.Threading.ManualResetEventSlim done = new(false);
        node.Loop.Post(_ =>
        {
            sent = node.Effects.SendPacket(NodeAddress.FromIPv4(0x7F000001, 7946), "x"u8);
            done.Set();
        });

        Assert.True(done.Wait(TestNode.Patience));
        Assert.False(sent);
    }

    private static Socket Open(string ip, SocketType type, ProtocolType protocol)
    {
        IPAddress address = IPAddress.Parse(ip);
        Socket socket = new(address.AddressFamily, type, protocol) { ReceiveTimeout = 30_000 };
        socket.Bind(new IPEndPoint(address, 0));
        return socket;
    }
}
