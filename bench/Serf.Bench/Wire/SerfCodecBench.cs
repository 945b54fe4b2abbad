using System;
using BenchmarkDotNet.Attributes;
using Serf.Wire;

namespace Serf.Bench.Wire;

/// <summary>The messages of the Serf layer that gossip carries, one at a time.</summary>
public class SerfCodecBench
{
    private readonly byte[] _buffer = new byte[512];
    private readonly byte[] _userEvent = new byte[SerfCodec.SizeOf(Samples.UserEvent)];
    private readonly byte[] _query = new byte[SerfCodec.SizeOf(Samples.Query)];
    private readonly byte[] _queryResponse = new byte[SerfCodec.SizeOf(Samples.QueryResponse)];
    private readonly byte[] _leaveIntent = new byte[SerfCodec.SizeOf(Samples.LeaveIntent)];
    private readonly byte[] _joinIntent = new byte[SerfCodec.SizeOf(Samples.JoinIntent)];

    public SerfCodecBench()
    {
        SerfCodec.Write(Samples.UserEvent, _userEvent);
        SerfCodec.Write(Samples.Query, _query);
        SerfCodec.Write(Samples.QueryResponse, _queryResponse);
        SerfCodec.Write(Samples.LeaveIntent, _leaveIntent);
        SerfCodec.Write(Samples.JoinIntent, _joinIntent);
    }

    [Benchmark]
    public int EncodeUserEvent() => SerfCodec.Write(Samples.UserEvent, _buffer);

    [Benchmark]
    public ReadStatus DecodeUserEvent() => SerfCodec.TryRead(_userEvent.AsSpan(1), out UserEventMessage _);

    [Benchmark]
    public int EncodeQuery() => SerfCodec.Write(Samples.Query, _buffer);

    [Benchmark]
    public ReadStatus DecodeQuery() => SerfCodec.TryRead(_query.AsSpan(1), out QueryMessage _);

    [Benchmark]
    public int EncodeQueryResponse() => SerfCodec.Write(Samples.QueryResponse, _buffer);

    [Benchmark]
    public ReadStatus DecodeQueryResponse() => SerfCodec.TryRead(_queryResponse.AsSpan(1), out QueryResponseMessage _);

    [Benchmark]
    public int EncodeLeaveIntent() => SerfCodec.Write(Samples.LeaveIntent, _buffer);

    [Benchmark]
    public ReadStatus DecodeLeaveIntent() => SerfCodec.TryRead(_leaveIntent.AsSpan(1), out LeaveIntent _);

    [Benchmark]
    public int EncodeJoinIntent() => SerfCodec.Write(Samples.JoinIntent, _buffer);

    [Benchmark]
    public ReadStatus DecodeJoinIntent() => SerfCodec.TryRead(_joinIntent.AsSpan(1), out JoinIntent _);
}
