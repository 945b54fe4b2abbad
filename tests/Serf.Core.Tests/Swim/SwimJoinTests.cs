using System;
using System.Collections.Generic;
using System.Linq;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Swim;

public sealed class SwimJoinTests
{
    private static readonly SwimOptions Quiet = SwimOptions.Lan with
    {
        PushPullInterval = TimeSpan.Zero, ProbeInterval = TimeSpan.Zero,
    };

    [Fact]
    public void A_joiner_tells_of_itself_and_not_of_what_it_has_just_learnt()
    {
        SwimWorld world = new(1);
        SwimHost seed = world.Add("seed", Quiet);
        for (int number = 1; number <= 30; number++)
        {
            NodeAddress address = NodeAddress.FromIPv4(0x0A000100 + (uint)number, 7946);
            seed.Node.Receive(address, SwimMessage.Alive("m" + number, address), world.Now);
        }

        world.Run(TimeSpan.FromSeconds(30));
        SwimHost joiner = world.Add("joiner", Quiet);
        joiner.Records = true;
        joiner.Node.PushPull(seed.Address, join: true, world.Now);
        world.Run(TimeSpan.FromSeconds(30));
        Assert.Equal(32, joiner.Node.AliveCount);
        Dictionary<string, int> told = joiner.Sent
            .SelectMany(packet => packet.Messages)
            .Where(message => message.Type == MessageType.Alive)
            .GroupBy(message => NameOf(message.Body))
            .ToDictionary(group => group.Key, group => group.Count());
        Assert.Equal(["joiner"], told.Keys);
        Assert.Equal(BroadcastQueue.RetransmitLimit(4, 32), told["joiner"]);

        // What it hears later it passes on like everybody else.
        joiner.Sent.Clear();
        joiner.Node.Receive(seed.Address, SwimMessage.Alive("late", seed.Address), world.Now);
        world.Run(TimeSpan.FromSeconds(1));
        Assert.Contains(joiner.Sent, packet => packet.Has(MessageType.Alive));
        Assert.Equal(32, seed.Node.AliveCount - 1);
    }

    [Fact]
    public void Two_clusters_that_one_joiner_connects_come_to_know_each_other_by_gossip()
    {
        SwimWorld world = new(2);
        SwimHost[] left = Pair(world, "a");
        SwimHost[] right = Pair(world, "b");
        left[0].Node.PushPull(right[0].Address, join: true, world.Now);
        world.Run(TimeSpan.FromSeconds(5));
        Assert.All(world.Hosts, host => Assert.Equal(4, host.Node.AliveCount));
    }

    private static SwimHost[] Pair(SwimWorld world, string name)
    {
        SwimHost first = world.Add(name + 1, Quiet);
        SwimHost second = world.Add(name + 2, Quiet);
        second.Node.PushPull(first.Address, join: true, world.Now);
        world.Run(TimeSpan.FromSeconds(5));
        return [first, second];
    }

    private static string NameOf(byte[] body)
    {
        Assert.Equal(ReadStatus.Ok, SwimCodec.TryRead(body, out Alive alive));
        return ByteText.FromBytes(alive.Node);
    }
}
