using System;
using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Cluster;

/// <summary>All members, ordered by name, with the lists of those that failed and those that left.</summary>
internal sealed class ClusterMembers
{
    private readonly List<ClusterMember> _ordered = [];
    private readonly List<ClusterMember> _failed = [];
    private readonly List<ClusterMember> _left = [];
    private readonly Dictionary<ByteString, ClusterMember> _byName = new(ByteString.Comparer);
    private readonly Dictionary<ByteString, ClusterMember>.AlternateLookup<ReadOnlySpan<byte>> _lookup;

    public ClusterMembers() => _lookup = _byName.GetAlternateLookup<ReadOnlySpan<byte>>();

    public IReadOnlyList<ClusterMember> All => _ordered;

    public List<ClusterMember> Failed => _failed;

    /// <summary>Tombstones.</summary>
    public List<ClusterMember> Left => _left;

    public int Count => _ordered.Count;

    public ClusterMember? Find(ReadOnlySpan<byte> name) =>
        _lookup.TryGetValue(name, out ClusterMember? member) ? member : null;

    public void Add(ClusterMember member)
    {
        _byName.Add(member.Name, member);
        _ordered.Insert(~IndexOf(member.Name), member);
    }

    public void Remove(ClusterMember member)
    {
        _byName.Remove(member.Name);
        _ordered.RemoveAt(IndexOf(member.Name));
    }

    /// <summary>Takes one member out of a list and fills the gap with the last.</summary>
    public static void RemoveFrom(List<ClusterMember> list, ClusterMember member)
    {
        int index = list.IndexOf(member);
        if (index >= 0)
        {
            list[index] = list[^1];
            list.RemoveAt(list.Count - 1);
        }
    }

    private int IndexOf(ByteString name)
    {
        int low = 0;
        int high = _ordered.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            int order = _ordered[middle].Name.CompareTo(name);
            if (order == 0)
            {
                return middle;
            }

            if (order < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return ~low;
    }
}
