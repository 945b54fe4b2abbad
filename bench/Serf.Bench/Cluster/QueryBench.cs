using System;
using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;
using Serf.Bench.Swim;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Bench.Cluster;

/// <summary>
/// What a node of a cluster of 1,000 does about one message of a query: its own part and the passing on, without
/// the layers around the message. The queue is full, so that each query that is queued drops another.
/// </summary>
public class QueryBench
{
    private const uint FirstTime = 0x0100_0000;
    private readonly SilentSerf _node = new(memberCount: 1000);
    private readonly SilentSerf _repeating = new(memberCount: 1000, repeatsAnswers: true);
    private readonly byte[] _plain = Query(QuerySelection.Encode(Asked()), 0);
    private readonly byte[] _withAck = Query(QuerySelection.Encode(Asked()), QueryMessage.FlagAck);
    private readonly byte[] _withRelays = Query(QuerySelection.Encode(Asked()), QueryMessage.FlagAck, relays: 3);
    private readonly byte[] _forNode = Query(NodeFilter(ownToo: true), 0);
    private readonly byte[] _forOthers = Query(NodeFilter(ownToo: false), 0);
    private readonly byte[] _byTag = Query(TagFilter("^web$"), 0);
    private readonly byte[] _byOtherTag = Query(TagFilter("^(db|cache)-[0-9]+$"), 0);
    private readonly byte[] _relayed = Relayed();
    private uint _time = FirstTime;

    [Benchmark]
    public int TakeQuery() => Take(_node, _plain);

    [Benchmark]
    public int TakeQueryAgain()
    {
        _node.Hear(_plain);
        return _node.EventCount;
    }

    [Benchmark]
    public int TakeQueryAndAck() => Take(_node, _withAck);

    [Benchmark]
    public int TakeQueryAckAndAckAgainLater()
    {
        Take(_repeating, _withAck);
        _repeating.Now += TimeSpan.FromMilliseconds(1);
        _repeating.Node.Advance(_repeating.Now);
        return _repeating.PacketCount;
    }

    [Benchmark]
    public int TakeQueryAckAndRelayByThree() => Take(_node, _withRelays);

    [Benchmark]
    public int TakeQueryForThreeNodes() => Take(_node, _forNode);

    [Benchmark]
    public int TakeQueryForOtherNodes() => Take(_node, _forOthers);

    [Benchmark]
    public int TakeQueryForATag() => Take(_node, _byTag);

    [Benchmark]
    public int TakeQueryForAnotherTag() => Take(_node, _byOtherTag);

    [Benchmark]
    public int ForwardAnswer()
    {
        _node.Hear(_relayed);
        return _node.PacketCount;
    }

    private static QueryParameters Asked() => new() { Name = ByteString.FromText("uptime") };

    private static byte[] NodeFilter(bool ownToo) => QuerySelection.Encode(Asked() with
    {
        FilterNodes =
        [
            SilentPeer.NameOf(3),
            ownToo ? ByteString.Copy(Wire.Samples.Node) : SilentPeer.NameOf(4),
            SilentPeer.NameOf(5),
        ],
    });

    private static byte[] TagFilter(string expression) => QuerySelection.Encode(Asked() with
    {
        FilterTags = Tags.From([new(ByteString.FromText("role"), ByteString.FromText(expression))]),
    });

    private static byte[] Query(byte[] filters, uint flags, byte relays = 0)
    {
        QueryMessage query = Wire.Samples.Query;
        ByteString source = SilentPeer.NameOf(17);
        query.LamportTime = FirstTime;
        query.SourceNode = source.Span;
        query.Address = [10, 1, 0, 17];
        query.Filters = filters;
        query.Flags = flags;
        query.RelayFactor = relays;
        byte[] message = new byte[SerfCodec.SizeOf(query)];
        SerfCodec.Write(query, message);
        return message;
    }

    private static byte[] Relayed()
    {
        ByteString name = SilentPeer.NameOf(17);
        RelayHeader header = new() { Ip = [10, 1, 0, 17], Port = 7946, DestinationName = name.Span };
        QueryResponseMessage answer = Wire.Samples.QueryResponse;
        int start = SerfCodec.SizeOf(header);
        byte[] message = new byte[start + SerfCodec.SizeOf(answer)];
        SerfCodec.Write(header, message);
        SerfCodec.Write(answer, message.AsSpan(start));
        return message;
    }

    private int Take(SilentSerf node, byte[] message)
    {
        // Each is a new one: the four bytes of its Lamport time are counted up.
        int place = message.AsSpan().IndexOf("LTime"u8) + 6;
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(place), ++_time);
        node.Hear(message);
        return node.EventCount;
    }
}
