using System;
using System.Linq;
using System.Text;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

public sealed class EventTests : BlackboxTest
{
    [Fact]
    public void A_burst_that_may_be_merged_arrives_once_with_the_last_payload()
    {
        Agent a = Start("a", $"-event-handler=user={Recorder("a")}");
        Agent b = Start("b", $"-join={a.Gossip}", $"-event-handler=user={Recorder("b")}");
        a.AwaitStatuses("a=alive b=alive");

        SendBurst(a, coalesce: true, count: 20);

        foreach (string file in new[] { "a", "b" })
        {
            AwaitRecorded(file, 1);
            Eventually.True(
                $"the last payload reaches {file}",
                TimeSpan.FromSeconds(10),
                () => Recorded(file)[^1] == "user|queue|20|item-19",
                () => string.Join(" ; ", Recorded(file)));
            Assert.InRange(Recorded(file).Length, 1, 5);
        }
    }

    [Fact]
    public void A_burst_that_must_not_be_merged_arrives_whole()
    {
        Agent a = Start("a", $"-event-handler=user={Recorder("a")}");
        Agent b = Start("b", $"-join={a.Gossip}", $"-event-handler=user={Recorder("b")}");
        a.AwaitStatuses("a=alive b=alive");

        SendBurst(a, coalesce: false, count: 50);

        string[] expected = Enumerable.Range(0, 50).Select(number => $"user|queue|{number + 1}|item-{number}").ToArray();
        Assert.Equal(expected, AwaitRecorded("a", 50));
        Assert.Equal(
            expected.Order(StringComparer.Ordinal),
            AwaitRecorded("b", 50, TimeSpan.FromSeconds(45)).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_event_sent_while_a_node_is_away_arrives_with_replay_only(bool replay)
    {
        Agent stays = Start("stays", "-profile=local");
        stays.Run("event", "-coalesce=false", "missed", "payload");

        string[] flags = ["-profile=local", $"-join={stays.Gossip}", $"-event-handler=user={Recorder("runs")}"];
        Start("comes", replay ? [.. flags, "-replay"] : flags);
        stays.AwaitStatuses("comes=alive stays=alive");
        stays.Run("event", "-coalesce=false", "sentinel");

        Eventually.True(
            "the sentinel arrives",
            TimeSpan.FromSeconds(20),
            () => Recorded("runs").Contains("user|sentinel|2|"),
            DescribeAll);
        Assert.Equal(replay, Recorded("runs").Contains("user|missed|1|payload"));
    }

    [Fact]
    public void A_join_command_asks_for_replay()
    {
        Agent stays = Start("stays");
        stays.Run("event", "-coalesce=false", "missed", "payload");
        Agent comes = Start("comes", $"-event-handler=user={Recorder("runs")}");

        Assert.Equal(
            "Successfully joined cluster by contacting 1 nodes.\n", comes.Run("join", "-replay", stays.Gossip));

        Assert.Equal("user|missed|1|payload", AwaitRecorded("runs", 1)[0]);
    }

    private static void SendBurst(Agent agent, bool coalesce, int count)
    {
        using RpcConnection connection = agent.Connect();
        for (int number = 0; number < count; number++)
        {
            Assert.Equal(string.Empty, connection.Call("event", new()
            {
                ["Name"] = "queue", ["Payload"] = Encoding.ASCII.GetBytes($"item-{number}"), ["Coalesce"] = coalesce,
            }).Error);
        }
    }
}
