using System;
using System.Diagnostics;
using System.Linq;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

/// <summary>Joins that are tried again, and clusters that find their missing parts.</summary>
public sealed class HealingTests : BlackboxTest
{
    private const string Quick = """{ "profile": "local", "reconnect_interval": "1s" }""";

    [Fact]
    public void A_retry_join_succeeds_once_somebody_is_there()
    {
        string address = NextAddress();
        Agent waits = Start(
            "waits", "-profile=local", $"-retry-join={address}:{Agent.GossipPort}", "-retry-interval=1s");
        waits.Process.WaitForOutput(", retrying in 1s\n");
        Assert.Contains(
            $"[WARN] agent: Join failed: 1 error occurred:\n\t* failed to join {address}:{Agent.GossipPort}: dial tcp "
            + $"{address}:{Agent.GossipPort}: connect: connection refused\n\n, retrying in 1s\n",
            waits.Process.Output,
            StringComparison.Ordinal);

        Keep(new Agent(Binaries.Ours, "late", address, ["-profile=local"])).Started();
        waits.Process.WaitForOutput("[INFO] agent: Join completed. Synced with 1 initial agents\n");
        waits.AwaitStatuses("late=alive waits=alive");
        Assert.Contains(
            "[INFO] agent: Joining cluster...(replay: false)\n", waits.Process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_limit_of_one_allows_two_attempts_and_ends_the_agent()
    {
        Agent agent = Start(
            "n1", $"-retry-join={NextAddress()}:{Agent.GossipPort}", "-retry-interval=1s", "-retry-max=1");

        Assert.Equal(1, agent.Process.WaitForExit());
        Assert.Equal(3, agent.Process.Output.Split("agent: Joining cluster...(replay: false)\n").Length);
        Assert.Equal(2, agent.Process.Output.Split("agent: Join failed: ").Length);
        Assert.Contains(
            "[ERR] agent: maximum retry join attempts made, exiting\n",
            agent.Process.Output,
            StringComparison.Ordinal);
        Assert.DoesNotContain("Gracefully", agent.Process.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1:9", ", retrying in 1m30s\n")]
    [InlineData("nobody.invalid", "agent: joining: [nobody.invalid] replay: false\n")]
    public void An_interrupt_during_the_wait_or_the_look_up_leaves_at_once(string address, string shown)
    {
        Agent agent = Start("n1", $"-retry-join={address}", "-retry-interval=90s", "-retry-max=5");
        agent.Process.WaitForOutput(shown);

        Stopwatch watch = Stopwatch.StartNew();
        agent.Process.Send(Signal.Interrupt);

        Assert.Equal(0, agent.Process.WaitForExit());
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(3));
    }

    [Fact]
    public void Peers_that_were_all_killed_and_started_again_are_found_without_help()
    {
        string config = Write("config.json", Quick);
        Agent stays = Start("n0", $"-config-file={config}");
        Agent[] peers = [.. Enumerable.Range(1, 3).Select(number =>
            Start($"n{number}", $"-config-file={config}", $"-join={stays.Gossip}"))];
        stays.AwaitStatuses("n0=alive n1=alive n2=alive n3=alive");
        foreach (Agent peer in peers)
        {
            peer.Process.Send(Signal.Kill);
        }

        stays.AwaitStatuses("n0=alive n1=failed n2=failed n3=failed", TimeSpan.FromSeconds(60));
        Agent[] back = [.. peers.Select(peer => Keep(
            new Agent(Binaries.Ours, peer.Name, peer.Address, [$"-config-file={config}"])).Started())];
        foreach (Agent agent in back.Append(stays))
        {
            agent.AwaitStatuses("n0=alive n1=alive n2=alive n3=alive", TimeSpan.FromSeconds(60));
        }
    }

    [Fact]
    public void A_start_join_address_is_tried_again_when_another_node_runs_there()
    {
        string config = Write("config.json", Quick);
        Agent first = Start("first", $"-config-file={config}");
        Agent stays = Start("stays", $"-config-file={config}", $"-join={first.Gossip}");
        stays.AwaitStatuses("first=alive stays=alive");
        first.Run("leave");
        Assert.Equal(0, first.Process.WaitForExit());
        stays.AwaitStatuses("first=left stays=alive");
        stays.Process.WaitForOutput("A configured join address does not answer, and is tried again: failed to join ");

        Agent second = Keep(
            new Agent(Binaries.Ours, "second", first.Address, [$"-config-file={config}"])).Started();
        stays.AwaitStatuses("first=left second=alive stays=alive", TimeSpan.FromSeconds(60));
        stays.Process.WaitForOutput($"serf: Joined a configured address again: {second.Gossip}\n");
        Assert.Equal(2, stays.Process.Output.Split("is tried again").Length);
    }
}
