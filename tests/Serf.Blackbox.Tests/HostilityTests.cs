using System;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

public sealed class HostilityTests : BlackboxTest
{
    private const int DatagramCount = 100_000;
    private const int ConnectionCount = 200;
    private const int PartCount = 5;

    // The nursery of the collector and the pools it fills once; a leak of a hundred bytes for each datagram is more.
    private const long GrowthMax = 10_000_000;

    [Fact]
    public void Garbage_on_every_port_leaves_the_agent_serving_and_no_larger()
    {
        Agent agent = Start("n1", "-log-level=err", $"-event-handler=user={Recorder("runs")}");
        Agent friend = Start("friend", $"-join={agent.Gossip}");
        agent.AwaitStatuses("friend=alive n1=alive");

        // The seed is stated so that a failure can be repeated.
        Random random = new(20261121);
        Pour(agent, random);
        long warm = agent.Process.ResidentSize;
        for (int part = 1; part < PartCount; part++)
        {
            Pour(agent, random);
        }

        long after = agent.Process.ResidentSize;

        Assert.False(agent.Process.HasExited, agent.Process.Describe());
        friend.Run("event", "-coalesce=false", "still", "there");
        Assert.Equal("user|still|1|there", AwaitRecorded("runs", 1)[0]);
        Assert.True(after - warm < GrowthMax, $"grew from {warm} to {after} bytes");
        agent.AwaitStatuses("friend=alive n1=alive");
        friend.AwaitStatuses("friend=alive n1=alive");
        Eventually.True("no stream is kept", TimeSpan.FromSeconds(20), () => agent.Process.OpenFileCount < 100);
        agent.Run("leave");
        Assert.Equal(0, agent.Process.WaitForExit());
    }

    [Fact]
    public void Connections_that_say_nothing_do_not_keep_others_out()
    {
        Agent agent = Start("n1");
        TcpClient[] silent = Enumerable.Range(0, 300).Select(number =>
        {
            TcpClient client = Keep(new TcpClient());
            client.Connect(agent.Address, number % 2 == 0 ? Agent.GossipPort : Agent.RpcPort);
            return client;
        }).ToArray();

        agent.AwaitStatuses("n1=alive", TimeSpan.FromSeconds(5));
        Agent friend = Start("friend", $"-join={agent.Gossip}");

        agent.AwaitStatuses("friend=alive n1=alive");
        friend.AwaitStatuses("friend=alive n1=alive");
        Assert.Equal(300, silent.Length);
    }

    /// <summary>One part of the garbage; a command now and then gives the agent the time to really read it.</summary>
    private static void Pour(Agent agent, Random random)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(IPAddress.Parse(agent.Address), Agent.GossipPort);
        using RpcConnection pace = agent.Connect();
        byte[] datagram = new byte[1400];
        for (int number = 0; number < DatagramCount / PartCount; number++)
        {
            Span<byte> bytes = datagram.AsSpan(0, random.Next(number % 100 == 0 ? 1400 : 120));
            random.NextBytes(bytes);
            if (number % 2 == 0 && bytes.Length > 1)
            {
                // A type the reader knows, so that what follows is really decoded.
                bytes[0] = (byte)random.Next(14);
                bytes[1] = (byte)(0x80 | random.Next(16));
            }

            socket.Send(bytes);
            if (number % 100 == 0)
            {
                Assert.Equal(string.Empty, pace.Call("members", hasReplyBody: true).Error);
            }
        }

        for (int number = 0; number < ConnectionCount / PartCount; number++)
        {
            SendStream(agent.Address, Agent.GossipPort, random);
            SendStream(agent.Address, Agent.RpcPort, random);
        }
    }

    private static void SendStream(string address, int port, Random random)
    {
        byte[] bytes = new byte[random.Next(1, 5000)];
        random.NextBytes(bytes);
        bytes[0] = random.Next(2) == 0 ? bytes[0] : (byte)random.Next(14);
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.SendTimeout = 5000;
        socket.Connect(IPAddress.Parse(address), port);
        try
        {
            socket.Send(bytes);
        }
        catch (SocketException)
        {
            // The agent may close as soon as it has seen enough.
        }
    }
}
