using System;
using System.Collections.Generic;
using System.IO;
using System.Net.Sockets;
using System.Text;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

/// <summary>What a service manager hears of the agent, over a socket that the test made.</summary>
public sealed class ServiceManagerTests : BlackboxTest
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_agent_alone_is_ready_reloads_and_stops(bool isAbstract)
    {
        using Socket manager = Manager(isAbstract, out string name);
        Agent agent = StartFor(name);

        Assert.Equal("STATUS=Starting", Receive(manager));
        Assert.Equal($"READY=1\nSTATUS=Running as n1 at {agent.Gossip}", Receive(manager));
        Assert.Equal("n1=alive", agent.Statuses());

        agent.Process.Send(Signal.Hangup);
        string reloading = Receive(manager);
        Assert.Matches("^RELOADING=1\nMONOTONIC_USEC=[0-9]+$", reloading);
        Assert.Equal($"READY=1\nSTATUS=Running as n1 at {agent.Gossip}", Receive(manager));

        agent.Process.Send(Signal.Interrupt);
        Assert.Equal("STOPPING=1\nSTATUS=Leaving the cluster", Receive(manager));
        Assert.Equal("STOPPING=1\nSTATUS=Shutting down", Receive(manager));
        Assert.Equal(0, agent.Process.WaitForExit());
        Assert.Equal(0, manager.Available);
    }

    [Fact]
    public void A_start_join_comes_before_readiness()
    {
        using Socket manager = Manager(false, out string name);
        Agent other = Start("other");
        Agent agent = StartFor(name, $"-join={other.Gossip}");

        Assert.Equal("STATUS=Joining through 1 addresses", Receive(manager));
        Assert.StartsWith("READY=1\n", Receive(manager), StringComparison.Ordinal);
        Assert.Equal("n1=alive other=alive", agent.Statuses());
    }

    [Fact]
    public void A_start_join_that_fails_is_never_ready()
    {
        using Socket manager = Manager(false, out string name);
        Agent agent = Keep(For(name, new(), $"-join={NextAddress()}:1"));

        Assert.Equal(1, agent.Process.WaitForExit());
        Assert.Equal("STATUS=Joining through 1 addresses", Receive(manager));
        Assert.Equal("STOPPING=1\nSTATUS=Shutting down", Receive(manager));
        Assert.Equal(0, manager.Available);
    }

    [Fact]
    public void Signs_of_life_come_twice_in_each_period_and_only_where_they_are_asked_for()
    {
        using Socket manager = Manager(false, out string name);
        Keep(For(name, new() { ["WATCHDOG_USEC"] = "200000" })).Started();

        Assert.Equal("STATUS=Starting", Receive(manager));
        int count = 0;
        while (count < 10)
        {
            string message = Receive(manager);
            Assert.True(message == "WATCHDOG=1" || message.StartsWith("READY=1\n", StringComparison.Ordinal), message);
            count += message == "WATCHDOG=1" ? 1 : 0;
        }
    }

    [Fact]
    public void Handlers_cannot_speak_for_the_agent()
    {
        using Socket manager = Manager(false, out string name);
        Agent agent = Keep(For(
            name,
            new() { ["WATCHDOG_USEC"] = "60000000" },
            $"-event-handler=user=env > {PathOf("part")}; mv {PathOf("part")} {PathOf("environment")}")).Started();

        agent.Run("event", "x");

        Eventually.True("the handler ran", TimeSpan.FromSeconds(10), () => File.Exists(PathOf("environment")));
        string environment = File.ReadAllText(PathOf("environment"));
        Assert.DoesNotContain("NOTIFY_SOCKET", environment, StringComparison.Ordinal);
        Assert.DoesNotContain("WATCHDOG", environment, StringComparison.Ordinal);
    }

    [Fact]
    public void A_manager_that_is_gone_is_told_of_once_and_harms_nobody()
    {
        Agent agent = StartFor(PathOf("nobody"));
        agent.Process.WaitForOutput(
            "[WARN] agent: the service manager cannot be told anything: no such file or directory\n");

        Assert.Equal("Graceful leave complete\n", agent.Run("leave"));
        Assert.Equal(0, agent.Process.WaitForExit());
    }

    private static string Receive(Socket manager)
    {
        byte[] buffer = new byte[4096];
        return Encoding.UTF8.GetString(buffer, 0, manager.Receive(buffer));
    }

    private Socket Manager(bool isAbstract, out string name)
    {
        string path = isAbstract ? "\0" + Path.GetFileName(Folder) : PathOf("notify");
        name = path.Replace('\0', '@');
        Socket manager = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified)
        {
            ReceiveTimeout = 20_000,
        };
        manager.Bind(new UnixDomainSocketEndPoint(path));
        return manager;
    }

    private Agent StartFor(string socket, params string[] flags) => Keep(For(socket, new(), flags)).Started();

    private static Agent For(string socket, Dictionary<string, string> environment, params string[] flags)
    {
        environment["NOTIFY_SOCKET"] = socket;
        return new Agent(Binaries.Ours, "n1", NextAddress(), flags, environment);
    }
}
