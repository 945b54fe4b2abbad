using System;
using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Swim;

/// <summary>
/// The last incarnations of members that were forgotten, for a short time: peers that did not hear of the end
/// yet go on claiming that they are alive. Bounded; the oldest gives way.
/// </summary>
internal sealed class Tombstones(int countMax)
{
    private readonly Dictionary<ByteString, (uint Incarnation, Instant Since)> _stones =
        new(ByteString.Comparer);

    // All live equally long, so the order of adding is the order of their ends.
    private readonly Queue<(ByteString Name, Instant Since)> _order = new();

    public int Count => _stones.Count;

    public void Add(ByteString name, uint incarnation, Instant now)
    {
        while (_order.Count >= countMax)
        {
            RemoveFirst();
        }

        _stones[name] = (incarnation, now);
        _order.Enqueue((name, now));
    }

    /// <returns>The incarnation the member ended with, if it has a tombstone younger than
    /// <paramref name="age"/>.</returns>
    public uint? Find(ReadOnlySpan<byte> name, TimeSpan age, Instant now)
    {
        while (_order.TryPeek(out (ByteString Name, Instant Since) first) && now - first.Since > age)
        {
            RemoveFirst();
        }

        return _stones.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(
            name, out (uint Incarnation, Instant Since) stone) ? stone.Incarnation : null;
    }

    // A name may have been added again since.
    private void RemoveFirst()
    {
        (ByteString name, Instant since) = _order.Dequeue();
        if (_stones.TryGetValue(name, out (uint Incarnation, Instant Since) stone) && stone.Since == since)
        {
            _stones.Remove(name);
        }
    }
}
