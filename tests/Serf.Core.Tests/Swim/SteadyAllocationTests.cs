using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using Serf.Primitives;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Swim;

/// <summary>A steady cluster allocates nothing for a packet, whatever is in it and around it.</summary>
public sealed class SteadyAllocationTests
{
    private static readonly Dictionary<string, SteadyLayers> _layers = new()
    {
        ["clear"] = new SteadyLayers(),
        ["compressed"] = new SteadyLayers { Compression = true },
        ["label"] = new SteadyLayers { Label = ByteString.FromText("blue") },
        ["checksum"] = new SteadyLayers { NamedByAddress = true },
        ["checksum, IPv6"] = new SteadyLayers { NamedByAddress = true, IPv6 = true },
        ["sealed"] = new SteadyLayers { Encrypted = true },
        ["sealed, version 0"] = new SteadyLayers { Encrypted = true, ProtocolCur = 1 },
        ["everything"] = new SteadyLayers
        {
            Compression = true, NamedByAddress = true, Encrypted = true, Label = ByteString.FromText("blue"),
        },
    };

    private static readonly MessageType[] _sent =
    [
        MessageType.Ping, MessageType.IndirectPing, MessageType.Ack, MessageType.Nack, MessageType.Alive,
        MessageType.User,
    ];

    private static readonly ConcurrentDictionary<string, Lazy<SteadyWorld>> _worlds = new();

    public static TheoryData<string, MessageType> Received()
    {
        TheoryData<string, MessageType> rows = [];
        foreach (string layers in _layers.Keys)
        {
            foreach (MessageType type in _sent.Append(MessageType.Suspect).Append(MessageType.Dead))
            {
                rows.Add(layers, type);
            }
        }

        return rows;
    }

    public static TheoryData<string, MessageType> Sent()
    {
        TheoryData<string, MessageType> rows = [];
        foreach (string layers in _layers.Keys)
        {
            foreach (MessageType type in _sent)
            {
                rows.Add(layers, type);
            }
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Received))]
    public void Receiving_allocates_nothing(string layers, MessageType type) =>
        AssertNothing(World(layers), Doing.Receiving, type);

    [Theory]
    [MemberData(nameof(Sent))]
    public void Sending_allocates_nothing(string layers, MessageType type) =>
        AssertNothing(World(layers), Doing.Sending, type);

    [Fact]
    public void Time_that_passes_allocates_nothing()
    {
        foreach (string layers in _layers.Keys)
        {
            Assert.Equal(0, World(layers).Meter.LeastBytesOf(Doing.Waiting));
        }
    }

    [Fact]
    public void A_log_line_costs_its_text_and_the_names_in_it()
    {
        AllocationMeter meter = World("clear").Meter;
        long size = World("clear").Hosts.Sum(host => host.LoggedSize);

        Assert.InRange(meter.CountOf(Doing.Logging), 10, 10_000);
        Assert.InRange(meter.BytesOf(Doing.Logging), 2 * size, (3 * size) + (200 * meter.CountOf(Doing.Logging)));
    }

    [Fact]
    public void The_layers_are_really_there()
    {
        Assert.Equal(0, World("clear").CompressedCount);
        Assert.InRange(World("clear").CompoundCount, 1_000, int.MaxValue);
        Assert.InRange(World("compressed").CompressedCount, 1_000, int.MaxValue);
        Assert.InRange(World("checksum").ChecksumCount, World("clear").ChecksumCount + 1, int.MaxValue);
        Assert.Equal(World("checksum").PacketCount, World("checksum").ChecksumCount);
        Assert.Equal(World("checksum, IPv6").PacketCount, World("checksum, IPv6").ChecksumCount);
        Assert.Equal(World("sealed").PacketCount, World("sealed").SealedCount);
        Assert.Equal(World("sealed, version 0").PacketCount, World("sealed, version 0").SealedCount);
        Assert.Equal(World("everything").PacketCount, World("everything").SealedCount);
        Assert.Equal(World("everything").PacketCount, World("everything").ChecksumCount);
        Assert.InRange(World("everything").CompressedCount, 1_000, int.MaxValue);
    }

    [Fact]
    public void The_cluster_is_steady()
    {
        foreach (string layers in _layers.Keys)
        {
            Assert.All(World(layers).Hosts, host => Assert.Equal(SteadyWorld.NodeCount, host.Node.AliveCount));
            Assert.All(World(layers).Hosts, host => Assert.Equal(0, host.Node.HealthScore));
        }
    }

    private static void AssertNothing(SteadyWorld world, Doing doing, MessageType type)
    {
        Assert.InRange(world.Meter.LeastCountOf(doing, type), 30, long.MaxValue);
        Assert.Equal(0, world.Meter.LeastBytesOf(doing, type));
    }

    private static SteadyWorld World(string layers) => _worlds.GetOrAdd(
        layers, name => new Lazy<SteadyWorld>(() => Steady(new SteadyWorld(_layers[name])))).Value;

    private static SteadyWorld Steady(SteadyWorld world)
    {
        world.WarmUp();
        world.RunInWindows();
        return world;
    }
}
