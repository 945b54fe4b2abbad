using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Cluster;

/// <summary>What peers may send and honest ones do not (spec serf 15.3: S1 to S3, M11).</summary>
public sealed class ClusterHostileTests
{
    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(1UL << 63)]
    [InlineData((1UL << 63) - 1)]
    [InlineData(1UL << 41)]
    public void Times_that_nobody_can_have_reached_are_refused(ulong time)
    {
        ClusterWorld world = ClusterWorld.Joined(2, 1);
        SerfHost host = world.Hosts[0];
        string before = Clocks(host);
        host.HearEvent("e", time);
        host.HearLeave("n1", time);
        host.HearJoin("n1", time);
        host.HearLeave("n0", time, prune: true);
        host.Hear(ClusterQueryTests.Message(new() { LamportTime = time, Name = "q"u8 }));
        host.Hear(new byte[] { 2 });
        Merge(host, State(time, 1, 1));
        Merge(host, State(1, time, 1));
        Merge(host, State(1, 1, time));

        Assert.Equal(before, Clocks(host));
        Assert.Empty(host.Events);
        Assert.Equal(MemberStatus.Alive, host.StatusOf("n1"));
        Assert.Contains(host.Lines, line => line.Contains("Refusing a message with Lamport time"));
        host.SendEvent("fine");
        world.Run(3);
        Assert.Equal(["user fine"], world.Hosts[1].Events);
    }

    [Fact]
    public void The_greatest_step_is_taken_and_the_cluster_goes_on_from_there()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 2);
        SerfHost host = world.Hosts[0];
        ulong reached = Math.Max(host.Serf.ClockTimes.Member, host.Serf.ClockTimes.Event);
        ulong time = reached + Limits.LamportStepMax;
        host.HearEvent("beyond", time + 1);
        Assert.Empty(host.Events);
        host.HearEvent("e", time);
        host.HearJoin("x", time);
        host.Hear(ClusterQueryTests.Message(new() { LamportTime = time, Name = "q"u8 }));
        Merge(host, State(time, time, time));
        string high = (time + 1).ToString();
        Assert.Equal($"{high} {high} {high}", Clocks(host));
        world.Run(3);
        Assert.Null(host.SendEvent("own"));
        host.ForceLeave("n1");
        world.Run(5);
        Assert.Equal(["user e", "user own"], world.Hosts[1].Events.Where(line => line.StartsWith("user")));
        Assert.Equal(MemberStatus.Alive, host.StatusOf("n1"));
        long call = host.Leave();
        world.Run(12);
        Assert.Null(host.Completed[call].Error);
        Assert.Equal(MemberStatus.Left, world.Hosts[1].StatusOf("n0"));
    }

    [Fact]
    public void Random_messages_and_states_harm_nothing()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 3);
        SerfHost host = world.Hosts[0];
        ISwimObserver observer = host.Serf;
        Prng chance = new(77);
        byte[] bytes = new byte[300];
        for (int round = 0; round < 20_000; round++)
        {
            int size = chance.Next(bytes.Length + 1);
            for (int index = 0; index < size; index++)
            {
                bytes[index] = (byte)chance.Next(256);
            }

            if (size > 0)
            {
                bytes[0] = (byte)chance.Next(11);
            }

            observer.UserMessage(bytes.AsSpan(0, size), world.Now);
            observer.UserMessagesEnded(world.Now);
            observer.MergeRemoteState(bytes.AsSpan(0, size), join: true, StreamId.None, world.Now);
        }

        Assert.Equal(3, host.Serf.Members().Count);
        world.Run(5);
        Assert.Equal("0", host.Stat("failed"));
    }

    [Fact]
    public void Real_messages_with_bytes_changed_or_cut_harm_nothing()
    {
        ClusterWorld world = ClusterWorld.Joined(4, 4);
        SerfHost host = world.Hosts[0];
        ISwimObserver observer = host.Serf;
        List<byte[]> seeds = Seeds(world.Hosts[1]);
        Prng chance = new(78);
        for (int round = 0; round < 30_000; round++)
        {
            byte[] seed = seeds[chance.Next(seeds.Count)];
            byte[] copy = seed[..(chance.Next(4) == 0 ? chance.Next(seed.Length + 1) : seed.Length)];
            for (int change = chance.Next(4); change > 0 && copy.Length > 0; change--)
            {
                copy[chance.Next(copy.Length)] = (byte)chance.Next(256);
            }

            observer.UserMessage(copy, world.Now);
            observer.UserMessagesEnded(world.Now);
            observer.MergeRemoteState(copy, join: false, StreamId.None, world.Now);
            if (round % 1000 == 0)
            {
                world.Run(1);
            }
        }

        Assert.NotNull(host.Serf.LocalMember);
        Assert.True(host.Serf.Members().Count <= 4);
        Assert.True(int.Parse(host.Stat("intent_queue")) <= Limits.BroadcastCountMax);
        Assert.True(host.Lines.Count < 200_000);
    }

    [Fact]
    public void Intents_of_countless_names_are_kept_within_bounds_and_forgotten()
    {
        RecentIntents intents = new(Limits.RecentIntentCountMax);
        Instant now = new(1);
        for (int number = 0; number < 3 * Limits.RecentIntentCountMax; number++)
        {
            Assert.True(intents.Offer(Encoding.ASCII.GetBytes("x" + number), IntentKind.Leave, 5, now));
        }

        Assert.Equal(Limits.RecentIntentCountMax, intents.Count);
        Assert.False(intents.TryGet(ByteString.FromText("x0"), IntentKind.Leave, out _));
        string last = "x" + ((3 * Limits.RecentIntentCountMax) - 1);
        Assert.True(intents.TryGet(ByteString.FromText(last), IntentKind.Leave, out ulong time));
        Assert.Equal(5UL, time);
        Assert.False(intents.TryGet(ByteString.FromText(last), IntentKind.Join, out _));
        intents.Expire(now + TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5));
        Assert.Equal(Limits.RecentIntentCountMax, intents.Count);
        intents.Expire(now + TimeSpan.FromMinutes(5.1), TimeSpan.FromMinutes(5));
        Assert.Equal(0, intents.Count);
    }

    [Fact]
    public void A_newer_intent_replaces_either_kind_and_an_older_one_nothing()
    {
        RecentIntents intents = new(10);
        Instant now = new(1);
        ByteString name = ByteString.FromText("x");
        Assert.True(intents.Offer("x"u8, IntentKind.Join, 5, now));
        Assert.False(intents.Offer("x"u8, IntentKind.Leave, 5, now));
        Assert.False(intents.Offer("x"u8, IntentKind.Leave, 4, now));
        Assert.True(intents.TryGet(name, IntentKind.Join, out _));
        Assert.True(intents.Offer("x"u8, IntentKind.Leave, 6, now));
        Assert.True(intents.TryGet(name, IntentKind.Leave, out ulong time));
        Assert.Equal(6UL, time);
        Assert.False(intents.TryGet(name, IntentKind.Join, out _));
    }

    [Fact]
    public void Empty_and_overlong_names_of_intents_are_not_kept_or_passed_on()
    {
        ClusterWorld world = new(5);
        SerfHost host = world.Add("n0");
        host.HearLeave("", 5);
        host.HearJoin(new string('x', Limits.NameSizeMax + 1), 5);
        Assert.Equal("0", host.Stat("intent_queue"));
        host.HearJoin(new string('x', Limits.NameSizeMax), 5);
        Assert.Equal("1", host.Stat("intent_queue"));
    }

    [Fact]
    public void Unknown_types_are_told_within_measure_and_nothing_else_happens()
    {
        ClusterWorld world = new(6);
        SerfHost host = world.Add("n0");
        host.Forget();
        for (int round = 0; round < 100; round++)
        {
            host.Hear([10, 1, 2]);
            host.Hear([]);
            host.Hear([6, 0xC0]);
            host.Hear([2, 0x80]);
        }

        Assert.InRange(host.Lines.Count(line => line.Contains("unknown type")), 1, Limits.RefusalLogCountMax);
        Assert.Equal("0 0 0", $"{host.Stat("intent_queue")} {host.Stat("event_queue")} {host.Stat("query_queue")}");
    }

    [Fact]
    public void A_tombstone_of_oneself_is_refuted_and_of_others_believed()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 7);
        SerfHost host = world.Hosts[0];
        SerfPushPull state = new()
        {
            LamportTime = 42,
            EventTime = 1,
            QueryTime = 1,
            Statuses = [new(ByteString.FromText("n0"), 20), new(ByteString.FromText("n1"), 20)],
            LeftMembers = [ByteString.FromText("n0"), ByteString.FromText("n1")],
        };
        byte[] bytes = new byte[SerfCodec.SizeOf(state)];
        SerfCodec.Write(state, bytes);
        Merge(host, bytes);
        Assert.Equal(MemberStatus.Alive, host.StatusOf("n0"));
        Assert.Equal(MemberStatus.Leaving, host.StatusOf("n1"));
        Assert.Equal("1", host.Stat("intent_queue"));
        Assert.Equal("43", host.Stat("member_time"));
        world.Run(5);
        Assert.Equal(MemberStatus.Alive, world.Hosts[1].StatusOf("n0"));
        Assert.Equal("43", world.Hosts[1].Stat("member_time"));
    }

    [Fact]
    public void Messages_before_the_start_harm_nothing()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 8);
        RecordingEffects effects = new();
        SwimOptions swim = SwimOptions.Lan with
        {
            Name = ByteString.FromText("n0"),
            AdvertiseAddress = NodeAddress.FromIPv4(0x0A000009, 7946),
        };
        SerfNode node = new(ClusterWorld.Plain, swim, effects, effects, seed: 1);
        Assert.Equal(Instant.Never, node.NextDeadline);
        node.Advance(world.Now);
        foreach (byte[] message in Seeds(world.Hosts[0]))
        {
            ((ISwimObserver)node).UserMessage(message, world.Now);
            ((ISwimObserver)node).UserMessagesEnded(world.Now);
        }

        Assert.Empty(node.Members());
        node.Start(world.Now);
        Assert.Equal(MemberStatus.Alive, node.LocalMember.Status);
    }

    private static string Clocks(SerfHost host) =>
        $"{host.Stat("member_time")} {host.Stat("event_time")} {host.Stat("query_time")}";

    private static void Merge(SerfHost host, byte[] state) =>
        ((ISwimObserver)host.Serf).MergeRemoteState(
            state, join: false, StreamId.None, new Instant(2_000_000_000_000));

    private static byte[] State(ulong member, ulong happened, ulong query)
    {
        SerfPushPull state = new() { LamportTime = member, EventTime = happened, QueryTime = query };
        byte[] bytes = new byte[SerfCodec.SizeOf(state)];
        SerfCodec.Write(state, bytes);
        return bytes;
    }

    private static List<byte[]> Seeds(SerfHost host)
    {
        host.SendEvent("deploy", [1, 2, 3]);
        host.SendEvent("deploy", null, coalesce: true);
        host.ForceLeave("n0", prune: true);
        host.ForceLeave("n2");
        host.HearJoin("x", 9);
        byte[] filter = [0x91, 0xC4, 5, 0, 0x91, 0xA2, .. "n0"u8];
        host.Hear(ClusterQueryTests.Message(new()
        {
            LamportTime = 5, Id = 7, Name = "load"u8, Address = [10, 0, 0, 2], Port = 7946, SourceNode = "n1"u8,
            Flags = 1, RelayFactor = 1, Timeout = 1_000_000_000, Filters = filter,
        }));
        host.Hear(ClusterQueryTests.Message(new()
        {
            LamportTime = 5, Id = 8, Name = "_serf_install-key"u8, Address = [10, 0, 0, 2], Port = 7946,
            SourceNode = "n1"u8, Payload = Convert.FromHexString("0781a34b6579a0"),
        }));
        KeptMessages sink = new();
        ((ISwimObserver)host.Serf).CollectBroadcasts(3, 4000, sink);
        ByteBuffer state = new();
        ((ISwimObserver)host.Serf).WriteLocalState(join: false, state);
        RelayHeader header = new() { Ip = [10, 0, 0, 3], Port = 7946, DestinationName = "n2"u8 };
        byte[] relay = new byte[SerfCodec.SizeOf(header)];
        SerfCodec.Write(header, relay);
        Assert.True(sink.Messages.Count >= 7);
        return [.. sink.Messages, state.Written.ToArray(), [.. relay, 5, 0x80]];
    }
}
