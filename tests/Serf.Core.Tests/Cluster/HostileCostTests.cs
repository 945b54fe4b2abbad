using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Cluster;

/// <summary>
/// What the most expensive messages and states cost. Times are compared with each other, never with a clock: what
/// grew with a product takes tens of times as long as what grows with a sum.
/// </summary>
public sealed class HostileCostTests
{
    [Fact]
    public void A_state_with_countless_names_of_strangers_that_left_takes_no_memory()
    {
        SerfHost host = new ClusterWorld(1).Add("n0");
        byte[] state = LeftState(300_000);
        Merge(host, state);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Merge(host, state);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4_000_000);
    }

    [Fact]
    public void Names_of_strangers_cost_no_more_when_many_peers_are_lost()
    {
        ClusterWorld world = new(2);
        SerfHost host = world.Add("n0");
        byte[] state = LeftState(100_000);
        Merge(host, state);
        double without = Fastest(() => Merge(host, state));
        host.Serf.BeginRejoin(
            [
                .. Enumerable.Range(0, Limits.LostPeerCountMax).Select(number => new KnownPeer(
                    ByteString.FromText($"x{number}"), NodeAddress.FromIPv4(0x0B000000 + (uint)number, 7946))),
            ],
            world.Now);
        Assert.Equal(Limits.LostPeerCountMax, host.Serf.LostPeers().Count);
        Assert.InRange(Fastest(() => Merge(host, state)) / without, 0, 4);
    }

    [Fact]
    public void Events_of_one_time_cost_no_more_than_those_of_many()
    {
        double apart = Fastest(() => Offer(perTime: 8));
        Assert.InRange(Fastest(() => Offer(perTime: Limits.EventsPerTimeMax)) / apart, 0, 6);
    }

    [Fact]
    public void Of_many_events_of_one_time_each_is_taken_once()
    {
        EventBuffer events = new(Limits.EventTimeCount, (1, 2));
        for (int round = 0; round < 2; round++)
        {
            EventVerdict expected = round == 0 ? EventVerdict.New : EventVerdict.Duplicate;
            for (int number = 0; number < Limits.EventsPerTimeMax; number++)
            {
                byte[] payload = [(byte)number, (byte)(number >> 8)];
                Assert.Equal(expected, events.Offer(5, "e"u8, number == 0 ? default : payload, 6, out _));
            }
        }

        Assert.Equal(EventVerdict.Duplicate, events.Offer(5, "e"u8, [], 6, out _));
        Assert.Equal(EventVerdict.Full, events.Offer(5, "f"u8, default, 6, out _));
    }

    [Fact]
    public void Relays_that_name_nobody_are_looked_up_a_few_times_a_second()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 3);
        SerfHost host = world.Hosts[0];
        RelayHeader header = new() { Ip = [10, 0, 0, 3], Port = 7946 };
        byte[] relay = new byte[SerfCodec.SizeOf(header)];
        SerfCodec.Write(header, relay);
        byte[] message = [.. relay, 5, 0x80];
        int passedOn = 0;
        world.Net.PacketPasses = (from, to) =>
        {
            passedOn += from == host && to == world.Hosts[2] ? 1 : 0;
            return true;
        };
        for (int round = 0; round < 5000; round++)
        {
            host.Hear(message);
        }

        world.Run(0.01);
        Assert.InRange(passedOn, Limits.UnnamedLookupCountMax, Limits.UnnamedLookupCountMax + 8);
        world.Run(1);
        passedOn = 0;
        host.Hear(message);
        world.Run(0.01);
        Assert.InRange(passedOn, 1, 8);
    }

    [Fact]
    public void A_user_event_longer_than_any_sender_makes_is_refused_however_it_comes()
    {
        ClusterWorld world = ClusterWorld.Joined(2, 4);
        SerfHost host = world.Hosts[0];
        host.HearEvent("fat", 10, new byte[Limits.UserEventSizeMax]);
        EventBucket bucket = new(5);
        bucket.Entries.Add(new EventEntry(ByteString.FromText("fat"), new byte[1_000_000]));
        bucket.Entries.Add(new EventEntry(ByteString.FromText("thin"), new byte[9000]));
        SerfPushPull state = new() { LamportTime = 1, EventTime = 20, QueryTime = 1, Events = [bucket] };
        byte[] bytes = new byte[SerfCodec.SizeOf(state)];
        SerfCodec.Write(state, bytes);
        Merge(host, bytes);
        Assert.Equal(["user thin"], host.Events);
        Assert.Contains(host.Lines, line => line.Contains("Refusing a user event of 1000003 bytes"));
    }

    [Fact]
    public void Members_that_come_and_go_cost_the_same_in_any_order()
    {
        ClusterMember[] members = [.. Enumerable.Range(0, 60_000).Select(
            number => new ClusterMember(ByteString.FromText($"n{number:D6}")))];
        ClusterMember[] backwards = [.. members.Reverse()];
        double ordered = Fastest(() => ComeAndGo(members, backwards));
        Assert.InRange(Fastest(() => ComeAndGo(backwards, members)) / ordered, 0, 5);
    }

    [Fact]
    public void Members_stay_in_the_order_of_their_names()
    {
        ClusterMembers members = new();
        SortedDictionary<ByteString, ClusterMember> expected = [];
        Prng chance = new(6);
        for (int round = 0; round < 20_000; round++)
        {
            ByteString name = ByteString.FromText("n" + chance.Next(200));
            if (members.Find(name.Span) is { } known)
            {
                members.Remove(known);
                expected.Remove(name);
            }
            else
            {
                expected.Add(name, new ClusterMember(name));
                members.Add(expected[name]);
            }

            Assert.Equal(expected.Count, members.Count);
            if (chance.Next(7) == 0)
            {
                Assert.Equal(expected.Values, members.All);
            }
            else if (chance.Next(7) == 0)
            {
                Assert.Equal(
                    expected.Keys, Enumerable.Range(0, members.Count).Select(index => members.At(index).Name).Order());
            }
        }
    }

    private static void ComeAndGo(ClusterMember[] come, ClusterMember[] go)
    {
        ClusterMembers members = new();
        foreach (ClusterMember member in come)
        {
            member.IsErased = false;
            members.Add(member);
        }

        Assert.Equal(come.Length, members.All.Count);
        foreach (ClusterMember member in go)
        {
            members.Remove(member);
        }

        Assert.Empty(members.All);
    }

    private static void Merge(SerfHost host, byte[] state) =>
        ((ISwimObserver)host.Serf).MergeRemoteState(state, join: false, StreamId.None, host.Now);

    private static byte[] LeftState(int count)
    {
        ByteString[] names = [.. Enumerable.Range(0, count).Select(number => ByteString.FromText("l" + number))];
        SerfPushPull state = new() { LamportTime = 42, EventTime = 1, QueryTime = 1, LeftMembers = names };
        byte[] bytes = new byte[SerfCodec.SizeOf(state)];
        SerfCodec.Write(state, bytes);
        return bytes;
    }

    private static void Offer(int perTime)
    {
        EventBuffer events = new(Limits.EventTimeCount, (1, 2));
        Span<byte> payload = stackalloc byte[4];
        for (int number = 0; number < 64 * Limits.EventsPerTimeMax; number++)
        {
            BitConverter.TryWriteBytes(payload, number);
            ulong time = 1 + (ulong)(number / perTime);
            Assert.True(events.Offer(time, "e"u8, payload, time + 1, out _) == EventVerdict.New);
        }
    }

    private static double Fastest(Action action)
    {
        double fastest = double.MaxValue;
        for (int round = 0; round < 5; round++)
        {
            Stopwatch watch = Stopwatch.StartNew();
            action();
            fastest = Math.Min(fastest, watch.Elapsed.TotalMilliseconds);
        }

        return fastest;
    }
}
