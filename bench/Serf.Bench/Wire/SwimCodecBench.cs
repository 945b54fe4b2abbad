using System;
using BenchmarkDotNet.Attributes;
using Serf.Wire;

namespace Serf.Bench.Wire;

/// <summary>The messages of the gossip layer, one at a time.</summary>
public class SwimCodecBench
{
    private readonly byte[] _buffer = new byte[512];
    private readonly byte[] _ping = new byte[SwimCodec.SizeOf(Samples.Ping)];
    private readonly byte[] _indirectPing = new byte[SwimCodec.SizeOf(Samples.IndirectPing)];
    private readonly byte[] _ack = new byte[SwimCodec.SizeOf(Samples.Ack)];
    private readonly byte[] _nack = new byte[SwimCodec.SizeOf(Samples.Nack)];
    private readonly byte[] _suspect = new byte[SwimCodec.SizeOf(Samples.Suspect)];
    private readonly byte[] _alive = new byte[SwimCodec.SizeOf(Samples.Alive)];
    private readonly byte[] _dead = new byte[SwimCodec.SizeOf(Samples.Dead)];

    public SwimCodecBench()
    {
        SwimCodec.Write(Samples.Ping, _ping);
        SwimCodec.Write(Samples.IndirectPing, _indirectPing);
        SwimCodec.Write(Samples.Ack, _ack);
        SwimCodec.Write(Samples.Nack, _nack);
        SwimCodec.Write(Samples.Suspect, _suspect);
        SwimCodec.Write(Samples.Alive, _alive);
        SwimCodec.Write(Samples.Dead, _dead);
    }

    [Benchmark]
    public int EncodePing() => SwimCodec.Write(Samples.Ping, _buffer);

    [Benchmark]
    public ReadStatus DecodePing() => SwimCodec.TryRead(_ping.AsSpan(1), out Ping _);

    [Benchmark]
    public int EncodeIndirectPing() => SwimCodec.Write(Samples.IndirectPing, _buffer);

    [Benchmark]
    public ReadStatus DecodeIndirectPing() => SwimCodec.TryRead(_indirectPing.AsSpan(1), out IndirectPing _);

    [Benchmark]
    public int EncodeAck() => SwimCodec.Write(Samples.Ack, _buffer);

    [Benchmark]
    public ReadStatus DecodeAck() => SwimCodec.TryRead(_ack.AsSpan(1), out Ack _);

    [Benchmark]
    public int EncodeNack() => SwimCodec.Write(Samples.Nack, _buffer);

    [Benchmark]
    public ReadStatus DecodeNack() => SwimCodec.TryRead(_nack.AsSpan(1), out Nack _);

    [Benchmark]
    public int EncodeSuspect() => SwimCodec.Write(Samples.Suspect, _buffer);

    [Benchmark]
    public ReadStatus DecodeSuspect() => SwimCodec.TryRead(_suspect.AsSpan(1), out Suspect _);

    [Benchmark]
    public int EncodeAlive() => SwimCodec.Write(Samples.Alive, _buffer);

    [Benchmark]
    public ReadStatus DecodeAlive() => SwimCodec.TryRead(_alive.AsSpan(1), out Alive _);

    [Benchmark]
    public int EncodeDead() => SwimCodec.Write(Samples.Dead, _buffer);

    [Benchmark]
    public ReadStatus DecodeDead() => SwimCodec.TryRead(_dead.AsSpan(1), out Dead _);
}
