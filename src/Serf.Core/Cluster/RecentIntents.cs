using System;
using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Cluster;

/// <summary>What an early intent says of a node that is not yet a member.</summary>
internal enum IntentKind : byte
{
    Join,
    Leave,
}

/// <summary>
/// Join and leave intents that came before their member (spec serf 4.5, 4.7). At most one for each name;
/// bounded, the oldest arrival making room.
/// </summary>
internal sealed class RecentIntents(int countMax)
{
    private readonly LinkedList<Intent> _byArrival = [];
    private readonly Dictionary<ByteString, LinkedListNode<Intent>> _byName = new(ByteString.Comparer);

    public int Count => _byName.Count;

    /// <returns>Whether it was news: no intent was kept, or an older one.</returns>
    public bool Offer(ReadOnlySpan<byte> name, IntentKind kind, ulong time, Instant now)
    {
        if (_byName.GetAlternateLookup<ReadOnlySpan<byte>>()
            .TryGetValue(name, out LinkedListNode<Intent>? known))
        {
            if (time <= known.Value.Time)
            {
                return false;
            }

            _byArrival.Remove(known);
            known.Value = new Intent(known.Value.Name, kind, time, now);
            _byArrival.AddLast(known);
            return true;
        }

        if (_byName.Count == countMax)
        {
            Forget(_byArrival.First!);
        }

        ByteString key = ByteString.Copy(name);
        _byName.Add(key, _byArrival.AddLast(new Intent(key, kind, time, now)));
        return true;
    }

    public bool TryGet(ByteString name, IntentKind kind, out ulong time)
    {
        time = 0;
        if (_byName.TryGetValue(name, out LinkedListNode<Intent>? known) && known.Value.Kind == kind)
        {
            time = known.Value.Time;
            return true;
        }

        return false;
    }

    /// <summary>Drops what arrived more than <paramref name="timeout"/> ago.</summary>
    public void Expire(Instant now, TimeSpan timeout)
    {
        while (_byArrival.First is { } oldest && now - oldest.Value.Arrival > timeout)
        {
            Forget(oldest);
        }
    }

    private void Forget(LinkedListNode<Intent> intent)
    {
        _byName.Remove(intent.Value.Name);
        _byArrival.Remove(intent);
    }

    private readonly record struct Intent(ByteString Name, IntentKind Kind, ulong Time, Instant Arrival);
}
