using System;
using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Simulation.Checkers;

/// <summary>
/// A user event reaches the consumer of a node at most once. Events that fall out of the node's window are
/// refused, so this holds for the node's whole life.
/// </summary>
public sealed class EventChecker
{
    private readonly HashSet<(ulong Time, ByteString Name, ByteString Payload)> _seen = [];

    /// <returns>The reason the history is illegal, or null.</returns>
    public string? Observe(ulong time, ByteString name, ReadOnlySpan<byte> payload) =>
        _seen.Add((time, name, ByteString.Copy(payload)))
            ? null
            : $"user event {name} of time {time} was delivered twice";
}
