using System.Collections.Generic;
using Serf.Primitives;
using Serf.Swim;

namespace Serf.Simulation.Checkers;

/// <summary>
/// What one observer believes of one subject never steps back to an older incarnation. A record that was
/// forgotten begins anew, and so does one that was left behind and taken over from another address (spec
/// gossip 4.4, steps 5 and 6).
/// </summary>
public sealed class IncarnationChecker
{
    private readonly Dictionary<object, (uint Incarnation, bool Left, NodeAddress Address)> _latest =
        new(ReferenceEqualityComparer.Instance);

    /// <param name="record">The observer's record, by identity.</param>
    /// <param name="state">What it says.</param>
    /// <param name="incarnation">Of the claim believed.</param>
    /// <param name="address">Where the subject is.</param>
    /// <returns>The reason the history is illegal, or null.</returns>
    public string? Observe(object record, MemberState state, uint incarnation, NodeAddress address)
    {
        bool known = _latest.TryGetValue(record, out (uint Incarnation, bool Left, NodeAddress Address) before);
        _latest[record] = (incarnation, state == MemberState.Left, address);
        bool replaced = before.Left && before.Address != address;
        return known && incarnation < before.Incarnation && !replaced
            ? $"incarnation stepped back from {before.Incarnation} to {incarnation}"
            : null;
    }
}
