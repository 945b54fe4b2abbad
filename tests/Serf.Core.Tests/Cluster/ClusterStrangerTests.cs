using System;
using System.Linq;
using System.Text;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Cluster;

/// <summary>Queries that name an address which is no member's (spec serf 15.3, X1).</summary>
public sealed class ClusterStrangerTests
{
    private static readonly NodeAddress Victim = NodeAddress.FromIPv4(0x0A0000FA, 7946);

    [Fact]
    public void An_address_that_is_no_members_is_answered_within_measure()
    {
        ClusterWorld world = ClusterWorld.Joined(3, 1);
        SerfHost host = world.Hosts[0];
        host.Records = true;
        for (uint id = 0; id < 100; id++)
        {
            host.Hear(Ask(id, Victim, "who"));
        }

        Assert.Equal(Limits.StrangerAnswerCountMax, SentTo(host, Victim));
        Assert.Contains(host.Lines, line => line.Contains($"failed to send ack to {Victim}"));

        // The name of a member does not help at another address, and a second later it starts again.
        world.Run(1);
        for (uint id = 100; id < 200; id++)
        {
            host.Hear(Ask(id, Victim, "n1"));
        }

        Assert.Equal(2 * Limits.StrangerAnswerCountMax, SentTo(host, Victim));
        QueryEvent query = host.Delivered.OfType<QueryEvent>().Last();
        Assert.Equal($"failed to send the response to {Victim}", host.Serf.Respond(query, "x"u8, world.Now));
        world.Run(1);
        Assert.Null(host.Serf.Respond(query, "x"u8, world.Now));
    }

    [Fact]
    public void A_stranger_gets_no_relays_and_no_second_copies()
    {
        ClusterWorld world = ClusterWorld.Joined(5, 2);
        SerfHost host = world.Hosts[0];
        host.Hear(Ask(1, Victim, "who", relay: 3));
        world.Hosts.ForEach(one => one.Records = true);
        host.Hear(Ask(2, Victim, "who", relay: 3));
        Assert.Single(host.Sent);
        world.Run(1);
        Assert.Equal(1, world.Hosts.Sum(one => SentTo(one, Victim)));
    }

    [Theory]
    [InlineData("n1")]
    [InlineData("")]
    public void A_member_is_answered_as_often_as_it_asks(string name)
    {
        ClusterWorld world = ClusterWorld.Joined(2, 3);
        (SerfHost host, SerfHost asker) = (world.Hosts[0], world.Hosts[1]);
        host.Records = true;
        for (uint id = 0; id < 100; id++)
        {
            host.Hear(Ask(id, asker.Address, name));
        }

        Assert.Equal(100, SentTo(host, asker.Address));
    }

    [Fact]
    public void Who_asks_in_the_moment_it_joins_is_answered_by_those_who_have_not_heard_of_it()
    {
        ClusterWorld world = ClusterWorld.Joined(5, 4);
        SerfHost newcomer = world.Add("new");
        newcomer.Join([world.Hosts[0]]);
        RecordingSink sink = new();
        newcomer.WhenCompleted = () => Assert.Null(newcomer.BeginQuery(
            new() { Name = ByteString.FromText("load"), RequestAck = true }, sink));
        world.Run(3);
        Assert.Equal(["n0", "n1", "n2", "n3", "n4", "new"], sink.Acks);
    }

    private static int SentTo(SerfHost host, NodeAddress target) =>
        host.Sent.Count(packet => packet.Target == target);

    private static byte[] Ask(uint id, NodeAddress source, string name, byte relay = 0)
    {
        byte[] ip = new byte[4];
        source.WriteIp(ip);
        return ClusterQueryTests.Message(new()
        {
            LamportTime = 7,
            Id = id,
            Address = ip,
            Port = source.Port,
            SourceNode = Encoding.ASCII.GetBytes(name),
            Flags = QueryMessage.FlagAck | QueryMessage.FlagNoBroadcast,
            RelayFactor = relay,
            Timeout = 5_000_000_000,
            Name = "load"u8,
        });
    }
}
