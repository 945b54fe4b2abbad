using System;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Cli.Decode;

/// <summary>The cluster label in front of what is read, compared with the one that is wanted.</summary>
internal static class LabelCheck
{
    /// <param name="source">A packet, or all of a stream.</param>
    /// <param name="wanted">Null when any label will do, or none.</param>
    /// <param name="mayLack">True: without a header, the wanted label is assumed.</param>
    /// <param name="reading">Is told of the label, and why it will not do.</param>
    /// <param name="label">What is authenticated with a seal.</param>
    /// <param name="rest">What stands behind the header.</param>
    public static bool TryTake(
        ReadOnlySpan<byte> source,
        byte[]? wanted,
        bool mayLack,
        LineReading reading,
        out ReadOnlySpan<byte> label,
        out ReadOnlySpan<byte> rest)
    {
        ReadStatus status = Label.TryStrip(source, out label, out rest);
        if (status != ReadStatus.Ok)
        {
            bool isCut = status == ReadStatus.NeedMore;
            reading.Fail(isCut ? "label header: cut short" : "label header: no label");
            return false;
        }

        if (!label.IsEmpty)
        {
            reading.AddLabel(label);
        }

        if (wanted is null || label.SequenceEqual(wanted))
        {
            return true;
        }

        if (label.IsEmpty && mayLack)
        {
            label = wanted;
            return true;
        }

        reading.Fail(label.IsEmpty
            ? "there is no label; wanted is " + GoText.Quote(wanted)
            : "the label is " + GoText.Quote(label) + "; wanted is " + GoText.Quote(wanted));
        return false;
    }
}
