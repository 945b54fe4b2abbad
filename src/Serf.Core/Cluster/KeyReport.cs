using System;
using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Cluster;

/// <summary>What the nodes of a cluster said to a <see cref="KeyOperation"/>.</summary>
public sealed class KeyReport
{
    /// <summary>Failures, and remarks to what succeeded, by node.</summary>
    public SortedDictionary<ByteString, ByteString> Messages { get; } = [];

    /// <summary>Base64 key to the number of nodes that have it. Only of a list.</summary>
    public SortedDictionary<string, KeyCount> Keys { get; } = new(StringComparer.Ordinal);

    /// <summary>Nodes believed alive.</summary>
    public int NodeCount { get; set; }

    /// <summary>Nodes that answered, those that failed included.</summary>
    public int AnswerCount { get; set; }

    /// <summary>Nodes that failed, or whose answer could not be read.</summary>
    public int ErrorCount { get; set; }

    /// <summary>That many nodes more have the key.</summary>
    public void Count(string key, int nodes)
    {
        if (Keys.TryGetValue(key, out KeyCount? count))
        {
            count.Nodes += nodes;
        }
        else
        {
            Keys.Add(key, new KeyCount { Nodes = nodes });
        }
    }
}
