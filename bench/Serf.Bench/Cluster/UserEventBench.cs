using System;
using BenchmarkDotNet.Attributes;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;

namespace Serf.Bench.Cluster;

/// <summary>
/// User events from the bytes of a packet to their delivery and their place in the queue, in a cluster of
/// 1,000. Writing the packets is part of it: no event is news twice.
/// </summary>
public class UserEventBench
{
    private const int PartCount = 20;
    private const int ReplayCount = 512;

    private readonly SerfPeer _peer = new(memberCount: 1000);
    private readonly SerfPeer _merging = new(memberCount: 1000);
    private readonly byte[] _payload = new byte[32];
    private readonly byte[] _packet = new byte[200];
    private readonly byte[] _duplicate;
    private readonly byte[] _state;
    private readonly PacketWriter _writer = new(default, compress: false);
    private ulong _time = 1000;
    private ulong _replayed = 1000;

    public UserEventBench()
    {
        _duplicate = _packet.AsSpan(0, WriteEvent(900, _packet)).ToArray();
        _peer.Receive(_duplicate);
        _state = State(1);
        Merge(_state);
    }

    [Benchmark]
    public int OneNewEvent()
    {
        _peer.Receive(_packet.AsSpan(0, WriteEvent(++_time, _packet)));
        return _peer.DeliveredCount;
    }

    [Benchmark]
    public int TwentyNewEventsNewestFirst()
    {
        _writer.Begin();
        _time += PartCount;
        for (ulong part = 0; part < PartCount; part++)
        {
            _writer.Add(_packet.AsSpan(0, WriteEvent(_time - part, _packet)));
        }

        _peer.Receive(_writer.Finish(checksum: false));
        return _peer.DeliveredCount;
    }

    [Benchmark]
    public int OneDuplicate()
    {
        _peer.Receive(_duplicate);
        return _peer.DeliveredCount;
    }

    /// <summary>Nothing of it is news, as in most exchanges.</summary>
    [Benchmark]
    public int MergeOf512KnownEvents()
    {
        Merge(_state);
        return _merging.DeliveredCount;
    }

    /// <summary>All of it is. Writing the state is part of it.</summary>
    [Benchmark]
    public int MergeOf512NewEvents()
    {
        Merge(State(_replayed));
        _replayed += ReplayCount;
        return _merging.DeliveredCount;
    }

    /// <summary>What there is to be subtracted from that.</summary>
    [Benchmark]
    public int WriteStateOf512Events() => State(1).Length;

    private int WriteEvent(ulong time, Span<byte> packet)
    {
        packet[0] = (byte)MessageType.User;
        UserEventMessage message = new() { LamportTime = time, Name = "deploy"u8, Payload = _payload };
        return 1 + SerfCodec.Write(message, packet[1..]);
    }

    private byte[] State(ulong first)
    {
        EventBucket?[] buckets = new EventBucket?[ReplayCount];
        for (int index = 0; index < ReplayCount; index++)
        {
            EventBucket bucket = new(first + (ulong)index);
            bucket.Entries.Add(new EventEntry(ByteString.FromText("deploy"), _payload));
            buckets[index] = bucket;
        }

        SerfPushPull state = new()
        {
            LamportTime = 1, EventTime = first + ReplayCount, QueryTime = 1, Events = buckets,
        };
        byte[] bytes = new byte[SerfCodec.SizeOf(state)];
        SerfCodec.Write(state, bytes);
        return bytes;
    }

    private void Merge(byte[] state) =>
        ((ISwimObserver)_merging.Node).MergeRemoteState(state, join: false, StreamId.None, _merging.Now);
}
