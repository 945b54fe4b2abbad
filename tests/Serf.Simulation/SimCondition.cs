using System;
using Serf.Primitives;

namespace Serf.Simulation;

/// <summary>
/// A tag filter twice: the expression that the nodes are sent, and what it means, said without one.
/// </summary>
public sealed class SimCondition
{
    private static readonly SimCondition[] _all =
    [
        new("role", "^web$", value => value == "web"),
        new("role", "web|db", value => value.Length > 0),
        new("role", "^$", value => value.Length == 0),
        new("role", "b$", value => value.EndsWith('b')),
        new("role", "(?i)^WEB", value => value == "web"),
        new("version", "[02468]$", value => value.Length > 0 && (value[^1] - '0') % 2 == 0),
        new("version", "^1", value => value.StartsWith('1')),
        new("version", @"^\d{2}$", value => value.Length == 2),
        new("version", "", _ => true),
        new("absent", "^$", _ => true),
        new("absent", ".", _ => false),
    ];

    private readonly Func<string, bool> _holds;

    private SimCondition(string tag, string expression, Func<string, bool> holds)
    {
        Tag = ByteString.FromText(tag);
        Expression = ByteString.FromText(expression);
        _holds = holds;
    }

    public ByteString Tag { get; }

    public ByteString Expression { get; }

    public static SimCondition Draw(SimChance chance) => _all[chance.Below(_all.Length)];

    public bool Holds(ByteString value) => _holds(value.ToString());
}
