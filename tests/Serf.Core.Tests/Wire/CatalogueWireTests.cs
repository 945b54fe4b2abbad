using System;
using System.Linq;
using System.Text;
using Serf.Primitives;
using Serf.Wire;
using Xunit;
using static Serf.Core.Tests.Wire.SerfRecoder;

namespace Serf.Core.Tests.Wire;

/// <summary>The bytes that the specification itself gives (spec serf 1.7), and its numbers (1.3, 1.5, 1.6).</summary>
public sealed class CatalogueWireTests
{
    private static readonly byte[] _localhost = [127, 0, 0, 1];

    [Fact]
    public void Intents_and_user_events_are_written_as_specified()
    {
        Same("0083a54c54696d6505a44e6f6465a3666f6fa55072756e65c2", Write(
            new LeaveIntent { LamportTime = 5, Node = "foo"u8 }));
        Same("0083a54c54696d65cd012ca44e6f6465a3666f6fa55072756e65c3", Write(
            new LeaveIntent { LamportTime = 300, Node = "foo"u8, Prune = true }));
        Same("0182a54c54696d6505a44e6f6465a3666f6f", Write(new JoinIntent { LamportTime = 5, Node = "foo"u8 }));
        Same("0384a24343c3a54c54696d6507a44e616d65a66465706c6f79a75061796c6f6164a27631", Write(
            new UserEventMessage { LamportTime = 7, Name = "deploy"u8, Payload = "v1"u8, Coalesce = true }));
        Same("0384a24343c2a54c54696d6507a44e616d65a66465706c6f79a75061796c6f6164c0", Write(
            new UserEventMessage { LamportTime = 7, Name = "deploy"u8 }));
        Same("0384a24343c2a54c54696d6507a44e616d65a66465706c6f79a75061796c6f6164a0", Write(
            new UserEventMessage { LamportTime = 7, Name = "deploy"u8, Payload = new byte[1].AsSpan(0, 0) }));
    }

    [Fact]
    public void A_state_is_written_as_specified()
    {
        EventBucket bucket = new(1);
        bucket.Entries.Add(new(ByteString.FromText("deploy"), "v1"u8.ToArray()));
        bucket.Entries.Add(new(ByteString.FromText("x"), null));
        bucket.Entries.Add(new(ByteString.FromText("y"), []));
        SerfPushPull state = new()
        {
            LamportTime = 42,
            Statuses = [new(ByteString.FromText("a"), 20)],
            LeftMembers = [ByteString.FromText("b")],
            EventTime = 2,
            Events = [null, bucket, null, null],
            QueryTime = 1,
        };
        byte[] written = new byte[SerfCodec.SizeOf(state)];
        Assert.Equal(written.Length, SerfCodec.Write(state, written));
        Same(
            "0286aa4576656e744c54696d6502a64576656e747394c082a64576656e74739382a44e616d65a66465706c6f79a75061796c6f"
            + "6164a2763182a44e616d65a178a75061796c6f6164c082a44e616d65a179a75061796c6f6164a0a54c54696d6501c0c0a54c"
            + "54696d652aab4c6566744d656d6265727391a162aa51756572794c54696d6501ac5374617475734c54696d657381a16114",
            written);
    }

    [Fact]
    public void Queries_and_their_answers_are_written_as_specified()
    {
        byte[] filters = Convert.FromHexString("92aa0092a3666f6fa3626172b50182a445787072a45e776562a3546167a4726f6c65");
        Same(
            "048ba441646472a47f000001a746696c7465727392aa0092a3666f6fa3626172b50182a445787072a45e776562a3546167a472"
            + "6f6c65a5466c61677301a24944ce12345678a54c54696d6509a44e616d65a46c6f6164a75061796c6f6164a26869a4506f72"
            + "74cd1f0aab52656c6179466163746f7202aa536f757263654e6f6465a3666f6fa754696d656f7574d300000000bebc2000",
            Write(new QueryMessage
            {
                LamportTime = 9, Id = 0x12345678, Address = _localhost, Port = 7946, SourceNode = "foo"u8,
                Filters = filters, Flags = 1, RelayFactor = 2, Timeout = 3_200_000_000, Name = "load"u8,
                Payload = "hi"u8,
            }));
        Same(
            "048ba441646472b000000000000000000000ffff7f000001a746696c74657273c0a5466c61677300a2494401a54c54696d6509"
            + "a44e616d65a46c6f6164a75061796c6f6164c0a4506f7274cd1f0aab52656c6179466163746f7200aa536f757263654e6f64"
            + "65a3666f6fa754696d656f7574d3000000037e11d600",
            Write(new QueryMessage
            {
                LamportTime = 9, Id = 1, Address = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 127, 0, 0, 1],
                Port = 7946, SourceNode = "foo"u8, Timeout = 15_000_000_000, Name = "load"u8,
            }));
        Same(
            "0585a5466c61677300a446726f6da3666f6fa2494401a54c54696d6509a75061796c6f6164a474657374",
            Write(Response("test"u8, 0)));
        Same(
            "0585a5466c61677301a446726f6da3666f6fa2494401a54c54696d6509a75061796c6f6164c0",
            Write(Response(default, QueryResponseMessage.FlagAck)));
    }

    [Fact]
    public void Answers_between_nodes_are_written_as_specified()
    {
        ConflictResponse member = new()
        {
            Name = "foo"u8, Address = _localhost, Port = 7946, Tags = TagsOf("role", "web"), Status = 1,
            ProtocolMin = 1, ProtocolMax = 5, ProtocolCur = 2, DelegateMin = 2, DelegateMax = 5, DelegateCur = 4,
        };
        byte[] written = new byte[SerfCodec.SizeOf(member)];
        SerfCodec.Write(member, written);
        Same(
            "068ba441646472a47f000001ab44656c656761746543757204ab44656c65676174654d617805ab44656c65676174654d696e02"
            + "a44e616d65a3666f6fa4506f7274cd1f0aab50726f746f636f6c43757202ab50726f746f636f6c4d617805ab50726f746f63"
            + "6f6c4d696e01a653746174757301a45461677381a4726f6c65a3776562",
            written);
        KeyRequest install = new() { Key = [1, 2, 3] };
        written = new byte[SerfCodec.SizeOf(install)];
        SerfCodec.Write(install, written);
        Same("0781a34b6579a3010203", written);
        KeyRequest list = new() { Key = new byte[1].AsSpan(0, 0) };
        written = new byte[SerfCodec.SizeOf(list)];
        SerfCodec.Write(list, written);
        Same("0781a34b6579a0", written);
        KeyResponse done = new() { Result = true };
        written = new byte[SerfCodec.SizeOf(done)];
        SerfCodec.Write(done, written);
        Same("0884a44b657973c0a74d657373616765a0aa5072696d6172794b6579a0a6526573756c74c3", written);
        RelayHeader header = new() { Ip = _localhost, Port = 1234, DestinationName = "test"u8 };
        written = new byte[SerfCodec.SizeOf(header)];
        SerfCodec.Write(header, written);
        Same(
            "0982a8446573744164647283a24950a47f000001a4506f7274d104d2a45a6f6e65a0a8446573744e616d65a474657374"
            + "0585a5466c61677300a446726f6da3666f6fa2494401a54c54696d6509a75061796c6f6164a474657374",
            [.. written, .. Write(Response("test"u8, 0))]);
    }

    [Fact]
    public void A_fresh_coordinate_is_written_as_specified()
    {
        CoordinateMessage fresh = new() { Vector = new double[8], Error = 1.5, Height = 1e-5 };
        byte[] written = new byte[CoordinateCodec.SizeOf(fresh)];
        CoordinateCodec.Write(fresh, written);
        string zeros = string.Concat(Enumerable.Repeat("cb0000000000000000", 8));
        Same(
            "84aa41646a7573746d656e74cb0000000000000000a54572726f72cb3ff8000000000000a6486569676874cb3ee4f8b588e368f1"
            + "a356656398" + zeros,
            written);
        Assert.Equal(129, written.Length);
    }

    [Fact]
    public void Types_and_flags_have_the_numbers_of_the_network()
    {
        Assert.Equal(
            "Leave=0 Join=1 PushPull=2 UserEvent=3 Query=4 QueryResponse=5 ConflictResponse=6 KeyRequest=7 "
            + "KeyResponse=8 Relay=9",
            string.Join(' ', Enum.GetValues<SerfMessageType>().Select(type => $"{type}={(int)type}")));
        Assert.Equal((1u, 2u, 1u), (
            QueryMessage.FlagAck, QueryMessage.FlagNoBroadcast, QueryResponseMessage.FlagAck));
    }

    [Theory]
    [InlineData("82 a8 44657374 41646472 82 a2 4950 a4 7f000001 a4 506f7274 d1 04d2 a8 44657374 4e616d65 a4 74657374", "test")]
    [InlineData("81 a8 44657374 41646472 83 a2 4950 a4 7f000001 a4 506f7274 d1 04d2 a4 5a6f6e65 a0", "")]
    [InlineData("92 93 a4 7f000001 d1 04d2 a0 a4 74657374", "test")]
    public void A_relay_header_is_read_without_a_zone_and_without_a_name(string hex, string name)
    {
        byte[] body = [.. Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)), 5, 0x80];
        Assert.Equal(ReadStatus.Ok, SerfCodec.TryRead(body, out RelayHeader header, out ReadOnlySpan<byte> inner));
        Assert.Equal(name, Encoding.ASCII.GetString(header.DestinationName));
        Assert.Equal(1234, header.Port);
        Assert.Equal(_localhost, header.Ip.ToArray());
        Assert.Equal(0, header.Zone.Length);
        Assert.Equal([5, 0x80], inner.ToArray());
    }

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(31, 127, 127)]
    [InlineData(32, 128, 255)]
    [InlineData(255, 256, 65_536)]
    [InlineData(300, 65_536, uint.MaxValue)]
    public void Sizes_are_those_that_the_specification_reckons(int size, int time, uint id)
    {
        byte[] text = new byte[size];
        text.AsSpan().Fill((byte)'x');
        int s = size <= 31 ? size + 1 : size + 3;
        int t = time <= 127 ? 1 : time <= 255 ? 2 : time <= 65_535 ? 3 : 5;
        int i = id <= 127 ? 1 : id <= 255 ? 2 : id <= 65_535 ? 3 : 5;
        ulong at = (ulong)time;
        Assert.Equal(20 + t + s, Write(new LeaveIntent { LamportTime = at, Node = text }).Length);
        Assert.Equal(13 + t + s, Write(new JoinIntent { LamportTime = at, Node = text }).Length);
        Assert.Equal(25 + t + s + 1, Write(new UserEventMessage { LamportTime = at, Name = text }).Length);
        Assert.Equal(30 + 1 + s + i + t + 1, Write(
            new QueryResponseMessage { LamportTime = at, Id = id, From = text }).Length);
        foreach ((long timeout, int d) in new[] { (2_147_483_647L, 5), (2_147_483_648L, 9) })
        {
            Assert.Equal(79 + 5 + 1 + 1 + i + t + 5 + s + 3 + 1 + 4 + d, Write(new QueryMessage
            {
                LamportTime = at, Id = id, Address = _localhost, Port = 7946, SourceNode = "foo"u8, Name = "load"u8,
                Payload = text, Timeout = timeout,
            }).Length);
        }

        foreach ((ushort port, int p) in new[] { ((ushort)32_767, 3), ((ushort)32_768, 5) })
        {
            RelayHeader header = new() { Ip = _localhost, Port = port, DestinationName = text };
            Assert.Equal(34 + 5 + p + 1 + s, SerfCodec.SizeOf(header));
        }
    }

    private static void Same(string hex, byte[] written) => Assert.Equal(hex, Convert.ToHexStringLower(written));

    private static QueryResponseMessage Response(ReadOnlySpan<byte> payload, uint flags) => new()
    {
        LamportTime = 9, Id = 1, From = "foo"u8, Flags = flags, Payload = payload,
    };

    private static Tags TagsOf(string key, string value) =>
        Tags.From([new(ByteString.FromText(key), ByteString.FromText(value))]);
}
