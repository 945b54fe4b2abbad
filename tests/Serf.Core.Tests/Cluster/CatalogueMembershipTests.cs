using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.Json;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Swim;
using Serf.Vectors;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Cluster;

/// <summary>Rules of membership one by one (spec serf 4, 14.2 to 14.4).</summary>
public sealed class CatalogueMembershipTests
{
    private static readonly Instant _late = new(1_000_000_000_000_000);

    public static TheoryData<string> Reaps()
    {
        TheoryData<string> names = [];
        foreach (JsonElement vector in VectorFile.Load("serf-numeric.json"))
        {
            string name = vector.GetProperty("name").GetString()!;
            if (name.StartsWith("reap-", StringComparison.Ordinal))
            {
                names.Add(name);
            }
        }

        Assert.Equal(8, names.Count);
        return names;
    }

    [Theory]
    [MemberData(nameof(Reaps))]
    public void Members_are_reaped_in_the_recorded_order_from_either_list(string name)
    {
        JsonElement vector = VectorFile.Find("serf-numeric.json", name);
        List<(string Name, long Age)> members = [.. vector.GetProperty("input").GetProperty("members")
            .EnumerateArray().Select(one => (one[0].GetString()!, one[1].GetInt64()))];
        TimeSpan timeout = new(vector.GetProperty("input").GetProperty("timeout").GetInt64() / 100);
        foreach (bool left in new[] { false, true })
        {
            (SerfNode node, RecordingEffects effects) = Node(ClusterWorld.Plain with
            {
                ReconnectTimeout = left ? TimeSpan.FromDays(1000) : timeout,
                TombstoneTimeout = left ? timeout : TimeSpan.FromDays(1000),
                ReconnectInterval = TimeSpan.FromDays(1000),
            });
            ISwimObserver observer = node;
            foreach ((string member, long age) in members)
            {
                // Ages in the table are nanoseconds; ours count in steps of 100.
                Instant at = new(_late.Nanoseconds - ((age + 99) / 100 * 100));
                observer.MemberJoined(Known(member), at);
                if (left)
                {
                    Hear(node, Leave(member, 5), at);
                }

                observer.MemberLeft(Known(member), at);
            }

            effects.Events.Clear();
            node.Advance(_late);

            Assert.Equal(
                vector.GetProperty("reaped").EnumerateArray().Select(one => "member-reap " + one.GetString()),
                effects.Events.Cast<MemberEvent>().Select(one => $"{one} {one.Members.Single().Name}"));
            IEnumerable<string> kept = vector.GetProperty("left").EnumerateArray().Select(one => one.GetString()!);
            if (left)
            {
                Assert.Equal(kept, LeftNames(node));
            }

            Assert.Equal(kept.Order(), node.Members().Skip(1).Select(one => one.Name.ToString()));
        }
    }

    [Fact]
    public void Nothing_is_reaped_after_the_end()
    {
        (SerfNode node, RecordingEffects effects) = Node(ClusterWorld.Plain with { ReconnectTimeout = default });
        ISwimObserver observer = node;
        Instant early = new(_late.Nanoseconds - 1_000_000_000);
        observer.MemberJoined(Known("m0"), early);
        observer.MemberLeft(Known("m0"), early);
        node.Shutdown();
        effects.Events.Clear();
        node.Advance(_late);
        Assert.Empty(effects.Events);
        Assert.Equal(2, node.Members().Count);
    }

    [Fact]
    public void Who_comes_back_leaves_the_list_and_the_last_one_takes_the_place()
    {
        (SerfNode node, _) = Node(ClusterWorld.Plain);
        ISwimObserver observer = node;
        foreach (string name in (string[])["a", "b", "c", "d"])
        {
            observer.MemberJoined(Known(name), _late);
            Hear(node, Leave(name, 5), _late);
            observer.MemberLeft(Known(name), _late);
        }

        observer.MemberJoined(Known("b"), _late);
        Assert.Equal(["a", "d", "c"], LeftNames(node));
        observer.MemberJoined(Known("c"), _late);
        Assert.Equal(["a", "d"], LeftNames(node));
    }

    [Fact]
    public void An_early_join_gives_a_new_member_its_time()
    {
        (SerfNode node, RecordingEffects effects) = Node(ClusterWorld.Plain);
        Hear(node, Join("early", 5), _late);
        ((ISwimObserver)node).MemberJoined(Known("early"), _late);
        Assert.Equal(5UL, TimeOf(node, "early"));
        Assert.Equal("member-join early Alive", Last(effects));
    }

    [Fact]
    public void An_early_leave_makes_a_new_member_leaving_and_its_join_event_says_so()
    {
        (SerfNode node, RecordingEffects effects) = Node(ClusterWorld.Plain);
        Hear(node, Join("early", 5), _late);
        Hear(node, Leave("early", 6), _late);
        ((ISwimObserver)node).MemberJoined(Known("early"), _late);
        Assert.Equal(6UL, TimeOf(node, "early"));
        Assert.Equal("member-join early Leaving", Last(effects));
        ((ISwimObserver)node).MemberLeft(Known("early"), _late);
        Assert.Equal("member-leave early Left", Last(effects));
    }

    [Fact]
    public void An_early_intent_is_passed_on_once()
    {
        (SerfNode node, _) = Node(ClusterWorld.Plain);
        Assert.True(PassesOn(node, Leave("x", 10)));
        Assert.False(PassesOn(node, Leave("x", 10)));
        Assert.False(PassesOn(node, Join("x", 10)));
        Assert.True(PassesOn(node, Join("x", 11)));
        Assert.False(PassesOn(node, Leave("x", 9)));
        Assert.Equal(12UL, node.ClockTimes.Member);
    }

    [Fact]
    public void A_known_member_takes_only_newer_intents()
    {
        (SerfNode node, RecordingEffects effects) = Node(ClusterWorld.Plain);
        ISwimObserver observer = node;
        Hear(node, Join("m", 12), _late);
        observer.MemberJoined(Known("m"), _late);
        effects.Events.Clear();

        Assert.False(PassesOn(node, Leave("m", 10)));
        Assert.False(PassesOn(node, Leave("m", 12)));
        Assert.Equal((12UL, MemberStatus.Alive), (TimeOf(node, "m"), StatusOf(node, "m")));
        Assert.Equal(13UL, node.ClockTimes.Member);

        Assert.True(PassesOn(node, Leave("m", 14)));
        Assert.Equal((14UL, MemberStatus.Leaving, 15UL), (
            TimeOf(node, "m"), StatusOf(node, "m"), node.ClockTimes.Member));
        Assert.False(PassesOn(node, Join("m", 14)));
        Assert.Equal(MemberStatus.Leaving, StatusOf(node, "m"));
        Assert.True(PassesOn(node, Join("m", 15)));
        Assert.Equal((15UL, MemberStatus.Alive, 16UL), (
            TimeOf(node, "m"), StatusOf(node, "m"), node.ClockTimes.Member));
        Assert.Empty(effects.Events);

        // A join is no evidence of life.
        observer.MemberLeft(Known("m"), _late);
        Assert.True(PassesOn(node, Join("m", 20)));
        Assert.Equal(MemberStatus.Failed, StatusOf(node, "m"));
    }

    [Fact]
    public void A_member_that_left_takes_the_time_of_a_newer_leave_and_passes_it_on_once()
    {
        (SerfNode node, RecordingEffects effects) = Node(ClusterWorld.Plain);
        ISwimObserver observer = node;
        observer.MemberJoined(Known("m"), _late);
        Hear(node, Leave("m", 5), _late);
        observer.MemberLeft(Known("m"), _late);
        effects.Events.Clear();
        Assert.True(PassesOn(node, Leave("m", 9)));
        Assert.False(PassesOn(node, Leave("m", 9)));
        Assert.False(PassesOn(node, Leave("m", 7)));
        Assert.Equal((9UL, MemberStatus.Left), (TimeOf(node, "m"), StatusOf(node, "m")));
        Assert.Empty(effects.Events);
        Assert.Equal(["m"], LeftNames(node));
    }

    [Theory]
    [InlineData("alive", "", "")]
    [InlineData("leaving", "", "")]
    [InlineData("failed", "member-leave m Left; member-reap m Left", "gone")]
    [InlineData("left", "member-reap m Left", "gone")]
    public void A_prune_erases_at_once_who_is_gone(string status, string events, string end)
    {
        (SerfNode node, RecordingEffects effects) = Node(ClusterWorld.Plain);
        ISwimObserver observer = node;
        observer.MemberJoined(Known("m"), _late);
        if (status is "leaving" or "left")
        {
            Hear(node, Leave("m", 5), _late);
        }

        if (status is "failed" or "left")
        {
            observer.MemberLeft(Known("m"), _late);
        }

        effects.Events.Clear();
        Assert.True(PassesOn(node, Leave("m", 9, prune: true)));
        Assert.Equal(events, string.Join("; ", effects.Events.Select(Describe)));
        Assert.Equal(end == "gone", StatusOf(node, "m") is null);
        Assert.Equal(end == "gone" ? null : MemberStatus.Leaving, StatusOf(node, "m"));
        Assert.Empty(LeftNames(node));
    }

    [Fact]
    public void A_member_that_comes_back_on_another_port_is_shown_there()
    {
        (SerfNode node, RecordingEffects effects) = Node(ClusterWorld.Plain);
        ISwimObserver observer = node;
        observer.MemberJoined(Known("m"), _late);
        observer.MemberLeft(Known("m"), _late);
        observer.MemberJoined(Known("m", port: 7000), _late);
        MemberInfo info = node.Members().Single(one => one.Name.ToString() == "m");
        Assert.Equal((7000, MemberStatus.Alive), (info.Address.Port, info.Status));
        Assert.Equal("member-join m Alive", Last(effects));
        Assert.Equal("0", node.Stats().Single(entry => entry.Key == "failed").Value);
    }

    [Fact]
    public void A_warning_is_all_that_a_second_end_of_a_member_raises()
    {
        (SerfNode node, RecordingEffects effects) = Node(ClusterWorld.Plain);
        ISwimObserver observer = node;
        observer.MemberJoined(Known("m"), _late);
        observer.MemberLeft(Known("m"), _late);
        effects.Events.Clear();
        observer.MemberLeft(Known("m"), _late);
        observer.MemberLeft(Known("stranger"), _late);
        observer.MemberUpdated(Known("stranger"), _late);
        Assert.Empty(effects.Events);
        Assert.Contains(effects.Lines, line => line.StartsWith("Warn serf: Bad state when leave: m", StringComparison.Ordinal));
    }

    [Fact]
    public void Members_show_the_six_versions_and_an_update_brings_new_ones()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 41);
        SerfHost old = world.Hosts[1];
        Assert.Equal(new NodeVersions(1, 5, 2, 2, 5, 5), world.Hosts[0].Serf.Members()[1].Versions);
        world.Kill(old);
        SerfHost back = world.Add(
            "n1",
            ClusterWorld.Plain with { ProtocolVersion = 3, Tags = SerfHost.TagsOf(("a", "1")) },
            SwimOptions.Lan with { Versions = new(1, 5, 2, 2, 5, 3) },
            old.Address);
        back.Join([world.Hosts[0]]);
        world.Run(10);
        Assert.Equal(["member-update n1"], world.Hosts[0].Events);
        Assert.Equal(new NodeVersions(1, 5, 2, 2, 5, 3), world.Hosts[0].Serf.Members()[1].Versions);
    }

    [Fact]
    public void The_first_join_has_the_time_one_and_a_leave_moves_the_clock_of_peers()
    {
        ClusterWorld world = new(42);
        SerfHost first = world.Add("n0");
        SerfHost second = world.Add("n1");
        Assert.Equal((1UL, 1UL, 1UL), second.Serf.ClockTimes);
        second.Join([first]);
        world.Run(5);
        Assert.Equal(1UL, TimeOf(first.Serf, "n1"));
        Assert.True(first.Serf.ClockTimes.Member > 1);

        ulong before = first.Serf.ClockTimes.Member;
        second.Leave();
        world.Run(5);
        Assert.True(first.Serf.ClockTimes.Member > before);
        Assert.Equal(MemberStatus.Left, first.StatusOf("n1"));
    }

    [Fact]
    public void Two_leaves_with_different_times_are_not_echoed_for_ever()
    {
        ClusterWorld world = ClusterWorld.Joined(4, 43);
        SerfHost subject = world.Hosts[3];
        subject.Leave();
        world.Run(8);
        world.Kill(subject);

        // Back, seen by the first alone; then it leaves again, at a later time than the others know.
        SerfHost[] hidden = [world.Hosts[1], world.Hosts[2]];
        SerfHost back = world.Add("n3", address: subject.Address);
        world.Net.PacketPasses = (from, to) => !hidden.Contains(from) && !hidden.Contains(to);
        world.Net.StreamPasses = world.Net.PacketPasses;
        back.Join([world.Hosts[0]]);
        world.Run(1);
        Assert.Equal(MemberStatus.Alive, world.Hosts[0].StatusOf("n3"));
        back.Leave();
        world.Run(1.5);
        Assert.All(hidden, host => Assert.Equal(MemberStatus.Left, host.StatusOf("n3")));
        world.Net.PacketPasses = (_, _) => true;
        world.Net.StreamPasses = (_, _) => true;
        hidden[0].HearLeave("n3", TimeOf(hidden[0].Serf, "n3") + 2);
        hidden[1].HearLeave("n3", TimeOf(hidden[1].Serf, "n3") + 5);
        world.Run(20);
        world.Kill(back);

        world.Run(20);
        Assert.All(world.Hosts, host => Assert.Equal(MemberStatus.Left, host.StatusOf("n3")));
        Assert.All(world.Hosts, host => Assert.Equal("0", host.Stat("intent_queue")));
        Assert.Equal(
            ["member-leave n3", "member-join n3", "member-leave n3"],
            world.Hosts[0].Events.Where(line => line.EndsWith("n3", StringComparison.Ordinal)));
        Assert.All(hidden, host => Assert.Equal(
            ["member-leave n3"], host.Events.Where(line => line.EndsWith("n3", StringComparison.Ordinal))));
    }

    [Fact]
    public void A_node_that_left_and_came_back_shows_its_new_role()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 44);
        SerfHost gone = world.Hosts[1];
        gone.Leave();
        world.Run(8);
        world.Kill(gone);
        SerfHost back = world.Add(
            "n1", ClusterWorld.Plain with { Tags = SerfHost.TagsOf(("role", "new")) }, address: gone.Address);
        back.Join([world.Hosts[0]]);
        world.Run(5);
        Assert.Equal(MemberStatus.Alive, world.Hosts[0].StatusOf("n1"));
        Assert.Equal("new", world.Hosts[0].Serf.Members()[1].Tags["role"u8].ToString());
    }

    [Fact]
    public void A_leave_that_is_under_way_is_not_begun_again()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 45);
        SerfHost host = world.Hosts[0];
        long first = host.Leave();
        Assert.Equal("Leave already in progress", host.Completed[host.Leave()].Error);
        Assert.Equal(LifecycleState.Leaving, host.Serf.State);
        world.Run(11);
        Assert.Null(host.Completed[first].Error);
        Assert.Equal((null, 0, world.Now), host.Completed[host.Leave()]);
    }

    [Theory]
    [InlineData(505, true)]
    [InlineData(506, false)]
    public void Tags_of_512_encoded_bytes_are_taken_at_the_start_and_more_are_not(int size, bool taken)
    {
        SerfOptions options = ClusterWorld.Plain with { Tags = SerfHost.TagsOf(("a", new string('x', size))) };
        Exception? refusal = Record.Exception(() => SerfNode.Validate(options));
        Assert.Equal(taken ? null : "Encoded length of tags exceeds limit of 512 bytes", refusal?.Message);
        Assert.Equal(taken, Record.Exception(() => Node(options)) is null);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Known_protocol_versions_are_taken(int version)
    {
        (SerfNode node, _) = Node(new SerfOptions { ProtocolVersion = version });
        Assert.Equal(version, node.Options.ProtocolVersion);
        Assert.Equal(5, new SerfOptions().ProtocolVersion);
    }

    [Fact]
    public void Statuses_have_the_labels_and_numbers_of_the_network()
    {
        Assert.Equal(
            "none=0 alive=1 leaving=2 left=3 failed=4",
            string.Join(' ', Enum.GetValues<MemberStatus>().Select(status => $"{status.Label()}={(int)status}")));
        Assert.Throws<ArgumentOutOfRangeException>(() => ((MemberStatus)5).Label());
        Assert.Equal(
            "member-join=0 member-leave=1 member-failed=2 member-update=3 member-reap=4 user=5 query=6",
            string.Join(' ', Enum.GetValues<SerfEventKind>().Select(kind => $"{kind.Label()}={(int)kind}")));
        Assert.Throws<ArgumentOutOfRangeException>(() => ((SerfEventKind)7).Label());
        Assert.Equal([0, 1, 2, 3], Enum.GetValues<LifecycleState>().Select(state => (int)state));
    }

    private static (SerfNode Node, RecordingEffects Effects) Node(SerfOptions options)
    {
        RecordingEffects effects = new();
        SwimOptions swim = new()
        {
            Name = ByteString.FromText("local"), AdvertiseAddress = NodeAddress.FromIPv4(0x7F000001, 7946),
        };
        SerfNode node = new(options, swim, effects, effects, seed: 1);
        node.Start(new Instant(1_000_000_000));
        return (node, effects);
    }

    private static Member Known(string name, ushort port = 7946) => new(ByteString.FromText(name))
    {
        Address = NodeAddress.FromIPv4(0x0A000001, port),
        Meta = [0xff, 0x80],
        Versions = new NodeVersions(1, 5, 2, 2, 5, 5),
        State = MemberState.Alive,
    };

    private static byte[] Leave(string name, ulong time, bool prune = false)
    {
        LeaveIntent intent = new() { LamportTime = time, Node = Encoding.UTF8.GetBytes(name), Prune = prune };
        byte[] message = new byte[SerfCodec.SizeOf(intent)];
        SerfCodec.Write(intent, message);
        return message;
    }

    private static byte[] Join(string name, ulong time)
    {
        JoinIntent intent = new() { LamportTime = time, Node = Encoding.UTF8.GetBytes(name) };
        byte[] message = new byte[SerfCodec.SizeOf(intent)];
        SerfCodec.Write(intent, message);
        return message;
    }

    private static void Hear(SerfNode node, byte[] message, Instant now) =>
        ((ISwimObserver)node).UserMessage(message, now);

    private static bool PassesOn(SerfNode node, byte[] message)
    {
        // Emptied first: a newer intent about the same member takes the place of the older one.
        DrainedIntents sink = new();
        while (node.QueueDepths.Intents > 0)
        {
            ((ISwimObserver)node).CollectBroadcasts(3, 1000, sink);
        }

        Hear(node, message, _late);
        return node.QueueDepths.Intents == 1;
    }

    private static MemberStatus? StatusOf(SerfNode node, string name) =>
        node.Members().FirstOrDefault(one => one.Name.ToString() == name)?.Status;

    private static string Describe(SerfEvent happened)
    {
        MemberInfo member = ((MemberEvent)happened).Members.Single();
        return $"{happened} {member.Name} {member.Status}";
    }

    private static string Last(RecordingEffects effects) => Describe(effects.Events[^1]);

    private static SerfPushPullView View(SerfNode node)
    {
        ByteBuffer state = new();
        ((ISwimObserver)node).WriteLocalState(join: false, state);
        Assert.Equal(ReadStatus.Ok, SerfCodec.TryRead(state.Written[1..].ToArray(), out SerfPushPullView view));
        return view;
    }

    private static List<string> LeftNames(SerfNode node)
    {
        List<string> names = [];
        TextListReader reader = new(View(node).LeftMembers);
        while (reader.TryNext(out ReadOnlySpan<byte> name))
        {
            names.Add(Encoding.UTF8.GetString(name));
        }

        return names;
    }

    private static ulong TimeOf(SerfNode node, string name)
    {
        StatusTimeReader reader = new(View(node).Statuses);
        while (reader.TryNext(out ReadOnlySpan<byte> one, out ulong time))
        {
            if (Encoding.UTF8.GetString(one) == name)
            {
                return time;
            }
        }

        throw new InvalidOperationException("no such member: " + name);
    }

    private sealed class DrainedIntents : IBroadcastSink
    {
        public void Add(ReadOnlySpan<byte> message)
        {
        }
    }
}
