using System;
using System.Collections.Generic;
using System.Linq;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Cluster;

/// <summary>How many user events are remembered, replayed and missed (spec serf 15.3: U1, U4).</summary>
public sealed class ClusterEventWindowTests
{
    [Fact]
    public void A_burst_of_twenty_thousand_is_taken_newest_first()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 1);
        SerfHost host = world.Hosts[0];
        for (ulong time = 20_000; time > 0; time--)
        {
            host.HearEvent("e", time, [(byte)time, (byte)(time >> 8)]);
        }

        world.Run(0.1);
        Assert.Equal(20_000, host.CountOf("user e"));
        world.Run(60);
        Assert.Equal(["broadcasts"], host.Serf.Losses().Select(loss => loss.Key));
    }

    [Fact]
    public void The_ring_grows_only_when_events_need_it()
    {
        EventBuffer events = new(Limits.EventTimeCount, (1, 2));
        int before = events.RingCount;
        Assert.InRange(before, 1, 64);
        ulong clock = 0;
        for (; clock < 50; clock++)
        {
            Assert.Equal(EventVerdict.New, events.Offer(clock, "e"u8, default, clock + 1, out _));
        }

        Assert.Equal(before, events.RingCount);
        for (; clock < 100_000; clock++)
        {
            Assert.Equal(EventVerdict.New, events.Offer(clock, "e"u8, default, clock + 1, out _));
        }

        Assert.Equal(Limits.EventTimeCount, events.RingCount);
        Assert.False(events.Holds(clock - Limits.EventTimeCount - 1));
        Assert.True(events.Holds(clock - Limits.EventTimeCount));
        Assert.Equal(EventVerdict.Duplicate, events.Offer(90_000, "e"u8, default, clock, out _));
        Assert.Equal(EventVerdict.TooOld, events.Offer(60_000, "e"u8, default, clock, out _));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(100)]
    [InlineData(512)]
    [InlineData(1000)]
    public void A_window_of_any_size_tells_news_duplicates_and_the_old_apart(int window)
    {
        EventBuffer events = new(window, (1, 2));
        Prng chance = new(5);
        HashSet<ulong> seen = [];
        ulong clock = 1;
        for (int round = 0; round < 20_000; round++)
        {
            ulong time = clock + (ulong)chance.Next(20);
            time -= Math.Min(time, (ulong)chance.Next(2 * window));
            clock = Math.Max(clock, time + 1);
            EventVerdict expected = clock > (ulong)window && time < clock - (ulong)window
                ? EventVerdict.TooOld
                : seen.Add(time) ? EventVerdict.New : EventVerdict.Duplicate;
            Assert.Equal((round, expected), (round, events.Offer(time, "e"u8, default, clock, out _)));
        }
    }

    [Fact]
    public void When_bytes_are_short_the_oldest_give_way_down_to_what_peers_remember()
    {
        EventBuffer events = new(Limits.EventTimeCount, (1, 2));
        byte[] payload = new byte[448];
        ulong count = 40_000;
        for (ulong time = 1; time <= count; time++)
        {
            Assert.Equal(EventVerdict.New, events.Offer(time, "e"u8, payload, time + 1, out _));
        }

        int held = Enumerable.Range(1, (int)count).Count(time => events.Holds((ulong)time));
        Assert.Equal(Limits.EventBufferSizeMax / (1 + 448 + Limits.EventOverhead), held);
        Assert.True(events.Holds(count - (ulong)held + 1));

        // What gave way was seen: it is not taken for news.
        Assert.Equal(
            EventVerdict.TooOld, events.Offer(count - (ulong)held, "e"u8, payload, count + 1, out _));
    }

    [Fact]
    public void What_shrank_to_hashes_is_recognised_as_before_and_not_replayed()
    {
        EventBuffer events = new(Limits.EventTimeCount, (1, 2));
        List<EventBucket?> replay = [];
        for (ulong time = 1; time <= 2000; time++)
        {
            for (int number = 0; number < (time % 7 == 0 ? 20 : 1); number++)
            {
                Assert.Equal(EventVerdict.New, Offer(time, number, 2001));
            }
        }

        events.Shrink(900);
        events.Shrink(1500);
        Assert.Equal(1500UL, events.WholeFrom);
        Assert.Equal(EventVerdict.New, Offer(1001, 20, 2001));
        Assert.Equal(EventVerdict.New, Offer(1002, 1, 2001));
        Assert.Equal(EventVerdict.Duplicate, Offer(1002, 1, 2001));
        for (ulong time = 1; time <= 2000; time++)
        {
            for (int number = 0; number < (time % 7 == 0 ? 20 : 1); number++)
            {
                Assert.Equal(EventVerdict.Duplicate, Offer(time, number, 2001));
            }
        }

        events.CopyTo(replay, 0, 2001);
        Assert.Equal(501, replay.Count);

        // The window moves over what shrank as over the rest.
        Assert.Equal(EventVerdict.New, Offer(Limits.EventTimeCount + 1200, 0, Limits.EventTimeCount + 1201));
        Assert.Equal(EventVerdict.TooOld, Offer(1200, 0, Limits.EventTimeCount + 1201));
        Assert.Equal(EventVerdict.Duplicate, Offer(1201, 0, Limits.EventTimeCount + 1201));

        EventVerdict Offer(ulong time, int number, ulong clock) =>
            events.Offer(time, "e"u8, BitConverter.GetBytes(number), clock, out _);
    }

    [Fact]
    public void Old_events_shrink_while_nobody_is_missing_and_stay_whole_while_somebody_is()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 9);
        SerfHost host = world.Hosts[0];
        ulong clock = 0;
        for (; clock < 2000; clock++)
        {
            host.HearEvent("e", clock + 1);
        }

        world.Run(60);
        world.Kill(world.Hosts[1]);
        world.Run(60);
        Assert.Equal(512, Times(State(host, join: true)).Count);
        for (; clock < 4000; clock++)
        {
            host.HearEvent("e", clock + 1);
        }

        world.Run(300);
        Assert.Equal(2512, Times(State(host, join: true)).Count);
        int before = host.CountOf("user e");
        host.HearEvent("e", 700);
        Assert.Equal(before, host.CountOf("user e"));
    }

    [Fact]
    public void All_there_is_is_replayed_in_a_join_when_somebody_is_missing_and_else_what_peers_take()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 2);
        SerfHost host = world.Hosts[0];
        for (ulong time = 1; time <= 3000; time++)
        {
            host.HearEvent("e", time);
        }

        List<ulong> times = Times(State(host, join: false));
        Assert.Equal(512, times.Count);
        Assert.Equal(2489UL, times[0]);
        Assert.Equal(512, Times(State(host, join: true)).Count);

        world.Kill(world.Hosts[1]);
        world.Run(60);
        Assert.Equal(MemberStatus.Failed, host.StatusOf("n1"));
        Assert.Equal(512, Times(State(host, join: false)).Count);
        times = Times(State(host, join: true));
        Assert.Equal(3000, times.Count);
        Assert.Equal(times.Order(), times);
    }

    [Fact]
    public void Who_comes_back_hears_all_it_missed_and_who_is_new_as_much_as_from_the_original()
    {
        ClusterWorld world = ClusterWorld.Joined(4, 3);
        SerfHost away = world.Hosts[3];
        bool isCut = true;
        world.Net.PacketPasses = (from, to) => !isCut || from == away == (to == away);
        world.Net.StreamPasses = world.Net.PacketPasses;
        world.Run(60);
        Assert.Equal(MemberStatus.Failed, world.Hosts[0].StatusOf("n3"));
        away.Forget();
        for (int number = 0; number < 2000; number++)
        {
            Assert.Null(world.Hosts[0].SendEvent("e" + number));
            world.Run(0.02);
        }

        world.Run(30);
        isCut = false;
        world.Run(120);
        Assert.Equal(
            Enumerable.Range(0, 2000).Select(number => "user e" + number).Order(),
            away.Events.Where(line => line.StartsWith("user")).Order());
        Assert.Empty(away.Serf.Losses());

        SerfHost fresh = world.Add("fresh");
        fresh.Join([world.Hosts[0]]);
        world.Run(60);
        Assert.Equal(512, fresh.Delivered.OfType<UserEvent>().Count());
        Assert.Empty(fresh.Serf.Losses());
    }

    [Fact]
    public void Events_of_one_push_pull_are_handled_in_the_order_of_their_times()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 4);
        SerfHost host = world.Hosts[0];
        int[] order = [7, 3, 9, 1, 8, 2];
        EventBucket?[] buckets = [null, .. order.Select(Bucket), Bucket(4), Bucket(4), null];
        buckets[7]!.Entries.Add(new EventEntry(ByteString.FromText("again"), null));
        Merge(host, buckets, clock: 20);
        Assert.Equal(
            ["user e1", "user e2", "user e3", "user e4", "user again", "user e7", "user e8", "user e9"],
            host.Events);
    }

    [Fact]
    public void A_replay_that_does_not_reach_back_is_told_once_what_is_missing_is_known()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 5);
        SerfHost host = world.Hosts[0];
        Merge(host, [.. Enumerable.Range(2000, 400).Select(Bucket)], clock: 2400);
        host.HearEvent("late", 900);
        Assert.Empty(host.Serf.Losses());
        world.Run(61);

        // Times 1 to 1999, but for the one that came after all.
        Assert.Equal([new("missed_events", "1998")], host.Serf.Losses());
        Assert.Single(host.Lines, line => line.Contains("user events were missed: of 1998 times"));
        world.Run(120);
        Assert.Single(host.Lines, line => line.Contains("user events were missed"));
    }

    [Fact]
    public void A_step_of_the_clock_beyond_the_window_is_loss_and_a_smaller_gap_that_fills_is_none()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 6, ClusterWorld.Plain with { EventBufferCount = 2000 });
        SerfHost host = world.Hosts[0];
        host.HearEvent("e", 1000);
        for (ulong time = 1; time < 1000; time++)
        {
            host.HearEvent("e", time);
        }

        world.Run(61);
        Assert.Empty(host.Serf.Losses());
        host.HearEvent("far", 50_000);
        host.HearEvent("old", 47_000);
        world.Run(61);
        Assert.Equal(
            [new("late_events", "1"), new("missed_events", (50_000 - 1001).ToString())], host.Serf.Losses());
    }

    [Fact]
    public void What_the_full_buffer_refuses_is_counted()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 7);
        SerfHost host = world.Hosts[0];
        for (int number = 0; number < 1000; number++)
        {
            host.HearEvent("fat", 10, [.. new byte[9000], (byte)number, (byte)(number >> 8)]);
        }

        int kept = host.CountOf("user fat");
        Assert.InRange(kept, 900, 999);
        Assert.Contains(new("refused_events", (1000 - kept).ToString()), host.Serf.Losses());
        Assert.InRange(host.Lines.Count(line => line.Contains("event buffer is full")), 1, 5);
    }

    [Fact]
    public void What_a_join_was_told_to_leave_out_is_not_missed()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 8);
        SerfHost other = world.Add("other");
        other.Join([world.Add("another")]);
        world.Run(1);
        other.HearEvent("e", 5000);
        world.Hosts[0].Join([other], ignoreOld: true);
        world.Run(61);
        Assert.Equal("5001", world.Hosts[0].Stat("event_time"));
        Assert.Empty(world.Hosts[0].Serf.Losses());
    }

    [Fact]
    public void What_happened_while_a_node_was_down_and_is_replayed_by_nobody_is_told()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 9);
        SerfHost back = world.Add("n9", snapshot: new MemorySnapshot("clock: 5\nevent-clock: 42\n").Open());
        world.Hosts[0].HearEvent("e", 5000);
        back.Join([world.Hosts[0]]);
        world.Run(61);
        Assert.Equal(["user e"], back.Events.Where(line => line.StartsWith("user", StringComparison.Ordinal)));

        // Times 43 to 4999.
        Assert.Equal([new("missed_events", (5000 - 43).ToString())], back.Serf.Losses());
    }

    private static EventBucket Bucket(int time)
    {
        EventBucket bucket = new((ulong)time);
        bucket.Entries.Add(new EventEntry(ByteString.FromText("e" + time), null));
        return bucket;
    }

    private static void Merge(SerfHost host, EventBucket?[] buckets, ulong clock)
    {
        SerfPushPull state = new() { LamportTime = 1, EventTime = clock, QueryTime = 1, Events = buckets };
        byte[] bytes = new byte[SerfCodec.SizeOf(state)];
        SerfCodec.Write(state, bytes);
        ((ISwimObserver)host.Serf).MergeRemoteState(bytes, join: false, StreamId.None, host.Now);
    }

    private static byte[] State(SerfHost host, bool join)
    {
        ByteBuffer state = new();
        ((ISwimObserver)host.Serf).WriteLocalState(join, state);
        return state.Written.ToArray();
    }

    private static List<ulong> Times(byte[] state)
    {
        Assert.Equal(ReadStatus.Ok, SerfCodec.TryRead(state.AsSpan(1), out SerfPushPullView view));
        List<ulong> times = [];
        EventBucketReader buckets = new(view.Events);
        while (buckets.TryNext(out ulong time, out _))
        {
            times.Add(time);
        }

        return times;
    }
}
