using System;
using System.Buffers.Text;
using System.Globalization;
using Serf.Coordinates;
using Serf.Primitives;

namespace Serf.Cluster;

/// <summary>
/// The line of a snapshot with the node's own coordinate: one JSON object, as older versions of the original
/// wrote it. The original of today ignores it.
/// </summary>
internal static class SnapshotCoordinate
{
    // -1.7976931348623157E+308
    private const int NumberSizeMax = 24;

    public static ReadOnlySpan<byte> Prefix => "coordinate: "u8;

    public static void Write(ByteBuffer destination, Coordinate coordinate)
    {
        destination.Write(Prefix);
        destination.Write("{\"Vec\":"u8);
        byte separator = (byte)'[';
        foreach (double component in coordinate.Vector)
        {
            destination.WriteByte(separator);
            WriteNumber(destination, component);
            separator = (byte)',';
        }

        destination.Write("],\"Error\":"u8);
        WriteNumber(destination, coordinate.Error);
        destination.Write(",\"Adjustment\":"u8);
        WriteNumber(destination, coordinate.Adjustment);
        destination.Write(",\"Height\":"u8);
        WriteNumber(destination, coordinate.Height);
        destination.Write("}\n"u8);
    }

    /// <summary>Reads what follows the prefix: these four keys in this order, and nothing else.</summary>
    /// <returns>Null for anything else. The numbers are finite, but may be of any size.</returns>
    public static Coordinate? Read(ReadOnlySpan<byte> json)
    {
        Span<double> vector = stackalloc double[Limits.CoordinateDimensionCountMax];
        int count = 0;
        bool isRead = TakeText(ref json, "{\"Vec\":["u8);
        do
        {
            isRead = isRead && count < vector.Length && TakeNumber(ref json, out vector[count++]);
        }
        while (isRead && TakeText(ref json, ","u8));

        if (!isRead
            || !TakeText(ref json, "],\"Error\":"u8) || !TakeNumber(ref json, out double error)
            || !TakeText(ref json, ",\"Adjustment\":"u8) || !TakeNumber(ref json, out double adjustment)
            || !TakeText(ref json, ",\"Height\":"u8) || !TakeNumber(ref json, out double height)
            || !json.SequenceEqual("}"u8))
        {
            return null;
        }

        return new Coordinate(vector[..count], error, adjustment, height);
    }

    private static void WriteNumber(ByteBuffer destination, double value)
    {
        Span<byte> space = destination.GetSpan(NumberSizeMax);

        // As many digits as it takes to read the same number.
        Invariant.Holds(value.TryFormat(space, out int size, default, CultureInfo.InvariantCulture));
        destination.Advance(size);
    }

    private static bool TakeText(ref ReadOnlySpan<byte> json, ReadOnlySpan<byte> text)
    {
        bool isThere = json.StartsWith(text);
        json = isThere ? json[text.Length..] : json;
        return isThere;
    }

    private static bool TakeNumber(ref ReadOnlySpan<byte> json, out double value)
    {
        value = 0;

        // The parser also takes words, a plus sign and a point in front, which are no numbers in JSON.
        int first = json.StartsWith("-"u8) ? 1 : 0;
        int end = 0;
        while (end < json.Length && "+-.0123456789Ee"u8.Contains(json[end]))
        {
            end++;
        }

        if (end <= first || json[first] is < (byte)'0' or > (byte)'9'
            || !Utf8Parser.TryParse(json[..end], out value, out int size) || size != end
            || !double.IsFinite(value))
        {
            return false;
        }

        json = json[end..];
        return true;
    }
}
