using System;
using System.Collections.Generic;
using System.Linq;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

/// <summary>User events as this node sends them beyond what the original does, in its company.</summary>
public sealed class MixedEventTests : MixedTest
{
    [PeerFact]
    public void An_event_longer_than_a_packet_reaches_everybody_without_a_state_exchange()
    {
        string config = Write("long.json", """{"user_event_size_limit": 9216}""");
        Agent[] agents = Cluster("long", flags: number => number < 2 ? [$"-config-file={config}"] : []);
        string payload = new('x', 8000);

        agents[0].Run("event", "-coalesce=false", "long", payload);

        // Half a minute lies between two exchanges of a node.
        foreach (Agent agent in agents)
        {
            string line = Assert.Single(AwaitRecorded(agent.Name, 1, TimeSpan.FromSeconds(5)));
            Assert.Equal(payload, line.Split('|')[3]);
        }
    }

    [PeerFact]
    public void An_event_from_before_the_join_reaches_a_cluster_that_is_far_ahead()
    {
        Agent peer = StartPeer("peer", $"-event-handler=user:early={Recorder("peer")}");
        using (RpcConnection connection = peer.Connect())
        {
            for (int number = 0; number < 600; number++)
            {
                Send(connection, $"old{number}", []);
            }
        }

        Agent ours = Start("ours", $"-event-handler=user:early={Recorder("ours")}");
        ours.Run("event", "-coalesce=false", "early", "payload");
        AwaitRecorded("ours", 1);
        ours.Run("join", peer.Gossip);

        Assert.Matches(@"^user\|early\|60\d\|payload$", Assert.Single(AwaitRecorded("peer", 1)));
        Assert.Equal(["user|early|1|payload"], Recorded("ours"));
    }

    [Fact]
    public void Loss_is_shown_by_info_and_nothing_is_where_there_is_none()
    {
        Agent agent = Start("n1", "-log-level=err");
        string before = agent.Run("info");
        Assert.DoesNotContain("loss", before, StringComparison.Ordinal);
        using RpcConnection deaf = agent.Connect();
        deaf.Call("stream", new() { ["Type"] = "*" });
        using RpcConnection connection = agent.Connect();
        byte[] payload = new byte[450];
        int sent = 0;
        while (!agent.Run("info").Contains("loss", StringComparison.Ordinal))
        {
            // What the client does not read waits in the sockets first.
            Assert.InRange(sent, 0, 100_000);
            for (int number = 0; number < 2000; number++)
            {
                Send(connection, $"e{sent++ % 50}", payload);
            }
        }

        string[] sections = [.. agent.Run("info").Split('\n').Where(line => line.EndsWith(':'))];
        Assert.Equal(["agent:", "event_handlers:", "loss:", "runtime:", "serf:", "tags:"], sections);
        Assert.Matches(@"loss:\n\s+rpc_records = \d+\nruntime:", agent.Run("info"));
    }

    private static void Send(RpcConnection connection, string name, byte[] payload)
    {
        Dictionary<string, object?> body = new()
        {
            ["Name"] = name, ["Payload"] = payload, ["Coalesce"] = false,
        };
        Assert.Equal("", connection.Call("event", body).Error);
    }
}
