using System;
using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Wire;

/// <summary>
/// A node's tags: an immutable map of byte strings, ordered by key so that its encoding repeats.
/// </summary>
public sealed class Tags
{
    private readonly KeyValuePair<ByteString, ByteString>[] _entries;

    private Tags(KeyValuePair<ByteString, ByteString>[] entries) => _entries = entries;

    public static Tags Empty { get; } = new([]);

    public ReadOnlySpan<KeyValuePair<ByteString, ByteString>> Entries => _entries;

    public int Count => _entries.Length;

    /// <summary>A repeated key keeps its last value.</summary>
    public static Tags From(IEnumerable<KeyValuePair<ByteString, ByteString>> entries)
    {
        SortedDictionary<ByteString, ByteString> sorted = [];
        foreach (KeyValuePair<ByteString, ByteString> entry in entries)
        {
            sorted[entry.Key] = entry.Value;
        }

        if (sorted.Count == 0)
        {
            return Empty;
        }

        KeyValuePair<ByteString, ByteString>[] array = new KeyValuePair<ByteString, ByteString>[sorted.Count];
        sorted.CopyTo(array, 0);
        return new(array);
    }

    /// <returns>The tag's value; the empty string when there is no such tag.</returns>
    public ByteString this[ReadOnlySpan<byte> key]
    {
        get
        {
            foreach (KeyValuePair<ByteString, ByteString> entry in _entries)
            {
                if (entry.Key.Equals(key))
                {
                    return entry.Value;
                }
            }

            return default;
        }
    }

    /// <summary>
    /// The same tags, in memory that other tags hold already: the nodes of a cluster have mostly the same
    /// keys, and many the same values. Only for tags that nobody else has seen yet.
    /// </summary>
    internal Tags SharingWith(Tags other)
    {
        int sameCount = 0;
        foreach (ref KeyValuePair<ByteString, ByteString> entry in _entries.AsSpan())
        {
            foreach (KeyValuePair<ByteString, ByteString> theirs in other._entries)
            {
                if (entry.Key == theirs.Key)
                {
                    bool same = entry.Value == theirs.Value;
                    entry = new(theirs.Key, same ? theirs.Value : entry.Value);
                    sameCount += same ? 1 : 0;
                    break;
                }
            }
        }

        return sameCount == Count && sameCount == other.Count ? other : this;
    }
}
