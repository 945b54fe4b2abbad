using System;
using System.Collections.Generic;
using System.Linq;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Swim;

public sealed class SwimProbeTests
{
    private static readonly SwimOptions Options = SwimOptions.Lan with
    {
        PushPullInterval = TimeSpan.Zero, DisableTcpPings = true, GossipNodes = 0,
    };

    [Fact]
    public void Numbers_of_pings_cannot_be_told_in_advance()
    {
        SwimWorld world = new(1);
        SwimHost first = Recorder(world, "a", 3);
        SwimHost second = Recorder(world, "b", 3);
        world.Run(TimeSpan.FromSeconds(20));
        uint[] numbers = [.. first.Sent.Concat(second.Sent).Where(packet => packet.Has(MessageType.Ping))
            .Select(NumberOf)];
        Assert.True(numbers.Length > 5);
        Assert.Equal(numbers.Length, numbers.Distinct().Count());
        HashSet<uint> all = [.. numbers];
        Assert.DoesNotContain(numbers, number => all.Contains(number + 1));
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(3, 0)]
    public void Each_relays_nack_counts_once(int relayCount, int score)
    {
        SwimWorld world = new(2);
        SwimHost host = Recorder(world, "a", 4);
        SentPacket[] requests = AskedRelays(world, host, out SentPacket ping);
        Assert.Equal(3, requests.Length);
        for (int count = 0; count < 3; count++)
        {
            NodeAddress relay = requests[count % relayCount].Target;
            host.Node.Receive(relay, SwimMessage.Nack(NumberOf(ping)), world.Now);
        }

        world.Run(TimeSpan.FromMilliseconds(600));
        Assert.Contains(host.Lines, line => line.Contains("has failed, no acks received"));
        Assert.Equal(score, host.Node.HealthScore);
    }

    [Fact]
    public void An_ack_after_a_nack_still_counts()
    {
        SwimWorld world = new(3);
        SwimHost host = Recorder(world, "a", 4);
        SentPacket[] requests = AskedRelays(world, host, out SentPacket ping);
        host.Node.Receive(requests[0].Target, SwimMessage.Nack(NumberOf(ping)), world.Now);
        host.Node.Receive(requests[0].Target, SwimMessage.Ack(NumberOf(ping)), world.Now);
        world.Run(TimeSpan.FromMilliseconds(450));
        Assert.DoesNotContain(host.Lines, line => line.Contains("has failed, no acks received"));
        Assert.Equal(5, host.Node.Members.Count(member => member.State == MemberState.Alive));
    }

    [Fact]
    public void An_ack_after_the_end_of_its_round_is_ignored()
    {
        SwimWorld world = new(4);
        SwimHost host = Recorder(world, "a", 1);
        world.Run(TimeSpan.FromSeconds(1));
        SentPacket ping = host.Sent.First(packet => packet.Has(MessageType.Ping));
        world.Run(TimeSpan.FromMilliseconds(1000));
        Assert.Equal(MemberState.Suspect, host.StateOf("m1"));
        host.Node.Receive(ping.Target, SwimMessage.Ack(NumberOf(ping)), world.Now);
        Assert.Equal(MemberState.Suspect, host.StateOf("m1"));
        Assert.Equal(0, host.PingCount);
    }

    [Fact]
    public void A_suspect_is_pinged_together_with_the_suspicion_and_nothing_else()
    {
        SwimWorld world = new(5);
        SwimHost host = Recorder(world, "a", 1);
        host.Node.Receive(host.Address, SwimMessage.Suspect("m1", 1, "x"), world.Now);
        world.Run(TimeSpan.FromSeconds(1));
        SentPacket packet = Assert.Single(host.Sent);
        Assert.Equal([MessageType.Ping, MessageType.Suspect], packet.Types);
    }

    [Fact]
    public void A_suspect_that_is_pinged_refutes_and_says_so()
    {
        SwimWorld world = new(6);
        SwimHost left = world.Add("a", Options);
        SwimHost right = world.Add("b", Options with { GossipNodes = 1 });
        left.Node.PushPull(right.Address, join: true, world.Now);
        world.Run(TimeSpan.FromMilliseconds(100));
        left.Node.Receive(right.Address, SwimMessage.Suspect("b", 1, "x"), world.Now);
        Assert.Equal(MemberState.Suspect, left.StateOf("b"));
        world.Run(TimeSpan.FromSeconds(1.3));

        // It does not gossip itself, so only the ping can have told of the suspicion.
        Assert.Equal(MemberState.Alive, left.StateOf("b"));
        Assert.Equal(2u, right.Node.Self.Incarnation);
        Assert.Equal(1, right.Node.HealthScore);
    }

    [Fact]
    public void Nodes_started_together_do_not_stay_in_step()
    {
        SwimWorld world = new(7);
        HashSet<Instant> probes = [];
        HashSet<Instant> rounds = [];
        for (int number = 0; number < 10; number++)
        {
            probes.Add(world.Add("p" + number, Options).Node.NextDeadline);
            SwimHost host = world.Add("g" + number, Options with { GossipNodes = 3, ProbeInterval = TimeSpan.Zero });
            rounds.Add(host.Node.NextDeadline);
        }

        Assert.Equal((10, 10), (probes.Count, rounds.Count));
        Assert.All(probes, first => Assert.True(first <= world.Now + Options.ProbeInterval));
        Assert.All(rounds, first => Assert.True(first <= world.Now + Options.GossipInterval));
    }

    [Fact]
    public void A_score_that_may_not_rise_still_leaves_a_probe_its_time()
    {
        SwimWorld world = new(8);
        SwimOptions options = Options with { AwarenessMaxMultiplier = 0 };
        SwimHost left = world.Add("a", options);
        SwimHost right = world.Add("b", options);
        left.Node.PushPull(right.Address, join: true, world.Now);
        world.Run(TimeSpan.FromSeconds(10));
        Assert.All(world.Hosts, host => Assert.Equal((2, 0), (host.Node.AliveCount, host.Node.HealthScore)));
        Assert.All(world.Hosts, host => Assert.True(host.PingCount > 5));
    }

    private static SentPacket[] AskedRelays(SwimWorld world, SwimHost host, out SentPacket ping)
    {
        while (!host.Sent.Any(packet => packet.Has(MessageType.IndirectPing)))
        {
            world.Run(TimeSpan.FromMilliseconds(50));
        }

        ping = host.Sent.Last(packet => packet.Has(MessageType.Ping));
        return [.. host.Sent.Where(packet => packet.Has(MessageType.IndirectPing))];
    }

    // Its members are addresses where nobody answers.
    private static SwimHost Recorder(SwimWorld world, string name, int memberCount)
    {
        SwimHost host = world.Add(name, Options);
        for (int number = 1; number <= memberCount; number++)
        {
            NodeAddress address = NodeAddress.FromIPv4(0x0A000100 + (uint)number, 7946);
            host.Node.Receive(address, SwimMessage.Alive("m" + number, address), world.Now);
        }

        host.Records = true;
        return host;
    }

    private static uint NumberOf(SentPacket packet)
    {
        Assert.Equal(ReadStatus.Ok, SwimCodec.TryRead(packet.First(MessageType.Ping), out Ping ping));
        return ping.SequenceNumber;
    }
}
