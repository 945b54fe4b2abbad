using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Swim;
using Serf.Vectors;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Cluster;

/// <summary>The original's tables of clocks, filters, intents and coalescing.</summary>
public sealed class NumericVectorTests
{
    private static readonly Instant Start = new(1_000_000_000);

    // So few that no member is gone for so long that it is tried more rarely.
    private const int ReconnectRounds = 24;
    private const int ReconnectNodes = 25;

    public static TheoryData<string> Clocks() => Named("lamport-");

    public static TheoryData<string> Filters() => Named("filter-");

    public static TheoryData<string> Intents() => Named("intents-");

    public static TheoryData<string> MemberScripts() => Named("coalesceMember-");

    public static TheoryData<string> UserScripts() => Named("coalesceUser-");

    [Theory]
    [MemberData(nameof(Clocks))]
    public void A_clock_steps_and_witnesses_as_recorded(string name)
    {
        LamportClock clock = default;

        // How far the original's clock is ahead since ours has refused a time.
        ulong ahead = 0;
        foreach (JsonElement row in Vector(name).GetProperty("rows").EnumerateArray())
        {
            ulong shown = row[2].GetUInt64();
            if (row[0].GetString() == "increment")
            {
                Assert.Equal(unchecked(shown - ahead), clock.Increment());
            }
            else if (row[1].GetUInt64() >= Limits.LamportTimeMax)
            {
                // Ours refuses such a time before it reaches a clock, which then never wraps to 0.
                AssertRefused(row[1].GetUInt64());
                ahead = shown - clock.Time;
            }
            else
            {
                clock.Witness(row[1].GetUInt64());
            }

            Assert.Equal(unchecked(shown - ahead), clock.Time);
        }
    }

    [Theory]
    [MemberData(nameof(Filters))]
    public void A_filter_passes_what_it_passes_at_the_original(string name)
    {
        JsonElement vector = Vector(name);
        JsonElement input = vector.GetProperty("input");
        Tags tags = Tags.From(input.GetProperty("tags").EnumerateObject().Select(tag =>
            new KeyValuePair<ByteString, ByteString>(
                ByteString.FromText(tag.Name), ByteString.FromText(tag.Value.GetString()!))));
        byte[] encoded = new byte[1024];
        MsgpackWriter writer = new(encoded);
        JsonElement filters = input.GetProperty("filters");
        if (filters.ValueKind == JsonValueKind.Null)
        {
            writer.WriteNil();
        }
        else
        {
            writer.WriteArrayHeader(filters.GetArrayLength());
            foreach (JsonElement filter in filters.EnumerateArray())
            {
                writer.WriteBytes(Convert.FromHexString(filter.GetString()!));
            }
        }

        ByteString node = ByteString.FromText(input.GetProperty("node").GetString()!);
        long credit = Limits.FilterWeightMax;
        bool passes = QueryFilter.Passes(
            encoded.AsSpan(0, writer.Written), node, tags, new ExpressionCache(), ref credit, out _);

        Assert.Equal(vector.GetProperty("process").GetBoolean(), passes);
    }

    [Theory]
    [MemberData(nameof(Intents))]
    public void An_early_intent_is_kept_while_it_is_the_newest(string name)
    {
        RecentIntents intents = new(16);
        foreach (JsonElement row in Vector(name).GetProperty("rows").EnumerateArray())
        {
            ByteString node = ByteString.FromText(row[0].GetString()!);
            IntentKind kind = row[1].GetString() == "join" ? IntentKind.Join : IntentKind.Leave;

            Assert.Equal(row[3].GetBoolean(), intents.Offer(node.Span, kind, row[2].GetUInt64(), Start));
            Assert.Equal(row[4].GetBoolean(), intents.TryGet(node, IntentKind.Join, out ulong joinTime));
            Assert.Equal(row[5].GetUInt64(), joinTime);
            Assert.Equal(row[6].GetBoolean(), intents.TryGet(node, IntentKind.Leave, out ulong leaveTime));
            Assert.Equal(row[7].GetUInt64(), leaveTime);
        }
    }

    [Fact]
    public void The_default_time_of_a_query_grows_as_recorded()
    {
        List<JsonElement> rows = [.. Vector("defaultQueryTimeout").GetProperty("rows").EnumerateArray()];
        Assert.True(rows.Count > 20);
        foreach (JsonElement row in rows)
        {
            TimeSpan time = SerfNode.QueryTimeout(
                new TimeSpan(row[0].GetInt64() / 100), row[1].GetInt32(), row[2].GetInt32());
            Assert.Equal(row[3].GetInt64(), time.Ticks * 100);
        }
    }

    [Fact]
    public void Intents_expire_by_their_age()
    {
        // Ages in the table are nanoseconds, one of them the first beyond the timeout; ours count in steps of 100.
        foreach (JsonElement row in Vector("reapIntents").GetProperty("rows").EnumerateArray())
        {
            long age = row[1].GetInt64();
            RecentIntents intents = new(16);
            intents.Offer("a"u8, IntentKind.Join, 1, Start);
            long rounded = age > 0 ? (age + 99) / 100 * 100 : age;
            intents.Expire(new(Start.Nanoseconds + rounded), new TimeSpan(row[0].GetInt64() / 100));

            bool expected = row[2].GetBoolean() || (age % 100 == 99);
            Assert.Equal(expected, intents.Count == 1);
        }
    }

    [Fact]
    public void The_oldest_intent_makes_room_when_the_buffer_is_full()
    {
        RecentIntents intents = new(2);
        intents.Offer("a"u8, IntentKind.Join, 1, Start);
        intents.Offer("b"u8, IntentKind.Join, 1, Start);
        intents.Offer("a"u8, IntentKind.Join, 2, Start);
        intents.Offer("c"u8, IntentKind.Join, 1, Start);

        Assert.Equal(2, intents.Count);
        Assert.True(intents.TryGet(ByteString.FromText("a"), IntentKind.Join, out _));
        Assert.False(intents.TryGet(ByteString.FromText("b"), IntentKind.Join, out _));
    }

    [Theory]
    [MemberData(nameof(MemberScripts))]
    public void Member_events_flush_as_recorded_but_updates_are_not_repeated(string name)
    {
        RecordingEffects effects = new();
        MemberCoalescer coalescer = new(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(1), effects);
        HashSet<string> fresh = [];
        Dictionary<string, string> lastKinds = [];
        foreach (JsonElement step in Vector(name).GetProperty("steps").EnumerateArray())
        {
            if (step.GetProperty("op").GetString() == "event")
            {
                string member = step.GetProperty("member").GetString()!;
                fresh.Add(member);
                coalescer.Absorb(new MemberEvent(Kind(step.GetProperty("type").GetString()!), [Info(member)]), Start);
                continue;
            }

            coalescer.Flush();
            SortedSet<string> expected = new(StringComparer.Ordinal);
            foreach (JsonProperty group in step.GetProperty("events").EnumerateObject())
            {
                expected.UnionWith(group.Value.EnumerateArray()
                    .Where(member => fresh.Contains(member.GetString()!))
                    .Select(member => group.Name + " " + member.GetString()));
            }

            SortedSet<string> actual = new(StringComparer.Ordinal);
            foreach (MemberEvent flushed in effects.Events.Cast<MemberEvent>())
            {
                foreach (MemberInfo member in flushed.Members)
                {
                    // A name that is reaped twice in a row does not occur in a cluster; ours forgets it after the first.
                    bool reapedAgain = flushed.Kind == SerfEventKind.MemberReap
                        && lastKinds.GetValueOrDefault(member.Name.ToString()) == "member-reap";
                    if (!reapedAgain)
                    {
                        actual.Add(flushed + " " + member.Name);
                    }

                    lastKinds[member.Name.ToString()] = flushed.ToString();
                }
            }

            Assert.Equal(expected, actual);
            Assert.Equal(effects.Events.Count, effects.Events.Select(flushed => flushed.Kind).Distinct().Count());
            effects.Events.Clear();
            fresh.Clear();
        }
    }

    [Theory]
    [MemberData(nameof(UserScripts))]
    public void User_events_flush_as_recorded(string name)
    {
        RecordingEffects effects = new();
        UserCoalescer coalescer = new(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(1), effects);
        foreach (JsonElement step in Vector(name).GetProperty("steps").EnumerateArray())
        {
            if (step.GetProperty("op").GetString() == "event")
            {
                if (step.GetProperty("handled").GetBoolean())
                {
                    coalescer.Absorb(
                        new UserEvent(
                            step.GetProperty("ltime").GetUInt64(),
                            ByteString.FromText(step.GetProperty("name").GetString()!),
                            VectorFile.HexOrNull(step, "payload"),
                            coalesce: true),
                        Start);
                }

                continue;
            }

            coalescer.Flush();
            string expected = string.Join("; ", step.GetProperty("events").EnumerateObject()
                .OrderBy(group => group.Name, StringComparer.Ordinal)
                .SelectMany(group => group.Value.EnumerateArray()
                    .Select(happened => $"{group.Name} {happened[0]} {happened[1]}")));
            string actual = string.Join("; ", effects.Events.Cast<UserEvent>()
                .OrderBy(happened => happened.Name.ToString(), StringComparer.Ordinal)
                .Select(happened => $"{happened.Name} {happened.LamportTime} "
                    + Convert.ToHexStringLower(happened.Payload ?? [])));
            Assert.Equal(expected, actual);
            effects.Events.Clear();
        }
    }

    [Fact]
    public void An_event_alone_waits_for_quiet_and_a_steady_stream_for_the_period()
    {
        RecordingEffects effects = new();
        UserCoalescer coalescer = new(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(1), effects);
        coalescer.Absorb(Event(1), Start);
        Assert.Equal(Start + TimeSpan.FromSeconds(1), coalescer.Deadline);
        coalescer.Advance(Start + TimeSpan.FromMilliseconds(999));
        Assert.Empty(effects.Events);
        coalescer.Advance(Start + TimeSpan.FromSeconds(1));
        Assert.Single(effects.Events);
        Assert.Equal(Instant.Never, coalescer.Deadline);

        effects.Events.Clear();
        for (int halfSeconds = 0; halfSeconds < 6; halfSeconds++)
        {
            Instant now = Start + TimeSpan.FromSeconds(halfSeconds / 2.0);
            coalescer.Advance(now);
            coalescer.Absorb(Event(2 + (ulong)halfSeconds), now);
        }

        Assert.Empty(effects.Events);
        coalescer.Advance(Start + TimeSpan.FromSeconds(3));
        Assert.Equal(7UL, Assert.IsType<UserEvent>(Assert.Single(effects.Events)).LamportTime);
    }

    [Fact]
    public void Names_are_valid_and_refused_in_the_words_recorded()
    {
        SerfOptions strict = new() { ValidateNodeNames = true };
        List<JsonElement> rows = [.. Vector("nodeNames").GetProperty("rows").EnumerateArray()];
        Assert.Equal(10, rows.Count);
        foreach (JsonElement row in rows)
        {
            ByteString name = ByteString.FromText(row[0].GetString()!);
            Exception? refusal = Record.Exception(() => SerfNode.ValidateName(strict, name));
            Assert.Equal(row[1].GetBoolean(), refusal is null);
            Assert.Equal(row[2].GetString(), refusal?.Message);
        }
    }

    [Fact]
    public void Nodes_look_for_failed_members_as_often_as_recorded()
    {
        List<JsonElement> rows = [.. Vector("reconnectProbability").GetProperty("rows").EnumerateArray()];
        Assert.True(rows.Count > 50);
        foreach (JsonElement row in rows)
        {
            int failed = row[1].GetInt32();
            int left = row[2].GetInt32();
            int alive = Math.Max(1, row[0].GetInt32() - failed - left);

            // The original draws at most one member a round, whatever its chance is above one; ours goes on
            // up to its bound, and makes certain what is left to chance there.
            double rate = row[3].GetDouble();
            double expected = ReconnectRounds * Math.Min(rate, Limits.ReconnectCountMax);
            int total = 0;
            for (ulong seed = 1; seed <= ReconnectNodes; seed++)
            {
                int attempts = CountReconnects(alive, failed, left, seed);
                Assert.InRange(attempts, Math.Floor(expected + 0.001), Math.Floor(expected + 0.001) + 1);
                total += attempts;
            }

            // What a node has over of one attempt is at most half an attempt off, either way and by itself.
            double slack = 4 * 0.5 * Math.Sqrt(ReconnectNodes);
            Assert.InRange(total, (expected * ReconnectNodes) - slack, (expected * ReconnectNodes) + slack);
            Assert.True(total > 0, "nobody was ever tried");
        }
    }

    [Fact]
    public void No_vector_is_left_out()
    {
        string[] tables = ["defaultQueryTimeout", "reapIntents", "nodeNames", "reconnectProbability"];
        IEnumerable<string> named = new[]
        {
            Clocks(), Filters(), Intents(), MemberScripts(), UserScripts(), ReapVectorTests.Vectors(),
        }.SelectMany(names => names.Cast<object[]>()).Select(row => (string)row[0]).Concat(tables);
        Assert.Equal(
            VectorFile.Load("serf-numeric.json").Select(vector => vector.GetProperty("name").GetString()!).Order(),
            named.Order());
    }

    private static void AssertRefused(ulong time)
    {
        SerfHost host = new ClusterWorld(1).Add("n0");
        (ulong Member, ulong Event, ulong Query) before = host.Serf.ClockTimes;
        host.HearJoin("x", time);
        host.HearLeave("x", time);
        host.HearEvent("x", time);
        Assert.Equal(before, host.Serf.ClockTimes);
    }

    /// <summary>Attempts of one node that knows so many members, in some rounds.</summary>
    private static int CountReconnects(int alive, int failed, int left, ulong seed)
    {
        RecordingEffects effects = new();
        SwimOptions swim = SwimOptions.Lan with
        {
            Name = ByteString.FromText("self"),
            AdvertiseAddress = NodeAddress.FromIPv4(0x0A000001, 7946),
        };
        SerfOptions options = ClusterWorld.Plain;
        SerfNode node = new(options, swim, effects, effects, seed);
        ISwimObserver observer = node;
        Instant now = Start;
        node.Start(now);
        for (int number = 1; number < alive + failed + left; number++)
        {
            Member member = new(ByteString.FromText($"m{number}"))
            {
                Address = NodeAddress.FromIPv4(0x0A000001 + (uint)number, 7946),
            };
            observer.MemberJoined(member, now);
            if (number >= alive)
            {
                member.State = number < alive + failed ? MemberState.Dead : MemberState.Left;
                observer.MemberLeft(member, now);
            }
        }

        // A step as long as the longest round has one round in it, and never two.
        for (int round = 0; round < ReconnectRounds; round++)
        {
            now += options.ReconnectInterval * 1.25;
            node.Advance(now);
            foreach ((StreamId stream, _) in effects.Dialled)
            {
                node.Swim.StreamFailed(stream, "refused", now);
            }
        }

        return effects.Dialled.Count;
    }

    private static UserEvent Event(ulong time) => new(time, ByteString.FromText("e"), null, coalesce: true);

    private static MemberInfo Info(string name) => new(
        ByteString.FromText(name),
        NodeAddress.FromIPv4(0x7F000001, 7946),
        Tags.Empty,
        MemberStatus.Alive,
        default(NodeVersions));

    private static SerfEventKind Kind(string label) =>
        Enum.GetValues<SerfEventKind>().Single(kind => kind.Label() == label);

    private static JsonElement Vector(string name) => VectorFile.Load("serf-numeric.json")
        .Single(vector => vector.GetProperty("name").GetString() == name);

    private static TheoryData<string> Named(string prefix)
    {
        TheoryData<string> names = [];
        foreach (JsonElement vector in VectorFile.Load("serf-numeric.json"))
        {
            string name = vector.GetProperty("name").GetString()!;
            if (name.StartsWith(prefix, StringComparison.Ordinal))
            {
                names.Add(name);
            }
        }

        return names;
    }
}
