using System;

namespace Serf.Primitives;

/// <summary>
/// Some peers tell nil from empty, and so do spans here: the default span is nil, and one that
/// points somewhere is not, even if nothing stands there.
/// </summary>
public static class NilSpan
{
    public static bool IsNil<T>(this ReadOnlySpan<T> span) => span == ReadOnlySpan<T>.Empty;
}
