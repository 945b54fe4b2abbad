using System;
using System.Collections.Generic;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Cluster;

/// <summary>What a query asks, and whom (spec serf 6.1).</summary>
public sealed record QueryParameters
{
    public required ByteString Name { get; init; }

    /// <summary>Null for none.</summary>
    public byte[]? Payload { get; init; }

    /// <summary>Names of the nodes that are asked; empty for all.</summary>
    public IReadOnlyList<ByteString> FilterNodes { get; init; } = [];

    /// <summary>Tags and the expressions their values have to match, all of them.</summary>
    public Tags FilterTags { get; init; } = Tags.Empty;

    /// <summary>Every node that is asked says so.</summary>
    public bool RequestAck { get; init; }

    /// <summary>Other nodes through which a copy of each answer is sent.</summary>
    public byte RelayFactor { get; init; }

    /// <summary>Zero for <see cref="SerfNode.DefaultQueryTimeout"/>; a negative one ends at once.</summary>
    public TimeSpan Timeout { get; init; }
}
