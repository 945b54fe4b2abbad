using System;
using Serf.Core.Tests.Swim;
using Serf.Primitives;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Cluster;

/// <summary>What the Serf layer adds to a packet's allocations: nothing but the copies of what is news.</summary>
public sealed class SteadySerfAllocationTests
{
    private const int EventCount = 200;
    private static readonly NodeAddress Peer = NodeAddress.FromIPv4(0x0A000002, 7946);
    private readonly SteadyWorld _world = new(new SteadyLayers { Compression = true }, ClusterWorld.Plain with { EventBufferCount = 64 });
    private readonly byte[] _packet = new byte[1400];
    private byte[] _payload = [1, 2, 3];
    private ulong _time = 1000;

    private SteadyHost Host => _world.Hosts[0];

    [Fact]
    public void Acks_with_coordinates_and_all_else_of_a_steady_cluster_allocate_nothing()
    {
        _world.WarmUp();
        _world.RunInWindows();
        foreach (MessageType type in (MessageType[])[MessageType.Ping, MessageType.IndirectPing, MessageType.Ack,
            MessageType.Nack, MessageType.Alive, MessageType.Suspect, MessageType.Dead])
        {
            Assert.InRange(_world.Meter.LeastCountOf(Doing.Receiving, type), 30, long.MaxValue);
            Assert.Equal((type, 0), (type, _world.Meter.LeastBytesOf(Doing.Receiving, type)));
            Assert.Equal((type, 0), (type, _world.Meter.LeastBytesOf(Doing.Sending, type)));
        }

        Assert.Equal(0, _world.Meter.LeastBytesOf(Doing.Waiting));
    }

    [Theory]
    [InlineData("user event")]
    [InlineData("query")]
    [InlineData("join intent")]
    [InlineData("leave intent")]
    [InlineData("query response")]
    public void What_is_no_news_allocates_nothing(string message)
    {
        _world.Run(TimeSpan.FromSeconds(2));
        int size = Write(message, time: 9);
        for (int count = 0; count < 100; count++)
        {
            Receive(size);
        }

        // From now on it is not passed on any more either.
        _world.Run(TimeSpan.FromSeconds(10));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int count = 0; count < 100; count++)
        {
            Receive(size);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_new_event_costs_one_copy_of_it_and_its_place_in_the_memory_of_events()
    {
        long small = CostOfEvent(payloadSize: 8);
        long large = CostOfEvent(payloadSize: 408);

        // The bucket, its list, the event that is delivered, and the arrays of name and payload.
        Assert.InRange(small, 1, 272);
        Assert.Equal(400, large - small);
    }

    private long CostOfEvent(int payloadSize)
    {
        _payload = new byte[payloadSize];
        long before = 0;
        for (int round = 0; round < 2; round++)
        {
            int delivered = Host.DeliveredCount;
            before = GC.GetAllocatedBytesForCurrentThread();
            for (int count = 0; count < EventCount; count++)
            {
                Receive(Write("user event", ++_time));
            }

            before = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.Equal(EventCount, Host.DeliveredCount - delivered);

            // All of them are passed on before more come, and what carried them is used again.
            _world.Run(TimeSpan.FromSeconds(60));
            Assert.Equal(0, Host.Serf!.QueueDepths.Events);
        }

        return before / EventCount;
    }

    private void Receive(int size) => Host.Node.Receive(Peer, _packet.AsSpan(0, size), _world.Now);

    private int Write(string message, ulong time)
    {
        Span<byte> body = _packet.AsSpan(1);
        _packet[0] = (byte)MessageType.User;
        return 1 + message switch
        {
            "user event" => SerfCodec.Write(
                new UserEventMessage { LamportTime = time, Name = "deploy"u8, Payload = _payload }, body),
            "query" => SerfCodec.Write(
                new QueryMessage
                {
                    LamportTime = time, Id = 7, Address = [10, 0, 0, 2], Port = 7946, SourceNode = "n1"u8,
                    Flags = QueryMessage.FlagAck, Timeout = 1_000_000_000, Name = "uptime"u8,
                },
                body),
            "join intent" => SerfCodec.Write(new JoinIntent { LamportTime = time, Node = "n1"u8 }, body),
            "leave intent" => SerfCodec.Write(new LeaveIntent { LamportTime = 0, Node = "n1"u8 }, body),
            "query response" => SerfCodec.Write(
                new QueryResponseMessage { LamportTime = time, Id = 7, From = "n1"u8, Payload = "ok"u8 }, body),
            _ => throw new ArgumentOutOfRangeException(nameof(message)),
        };
    }
}
