using System;
using System.Buffers.Text;
using System.Globalization;
using Serf.Primitives;

namespace Serf.Agent.Telemetry;

/// <summary>Keys and values as sinks and the dump show them (spec agent 19.1, 19.2, 19.4).</summary>
internal static class MetricText
{
    private const byte Replacement = (byte)'_';

    /// <summary>The whole key.</summary>
    /// <param name="key">Of the metric or its family.</param>
    /// <param name="host">The second part of gauges; empty for none.</param>
    /// <param name="name">What a family's key ends in.</param>
    public static string Key(in MetricKey key, string host, ByteString name)
    {
        string first = MetricKey.Prefix + ".";
        string second = key.Kind == MetricKind.Gauge && host.Length != 0 ? host + "." : "";
        return first + second + key.Text + (name.IsEmpty ? "" : ByteText.FromBytes(name.Span));
    }

    /// <summary>
    /// A key for a sink. Beside what the original replaces, colons and spaces, that is what a line or a
    /// value could be forged with.
    /// </summary>
    public static byte[] ForSink(string key)
    {
        byte[] bytes = ByteText.ToBytes(key);
        foreach (ref byte value in bytes.AsSpan())
        {
            value = value is <= (byte)' ' or 0x7F or (byte)':' or (byte)'|' ? Replacement : value;
        }

        return bytes;
    }

    /// <summary>
    /// A key for the dump: colons stay, spaces do not, nor what a terminal would take for a command.
    /// </summary>
    public static string ForDump(string key) => string.Create(key.Length, key, static (text, key) =>
    {
        for (int index = 0; index < text.Length; index++)
        {
            text[index] = key[index] == ' ' || char.IsControl(key[index]) ? (char)Replacement : key[index];
        }
    });

    /// <summary><c>KEY:VALUE|TYPE</c> and a line feed, VALUE with six decimals.</summary>
    /// <returns>Bytes written; 0 when there was no room.</returns>
    public static int WriteLine(Span<byte> destination, byte[] key, double value, MetricKind kind)
    {
        ReadOnlySpan<byte> end = kind switch
        {
            MetricKind.Counter => "|c\n"u8,
            MetricKind.Gauge => "|g\n"u8,
            _ => "|ms\n"u8,
        };
        int at = key.Length + 1;
        if (at > destination.Length
            || !Utf8Formatter.TryFormat(value, destination[at..], out int size, new('F', 6))
            || at + size + end.Length > destination.Length)
        {
            return 0;
        }

        key.CopyTo(destination);
        destination[at - 1] = (byte)':';
        end.CopyTo(destination[(at + size)..]);
        return at + size + end.Length;
    }

    /// <summary>With three decimals.</summary>
    public static string Decimal(double value) => value.ToString("F3", CultureInfo.InvariantCulture);
}
