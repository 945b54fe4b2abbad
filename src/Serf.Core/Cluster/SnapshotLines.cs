using System;
using System.Globalization;
using Serf.Primitives;

namespace Serf.Cluster;

/// <summary>The lines of a snapshot, byte for byte (spec serf 8.2).</summary>
internal static class SnapshotLines
{
    private const int NumberSizeMax = 20;

    public static ReadOnlySpan<byte> Alive => "alive: "u8;

    public static ReadOnlySpan<byte> NotAlive => "not-alive: "u8;

    /// <summary>
    /// A comment to the original: whom to look for although it failed (spec serf 15.3, M7).
    /// </summary>
    public static ReadOnlySpan<byte> Failed => "# failed: "u8;

    public static ReadOnlySpan<byte> MemberTime => "clock: "u8;

    public static ReadOnlySpan<byte> EventTime => "event-clock: "u8;

    public static ReadOnlySpan<byte> QueryTime => "query-clock: "u8;

    public static ReadOnlySpan<byte> Leave => "leave\n"u8;

    public static void WritePeer(
        ByteBuffer destination,
        ReadOnlySpan<byte> prefix,
        ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> address)
    {
        destination.Write(prefix);
        destination.Write(name);
        destination.WriteByte((byte)' ');
        destination.Write(address);
        destination.WriteByte((byte)'\n');
    }

    public static void WriteName(ByteBuffer destination, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> name)
    {
        destination.Write(prefix);
        destination.Write(name);
        destination.WriteByte((byte)'\n');
    }

    public static void WriteTime(ByteBuffer destination, ReadOnlySpan<byte> prefix, ulong time)
    {
        destination.Write(prefix);
        Span<byte> space = destination.GetSpan(NumberSizeMax);
        Invariant.Holds(time.TryFormat(space, out int size, default, CultureInfo.InvariantCulture));
        destination.Advance(size);
        destination.WriteByte((byte)'\n');
    }
}
