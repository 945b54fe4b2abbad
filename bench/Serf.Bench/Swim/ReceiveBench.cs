using System;
using BenchmarkDotNet.Attributes;
using Serf.Bench.Wire;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Bench.Swim;

/// <summary>From the bytes of a packet to everything the node does about it, in a cluster of 1,000.</summary>
public class ReceiveBench
{
    private readonly SilentPeer _peer = new(memberCount: 1000);
    private readonly byte[] _ping = Packet(SwimCodec.SizeOf(Samples.Ping), Samples.Ping, checksum: false);
    private readonly byte[] _pingChecked = Packet(SwimCodec.SizeOf(Samples.Ping), Samples.Ping, checksum: true);
    private readonly byte[] _alive;
    private readonly byte[] _compound;
    private readonly byte[] _compressed;

    public ReceiveBench()
    {
        byte[] alive = new byte[200];
        _alive = alive.AsSpan(0, SilentPeer.WriteAlive(500, 1, alive)).ToArray();
        _compound = Events(compress: false);
        _compressed = Events(compress: true);
    }

    [Benchmark]
    public int PingToAck()
    {
        _peer.Receive(_ping);
        return _peer.PacketCount;
    }

    [Benchmark]
    public int PingWithChecksumToAck()
    {
        _peer.Receive(_pingChecked);
        return _peer.PacketCount;
    }

    [Benchmark]
    public int AliveAlreadyKnown()
    {
        _peer.Receive(_alive);
        return _peer.PacketCount;
    }

    [Benchmark]
    public int CompoundOf20UserMessages()
    {
        _peer.Receive(_compound);
        return _peer.PacketCount;
    }

    [Benchmark]
    public int CompressedCompoundOf20UserMessages()
    {
        _peer.Receive(_compressed);
        return _peer.PacketCount;
    }

    private static byte[] Packet(int size, in Ping ping, bool checksum)
    {
        PacketWriter writer = new(default, compress: false);
        writer.Begin();
        SwimCodec.Write(ping, writer.Reserve(size));
        writer.Commit(size);
        return writer.Finish(checksum).ToArray();
    }

    private static byte[] Events(bool compress)
    {
        PacketWriter writer = new(default, compress);
        writer.Begin();
        for (int number = 0; number < 20; number++)
        {
            JoinIntent intent = Samples.JoinIntent;
            ByteString name = SilentPeer.NameOf(number);
            intent.Node = name.Span;
            intent.LamportTime += (uint)number;
            Span<byte> part = writer.Reserve(100);
            part[0] = (byte)MessageType.User;
            writer.Commit(1 + SerfCodec.Write(intent, part[1..]));
        }

        return writer.Finish(checksum: true).ToArray();
    }
}
