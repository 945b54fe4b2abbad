using System;
using System.Linq;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Swim;

public sealed class SwimGossipTests
{
    private static readonly NodeAddress Stranger = NodeAddress.FromIPv4(0x0A0000FE, 7946);

    private static readonly SwimOptions Quiet = SwimOptions.Lan with
    {
        PushPullInterval = TimeSpan.Zero, ProbeInterval = TimeSpan.Zero,
    };

    [Fact]
    public void A_leave_is_told_to_some_members_at_once()
    {
        SwimHost host = Recorder(Quiet, memberCount: 10, out SwimWorld world);
        Assert.True(host.Node.Leave(world.Now));
        Assert.Equal(3, host.Sent.Count);
        Assert.Equal(3, host.Sent.Select(packet => packet.Target).Distinct().Count());
        Assert.All(host.Sent, packet => Assert.Equal([MessageType.Dead], packet.Types));
        Assert.All(host.Sent, packet => Assert.True(packet.HasChecksum));

        // The queue still sends it as often as the limit asks, and only then is it finished.
        host.Sent.Clear();
        Assert.Equal(0, host.FinishedCount);
        world.Run(TimeSpan.FromSeconds(5));
        int limit = BroadcastQueue.RetransmitLimit(Quiet.RetransmitMultiplier, 11);
        Assert.Equal(limit, host.Sent.Count(packet => packet.Has(MessageType.Dead)));
        Assert.Equal(1, host.FinishedCount);
    }

    [Fact]
    public void What_waits_in_the_queue_is_gossiped_once_more_at_the_end()
    {
        SwimHost host = Recorder(Quiet, memberCount: 2, out SwimWorld world);
        host.Node.Receive(Stranger, SwimMessage.Dead("m1", 1, "x"), world.Now);
        host.Node.Shutdown();
        Assert.NotEmpty(host.Sent);
        Assert.Contains(host.Sent, packet => packet.Has(MessageType.Dead));

        int count = host.Sent.Count;
        host.Node.Shutdown();
        Assert.Equal(count, host.Sent.Count);
    }

    [Fact]
    public void Dropped_messages_are_counted_and_reported()
    {
        SwimHost host = Recorder(Quiet with { GossipInterval = TimeSpan.FromSeconds(10) }, 0, out SwimWorld world);
        for (int number = 0; number < Limits.BroadcastCountMax + 10; number++)
        {
            host.Node.Receive(Stranger, SwimMessage.Alive("n" + number, Stranger), world.Now);
        }

        Assert.True(host.Node.Broadcasts.Count <= Limits.BroadcastCountMax);
        long dropped = host.Node.DroppedBroadcastCount;
        Assert.InRange(dropped, 10, 20);
        world.Run(TimeSpan.FromSeconds(10));
        Assert.Contains(host.Lines, line => line.Contains($"{dropped} messages about members were dropped"));
        int lines = host.Lines.Count;
        world.Run(TimeSpan.FromSeconds(10));
        Assert.Equal(lines, host.Lines.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a label")]
    public void Packets_are_filled_to_the_budget_and_never_beyond(string label)
    {
        SwimOptions options = Quiet with
        {
            Label = ByteString.FromText(label), Compression = false, ProbeInterval = TimeSpan.FromSeconds(1),
        };
        SwimHost host = Recorder(options, memberCount: 60, out SwimWorld world);

        // The recording host refuses what is above the budget.
        world.Run(TimeSpan.FromSeconds(3));
        Assert.True(host.Sent.Max(packet => packet.Size) > Limits.PacketBudget - 100);
        Assert.Contains(host.Sent, packet => packet.Has(MessageType.Ping) && packet.Types.Length > 5);
    }

    [Fact]
    public void No_compound_has_more_parts_than_the_oldest_peer_reads()
    {
        SwimOptions options = Quiet with { ProbeInterval = TimeSpan.FromSeconds(1), Compression = false };
        SwimHost host = Recorder(options, memberCount: 1, out SwimWorld world);
        host.UserBroadcastCount = 200;
        world.Run(TimeSpan.FromSeconds(2));
        Assert.Equal(Limits.CompoundPartCountMax, host.Sent.Max(packet => packet.Types.Length));

        // What is over goes in a packet of its own, and is not lost.
        SentPacket[] plain = [.. host.Sent.Where(packet => packet.Types.All(type => type == MessageType.User))];
        Assert.Contains(plain, packet => packet.Types.Length == 200 - Limits.CompoundPartCountMax);
        Assert.Contains(host.Sent, packet => packet.Has(MessageType.Ping) && packet.Types.Length > 100);
    }

    [Fact]
    public void Who_is_dead_for_a_short_time_is_gossiped_to_and_who_left_is_not()
    {
        SwimOptions options = Quiet with { GossipToTheDeadTime = TimeSpan.FromSeconds(3) };
        SwimHost host = Recorder(options, memberCount: 2, out SwimWorld world);
        NodeAddress dead = host.Node.Find("m1"u8)!.Address;
        NodeAddress left = host.Node.Find("m2"u8)!.Address;
        host.Node.Receive(Stranger, SwimMessage.Dead("m1", 1, "x"), world.Now);
        host.Node.Receive(Stranger, SwimMessage.Dead("m2", 1, "m2"), world.Now);
        world.Run(TimeSpan.FromSeconds(1));
        Assert.Contains(host.Sent, packet => packet.Target == dead);
        Assert.DoesNotContain(host.Sent, packet => packet.Target == left);

        world.Run(TimeSpan.FromSeconds(3));
        host.Sent.Clear();
        host.Node.Receive(Stranger, SwimMessage.Alive("m3", Stranger), world.Now);
        world.Run(TimeSpan.FromSeconds(3));
        Assert.NotEmpty(host.Sent);
        Assert.DoesNotContain(host.Sent, packet => packet.Target == dead || packet.Target == left);
    }

    private static SwimHost Recorder(SwimOptions options, int memberCount, out SwimWorld world)
    {
        world = new SwimWorld(1);
        SwimHost host = world.Add("n0", options);
        for (int number = 1; number <= memberCount; number++)
        {
            NodeAddress address = NodeAddress.FromIPv4(0x0A000100 + (uint)number, 7946);
            byte[] message = SwimMessage.Alive("m" + number, address);
            byte[] packet = new byte[Label.HeaderSize(options.Label.Span) + message.Length];
            Label.Write(options.Label.Span, packet);
            message.CopyTo(packet, packet.Length - message.Length);
            host.Node.Receive(address, packet, world.Now);
        }

        host.Records = true;
        return host;
    }
}
