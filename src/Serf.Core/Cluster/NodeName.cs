using System;
using System.Buffers;
using System.Globalization;
using Serf.Primitives;

namespace Serf.Cluster;

/// <summary>Which names are proper where names are validated (spec serf 4.15).</summary>
internal static class NodeName
{
    private const int SizeMax = 128;

    private static readonly SearchValues<byte> _allowed = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-."u8);

    /// <returns>Null, or what is wrong with it, in the original's words. An empty name is proper.</returns>
    public static string? Fault(ReadOnlySpan<byte> name)
    {
        if (name.IndexOfAnyExcept(_allowed) >= 0)
        {
            // The spaces are the original's.
            string shown = ByteText.FromBytes(name[..Math.Min(name.Length, Limits.NameShownSizeMax)]);
            return "Node name contains invalid characters " + shown
                + " , Valid characters include all alpha-numerics and dashes and '.' ";
        }

        return name.Length <= SizeMax
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"Node name is {name.Length} characters. Valid length is between 1 and {SizeMax} characters");
    }
}
