using System;
using System.Linq;
using System.Text;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Swim;

/// <summary>What a member that was given up, and is alive again, is told.</summary>
public sealed class SwimReturnTests
{
    private static readonly NodeAddress Stranger = NodeAddress.FromIPv4(0x0A0000FE, 7946);

    [Fact]
    public void It_is_told_of_the_teller_first_and_of_all_others_that_are_alive()
    {
        SwimHost host = Recorder(5, out SwimWorld world);
        host.Node.Receive(Stranger, SwimMessage.Dead("n3", 1, "n2"), world.Now);
        host.Node.Receive(Stranger, SwimMessage.Suspect("n4", 1, "n2"), world.Now);
        host.Node.TellReturned(host.Node.Find("n0"u8)!, world.Now);
        SentPacket packet = Assert.Single(host.Sent);
        Assert.Equal(AddressOf(0), packet.Target);
        string[] names = NamesIn(packet);
        Assert.Equal("a", names[0]);
        Assert.Equal(["n1", "n2"], names[1..].Order());
    }

    [Fact]
    public void One_packet_does_whatever_the_number_of_members_and_the_length_of_their_metadata()
    {
        SwimHost host = Recorder(30, out SwimWorld world, metaSize: 8);
        host.Node.TellReturned(host.Node.Find("n0"u8)!, world.Now);
        Assert.Equal(Limits.ReturnClaimCountMax, NamesIn(Assert.Single(host.Sent)).Length);

        host = Recorder(30, out world, metaSize: Limits.MetaSizeMax);
        host.Node.TellReturned(host.Node.Find("n0"u8)!, world.Now);
        SentPacket packet = Assert.Single(host.Sent);
        Assert.InRange(NamesIn(packet).Length, 2, 3);
        Assert.InRange(packet.Size, 0, Limits.PacketBudget);
    }

    [Fact]
    public void Each_is_told_once_in_a_second_and_no_more_than_a_fixed_number()
    {
        SwimHost host = Recorder(31, out SwimWorld world);
        Member first = host.Node.Find("n0"u8)!;
        host.Node.TellReturned(first, world.Now);
        host.Node.TellReturned(first, world.Now);
        Assert.Single(host.Sent);
        host.Node.TellReturned(first, world.Now + TimeSpan.FromSeconds(1));
        Assert.Equal(2, host.Sent.Count);

        host = Recorder(500, out world);
        for (int number = 0; number < 500; number++)
        {
            host.Node.TellReturned(host.Node.Find(Encoding.UTF8.GetBytes($"n{number}"))!, world.Now);
        }

        // Each with a chance of 32 in 501.
        Assert.InRange(host.Sent.Count, 8, Limits.ReturnedCountMax);
    }

    [Fact]
    public void In_a_large_cluster_about_as_many_tell_it_as_in_one_of_that_limit()
    {
        SwimHost host = Recorder(1000, out SwimWorld world);
        Member member = host.Node.Find("n0"u8)!;
        for (int second = 0; second < 1000; second++)
        {
            host.Node.TellReturned(member, world.Now + TimeSpan.FromSeconds(second));
        }

        Assert.InRange(host.Sent.Count, Limits.ReturnTellerCount / 2, Limits.ReturnTellerCount * 2);
    }

    private static SwimHost Recorder(int count, out SwimWorld world, int metaSize = 1)
    {
        world = new SwimWorld(2);
        SwimHost host = world.Add("a");
        for (int number = 0; number < count; number++)
        {
            host.Node.Receive(
                Stranger, SwimMessage.Alive($"n{number}", AddressOf(number), 1, new byte[metaSize]), world.Now);
        }

        host.Records = true;
        return host;
    }

    private static NodeAddress AddressOf(int number) => NodeAddress.FromIPv4(0x0A000100 + (uint)number, 7946);

    private static string[] NamesIn(SentPacket packet) =>
        [.. packet.Messages.Select(message =>
        {
            Assert.Equal(MessageType.Alive, message.Type);
            Assert.Equal(ReadStatus.Ok, SwimCodec.TryRead(message.Body, out Alive alive));
            return Encoding.UTF8.GetString(alive.Node);
        })];
}
