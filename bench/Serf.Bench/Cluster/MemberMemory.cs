using System;
using System.Globalization;
using Serf.Bench.Swim;
using Serf.Primitives;

namespace Serf.Bench.Cluster;

/// <summary>
/// What one member costs a node in managed memory: heaps of nodes of different sizes compared, after all that
/// is not held was collected. Bytes, not time, so the figures repeat.
/// </summary>
internal static class MemberMemory
{
    private static readonly int[] _sizes = [1_000, 5_000, 10_000];

    public static void Print()
    {
        // What the first node loads and allocates for good is not counted.
        GC.KeepAlive(Build(100, withCoordinates: true));
        Console.WriteLine("| members | gossip layer | known | listed | listed and pinged |");
        Console.WriteLine("| ---: | ---: | ---: | ---: | ---: |");
        foreach (int size in _sizes)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {size:N0} | {GossipAlone(size):F0} | {Known(size):F0} | {Listed(size, false):F0} "
                + $"| {Listed(size, true):F0} |"));
        }
    }

    private static double GossipAlone(int size)
    {
        long before = GC.GetTotalMemory(forceFullCollection: true);
        SilentPeer peer = new(size);
        long after = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive(peer);
        return (after - before) / (double)size;
    }

    private static double Known(int size)
    {
        long before = GC.GetTotalMemory(forceFullCollection: true);
        SilentSerf node = new(size);
        long after = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive(node);
        return (after - before) / (double)size;
    }

    private static double Listed(int size, bool withCoordinates)
    {
        long before = GC.GetTotalMemory(forceFullCollection: true);
        SilentSerf node = Build(size, withCoordinates);
        long after = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive(node);
        return (after - before) / (double)size;
    }

    private static SilentSerf Build(int size, bool withCoordinates)
    {
        SilentSerf node = new(size);
        if (withCoordinates)
        {
            node.HearAllCoordinates();
        }

        // The list itself is the client's, and gone when it was sent.
        _ = node.Node.Members();
        using ByteBuffer state = new();
        node.Observer.WriteLocalState(join: false, state);
        return node;
    }
}
