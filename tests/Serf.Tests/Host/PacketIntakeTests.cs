using System;
using System.Collections.Generic;
using System.Net.Sockets;
using Serf.Host;
using Serf.Net;
using Serf.Primitives;
using Serf.Swim;
using Xunit;

namespace Serf.Tests.Host;

public sealed class PacketIntakeTests
{
    private static readonly NodeAddress _source = NodeAddress.FromIPv4(0x0A000001, 5);
    private static readonly Instant _start = new(1);

    [Fact]
    public void A_failed_receive_is_logged_and_what_comes_after_it_is_received()
    {
        Inbox inbox = new();
        Peer peer = new();
        PacketIntake intake = new(inbox, peer);

        intake.ReceiveFailed(SocketError.ConnectionRefused);
        intake.Accept(_source, [1, 2, 3]);
        ProcessAll(inbox, _start);

        Assert.Equal(["Err memberlist: Error reading UDP packet: connection refused", "packet 10.0.0.1:5 3"], peer.Happened);
    }

    [Fact]
    public void Empty_datagrams_never_reach_the_node_and_are_logged_a_few_times_each_second()
    {
        Inbox inbox = new();
        Peer peer = new();
        PacketIntake intake = new(inbox, peer);
        for (int count = 0; count < 100; count++)
        {
            intake.Accept(_source, []);
        }

        ProcessAll(inbox, _start);
        Assert.Equal(Limits.RefusalLogCountMax, peer.Happened.Count);
        Assert.All(
            peer.Happened, line => Assert.Equal("Err memberlist: UDP packet too short (0 bytes) from=10.0.0.1:5", line));

        intake.Accept(_source, []);
        ProcessAll(inbox, _start + TimeSpan.FromSeconds(1));
        Assert.Equal("Warn memberlist: 95 more lines about refused input were left out", peer.Happened[^2]);
    }

    [Fact]
    public void Packets_dropped_for_want_of_room_are_told_with_their_number()
    {
        Inbox inbox = new(capacity: 64, packetCountMax: 16);
        Peer peer = new();
        PacketIntake intake = new(inbox, peer);
        for (int count = 0; count < 20; count++)
        {
            intake.Accept(_source, [1]);
        }

        ProcessAll(inbox, _start);

        Assert.Equal("Warn memberlist: UDP packets dropped, too many wait to be handled: 4", peer.Happened[0]);
        Assert.Equal(17, peer.Happened.Count);
    }

    [Fact]
    public void A_receive_error_of_the_system_is_told_and_survived()
    {
        using GossipSockets sockets = GossipSockets.Open(NodeAddress.FromIPv4(0x7F000054, 0));
        Inbox inbox = new();
        Peer peer = new();

        // With this option the system reports a refused port on the next receive.
        sockets.Packets.SetRawSocketOption(0, 11, [1, 0, 0, 0]);
        sockets.Packets.SendTo([1], SocketText.EndPoint(NodeAddress.FromIPv4(0x7F000055, 1)));
        new UdpReceiver(sockets.Packets, new PacketIntake(inbox, peer)).Start();
        AwaitOne(inbox);
        using Socket other = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        other.SendTo([1, 2], SocketText.EndPoint(sockets.Address));
        AwaitOne(inbox);

        Assert.Equal("Err memberlist: Error reading UDP packet: connection refused", peer.Happened[0]);
        Assert.Equal($"packet 127.0.0.1:{SocketText.Address(other.LocalEndPoint).Port} 2", peer.Happened[^1]);
    }

    private static void AwaitOne(Inbox inbox)
    {
        InboxItem item;
        while (!inbox.TryTake(out item))
        {
            inbox.Wait(TestNode.Patience);
        }

        item.Target.Process(item, _start);
    }

    private static void ProcessAll(Inbox inbox, Instant now)
    {
        while (inbox.TryTake(out InboxItem item))
        {
            item.Target.Process(item, now);
        }
    }

    private sealed class Peer : IGossipPeer, ILog
    {
        public List<string> Happened { get; } = [];

        public ILog Log => this;

        public void Write(LogLevel level, string text) => Happened.Add($"{level} {text}");

        public void Receive(in NodeAddress source, ReadOnlySpan<byte> packet, Instant now) =>
            Happened.Add($"packet {source} {packet.Length}");

        public StreamId StreamAccepted(in NodeAddress source, Instant now) => StreamId.None;

        public void StreamConnected(StreamId stream, Instant now) => Happened.Add("connected");

        public void StreamReceived(StreamId stream, ReadOnlySpan<byte> bytes, Instant now) => Happened.Add("received");

        public void StreamEnded(StreamId stream, Instant now) => Happened.Add("ended");

        public void StreamFailed(StreamId stream, string reason, Instant now) => Happened.Add("failed");
    }
}
