using System;
using BenchmarkDotNet.Attributes;
using Serf.Bench.Swim;
using Serf.Primitives;
using Serf.Swim;

namespace Serf.Bench.Cluster;

/// <summary>Network coordinates: what each direct ping and its ack cost beyond the packets.</summary>
public class CoordinateBench
{
    private readonly SilentSerf _node = new(memberCount: 1000);
    private readonly byte[] _payload = new byte[Limits.AckPayloadSizeMax];
    private readonly Member[] _members = new Member[100];
    private readonly int _size;
    private int _next;

    public CoordinateBench()
    {
        _size = _node.Observer.WriteAckPayload(_payload);
        for (int number = 0; number < _members.Length; number++)
        {
            _members[number] = _node.Node.Swim.Find(SilentPeer.NameOf(number + 1).Span)!;
        }
    }

    [Benchmark]
    public int WriteAckPayload() => _node.Observer.WriteAckPayload(_payload);

    [Benchmark]
    public int UpdateByAck()
    {
        _next = (_next + 1) % _members.Length;
        _node.Observer.PingCompleted(
            _members[_next], TimeSpan.FromTicks(20_000 + (_next * 100)), _payload.AsSpan(0, _size), _node.Now);
        return _next;
    }
}
