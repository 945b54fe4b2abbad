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

/// <summary>The original's tables of members that are reaped, and of the order in which they are.</summary>
public sealed class ReapVectorTests
{
    private static readonly Instant Now = new(1_000_000_000_000_000);

    public static TheoryData<string> Vectors()
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

        return names;
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Those_past_their_time_go_in_the_order_recorded(string name)
    {
        foreach (MemberState state in new[] { MemberState.Left, MemberState.Dead })
        {
            JsonElement vector = VectorFile.Load("serf-numeric.json")
                .Single(candidate => candidate.GetProperty("name").GetString() == name);
            RecordingEffects effects = new();
            SerfNode node = NodeOf(vector.GetProperty("input"), effects, state);
            effects.Events.Clear();
            node.Advance(Now);

            Assert.Equal(
                vector.GetProperty("reaped").EnumerateArray().Select(one => "member-reap " + one.GetString()),
                effects.Events.OfType<MemberEvent>().Select(one => $"{one} {one.Members.Single().Name}"));
            string[] left = [.. vector.GetProperty("left").EnumerateArray().Select(one => one.GetString()!)];
            Assert.Equal(left.Append("self").Order(), node.Members().Select(member => member.Name.ToString()));
            Assert.Equal(state == MemberState.Left ? left : [], LeftNames(node));
        }
    }

    private static SerfNode NodeOf(JsonElement input, RecordingEffects effects, MemberState state)
    {
        TimeSpan timeout = new(input.GetProperty("timeout").GetInt64() / 100);
        SerfOptions options = ClusterWorld.Plain with
        {
            ReconnectTimeout = timeout, TombstoneTimeout = timeout, ReapInterval = TimeSpan.FromSeconds(15),
        };
        SwimOptions swim = SwimOptions.Lan with
        {
            Name = ByteString.FromText("self"), AdvertiseAddress = NodeAddress.FromIPv4(0x7F000001, 7946),
        };
        SerfNode node = new(options, swim, effects, effects, seed: 1);
        node.Start(new(Now.Nanoseconds - 15_000_000_000));
        ISwimObserver observer = node;
        foreach (JsonElement row in input.GetProperty("members").EnumerateArray())
        {
            Member member = new(ByteString.FromText(row[0].GetString()!))
            {
                Address = NodeAddress.FromIPv4(0x7F000002, 7946), State = MemberState.Alive,
            };
            observer.MemberJoined(member, Now);

            // Ages are nanoseconds, some the first beyond the timeout; ours count in steps of 100.
            member.State = state;
            observer.MemberLeft(member, new(Now.Nanoseconds - ((row[1].GetInt64() + 99) / 100 * 100)));
        }

        return node;
    }

    private static string[] LeftNames(SerfNode node)
    {
        ByteBuffer state = new();
        ((ISwimObserver)node).WriteLocalState(join: false, state);
        Assert.Equal(ReadStatus.Ok, SerfCodec.TryRead(state.Written[1..], out SerfPushPullView view));
        List<string> names = [];
        TextListReader reader = new(view.LeftMembers);
        while (reader.TryNext(out ReadOnlySpan<byte> name))
        {
            names.Add(ByteString.Copy(name).ToString());
        }

        return [.. names];
    }
}
