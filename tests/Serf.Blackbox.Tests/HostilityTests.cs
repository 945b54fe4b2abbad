using System;
using System.Buffers.Binary;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using Serf.Blackbox.Harness;
using Xunit;
using Xunit.Abstractions;

namespace Serf.Blackbox;

public sealed class HostilityTests(ITestOutputHelper output) : BlackboxTest
{
    private const int DatagramCount = 100_000;
    private const int ConnectionCount = 200;
    private const int PartCount = 5;

    // The nursery of the collector and the pools it fills once; a leak of a hundred bytes for each datagram is more.
    private const long GrowthMax = 10_000_000;

    private const int FrameSizeMax = 20 * 1024 * 1024;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Garbage_on_every_port_leaves_the_agent_serving_and_no_larger(bool isEncrypted)
    {
        string[] key = isEncrypted ? [$"-encrypt={Keys.First}"] : [];
        Agent agent = Start("n1", ["-log-level=err", $"-event-handler=user={Recorder("runs")}", .. key]);
        Agent friend = Start("friend", [$"-join={agent.Gossip}", .. key]);
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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Sealed_frames_that_never_end_take_no_room_and_are_given_up(bool isEncrypted)
    {
        // Up to 20 MiB are waited for, but only what has come takes room.
        uint[] waitedFor = [1, 16, 29, 1000, FrameSizeMax];
        uint[] refused = [FrameSizeMax + 1, int.MaxValue, 0x80000000, uint.MaxValue];
        string[] key = isEncrypted ? [$"-encrypt={Keys.First}"] : [];
        Agent agent = Start("n1", ["-log-level=err", .. key]);
        int descriptors = agent.Process.OpenFileCount;
        long before = agent.Process.ResidentSize;

        Socket[] held = [.. Enumerable.Range(0, 100).Select(number => HalfAFrame(agent, waitedFor[number % 5]))];
        Socket[] closed = [.. Enumerable.Range(0, 100).Select(number => HalfAFrame(agent, refused[number % 4]))];

        Assert.All(closed, socket => Assert.True(IsClosed(socket), agent.Process.Describe()));
        Agent friend = Start("friend", [$"-join={agent.Gossip}", .. key]);
        agent.AwaitStatuses("friend=alive n1=alive");
        friend.AwaitStatuses("friend=alive n1=alive");
        // Less for all of them, with what the agent needs to get going, than one announces.
        Assert.InRange(agent.Process.ResidentSize - before, long.MinValue, FrameSizeMax);
        Assert.All(held, socket => Assert.True(IsClosed(socket), agent.Process.Describe()));
        Assert.All(held.Concat(closed), socket => socket.Dispose());
        Eventually.True(
            "no stream is kept",
            TimeSpan.FromSeconds(20),
            () => agent.Process.OpenFileCount < descriptors + 20);
    }

    [PeerFact]
    public void Garbage_that_no_key_opens_costs_no_more_than_it_costs_the_original()
    {
        const int Count = 15_000;
        Agent ours = Start("ours", $"-encrypt={Keys.First}");
        Agent theirs = StartPeer("theirs", $"-encrypt={Keys.First}");
        Random random = new(20261124);
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        using RpcConnection pace = ours.Connect();
        TimeSpan ourStart = ours.Process.ProcessorTime;
        TimeSpan theirStart = theirs.Process.ProcessorTime;
        byte[] datagram = new byte[200];
        for (int number = 0; number < Count; number++)
        {
            random.NextBytes(datagram);
            datagram[0] = (byte)(number % 2);
            foreach (Agent agent in new[] { ours, theirs })
            {
                socket.SendTo(datagram, new IPEndPoint(IPAddress.Parse(agent.Address), Agent.GossipPort));
            }

            if (number % 100 == 0)
            {
                // Nothing may be lost on the way, or what is lost would look cheap.
                Eventually.True(
                    "all is read",
                    TimeSpan.FromSeconds(15),
                    () => ours.WaitingDatagramSize == 0 && theirs.WaitingDatagramSize == 0);
                Assert.Equal(string.Empty, pace.Call("members", hasReplyBody: true).Error);
            }
        }

        TimeSpan ourCost = ours.Process.ProcessorTime - ourStart;
        TimeSpan theirCost = theirs.Process.ProcessorTime - theirStart;
        output.WriteLine(
            $"{ourCost.TotalMicroseconds / Count:0.0} us for each datagram, {theirCost.TotalMicroseconds / Count:0.0} "
            + $"of the original, {ourCost / theirCost:0.00} of that");
        Assert.True(ourCost <= theirCost, $"{ourCost} for {Count} datagrams, {theirCost} of the original");
        Assert.Equal("ours=alive", ours.Statuses());
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

    /// <summary>The head of a sealed frame, and less behind it than it says.</summary>
    private Socket HalfAFrame(Agent agent, uint size)
    {
        Socket socket = Keep(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        socket.Connect(IPAddress.Parse(agent.Address), Agent.GossipPort);
        byte[] frame = new byte[5 + Math.Min(size - 1, 300)];
        frame[0] = 10;
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), size);
        socket.Send(frame);
        return socket;
    }

    /// <summary>What the agent has to say is read; then the end must come.</summary>
    private static bool IsClosed(Socket socket)
    {
        socket.ReceiveTimeout = 20_000;
        byte[] buffer = new byte[4096];
        try
        {
            while (socket.Receive(buffer) > 0)
            {
            }

            return true;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode == SocketError.ConnectionReset;
        }
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
                // Among them are both versions of a sealed packet.
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
