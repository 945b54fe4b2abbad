using System;
using System.Text;
using Serf.Primitives;
using Serf.Swim;
using Xunit;

namespace Serf.Core.Tests.Swim;

public sealed class SwimUserMessageTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(100_000)]
    public void A_message_over_a_stream_arrives_when_no_packet_does(int size)
    {
        SwimWorld world = new(1) { PacketPasses = (_, _) => false };
        SwimHost left = world.Add("a");
        SwimHost right = world.Add("b");
        byte[] message = Encoding.ASCII.GetBytes(new string('x', size));
        Assert.NotEqual(StreamId.None, left.Node.SendUserMessageStream(right.Address, message, world.Now));
        world.Run(TimeSpan.FromSeconds(1));
        Assert.Equal(message, Assert.Single(right.RawMessages));
        Assert.Equal([null], left.SentMessages);
    }

    [Fact]
    public void A_label_goes_in_front_of_it()
    {
        SwimOptions options = SwimOptions.Lan with { Label = ByteString.FromText("blue") };
        SwimWorld world = new(2);
        SwimHost left = world.Add("a", options);
        SwimHost right = world.Add("b", options);
        left.Node.SendUserMessageStream(right.Address, "hello"u8, world.Now);
        world.Run(TimeSpan.FromSeconds(1));
        Assert.Equal(["hello"], right.Messages);
    }

    [Fact]
    public void An_empty_message_delivers_nothing()
    {
        SwimWorld world = new(3);
        SwimHost left = world.Add("a");
        SwimHost right = world.Add("b");
        left.Node.SendUserMessageStream(right.Address, default, world.Now);
        world.Run(TimeSpan.FromSeconds(1));
        Assert.Equal([null], left.SentMessages);
        Assert.Empty(right.Messages);
    }

    [Fact]
    public void A_dial_that_fails_or_never_ends_is_reported()
    {
        SwimWorld world = new(4);
        SwimHost left = world.Add("a");
        SwimHost right = world.Add("b");
        left.Node.SendUserMessageStream(NodeAddress.FromIPv4(0x0A0000FF, 7946), "x"u8, world.Now);
        world.StreamPasses = (_, _) => false;
        left.Node.SendUserMessageStream(right.Address, "x"u8, world.Now);
        world.Run(TimeSpan.FromSeconds(11));
        Assert.Equal(
            ["dial tcp 10.0.0.255:7946: connect: connection refused", "dial tcp 10.0.0.2:7946: i/o timeout"],
            left.SentMessages);
        Assert.Empty(right.Messages);
    }

    [Fact]
    public void What_no_peer_takes_is_not_even_dialled()
    {
        SwimWorld world = new(5);
        SwimHost left = world.Add("a");
        byte[] message = new byte[Limits.StreamSizeMax + 1];
        Assert.Equal(StreamId.None, left.Node.SendUserMessageStream(left.Address, message, world.Now));
        Assert.NotEqual(
            StreamId.None, left.Node.SendUserMessageStream(left.Address, message.AsSpan(1), world.Now));
        left.Node.Shutdown();
        Assert.Equal(StreamId.None, left.Node.SendUserMessageStream(left.Address, "x"u8, world.Now));
    }
}
