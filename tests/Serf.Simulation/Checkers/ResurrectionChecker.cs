using System.Collections.Generic;
using Serf.Primitives;
using Serf.Swim;

namespace Serf.Simulation.Checkers;

/// <summary>
/// Who is dead or left lives again only by a newer incarnation, or, having left, at another address; unless
/// the record was forgotten in between.
/// </summary>
public sealed class ResurrectionChecker
{
    private readonly Dictionary<object, (MemberState State, uint Incarnation, NodeAddress Address)> _gone =
        new(ReferenceEqualityComparer.Instance);

    /// <returns>The reason the history is illegal, or null.</returns>
    public string? Observe(object record, MemberState state, uint incarnation, NodeAddress address)
    {
        if (state is MemberState.Dead or MemberState.Left)
        {
            _gone[record] = (state, incarnation, address);
            return null;
        }

        if (!_gone.Remove(record, out (MemberState State, uint Incarnation, NodeAddress Address) before))
        {
            return null;
        }

        bool replaced = before.State == MemberState.Left && before.Address != address;
        return incarnation > before.Incarnation || replaced
            ? null
            : $"{before.State} at incarnation {before.Incarnation}, then {state} at {incarnation}";
    }
}
