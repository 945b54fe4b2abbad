using System;
using Serf.Wire;

namespace Serf.Bench.Wire;

/// <summary>Messages of the sizes that a cluster sends: 16 bytes of name, a few tags, a short event.</summary>
internal static class Samples
{
    private static readonly byte[] _meta =
    [
        0xff, 0x82, 0xa4, .. "role"u8, 0xa3, .. "web"u8, 0xa2, .. "dc"u8, 0xa9, .. "eu-west-1"u8,
    ];

    public static ReadOnlySpan<byte> Node => "web-17.eu-west-1"u8;

    public static ReadOnlySpan<byte> Other => "web-18.eu-west-1"u8;

    public static ReadOnlySpan<byte> Address => [10, 0, 3, 17];

    public static ReadOnlySpan<byte> Meta => _meta;

    public static ReadOnlySpan<byte> Versions => [1, 5, 2, 2, 5, 5];

    public static ReadOnlySpan<byte> Payload => "version=1.42.0 commit=8f3a5c1d region=eu-west-1"u8;

    public static Ping Ping => new()
    {
        SequenceNumber = 70_001, Node = Node, SourceAddress = Address, SourcePort = 7946, SourceNode = Other,
    };

    public static IndirectPing IndirectPing => new()
    {
        SequenceNumber = 70_001, Target = Address, Port = 7946, Node = Node, Nack = true, SourceAddress = Address,
        SourcePort = 7946, SourceNode = Other,
    };

    public static Ack Ack => new() { SequenceNumber = 70_001, Payload = Payload };

    public static Nack Nack => new() { SequenceNumber = 70_001 };

    public static Suspect Suspect => new() { Incarnation = 3, Node = Node, From = Other };

    public static Alive Alive => new()
    {
        Incarnation = 3, Node = Node, Address = Address, Port = 7946, Meta = Meta, Versions = Versions,
    };

    public static Dead Dead => new() { Incarnation = 3, Node = Node, From = Other };

    public static UserEventMessage UserEvent => new()
    {
        LamportTime = 4_711, Name = "deploy"u8, Payload = Payload, Coalesce = true,
    };

    public static QueryMessage Query => new()
    {
        LamportTime = 4_711, Id = 0x8F3A5C1D, Address = Address, Port = 7946, SourceNode = Other, Filters = default,
        Flags = QueryMessage.FlagAck, RelayFactor = 1, Timeout = 15_000_000_000, Name = "uptime"u8, Payload = Payload,
    };

    public static QueryResponseMessage QueryResponse => new()
    {
        LamportTime = 4_711, Id = 0x8F3A5C1D, From = Node, Flags = 0, Payload = Payload,
    };

    public static LeaveIntent LeaveIntent => new() { LamportTime = 4_711, Node = Node };

    public static JoinIntent JoinIntent => new() { LamportTime = 4_711, Node = Node };

    /// <summary>Text of log lines and names: about what the content of packets is like for a compressor.</summary>
    public static byte[] Text(int size)
    {
        byte[] bytes = new byte[size];
        ReadOnlySpan<byte> words = "deploy web-17 eu-west-1 version=1.42.0 ok role=db rack=b4 10.0.3.17:7946 "u8;
        uint state = 7;
        for (int index = 0; index < size;)
        {
            state = (state * 1664525) + 1013904223;
            int start = (int)(state >> 8) % (words.Length - 12);
            int count = Math.Min(4 + (int)(state >> 29), size - index);
            words.Slice(start, count).CopyTo(bytes.AsSpan(index));
            index += count;
        }

        return bytes;
    }

    /// <summary>Bytes that do not compress.</summary>
    public static byte[] Noise(int size)
    {
        byte[] bytes = new byte[size];
        new Random(7).NextBytes(bytes);
        return bytes;
    }
}
