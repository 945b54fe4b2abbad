using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Serf.Primitives;

namespace Serf.Cluster;

/// <summary>
/// All members, ordered by name, with the lists of those that failed and those that left. One state exchange
/// may bring, and one reaping take, very many: the order is made good when it is next asked for.
/// </summary>
internal sealed class ClusterMembers
{
    private const int FreshKept = 1024;

    private static readonly Comparer<ClusterMember> ByName = Comparer<ClusterMember>.Create(
        static (left, right) => left.Name.CompareTo(right.Name));

    private readonly List<ClusterMember> _ordered = [];

    // Not yet in their places.
    private readonly List<ClusterMember> _fresh = [];
    private int _erasedCount;
    private readonly List<ClusterMember> _failed = [];
    private readonly List<ClusterMember> _left = [];
    private readonly Dictionary<ByteString, ClusterMember> _byName = new(ByteString.Comparer);
    private readonly Dictionary<ByteString, ClusterMember>.AlternateLookup<ReadOnlySpan<byte>> _lookup;

    public ClusterMembers() => _lookup = _byName.GetAlternateLookup<ReadOnlySpan<byte>>();

    public IReadOnlyList<ClusterMember> All
    {
        get
        {
            Settle();
            return _ordered;
        }
    }

    public List<ClusterMember> Failed => _failed;

    /// <summary>Tombstones.</summary>
    public List<ClusterMember> Left => _left;

    public int Count => _byName.Count;

    /// <summary>One after the other in any order, for who looks for one of them.</summary>
    public ClusterMember At(int index)
    {
        if (_erasedCount > 0)
        {
            Settle();
        }

        return index < _ordered.Count ? _ordered[index] : _fresh[index - _ordered.Count];
    }

    public ClusterMember? Find(ReadOnlySpan<byte> name) =>
        _lookup.TryGetValue(name, out ClusterMember? member) ? member : null;

    public void Add(ClusterMember member)
    {
        _byName.Add(member.Name, member);
        _fresh.Add(member);
    }

    public void Remove(ClusterMember member)
    {
        _byName.Remove(member.Name);
        member.IsErased = true;
        _erasedCount++;
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

    private void Settle()
    {
        if (_erasedCount > 0)
        {
            Compact(_ordered);
            Compact(_fresh);
            _erasedCount = 0;
        }

        if (_fresh.Count == 0)
        {
            return;
        }

        // Merged from the end, so that nothing is moved twice; most often one is put in its place.
        _fresh.Sort(ByName);
        int old = _ordered.Count - 1;
        int fresh = _fresh.Count - 1;
        CollectionsMarshal.SetCount(_ordered, _ordered.Count + _fresh.Count);
        for (int place = _ordered.Count - 1; fresh >= 0; place--)
        {
            bool isOld = old >= 0 && ByName.Compare(_ordered[old], _fresh[fresh]) > 0;
            _ordered[place] = isOld ? _ordered[old--] : _fresh[fresh--];
        }

        _fresh.Clear();
        if (_fresh.Capacity > FreshKept)
        {
            _fresh.TrimExcess();
        }
    }

    private static void Compact(List<ClusterMember> list)
    {
        int kept = 0;
        foreach (ClusterMember member in CollectionsMarshal.AsSpan(list))
        {
            if (!member.IsErased)
            {
                list[kept++] = member;
            }
        }

        list.RemoveRange(kept, list.Count - kept);
    }
}
