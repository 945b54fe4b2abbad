using System.Collections.Generic;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Simulation;

/// <summary>Whom a query asks, as the world understands it.</summary>
public sealed class SimFilter
{
    public static readonly SimFilter None = new();

    private const int NameCountMax = 8;
    private readonly List<ByteString> _names = [];
    private readonly List<SimCondition> _conditions = [];

    public IReadOnlyList<ByteString> Names => _names;

    public bool HasConditions => _conditions.Count > 0;

    /// <summary>Half of the queries ask everybody.</summary>
    public static SimFilter Draw(SimChance chance, int nodeCount)
    {
        SimFilter filter = new();
        int kind = chance.Below(8);
        if (kind is 4 or 5 or 7)
        {
            // One more than there are, so that nobody is called so.
            for (int count = 1 + chance.Below(NameCountMax); count > 0; count--)
            {
                filter._names.Add(SimHost.NameOf(chance.Below(nodeCount + 1)));
            }
        }

        if (kind is 6 or 7)
        {
            filter._conditions.Add(SimCondition.Draw(chance));
            SimCondition second = SimCondition.Draw(chance);
            if (second.Tag != filter._conditions[0].Tag)
            {
                filter._conditions.Add(second);
            }
        }

        return filter;
    }

    public Tags Expressions()
    {
        List<KeyValuePair<ByteString, ByteString>> expressions = [];
        foreach (SimCondition condition in _conditions)
        {
            expressions.Add(new(condition.Tag, condition.Expression));
        }

        return Tags.From(expressions);
    }

    public bool Passes(ByteString name, Tags tags)
    {
        foreach (SimCondition condition in _conditions)
        {
            if (!condition.Holds(tags[condition.Tag.Span]))
            {
                return false;
            }
        }

        return _names.Count == 0 || _names.Contains(name);
    }
}
