using System;
using BenchmarkDotNet.Attributes;
using Serf.Primitives;
using Serf.Swim;

namespace Serf.Bench.Swim;

/// <summary>A queue of a given depth: one message in while the last goes out, and one packet filled.</summary>
public class BroadcastQueueBench : IBroadcastSink
{
    private const int NodeCount = 1000;
    private readonly byte[] _message = new byte[60];
    private BroadcastQueue _queue = new(4, 1, null);
    private int _takenSize;

    [Params(1, 1000, 100000)]
    public int Count { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _queue = new BroadcastQueue(4, Count, null);
        for (int index = 0; index < Count; index++)
        {
            _queue.Add(_message.AsSpan(0, 40 + (index % 20)));
        }
    }

    /// <summary>Full, so the entry last in order is dropped for each.</summary>
    [Benchmark]
    public int AddToFull()
    {
        _queue.Add(_message);
        return _queue.Count;
    }

    /// <summary>With what it takes to keep the depth.</summary>
    [Benchmark]
    public int TakeOnePacket()
    {
        _takenSize = 0;
        _queue.Take(3, Limits.PacketBudget - 14, NodeCount, Limits.CompoundPartCountMax, this);
        while (_queue.Count < Count)
        {
            _queue.Add(_message);
        }

        return _takenSize;
    }

    public void Add(ReadOnlySpan<byte> message) => _takenSize += message.Length;
}
