using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

/// <summary>Clients that go away in the middle of anything, or never take what they asked for, harm nobody.</summary>
public sealed class RpcDisconnectTests : BlackboxTest
{
    private const int RoundCount = 400;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private static readonly (string Command, Dictionary<string, object?>? Body)[] _commands =
    [
        ("members", null),
        ("stats", null),
        ("list-keys", null),
        ("members-filtered", new() { ["Name"] = ".*" }),
        ("event", new() { ["Name"] = "e", ["Payload"] = new byte[300], ["Coalesce"] = false }),
        ("stream", new() { ["Type"] = "*" }),
        ("monitor", new() { ["LogLevel"] = "TRACE" }),
        ("query", new() { ["Name"] = "q", ["RequestAck"] = true, ["Timeout"] = 200_000_000L }),
        ("query", new() { ["Name"] = "long", ["RequestAck"] = true }),
        ("force-leave", new() { ["Node"] = "nobody", ["Prune"] = true }),
        ("tags", new() { ["Tags"] = new Dictionary<string, object?> { ["t"] = "1" } }),
        ("get-coordinate", new() { ["Node"] = "n1" }),
        ("stop", new() { ["Stop"] = 2UL }),
        ("respond", new() { ["ID"] = 1UL, ["Payload"] = new byte[3] }),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_agent_outlives_every_way_to_go(bool isFile)
    {
        int seed = Environment.TickCount;
        Random random = new(seed);
        string path = PathOf("serf.sock");
        Agent agent = Start("n1", isFile ? [$"-rpc-addr=unix://{path}"] : []);
        EndPoint endPoint = isFile
            ? new UnixDomainSocketEndPoint(path)
            : new IPEndPoint(IPAddress.Parse(agent.Address), Agent.RpcPort);
        Wave(endPoint, random, RoundCount / 8);
        int fileCount = Settled(agent);
        long size = agent.Process.ResidentSize;

        Wave(endPoint, random, RoundCount);

        Eventually.True(
            "descriptors are given back",
            _patience,
            () => agent.Process.OpenFileCount <= fileCount,
            () => $"seed {seed}: {fileCount} before, {agent.Process.OpenFileCount} after\n{agent.Process.Describe()}");
        Assert.InRange(agent.Process.ResidentSize, 0, size + (64 << 20));
        Assert.Contains("Received event: user-event: e", agent.Process.Output, StringComparison.Ordinal);
        AssertServes(endPoint);
        Assert.False(agent.Process.HasExited);
    }

    [Fact]
    public void A_client_that_goes_after_its_leave_does_not_stop_the_leave()
    {
        Agent agent = Start("n1");
        using (Socket client = Connect(new IPEndPoint(IPAddress.Parse(agent.Address), Agent.RpcPort)))
        {
            client.Send(Requests(("handshake", new() { ["Version"] = 1 }), ("leave", null)));
            agent.Process.WaitForOutput("requesting graceful leave");
            client.LingerState = new LingerOption(true, 0);
        }

        Assert.Equal(0, agent.Process.WaitForExit());
        Assert.Contains("agent: shutdown complete", agent.Process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Clients_that_never_read_cost_little_and_hold_up_nobody()
    {
        Agent agent = Start("n1", $"-event-handler=user:last={Recorder("last")}");
        EndPoint endPoint = new IPEndPoint(IPAddress.Parse(agent.Address), Agent.RpcPort);
        List<Socket> idle = [];
        for (int number = 0; number < 20; number++)
        {
            Socket client = Keep(Connect(endPoint));
            client.Send(Requests(
                ("handshake", new() { ["Version"] = 1 }),
                ("stream", new() { ["Type"] = "*" }),
                ("monitor", new() { ["LogLevel"] = "TRACE" })));
            idle.Add(client);
        }

        // And these ask again and again without ever listening, until the agent does not read them either.
        for (int number = 0; number < 4; number++)
        {
            Socket client = Keep(Connect(endPoint));
            client.SendTimeout = 500;
            client.Send(Requests(("handshake", new() { ["Version"] = 1 })));
            AskForEver(client);
        }

        using RpcConnection sender = agent.Connect();
        Dictionary<string, object?> flood = new() { ["Name"] = "flood", ["Payload"] = new byte[450], ["Coalesce"] = false };
        for (int number = 0; number < 6000; number++)
        {
            Assert.Equal(string.Empty, sender.Call("event", flood).Error);
        }

        agent.Run("event", "-coalesce=false", "last");
        AwaitRecorded("last", 1);
        Assert.Contains("rpc_records = ", agent.Run("info"), StringComparison.Ordinal);
        Assert.Contains("[WARN] agent.ipc: Dropping event to ipc.client: ", agent.Process.Output, StringComparison.Ordinal);
        Assert.InRange(agent.Process.ResidentSize, 0, 250_000_000);

        // Who reads on is served on: what was queued, then what is new.
        byte[] buffer = new byte[1 << 16];
        idle[0].ReceiveTimeout = 15_000;
        StringBuilder read = new();
        sender.Call("event", new() { ["Name"] = "at-the-end", ["Payload"] = null, ["Coalesce"] = false });
        while (!read.ToString().Contains("stream-again", StringComparison.Ordinal))
        {
            read.Remove(0, Math.Max(0, read.Length - 20));
            if (idle[0].Available == 0)
            {
                sender.Call("event", new() { ["Name"] = "stream-again", ["Payload"] = null, ["Coalesce"] = false });
            }

            int count = idle[0].Receive(buffer);
            Assert.True(count > 0);
            read.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }
    }

    private static void AskForEver(Socket client)
    {
        byte[] requests = Requests([.. Enumerable.Repeat(("stats", (Dictionary<string, object?>?)null), 1000)]);
        try
        {
            for (int round = 0; round < 10_000; round++)
            {
                client.Send(requests);
            }
        }
        catch (SocketException stall) when (stall.SocketErrorCode is SocketError.WouldBlock or SocketError.TimedOut)
        {
            return;
        }

        Assert.Fail("the agent reads without end what it cannot answer");
    }

    // The descriptors that stay: those of clients go soon after them.
    private static int Settled(Agent agent)
    {
        int least = int.MaxValue;
        Eventually.True("clients are gone", _patience, () =>
        {
            int count = agent.Process.OpenFileCount;
            bool isStable = count >= least;
            least = Math.Min(least, count);
            return isStable && count == least;
        });
        return least;
    }

    private static void Wave(EndPoint endPoint, Random random, int rounds)
    {
        // Nobody answers a join there, until all are given up at the end.
        using TcpListener silent = new(IPAddress.Parse(NextAddress()), 0);
        silent.Start();
        List<Socket> open = [];
        for (int round = 0; round < rounds; round++)
        {
            Socket client = Connect(endPoint);
            byte[] bytes = Anything(random, silent.LocalEndpoint);

            // Cut anywhere, in at most two pieces, and what comes back is read in part or not at all.
            int size = random.Next(3) == 0 ? bytes.Length : random.Next(bytes.Length + 1);
            int piece = random.Next(size + 1);
            client.Send(bytes.AsSpan(0, piece));
            client.Send(bytes.AsSpan(piece, size - piece));
            if (random.Next(2) == 0)
            {
                client.ReceiveTimeout = 5;
                Read(client, random.Next(1, 400));
            }

            if (random.Next(4) == 0)
            {
                client.Shutdown(SocketShutdown.Send);
            }

            if (random.Next(2) == 0 && endPoint is IPEndPoint)
            {
                client.LingerState = new LingerOption(true, 0);
            }

            open.Add(client);
            if (open.Count > random.Next(20))
            {
                int index = random.Next(open.Count);
                open[index].Dispose();
                open.RemoveAt(index);
            }
        }

        open.ForEach(client => client.Dispose());
    }

    private static byte[] Anything(Random random, EndPoint silent)
    {
        List<(string, Dictionary<string, object?>?)> requests = [("handshake", new() { ["Version"] = 1 })];
        int count = random.Next(6);
        for (int index = 0; index < count; index++)
        {
            requests.Add(random.Next(12) == 0
                ? ("join", new() { ["Existing"] = new List<object?> { silent.ToString() } })
                : _commands[random.Next(_commands.Length)]);
        }

        return Requests([.. requests]);
    }

    private static void Read(Socket client, int size)
    {
        try
        {
            client.Receive(new byte[size]);
        }
        catch (SocketException end)
            when (end.SocketErrorCode is SocketError.WouldBlock or SocketError.TimedOut or SocketError.ConnectionReset)
        {
            // Nothing came in time, or it was a request that ends the connection.
        }
    }

    private static void AssertServes(EndPoint endPoint)
    {
        using Socket client = Connect(endPoint);
        client.ReceiveTimeout = 15_000;
        client.Send(Requests(("handshake", new() { ["Version"] = 1 }), ("members", null)));
        using BufferedStream stream = new(new NetworkStream(client));
        Msgpack.Read(stream);
        Msgpack.Read(stream);
        Dictionary<string, object?> body = (Dictionary<string, object?>)Msgpack.Read(stream)!;
        Assert.Single((List<object?>)body["Members"]!);
    }

    private static Socket Connect(EndPoint endPoint)
    {
        Socket client = new(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        client.Connect(endPoint);
        return client;
    }

    private static byte[] Requests(params (string Command, Dictionary<string, object?>? Body)[] requests)
    {
        using MemoryStream bytes = new();
        ulong seq = 0;
        foreach ((string command, Dictionary<string, object?>? body) in requests)
        {
            Msgpack.Write(bytes, new Dictionary<string, object?> { ["Command"] = command, ["Seq"] = ++seq });
            if (body is not null)
            {
                Msgpack.Write(bytes, body);
            }
        }

        return bytes.ToArray();
    }
}
