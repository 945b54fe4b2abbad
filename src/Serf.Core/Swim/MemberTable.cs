using System;
using System.Buffers;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Serf.Primitives;

namespace Serf.Swim;

/// <summary>Who may be picked at random.</summary>
internal enum PickRule : byte
{
    /// <summary>Alive, suspect, or dead for a short time only.</summary>
    Gossip,

    /// <summary>Alive.</summary>
    Alive,
}

/// <summary>All members: an ordered list for probing and random picks, and an
/// index by name beside it. May stand on <see cref="BaseMembers"/>; then it copies what it changes.</summary>
internal sealed class MemberTable
{
    private static readonly SearchValues<byte> _addressBytes = SearchValues.Create("0123456789abcdef.:"u8);

    private readonly List<Member> _list = [];

    // Null stands for a member of the base that was forgotten here.
    private readonly Dictionary<ByteString, Member?> _names = new(ByteString.Comparer);
    private readonly Dictionary<ByteString, Member?>.AlternateLookup<ReadOnlySpan<byte>> _spans;
    private readonly List<Member> _shuffled = [];
    private BaseMembers? _base;
    private int _addressLikeCount;

    public MemberTable() => _spans = _names.GetAlternateLookup<ReadOnlySpan<byte>>();

    public IReadOnlyList<Member> List => _list;

    public int Count => _list.Count;

    /// <summary>What the records of all members take in a push/pull, roughly and at the most.</summary>
    public long RecordSize { get; private set; }

    /// <summary>Alive and suspect members.</summary>
    public int AliveCount { get; private set; }

    /// <summary>Whether any name could be an IP address in text.</summary>
    public bool HasAddressLikeName => _addressLikeCount > 0;

    public Member this[int index] => _list[index];

    public Member? Find(ReadOnlySpan<byte> name) =>
        _spans.TryGetValue(name, out Member? member) ? member : _base?.Find(name);

    /// <summary>Takes over a whole cluster, in an order of its own.</summary>
    public void Stand(BaseMembers members, ref Prng prng)
    {
        Invariant.Holds(_list.Count == 0);
        _base = members;
        _list.Capacity = members.List.Length;
        _list.AddRange(members.List);
        foreach (Member member in members.List)
        {
            RecordSize += SizeOf(member);
            _addressLikeCount += IsAddressLike(member.Name.Span) ? 1 : 0;
        }

        AliveCount = _list.Count;
        Shuffle(ref prng);
    }

    /// <summary>Puts a copy, which may be changed, in the place of a shared member.</summary>
    public Member Own(Member shared)
    {
        Invariant.Holds(shared.IsShared);
        Member own = shared.Clone();
        _names.Add(own.Name, own);

        // Once for each member that ever changes here: a place by name would cost more than the search.
        Span<Member> list = CollectionsMarshal.AsSpan(_list);
        int index = 0;
        while (!ReferenceEquals(list[index], shared))
        {
            index++;
        }

        list[index] = own;
        return own;
    }

    /// <summary>Puts a new member at a random place of the list.</summary>
    public void Add(Member member, ref Prng prng)
    {
        Invariant.Holds(member.IsGone);
        ref Member? place = ref CollectionsMarshal.GetValueRefOrAddDefault(_names, member.Name, out _);
        Invariant.Holds(place is null);
        place = member;
        RecordSize += SizeOf(member);
        _list.Add(member);
        int last = _list.Count - 1;
        if (last > 0)
        {
            int other = prng.Next(last);
            (_list[last], _list[other]) = (_list[other], _list[last]);
        }

        _addressLikeCount += IsAddressLike(member.Name.Span) ? 1 : 0;
    }

    public void SetState(Member member, MemberState state, Instant now)
    {
        AliveCount -= member.IsGone ? 0 : 1;
        member.State = state;
        member.StateChange = now;
        AliveCount += member.IsGone ? 0 : 1;
    }

    public void SetMeta(Member member, ReadOnlySpan<byte> meta)
    {
        RecordSize += meta.Length - member.Meta.Length;
        member.Meta = meta.ToArray();
    }

    /// <summary>Forgets who is gone for longer than <paramref name="age"/>, but never <paramref
    /// name="self"/>.</summary>
    public void Reap(Member self, TimeSpan age, Tombstones tombstones, Instant now)
    {
        int kept = 0;
        for (int index = 0; index < _list.Count; index++)
        {
            Member member = _list[index];
            if (member.IsGone && !ReferenceEquals(member, self) && now - member.StateChange > age)
            {
                Forget(member.Name);
                tombstones.Add(member.Name, member.Incarnation, now);
                RecordSize -= SizeOf(member);
                _addressLikeCount -= IsAddressLike(member.Name.Span) ? 1 : 0;
                continue;
            }

            _list[kept++] = member;
        }

        _list.RemoveRange(kept, _list.Count - kept);
    }

    public void Shuffle(ref Prng prng) => prng.Shuffle(CollectionsMarshal.AsSpan(_list));

    /// <summary>Up to <paramref name="count"/> random members that pass the rule (spec gossip 6.6).</summary>
    /// <param name="except">Never picked, beside <paramref name="self"/>.</param>
    /// <param name="picked">Cleared, then filled.</param>
    public void Pick(
        int count, PickRule rule, Member self, Member? except, TimeSpan deadAge, Instant now, ref Prng prng,
        List<Member> picked)
    {
        picked.Clear();
        int total = _list.Count;
        if (total < 3L * count)
        {
            _shuffled.Clear();
            _shuffled.AddRange(_list);
            prng.Shuffle(CollectionsMarshal.AsSpan(_shuffled));
            for (int index = 0; index < total && picked.Count < count; index++)
            {
                if (MayPick(_shuffled[index], rule, self, except, deadAge, now))
                {
                    picked.Add(_shuffled[index]);
                }
            }

            _shuffled.Clear();
            return;
        }

        for (long draw = 0; draw < 3L * total && picked.Count < count; draw++)
        {
            Member member = _list[prng.Next(total)];
            if (MayPick(member, rule, self, except, deadAge, now) && !IsIn(picked, member))
            {
                picked.Add(member);
            }
        }
    }

    // A handful at the most.
    private static bool IsIn(List<Member> picked, Member member)
    {
        foreach (Member other in picked)
        {
            if (ReferenceEquals(other, member))
            {
                return true;
            }
        }

        return false;
    }

    private static bool MayPick(
        Member member, PickRule rule, Member self, Member? except, TimeSpan deadAge, Instant now)
    {
        if (ReferenceEquals(member, self) || ReferenceEquals(member, except))
        {
            return false;
        }

        if (rule == PickRule.Alive)
        {
            return member.State == MemberState.Alive;
        }

        return !member.IsGone || (member.State == MemberState.Dead && now - member.StateChange <= deadAge);
    }

    private void Forget(ByteString name)
    {
        if (_base?.Find(name.Span) is null)
        {
            _names.Remove(name);
        }
        else
        {
            _names[name] = null;
        }
    }

    private static int SizeOf(Member member) =>
        Limits.MemberRecordOverhead + member.Name.Length + member.Meta.Length;

    private static bool IsAddressLike(ReadOnlySpan<byte> name) =>
        name.IndexOfAnyExcept(_addressBytes) < 0 && name.ContainsAny((byte)'.', (byte)':');
}
