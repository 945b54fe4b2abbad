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
    private readonly SilentPeer _sealing = new(memberCount: 1000, SealingBench.Keys(count: 1));
    private readonly byte[] _ping = PingPacket(checksum: false, null);
    private readonly byte[] _pingChecked = PingPacket(checksum: true, null);
    private readonly byte[] _pingSealed = PingPacket(checksum: false, SealingBench.Keys(count: 1));
    private readonly byte[] _alive;
    private readonly byte[] _compound;
    private readonly byte[] _compressed;
    private readonly byte[] _compressedSealed;

    public ReceiveBench()
    {
        byte[] alive = new byte[200];
        _alive = alive.AsSpan(0, SilentPeer.WriteAlive(500, 1, alive)).ToArray();
        _compound = Events(compress: false, null);
        _compressed = Events(compress: true, null);
        _compressedSealed = Events(compress: true, SealingBench.Keys(count: 1));
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
    public int SealedPingToSealedAck()
    {
        _sealing.Receive(_pingSealed);
        return _sealing.PacketCount;
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

    [Benchmark]
    public int SealedCompressedCompoundOf20UserMessages()
    {
        _sealing.Receive(_compressedSealed);
        return _sealing.PacketCount;
    }

    private static byte[] PingPacket(bool checksum, Encryption? encryption)
    {
        PacketWriter writer = new(default, compress: false, encryption);
        writer.Begin();
        writer.Commit(SwimCodec.Write(Samples.Ping, writer.Reserve(SwimCodec.SizeOf(Samples.Ping))));
        return writer.Finish(checksum).ToArray();
    }

    private static byte[] Events(bool compress, Encryption? encryption)
    {
        PacketWriter writer = new(default, compress, encryption);
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
