using System;
using Serf.Primitives;
using Serf.Swim;

namespace Serf.Cluster;

// Names that are not taken (spec serf 4.15, 15.3 M9). Sizes of addresses, names and metadata are the gossip
// layer's to check, and it always does.
public sealed partial class SerfNode
{
    private const int ValidNameSizeMax = 128;

    /// <summary>Checks the node's own name before anything is opened.</summary>
    /// <exception cref="SerfException">Peers would not take it, or it breaks the rule that is on.</exception>
    public static void ValidateName(SerfOptions options, ByteString name)
    {
        if (NameFault(options, name.Span) is { } fault)
        {
            throw new SerfException(fault);
        }
    }

    bool ISwimObserver.AcceptsAlive(
        ReadOnlySpan<byte> name, in NodeAddress address, ReadOnlySpan<byte> meta, NodeVersions versions) =>
        NameFault(Options, name) is null;

    string? ISwimObserver.RefuseMerge(
        ReadOnlySpan<byte> name, in NodeAddress address, ReadOnlySpan<byte> meta, MemberState state) =>
        Options.ValidateNodeNames ? NameFault(Options, name) : null;

    // A line feed would forge lines in logs, lists and files that have one member a line, and a NUL cuts off
    // the environment of handlers. The original takes them, but nobody names a node so by accident.
    private static string? NameFault(SerfOptions options, ReadOnlySpan<byte> name)
    {
        if (name.ContainsAny((byte)'\n', (byte)0))
        {
            return "Node name contains invalid characters: a line feed or NUL";
        }

        if (!options.ValidateNodeNames)
        {
            return null;
        }

        foreach (byte letter in name)
        {
            if (!char.IsAsciiLetterOrDigit((char)letter) && letter is not ((byte)'-' or (byte)'.'))
            {
                return "Node name contains invalid characters "
                    + ByteString.Copy(name[..Math.Min(name.Length, Limits.NameShownSizeMax)])
                    + " , Valid characters include all alpha-numerics and dashes and '.' ";
            }
        }

        // The empty name passes: the rule is about what is there.
        return name.Length > ValidNameSizeMax
            ? $"Node name is {name.Length} characters. "
                + $"Valid length is between 1 and {ValidNameSizeMax} characters"
            : null;
    }
}
