using System;
using System.Linq;
using Serf.Cluster;
using Serf.Swim;
using Xunit;

namespace Serf.Core.Tests.Cluster;

/// <summary>The three queues of what is to be gossiped (spec serf 10, 15.3: B1 to B3).</summary>
public sealed class ClusterQueueTests
{
    [Theory]
    [InlineData(0, 100, 4096)]
    [InlineData(1024, 100, 1024)]
    [InlineData(16, 100, 200)]
    [InlineData(16, 101, 202)]
    public void The_limit_follows_the_members_where_a_least_one_is_set(int least, int members, int expected) =>
        Assert.Equal(
            expected, SerfNode.QueueDepthLimit(ClusterWorld.Plain with { QueueDepthMin = least }, members));

    [Fact]
    public void The_limit_is_kept_at_insertion_and_follows_the_members_with_time()
    {
        ClusterWorld world = ClusterWorld.Joined(20, 1, ClusterWorld.Plain with { QueueDepthMin = 16 });
        SerfHost host = world.Hosts[0];
        world.Run(31);
        world.Net.PacketPasses = (_, _) => false;
        for (int number = 0; number < 100; number++)
        {
            host.HearJoin("x" + number, 5);
        }

        Assert.Equal("40", host.Stat("intent_queue"));
        Assert.Equal([new("broadcasts", "60")], host.Serf.Losses());
    }

    [Fact]
    public void Drops_are_told_in_the_log_and_a_deep_queue_too()
    {
        ClusterWorld world = new(2);
        SerfHost host = world.Add("n0", ClusterWorld.Plain with { QueueDepthMax = 200 });
        for (int number = 0; number < 250; number++)
        {
            host.HearJoin("x" + number, 5);
        }

        world.Run(31);
        Assert.Contains(host.Lines, line => line.Contains("Intent queue depth: 200"));
        Assert.Contains(
            host.Lines,
            line => line.Contains("Intent queue exceeds its limit of 200, messages dropped: 50"));
        host.Forget();
        world.Run(31);
        Assert.DoesNotContain(host.Lines, line => line.Contains("messages dropped"));
    }

    [Fact]
    public void The_sender_is_told_when_only_what_was_never_sent_could_make_room()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 3, ClusterWorld.Plain with { QueueDepthMax = 100 });
        SerfHost host = world.Hosts[0];
        for (int number = 0; number < 100; number++)
        {
            Assert.Null(host.SendEvent("e" + number));
        }

        Assert.Equal("event queue is full: too many events wait to be sent", host.SendEvent("refused"));
        Assert.Equal(0, host.CountOf("user refused"));
        Assert.Empty(host.Serf.Losses());

        // What was told to somebody may make room.
        world.Run(0.3);
        Assert.Null(host.SendEvent("taken"));
        world.Run(20);
        Assert.Equal(1, world.Hosts[1].CountOf("user taken"));
        Assert.Equal(101, world.Hosts[1].Delivered.OfType<UserEvent>().Count());
    }

    [Fact]
    public void Alone_a_full_queue_refuses_nothing()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 4, ClusterWorld.Plain with { QueueDepthMax = 100 });
        SerfHost host = world.Hosts[0];
        world.Kill(world.Hosts[1]);
        world.Run(60);
        for (int number = 0; number < 300; number++)
        {
            Assert.Null(host.SendEvent("e" + number));
        }

        Assert.Equal(300, host.Delivered.OfType<UserEvent>().Count());
    }

    [Fact]
    public void A_storm_of_intents_holds_up_neither_queries_nor_events()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 5);
        SerfHost host = world.Hosts[0];
        world.Net.PacketPasses = (_, _) => false;
        for (int number = 0; number < 1000; number++)
        {
            host.HearJoin("node-" + number, 50);
        }

        host.HearEvent("event", 9, new byte[400]);
        host.Hear(ClusterQueryTests.Message(new() { LamportTime = 9, Name = "query"u8, Payload = new byte[900] }));
        KeptMessages sink = new();
        ((ISwimObserver)host.Serf).CollectBroadcasts(3, 1395, sink);
        Assert.All(sink.Messages, message => Assert.Equal(1, message[0]));
        for (int packet = 0; packet < 4; packet++)
        {
            sink.Messages.Clear();
            ((ISwimObserver)host.Serf).CollectBroadcasts(3, 1395, sink);
            Assert.InRange(sink.Messages.Sum(message => message.Length + 3), 1, 1395);
            if (packet == 0)
            {
                Assert.Contains(sink.Messages, message => message[0] == 4);
            }

            if (packet == 1)
            {
                Assert.Contains(sink.Messages, message => message[0] == 3);
            }

            Assert.Equal(
                sink.Messages.Count, sink.Messages.Select(Convert.ToHexString).Distinct().Count());
        }
    }

    [Fact]
    public void Only_the_newest_intent_about_a_node_is_queued()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 6);
        SerfHost host = world.Hosts[0];
        for (ulong time = 20; time < 40; time++)
        {
            host.HearJoin("n1", time);
            host.HearLeave("stranger", time);
        }

        Assert.Equal("2", host.Stat("intent_queue"));
        KeptMessages sink = new();
        ((ISwimObserver)host.Serf).CollectBroadcasts(3, 1395, sink);
        Assert.All(sink.Messages, message => Assert.Contains((byte)39, message));
    }

    [Fact]
    public void A_call_that_waits_for_its_intent_is_not_disturbed_by_newer_ones()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 7);
        SerfHost host = world.Hosts[0];
        world.Kill(world.Hosts[2]);
        world.Run(30);
        long call = host.ForceLeave("n2");
        for (ulong time = 100; time < 110; time++)
        {
            host.HearLeave("n2", time);
        }

        world.Run(4);
        Assert.Null(host.Completed[call].Error);
        Assert.Equal("0", host.Stat("intent_queue"));
    }
}
