using System;
using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Swim;

/// <summary>
/// Bounds what others can make this node send: within a second once for each name, and no more than a fixed
/// number in all.
/// </summary>
internal sealed class OncePerWindow(int countMax)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);
    private readonly HashSet<ByteString> _names = new(ByteString.Comparer);
    private Instant _windowEnd = new(long.MinValue);

    /// <returns>True when it may be sent; it then counts as sent.</returns>
    public bool Allows(ByteString name, Instant now)
    {
        if (now >= _windowEnd)
        {
            _names.Clear();
            _windowEnd = now + Window;
        }

        return _names.Count < countMax && _names.Add(name);
    }
}
