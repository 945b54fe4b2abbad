using System;
using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;
using Serf.Bench.Swim;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Bench.Cluster;

/// <summary>Join and leave intents in a cluster of 1,000; the queue is full, so that each that is news drops
/// another.</summary>
public class IntentBench
{
    private readonly SilentSerf _node = new(memberCount: 1000);
    private readonly byte[] _join = Join(17);
    private readonly byte[] _leave = Leave(18);
    private readonly byte[] _early = Join(5000);
    private uint _time = 0x0100_0000;

    [Benchmark]
    public int NewJoin() => Take(_join);

    [Benchmark]
    public int NewLeave() => Take(_leave);

    [Benchmark]
    public int NewJoinOfUnknownNode() => Take(_early);

    [Benchmark]
    public int KnownJoin()
    {
        _node.Hear(_join);
        return _node.EventCount;
    }

    private static byte[] Join(int number)
    {
        ByteString name = SilentPeer.NameOf(number);
        JoinIntent intent = new() { LamportTime = 0x0100_0000, Node = name.Span };
        byte[] message = new byte[SerfCodec.SizeOf(intent)];
        SerfCodec.Write(intent, message);
        return message;
    }

    private static byte[] Leave(int number)
    {
        ByteString name = SilentPeer.NameOf(number);
        LeaveIntent intent = new() { LamportTime = 0x0100_0000, Node = name.Span };
        byte[] message = new byte[SerfCodec.SizeOf(intent)];
        SerfCodec.Write(intent, message);
        return message;
    }

    private int Take(byte[] message)
    {
        int place = message.AsSpan().IndexOf("LTime"u8) + 6;
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(place), ++_time);
        _node.Hear(message);
        return _node.EventCount;
    }
}
