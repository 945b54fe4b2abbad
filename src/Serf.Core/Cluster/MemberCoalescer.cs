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

    public void Absorb(MemberEvent happened, Instant now)
    {
        foreach (MemberInfo member in happened.Members)
        {
            if (_places.TryGetValue(member.Name, out int place))
            {
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
        for (int kind = 0; kind < KindCount; kind++)
        {
            if (groups[kind] is { } members)
            {
                Effects.Deliver(new MemberEvent((SerfEventKind)kind, members));
            }
        }
    }
}
