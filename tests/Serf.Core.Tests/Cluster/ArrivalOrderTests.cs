using System;
using System.Linq;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Cluster;

public sealed class ArrivalOrderTests
{
    private static readonly Instant Now = new(1_000_000_000);

    [Fact]
    public void Events_of_one_packet_are_delivered_in_the_order_of_their_times()
    {
        RecordingEffects effects = new();
        SerfNode node = Started(effects);
        byte[] packet = Packet(Event(9), Event(7), Event(8), Event(7, "other"));

        node.Swim.Receive(NodeAddress.FromIPv4(0x7F000002, 7946), packet, Now);

        Assert.Equal(
            ["7 e", "7 other", "8 e", "9 e"],
            effects.Events.OfType<UserEvent>().Select(happened => $"{happened.LamportTime} {happened.Name}"));
    }

    [Fact]
    public void An_event_that_does_not_decode_takes_nothing_with_it()
    {
        RecordingEffects effects = new();
        SerfNode node = Started(effects);
        byte[] broken = Event(8);
        byte[] packet = Packet(Event(9), broken[..^3], Event(7));

        node.Swim.Receive(NodeAddress.FromIPv4(0x7F000002, 7946), packet, Now);

        Assert.Equal(
            [7UL, 9UL], effects.Events.OfType<UserEvent>().Select(happened => happened.LamportTime));
    }

    private static SerfNode Started(RecordingEffects effects)
    {
        SwimOptions swim = new()
        {
            Name = ByteString.FromText("self"),
            AdvertiseAddress = NodeAddress.FromIPv4(0x7F000001, 7946),
        };
        SerfNode node = new(new SerfOptions(), swim, effects, effects, seed: 1);
        node.Start(Now);
        return node;
    }

    private static byte[] Event(ulong time, string name = "e")
    {
        UserEventMessage message = new() { LamportTime = time, Name = ByteString.FromText(name).Span };
        byte[] bytes = new byte[SerfCodec.SizeOf(message) + 1];
        bytes[0] = (byte)MessageType.User;
        SerfCodec.Write(message, bytes.AsSpan(1));
        return bytes;
    }

    private static byte[] Packet(params byte[][] messages)
    {
        PacketWriter writer = new(default, compress: true);
        writer.Begin();
        foreach (byte[] message in messages)
        {
            writer.Add(message);
        }

        return writer.Finish(checksum: true).ToArray();
    }
}
