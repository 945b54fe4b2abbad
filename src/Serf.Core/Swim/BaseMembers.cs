using System;
using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Swim;

/// <summary>
/// A cluster that its nodes know from their first moment on. With members that are <see
/// cref="Member.IsShared"/>, any number of <see cref="MemberTable"/>s stand on the same one, and each keeps
/// only what it believes otherwise: for simulations of more nodes than could hold a table each.
/// </summary>
internal sealed class BaseMembers
{
    private readonly Member[] _list;
    private readonly Dictionary<ByteString, Member>.AlternateLookup<ReadOnlySpan<byte>> _spans;

    /// <param name="members">Alive, and no two of the same name. The array is not changed from here
    /// on.</param>
    public BaseMembers(Member[] members)
    {
        _list = members;
        Dictionary<ByteString, Member> names = new(members.Length, ByteString.Comparer);
        foreach (Member member in members)
        {
            Invariant.Holds(member.State == MemberState.Alive);
            names.Add(member.Name, member);
        }

        _spans = names.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    public ReadOnlySpan<Member> List => _list;

    public Member? Find(ReadOnlySpan<byte> name) =>
        _spans.TryGetValue(name, out Member? member) ? member : null;
}
