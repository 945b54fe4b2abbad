using System;
using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Cluster;

/// <summary>
/// Merges member events: of each name only the latest kind and record goes on, in one event for each kind
/// (spec serf 7.3). What was passed on is forgotten, so that an update is not repeated.
/// </summary>
internal sealed class MemberCoalescer(TimeSpan coalescePeriod, TimeSpan quiescentPeriod, ISerfEffects effects)
    : Coalescer(coalescePeriod, quiescentPeriod, effects)
{
    private const int KindCount = 5;

    private readonly List<(SerfEventKind Kind, MemberInfo Member)> _latest = [];
    private readonly Dictionary<ByteString, int> _places = new(ByteString.Comparer);
    private readonly Dictionary<ByteString, SerfEventKind> _lastKinds = new(ByteString.Comparer);

    // Joins held that are news: the names were not passed on as joined last.
    private int _heldJoinCount;

    /// <summary>Names of which the last kind that was passed on is remembered: members, and no others.
    /// </summary>
    internal int KnownCount => _lastKinds.Count;

    public void Absorb(MemberEvent happened, Instant now)
    {
        foreach (MemberInfo member in happened.Members)
        {
            _heldJoinCount += IsNewJoin(happened.Kind, member.Name) ? 1 : 0;
            if (_places.TryGetValue(member.Name, out int place))
            {
                _heldJoinCount -= IsNewJoin(_latest[place].Kind, member.Name) ? 1 : 0;
                _latest[place] = (happened.Kind, member);
            }
            else
            {
                _places.Add(member.Name, _latest.Count);
                _latest.Add((happened.Kind, member));
            }
        }

        Absorbed(now);
    }

    /// <summary>
    /// Passes on the joins that are held and nothing else, for what must not come before them: a user event
    /// or query of one that joined (spec serf 15.3, E3).
    /// </summary>
    public void ReleaseJoins()
    {
        if (_heldJoinCount == 0)
        {
            return;
        }

        List<MemberInfo> joined = [];
        int kept = 0;
        _places.Clear();
        for (int index = 0; index < _latest.Count; index++)
        {
            (SerfEventKind kind, MemberInfo member) = _latest[index];
            if (IsNewJoin(kind, member.Name))
            {
                joined.Add(member);
                _lastKinds[member.Name] = SerfEventKind.MemberJoin;
            }
            else
            {
                _places.Add(member.Name, kept);
                _latest[kept++] = (kind, member);
            }
        }

        _latest.RemoveRange(kept, _latest.Count - kept);
        _heldJoinCount = 0;
        if (kept == 0)
        {
            Cancel();
        }

        Effects.Deliver(new MemberEvent(SerfEventKind.MemberJoin, joined));
    }

    protected override void Release()
    {
        List<MemberInfo>?[] groups = new List<MemberInfo>?[KindCount];
        foreach ((SerfEventKind kind, MemberInfo member) in _latest)
        {
            bool known = _lastKinds.TryGetValue(member.Name, out SerfEventKind last) && last == kind;
            if (known && kind != SerfEventKind.MemberUpdate)
            {
                continue;
            }

            (groups[(int)kind] ??= []).Add(member);
            if (kind == SerfEventKind.MemberReap)
            {
                _lastKinds.Remove(member.Name);
            }
            else
            {
                _lastKinds[member.Name] = kind;
            }
        }

        _latest.Clear();
        _places.Clear();
        _heldJoinCount = 0;
        for (int kind = 0; kind < KindCount; kind++)
        {
            if (groups[kind] is { } members)
            {
                Effects.Deliver(new MemberEvent((SerfEventKind)kind, members));
            }
        }
    }

    private bool IsNewJoin(SerfEventKind kind, ByteString name) => kind == SerfEventKind.MemberJoin
        && !(_lastKinds.TryGetValue(name, out SerfEventKind last) && last == SerfEventKind.MemberJoin);
}
