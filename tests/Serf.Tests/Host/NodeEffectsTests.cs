using System;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using Serf.Host;
using Serf.Net;
using Serf.Primitives;
using Serf.Swim;
using Xunit;

namespace Serf.Tests.Host;

/// <summary>Runs alone: allocated bytes are counted for the whole process.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

[Collection(nameof(Alone))]
public sealed class NodeEffectsTests
{
    [Fact]
    public void Many_packets_are_echoed_and_a_packet_allocates_nothing()
    {
        const int Warm = 5_000;
        const int Counted = 20_000;
        const int Counts = 3;
        EchoPeer echo = new();
        BouncePeer bounce = new();
        using TestNode far = new(echo);
        using TestNode near = new(bounce);
        bounce.Target = far.Address;

        near.Loop.Post(_ => bounce.Begin(Warm));
        Assert.True(bounce.Done.WaitOne(TestNode.Patience));

        // The count is of the whole process. What the test runner allocates beside can only add to it, so the least
        // of a few counts is the nearest to the truth, and the limit can stay far below one object for a packet.
        long allocated = long.MaxValue;
        for (int count = 0; count < Counts; count++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            near.Loop.Post(_ => bounce.Begin(Counted));
            Assert.True(bounce.Done.WaitOne(TestNode.Patience));
            allocated = Math.Min(allocated, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        Assert.InRange(allocated, 0, 4 * Counted);
    }

    [Fact]
    public void A_packet_of_any_size_arrives_whole_and_an_empty_one_is_dropped()
    {
        RecordingPeer peer = new();
        using TestNode node = new(peer);
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(SocketText.EndPoint(node.Address));
        foreach (int size in new[] { 1, 0, 2048, 2049, 65507 })
        {
            socket.Send(new byte[size]);
        }

        foreach (int size in new[] { 1, 2048, 2049, 65507 })
        {
            Assert.Equal($"packet {socket.LocalEndPoint} {size}", peer.Next());
        }
    }

    [Fact]
    public void A_packet_the_system_refuses_is_told_at_once()
    {
        using TestNode node = new(new RecordingPeer());
        Assert.True(NodeAddress.TryParseIp("::1", 7946, out NodeAddress other));
        using ManualResetEvent done = new(false);
        bool tooLarge = true;
        bool wrongFamily = true;
        bool good = false;
        NodeAddress self = node.Address;
        node.Loop.Post(_ =>
        {
            tooLarge = node.Effects.SendPacket(self, new byte[65536]);
            wrongFamily = node.Effects.SendPacket(other, new byte[10]);
            good = node.Effects.SendPacket(self, new byte[10]);
            done.Set();
        });

        Assert.True(done.WaitOne(TestNode.Patience));
        Assert.False(tooLarge);
        Assert.False(wrongFamily);
        Assert.True(good);
        Assert.StartsWith("packet", node.Peer.Next(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_refused_dial_is_told_in_the_original_words()
    {
        RecordingPeer peer = new();
        using TestNode node = new(peer);
        NodeAddress target = NodeAddress.FromIPv4(0x7F000063, 21999);

        node.Loop.Post(_ => node.Effects.OpenStream(RecordingPeer.NewId(1), target));

        Assert.Equal("failed 1 dial tcp 127.0.0.99:21999: connect: connection refused", peer.Next());
    }

    [Fact]
    public void A_stream_goes_there_and_back()
    {
        RecordingPeer near = new();
        EchoPeer far = new();
        using TestNode nearNode = new(near);
        using TestNode farNode = new(far);
        NodeAddress target = farNode.Address;
        StreamId id = RecordingPeer.NewId(1);

        nearNode.Loop.Post(_ => nearNode.Effects.OpenStream(id, target));
        Assert.Equal("connected 1", near.Next());
        nearNode.Loop.Post(_ => nearNode.Effects.SendStream(id, Buffer("hello"u8)));
        Assert.Equal("received 1 5", near.Next());
        nearNode.Loop.Post(_ => nearNode.Effects.CloseStream(id));
        Assert.Equal("accepted", far.Next());
        Assert.Equal("ended 1001", far.Next());
        farNode.Loop.Post(_ => farNode.Effects.CloseStream(RecordingPeer.NewId(1001)));
        Assert.Empty(near.Happened);
    }

    [Fact]
    public void A_large_transfer_arrives_whole_before_the_close()
    {
        const int Size = 20 * 1024 * 1024;
        CountingPeer far = new();
        RecordingPeer near = new();
        using TestNode farNode = new(far);
        using TestNode nearNode = new(near);
        NodeAddress target = farNode.Address;
        StreamId id = RecordingPeer.NewId(1);
        byte[] state = new byte[Size];
        new Random(7).NextBytes(state);

        nearNode.Loop.Post(_ => nearNode.Effects.OpenStream(id, target));
        Assert.Equal("connected 1", near.Next());
        nearNode.Loop.Post(_ =>
        {
            nearNode.Effects.SendStream(id, Buffer(state));
            nearNode.Effects.CloseStream(id);
        });

        Assert.Equal("accepted", far.Next());
        Assert.Equal("ended 1001", far.Next());
        Assert.Equal(Size, far.Count);
        Assert.Equal(Sum(state, 0), far.Checksum);
    }

    [Fact]
    public void A_peer_that_does_not_read_blocks_nothing_and_is_read_to_the_end_later()
    {
        RecordingPeer peer = new();
        using TestNode node = new(peer);
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        NodeAddress target = SocketText.Address(listener.LocalEndpoint);
        StreamId id = RecordingPeer.NewId(1);
        node.Loop.Post(_ => node.Effects.OpenStream(id, target));
        using Socket socket = listener.AcceptSocket();
        Assert.Equal("connected 1", peer.Next());
        node.Loop.Post(_ =>
        {
            node.Effects.SendStream(id, Buffer(new byte[16 * 1024 * 1024]));
            node.Effects.CloseStream(id);
        });

        // The node still answers, though nothing was read yet.
        using ManualResetEvent done = new(false);
        node.Loop.Post(_ => done.Set());
        Assert.True(done.WaitOne(TestNode.Patience));

        long size = 0;
        byte[] buffer = new byte[65536];
        socket.ReceiveTimeout = 30_000;
        for (int read = socket.Receive(buffer); read > 0; read = socket.Receive(buffer))
        {
            size += read;
        }

        Assert.Equal(16 * 1024 * 1024, size);
    }

    [Fact]
    public void A_reset_is_told_in_the_original_words()
    {
        RecordingPeer peer = new();
        using TestNode node = new(peer);
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(SocketText.EndPoint(node.Address));
        EndPoint local = socket.LocalEndPoint!;
        Assert.Equal("accepted", peer.Next());
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();

        Assert.Equal(
            $"failed 1001 read tcp {node.Address}->{local}: read: connection reset by peer",
            peer.Next());
    }

    [Fact]
    public void A_connection_the_node_does_not_want_is_closed()
    {
        using TestNode node = new(new UnwillingPeer());
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(SocketText.EndPoint(node.Address));
        socket.ReceiveTimeout = 30_000;

        Assert.Equal(0, socket.Receive(new byte[1]));
    }

    [Fact]
    public void A_timer_of_the_loop_is_served_at_its_deadline()
    {
        using ManualResetEvent done = new(false);

        // Before the timer is made: its deadline counts from there.
        long start = Stopwatch.GetTimestamp();
        OneShot timer = new(done);
        NodeLoop loop = new(timer, new Inbox());
        loop.Start();

        Assert.True(done.WaitOne(TestNode.Patience));
        loop.Stop();

        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalMilliseconds, 20, 10_000);
        Assert.InRange(timer.EarlyCount, 0, 3);
    }

    private static ulong Sum(ReadOnlySpan<byte> bytes, ulong sum)
    {
        foreach (byte value in bytes)
        {
            sum = (sum * 31) + value;
        }

        return sum;
    }

    private sealed class OneShot(ManualResetEvent done) : ILoopTimer
    {
        public Instant NextDeadline { get; private set; } = MonotonicClock.Now + TimeSpan.FromMilliseconds(25);

        public int EarlyCount { get; private set; }

        public void Advance(Instant now)
        {
            if (now < NextDeadline)
            {
                EarlyCount++;
                return;
            }

            NextDeadline = Instant.Never;
            done.Set();
        }
    }

    private static ByteBuffer Buffer(ReadOnlySpan<byte> bytes)
    {
        ByteBuffer buffer = new();
        buffer.Write(bytes);
        return buffer;
    }

    private sealed class EchoPeer : RecordingPeer
    {
        public override void Receive(in NodeAddress source, ReadOnlySpan<byte> packet, Instant now) =>
            Node.Effects.SendPacket(source, packet);

        public override void StreamReceived(StreamId stream, ReadOnlySpan<byte> bytes, Instant now) =>
            Node.Effects.SendStream(stream, Buffer(bytes));
    }

    private sealed class UnwillingPeer : RecordingPeer
    {
        public override StreamId StreamAccepted(in NodeAddress source, Instant now) => StreamId.None;
    }

    private sealed class CountingPeer : RecordingPeer
    {
        public long Count { get; private set; }

        public ulong Checksum { get; private set; }

        public override void StreamReceived(StreamId stream, ReadOnlySpan<byte> bytes, Instant now)
        {
            Count += bytes.Length;
            Checksum = Sum(bytes, Checksum);
        }
    }

    // Sixteen packets are on the way at any time: far fewer than a socket holds, so none is lost.
    private sealed class BouncePeer : RecordingPeer
    {
        private readonly byte[] _packet = new byte[1400];
        private int _left;
        private int _awaited;

        public NodeAddress Target { get; set; }

        public AutoResetEvent Done { get; } = new(false);

        public void Begin(int count)
        {
            _left = count;
            _awaited = count;
            for (int window = 0; window < 16; window++)
            {
                Send();
            }
        }

        public override void Receive(in NodeAddress source, ReadOnlySpan<byte> packet, Instant now)
        {
            // No assertion: it would allocate. A packet of another size is not counted, and the test waits
            // in vain.
            _awaited -= packet.Length == _packet.Length ? 1 : 0;
            if (_awaited == 0)
            {
                Done.Set();
            }
            else if (_left > 0)
            {
                Send();
            }
        }

        private void Send()
        {
            _left--;
            Node.Effects.SendPacket(Target, _packet);
        }
    }
}
