using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Serf.Primitives;

/// <summary>
/// Checks of our own reasoning, on in the shipped binary. A failure ends the process: a node that has
/// lost track of itself must not gossip. Never used on bytes just received.
/// </summary>
public static class Invariant
{
    public static void Holds(
        [DoesNotReturnIf(false)] bool condition,
        [CallerArgumentExpression(nameof(condition))] string text = "")
    {
        if (!condition)
        {
            Fail(text);
        }
    }

    [DoesNotReturn]
    private static void Fail(string text) => throw new InvariantException(text);
}

/// <summary>An invariant did not hold. Nothing catches it: the process stops.</summary>
public sealed class InvariantException(string text) : Exception("Invariant does not hold: " + text);
