using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using BenchmarkDotNet.Attributes;
using Serf.Bench.Swim;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Bench.Cluster;

/// <summary>A query of one's own in a cluster of 1,000: begun, and answered by everybody.</summary>
public class OwnQueryBench : IQuerySink
{
    private const int MemberCount = 1000;
    private readonly SilentSerf _node = new(MemberCount);
    private readonly List<byte[]> _answers = [];
    private readonly QueryParameters _asked = new() { Name = ByteString.FromText("uptime") };
    private readonly QueryParameters _askedByTag = new()
    {
        Name = ByteString.FromText("uptime"),
        FilterTags = Tags.From([new(ByteString.FromText("role"), ByteString.FromText("^web$"))]),
    };

    private int _count;

    public OwnQueryBench()
    {
        // From here on a Lamport time takes four bytes on the wire, and they can be put in their place.
        QueryMessage high = Wire.Samples.Query;
        high.LamportTime = 0x0100_0000;
        byte[] query = new byte[SerfCodec.SizeOf(high)];
        SerfCodec.Write(high, query);
        _node.Hear(query);
        for (int number = 1; number < MemberCount; number++)
        {
            ByteString name = SilentPeer.NameOf(number);
            QueryResponseMessage answer = Wire.Samples.QueryResponse;
            answer.From = name.Span;
            answer.LamportTime = 0x0100_0000;
            answer.Id = 0x0100_0000;
            byte[] message = new byte[SerfCodec.SizeOf(answer)];
            SerfCodec.Write(answer, message);
            _answers.Add(message);
        }
    }

    [Benchmark]
    public int BeginAndAbandonQuery()
    {
        _node.Node.BeginQuery(_asked, this, _node.Now);
        _node.Node.AbandonQuery(this);
        return _count;
    }

    [Benchmark]
    public int BeginAndAbandonQueryForATag()
    {
        _node.Node.BeginQuery(_askedByTag, this, _node.Now);
        _node.Node.AbandonQuery(this);
        return _count;
    }

    /// <summary>For each answer; the query they are to is begun and ended once for all.</summary>
    [Benchmark(OperationsPerInvoke = MemberCount - 1)]
    public int TakeAnswer()
    {
        _node.Node.BeginQuery(_asked, this, _node.Now);
        (uint time, uint id) = ((uint)_node.Node.ClockTimes.Query - 1, _node.LastQueryId);
        foreach (byte[] answer in _answers)
        {
            Span<byte> bytes = answer;
            BinaryPrimitives.WriteUInt32BigEndian(bytes[(bytes.IndexOf("LTime"u8) + 6)..], time);
            BinaryPrimitives.WriteUInt32BigEndian(bytes[(bytes.IndexOf("ID"u8) + 3)..], id);
            _node.Hear(answer);
        }

        _node.Node.AbandonQuery(this);
        return _count;
    }

    public void Acked(ByteString name) => _count++;

    public void Answered(ByteString name, byte[]? payload) => _count++;

    public void Ended()
    {
    }
}
