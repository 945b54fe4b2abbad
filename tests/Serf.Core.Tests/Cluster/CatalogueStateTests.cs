using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Serf.Cluster;
using Serf.Core.Tests.Wire;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Cluster;

/// <summary>State carried by push/pulls, and the numbers a node tells of itself (spec serf 11, 12.1, 14.11, 14.13).</summary>
public sealed class CatalogueStateTests
{
    [Fact]
    public void A_state_gives_a_fresh_node_its_clocks_intents_and_events()
    {
        ClusterWorld world = new(1);
        SerfHost host = world.Add("n0");
        Merge(host, State([Bucket(45, "test")]));

        // Clocks name the next message.
        Assert.Equal((42UL, 50UL, 100UL), host.Serf.ClockTimes);
        Assert.Equal(1, host.CountOf("user test"));
        Assert.Equal(["45 test"], EventsOf(host));
        Assert.Equal("0", host.Stat("intent_queue"));
        Assert.Equal("0", host.Stat("event_queue"));
        Assert.Single(host.Serf.Members());

        // The join is kept with its time, the leave with one more than its status time.
        host.HearJoin("test", 20);
        host.HearLeave("foo", 16);
        Assert.Equal("0", host.Stat("intent_queue"));
        ISwimObserver observer = host.Serf;
        observer.MemberJoined(Known("test"), world.Now);
        observer.MemberJoined(Known("foo"), world.Now);
        Assert.Equal(MemberStatus.Alive, host.StatusOf("test"));
        Assert.Equal(MemberStatus.Leaving, host.StatusOf("foo"));
        Assert.Equal(["foo 16", "n0 0", "test 20"], StatusesOf(host));
    }

    [Fact]
    public void The_state_of_a_node_holds_its_clocks_members_tombstones_and_events()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 2);
        SerfHost host = world.Hosts[0];
        world.Hosts[2].Leave();
        host.SendEvent("deploy", [1]);
        world.Run(8);
        host.HearEvent("late", 3);
        SerfPushPullView view = View(host);
        Assert.Equal(host.Serf.ClockTimes, (view.LamportTime, view.EventTime, view.QueryTime));
        Assert.Equal(["n0", "n1", "n2"], StatusesOf(host).Select(line => line[..2]));
        List<string> left = [];
        TextListReader names = new(view.LeftMembers);
        while (names.TryNext(out ReadOnlySpan<byte> name))
        {
            left.Add(Encoding.ASCII.GetString(name));
        }

        Assert.Equal(["n2"], left);
        Assert.Equal(["1 deploy", "3 late"], EventsOf(host));
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("0380")]
    [InlineData("02")]
    [InlineData("0283a54c54696d65")]
    [InlineData("0281a54c54696d65a3616263")]
    [InlineData("02c1")]
    public void What_is_no_state_is_ignored(string hex)
    {
        ClusterWorld world = new(3);
        SerfHost host = world.Add("n0");
        host.Forget();
        Merge(host, Convert.FromHexString(hex));
        Assert.Equal((1UL, 1UL, 1UL), host.Serf.ClockTimes);
        Assert.Empty(host.Events);
        Assert.Contains(host.Lines, line => line.Contains("bad type prefix") || line.Contains("Failed to decode"));
    }

    [Theory]
    [InlineData("02c0")]
    [InlineData("0280")]
    [InlineData("0283aa4576656e744c54696d6501a64576656e7473c0ac5374617475734c54696d6573c0")]
    public void Containers_may_be_nil_or_missing(string hex)
    {
        ClusterWorld world = new(4);
        SerfHost host = world.Add("n0");
        host.Forget();
        Merge(host, Convert.FromHexString(hex));
        Assert.Equal((1UL, 1UL, 1UL), host.Serf.ClockTimes);
        Assert.Empty(host.Events);
        Assert.DoesNotContain(host.Lines, line => line.Contains("Failed to decode"));
    }

    [Fact]
    public void A_full_a_compact_and_a_reordered_list_of_events_come_to_the_same()
    {
        EventBucket?[] ring = new EventBucket?[512];
        ring[45] = Bucket(45, "a", "b");
        ring[3] = Bucket(3, "c");
        foreach (EventBucket?[] list in new[] { ring, [Bucket(3, "c"), Bucket(45, "a", "b")],
            [Bucket(45, "a", "b"), null, Bucket(3, "c"), Bucket(45, "b")] })
        {
            ClusterWorld world = new(5);
            SerfHost host = world.Add("n0");
            Merge(host, State(list));
            Merge(host, State(list));
            Assert.Equal(["3 c", "45 a", "45 b"], EventsOf(host));
            Assert.Equal(["user a", "user b", "user c"], host.Events.Skip(1).Order());
            Assert.DoesNotContain(host.Delivered.OfType<UserEvent>(), happened => happened.Coalesce);
            Assert.Equal((42UL, 50UL, 100UL), host.Serf.ClockTimes);
        }
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Statistics_have_the_keys_of_the_original(bool encrypted, bool withoutCoordinates)
    {
        ClusterWorld world = new(6);
        SwimOptions swim = SwimOptions.Lan;
        if (encrypted)
        {
            Keyring ring = new();
            ring.Add(new byte[16]);
            swim = swim with { Encryption = new Encryption(ring, new CountingEntropy(1), 1) };
        }

        SerfHost host = world.Add(
            "n0", ClusterWorld.Plain with { DisableCoordinates = withoutCoordinates }, swim);
        string[] keys = ["encrypted", "event_queue", "event_time", "failed", "health_score", "intent_queue", "left",
            "member_time", "members", "query_queue", "query_time"];
        Assert.Equal(
            withoutCoordinates ? keys : keys.Prepend("coordinate_resets"),
            host.Serf.Stats().Select(entry => entry.Key).Where(key => keys.Contains(key) || key == "coordinate_resets"));
        Assert.Equal(encrypted ? "true" : "false", host.Stat("encrypted"));
        Assert.Equal("1 1 1 1", string.Join(' ', ((string[])["members", "member_time", "event_time", "query_time"])
            .Select(host.Stat)));
        Assert.All(
            (string[])["failed", "left", "health_score", "intent_queue", "event_queue", "query_queue"],
            key => Assert.Equal("0", host.Stat(key)));
    }

    private static byte[] State(EventBucket?[] events)
    {
        SerfPushPull state = new()
        {
            LamportTime = 42,
            Statuses = [new(ByteString.FromText("test"), 20), new(ByteString.FromText("foo"), 15)],
            LeftMembers = [ByteString.FromText("foo")],
            EventTime = 50,
            Events = events,
            QueryTime = 100,
        };
        byte[] bytes = new byte[SerfCodec.SizeOf(state)];
        SerfCodec.Write(state, bytes);
        return bytes;
    }

    private static EventBucket Bucket(ulong time, params string[] names)
    {
        EventBucket bucket = new(time);
        bucket.Entries.AddRange(names.Select(name => new EventEntry(ByteString.FromText(name), null)));
        return bucket;
    }

    private static void Merge(SerfHost host, byte[] state) =>
        ((ISwimObserver)host.Serf).MergeRemoteState(state, join: false, StreamId.None, new Instant(2_000_000_000));

    private static Member Known(string name) => new(ByteString.FromText(name))
    {
        Address = NodeAddress.FromIPv4(0x0A000064, 7946),
        Meta = [0xff, 0x80],
        Versions = new NodeVersions(1, 5, 2, 2, 5, 5),
        State = MemberState.Alive,
    };

    private static SerfPushPullView View(SerfHost host)
    {
        ByteBuffer state = new();
        ((ISwimObserver)host.Serf).WriteLocalState(join: false, state);
        Assert.Equal(2, state.Written[0]);
        Assert.Equal(ReadStatus.Ok, SerfCodec.TryRead(state.Written[1..].ToArray(), out SerfPushPullView view));
        return view;
    }

    private static List<string> StatusesOf(SerfHost host)
    {
        List<string> lines = [];
        StatusTimeReader reader = new(View(host).Statuses);
        while (reader.TryNext(out ReadOnlySpan<byte> name, out ulong time))
        {
            lines.Add($"{Encoding.ASCII.GetString(name)} {time}");
        }

        return lines;
    }

    private static List<string> EventsOf(SerfHost host)
    {
        List<string> lines = [];
        EventBucketReader buckets = new(View(host).Events);
        while (buckets.TryNext(out ulong time, out ReadOnlySpan<byte> bucket))
        {
            EventEntryReader entries = new(bucket);
            while (entries.TryNext(out ReadOnlySpan<byte> name, out _))
            {
                lines.Add($"{time} {Encoding.ASCII.GetString(name)}");
            }
        }

        return lines;
    }
}
