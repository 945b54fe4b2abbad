using System;
using System.Collections.Generic;
using System.Linq;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Swim;
using Xunit;

namespace Serf.Core.Tests.Cluster;

/// <summary>User events across several nodes (spec serf 5, 7, 10).</summary>
public sealed class ClusterUserEventTests
{
    [Fact]
    public void An_event_reaches_everybody_exactly_once()
    {
        ClusterWorld world = ClusterWorld.Joined(12, 1);
        for (int number = 0; number < 20; number++)
        {
            Assert.Null(world.Hosts[number % 12].SendEvent("e" + number, [1, (byte)number]));
            world.Run(0.1);
        }

        // Long enough for several push/pulls, which replay what is known already.
        world.Run(100);
        string[] expected = [.. Enumerable.Range(0, 20).Select(number => "user e" + number).Order()];
        Assert.All(world.Hosts, host => Assert.Equal(expected, host.Events.Order()));
        Assert.All(world.Hosts, host => Assert.Equal("0", host.Stat("event_queue")));
    }

    [Fact]
    public void An_event_survives_heavy_loss()
    {
        ClusterWorld world = ClusterWorld.Joined(6, 2);
        world.Net.Loss = 0.4;
        world.Hosts[0].SendEvent("deploy");
        world.Run(120);
        Assert.All(world.Hosts, host => Assert.Equal(1, host.CountOf("user deploy")));
    }

    [Fact]
    public void A_late_joiner_hears_old_events_once_in_order_unless_it_asks_not_to()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 3);
        world.Hosts[0].SendEvent("first", coalesce: true);
        world.Hosts[0].SendEvent("second");
        world.Run(5);
        SerfHost curious = world.Add("curious");
        curious.Join([world.Hosts[0]]);
        SerfHost aloof = world.Add("aloof");
        aloof.Join([world.Hosts[1]], ignoreOld: true);
        world.Run(100);

        Assert.Equal(["user first", "user second"], curious.Events.Where(line => line.StartsWith("user")));
        Assert.DoesNotContain(curious.Delivered.OfType<UserEvent>(), happened => happened.Coalesce);
        Assert.DoesNotContain(aloof.Events, line => line.StartsWith("user"));

        world.Hosts[1].SendEvent("third");
        world.Run(5);
        Assert.Equal(1, aloof.CountOf("user third"));
        Assert.Equal(1, curious.CountOf("user third"));
    }

    [Fact]
    public void Only_the_join_that_asked_leaves_old_events_out()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 4);
        world.Hosts[0].SendEvent("old");
        world.Run(5);
        SerfHost host = world.Add("host");
        host.Join(ignoreOld: true, SerfHost.Target(NodeAddress.FromIPv4(0x0A0000C8, 7946)));
        host.Join([world.Hosts[0]], ignoreOld: false);
        world.Run(5);
        Assert.Equal(1, host.CountOf("user old"));
    }

    [Fact]
    public void Sizes_are_checked_before_and_after_encoding()
    {
        ClusterWorld world = new(5);
        SerfHost host = world.Add("n0");
        Assert.Equal(
            "user event exceeds configured limit of 512 bytes before encoding",
            host.SendEvent("name", new byte[509]));
        Assert.Equal(
            "encoded user event exceeds configured limit of 512 bytes after encoding",
            host.SendEvent("name", new byte[508]));
        Assert.Equal("1", host.Stat("event_time"));
        Assert.Null(host.SendEvent("name", new byte[400]));
        Assert.Equal("2", host.Stat("event_time"));
        Assert.Equal("1", host.Stat("event_queue"));
        Assert.Null(host.SendEvent(""));
    }

    [Fact]
    public void A_configured_limit_above_the_sane_one_is_refused()
    {
        ClusterWorld world = new(6);
        SerfException refusal = Assert.Throws<SerfException>(
            () => world.Add("n0", ClusterWorld.Plain with { UserEventSizeMax = 9217 }));
        Assert.Equal("user event size limit exceeds limit of 9216 bytes", refusal.Message);
        SerfHost host = world.Add("n1", ClusterWorld.Plain with { UserEventSizeMax = 9216 });
        Assert.Contains("user event exceeds", host.SendEvent("n", new byte[9216]));
        Assert.Contains("encoded user event exceeds", host.SendEvent("n", new byte[9200]));
        Assert.Null(host.SendEvent("n", new byte[9000]));
    }

    [Theory]
    [InlineData(1, "too low")]
    [InlineData(6, "too high")]
    public void Unknown_protocol_versions_are_refused(int version, string words)
    {
        ClusterWorld world = new(7);
        SerfException refusal = Assert.Throws<SerfException>(
            () => world.Add("n0", ClusterWorld.Plain with { ProtocolVersion = version }));
        Assert.StartsWith($"Protocol version '{version}' {words}", refusal.Message);
    }

    [Fact]
    public void The_same_event_with_nil_or_empty_payload_is_one_event()
    {
        ClusterWorld world = new(8);
        SerfHost host = world.Add("n0");
        host.HearEvent("e", 5);
        host.HearEvent("e", 5, []);
        host.HearEvent("e", 5, [1]);
        host.HearEvent("f", 5);
        Assert.Equal(["user e", "user e", "user f"], host.Events.Skip(1));
    }

    [Fact]
    public void The_window_takes_its_lower_edge_and_no_more()
    {
        ClusterWorld world = new(9);
        SerfHost host = world.Add("n0", ClusterWorld.Plain with { EventBufferCount = 512 });
        host.HearEvent("new", 1511);
        Assert.Equal("1512", host.Stat("event_time"));
        host.HearEvent("edge", 1000);
        host.HearEvent("old", 999);
        Assert.Equal(["user new", "user edge"], host.Events.Skip(1));
        Assert.Contains(host.Lines, line => line.Contains("received old event old from time 999"));
    }

    [Fact]
    public void A_full_event_buffer_refuses_and_takes_again_when_its_times_are_past()
    {
        ClusterWorld world = new(10);
        SerfHost host = world.Add("n0");
        byte[] payload = new byte[9000];
        for (int number = 0; number < 1000; number++)
        {
            payload[0] = (byte)number;
            payload[1] = (byte)(number >> 8);
            host.HearEvent("fat", 10, payload);
        }

        int kept = host.CountOf("user fat");
        Assert.Equal(Limits.EventBufferSizeMax / (9000 + 3 + Limits.EventOverhead), kept);
        host.HearEvent("fat", 11, payload);
        Assert.Equal(kept, host.CountOf("user fat"));
        host.HearEvent("small", 12);
        Assert.Equal(1, host.CountOf("user small"));

        // A time whose slot is another one; the fat bucket is below the window.
        host.HearEvent("later", 10 + 512 + 20, payload);
        Assert.Equal(1, host.CountOf("user later"));
    }

    [Fact]
    public void One_time_holds_a_bounded_number_of_events()
    {
        ClusterWorld world = new(11);
        SerfHost host = world.Add("n0");
        for (int number = 0; number < Limits.EventsPerTimeMax + 5; number++)
        {
            host.HearEvent("e" + number, 10);
        }

        Assert.Equal(Limits.EventsPerTimeMax, host.Delivered.OfType<UserEvent>().Count());
        host.HearEvent("e0", 11);
        Assert.Equal(2, host.CountOf("user e0"));
    }

    [Fact]
    public void What_is_heard_is_passed_on_unchanged_and_only_once()
    {
        ClusterWorld world = new(12);
        SerfHost host = world.Add("n0");

        // An unknown key at the end: LTime 5, Name "e", X 1.
        byte[] message = [3, 0x83, 0xA5, .. "LTime"u8, 5, 0xA4, .. "Name"u8, 0xA1, .. "e"u8, 0xA1, .. "X"u8, 1];
        host.Hear(message);
        host.Hear(message);
        Assert.Equal("1", host.Stat("event_queue"));
        KeptMessages sink = new();
        ((ISwimObserver)host.Serf).CollectBroadcasts(3, 1395, sink);
        Assert.Equal(message, Assert.Single(sink.Messages));
    }

    [Fact]
    public void Intents_go_before_queries_and_queries_before_events_within_the_limit()
    {
        ClusterWorld world = new(13);
        SerfHost host = world.Add("n0");
        host.HearEvent("event", 5);
        host.Hear(ClusterQueryTests.Message(new() { LamportTime = 5, Name = "query"u8 }));
        host.HearLeave("somebody", 9);
        KeptMessages sink = new();
        ISwimObserver observer = host.Serf;
        observer.CollectBroadcasts(3, 1395, sink);
        Assert.Equal([0, 4, 3], sink.Messages.Select(message => (int)message[0]));

        int intentSize = sink.Messages[0].Length + 3;
        int eventSize = sink.Messages[2].Length + 3;
        sink.Messages.Clear();
        observer.CollectBroadcasts(3, intentSize + eventSize, sink);
        Assert.Equal([0, 3], sink.Messages.Select(message => (int)message[0]));
        sink.Messages.Clear();
        observer.CollectBroadcasts(3, intentSize - 1, sink);
        Assert.DoesNotContain(sink.Messages, message => message[0] == 0);
    }

    [Fact]
    public void A_queue_is_bounded_and_a_deep_one_is_told()
    {
        ClusterWorld world = new(14);
        SerfHost host = world.Add("n0");
        for (int number = 0; number < Limits.BroadcastCountMax + 100; number++)
        {
            host.HearJoin("x" + number, 5);
        }

        Assert.Equal("4096", host.Stat("intent_queue"));
        world.Run(31);
        Assert.Contains(host.Lines, line => line.Contains("Intent queue depth: 4096"));
    }

    [Fact]
    public void Member_events_are_held_for_the_quiet_period_and_merged()
    {
        ClusterWorld world = new(15);
        SerfHost host = world.Add("n0", new SerfOptions());
        world.Run(0.5);
        world.Add("n1", new SerfOptions()).Join([host]);
        world.Run(0.9);
        Assert.Empty(host.Delivered);
        world.Run(0.2);
        MemberEvent only = Assert.IsType<MemberEvent>(Assert.Single(host.Delivered));
        Assert.Equal(2, only.Members.Count);
        Assert.Equal(SerfEventKind.MemberJoin, only.Kind);
    }

    [Fact]
    public void User_events_that_allow_it_are_merged_to_the_newest_and_others_pass()
    {
        ClusterWorld world = new(16);
        SerfHost host = world.Add("n0", ClusterWorld.Plain with { UserCoalescePeriod = TimeSpan.FromSeconds(3) });
        host.SendEvent("foo", [1], coalesce: true);
        host.SendEvent("foo", [2], coalesce: true);
        host.SendEvent("bar");
        Assert.Equal(["user bar"], host.Events.Skip(1));
        world.Run(0.999);
        Assert.Equal(0, host.CountOf("user foo"));
        world.Run(0.002);
        Assert.Equal([2], Assert.Single(
            host.Delivered.OfType<UserEvent>(), happened => happened.Name.ToString() == "foo").Payload!);
    }

    [Fact]
    public void A_steady_stream_is_flushed_every_coalesce_period()
    {
        ClusterWorld world = new(17);
        SerfHost host = world.Add("n0", ClusterWorld.Plain with { UserCoalescePeriod = TimeSpan.FromSeconds(3) });
        List<double> flushed = [];
        for (int step = 0; step < 80; step++)
        {
            host.SendEvent("foo", [(byte)step], coalesce: true);
            int before = host.Delivered.Count;
            world.Run(0.1);
            if (host.Delivered.Count > before)
            {
                flushed.Add(step);
            }
        }

        Assert.Equal([29, 59], flushed);
    }
}

/// <summary>Messages taken from a queue.</summary>
internal sealed class KeptMessages : IBroadcastSink
{
    public List<byte[]> Messages { get; } = [];

    public void Add(ReadOnlySpan<byte> message) => Messages.Add(message.ToArray());
}
