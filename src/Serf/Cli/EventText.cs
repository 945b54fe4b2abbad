using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Cli;

/// <summary>
/// An event record as <c>serf monitor</c> prints it (spec cli 6.10), fields in order of their names.
/// </summary>
internal static class EventText
{
    private const char Unreadable = '?';

    /// <returns>The heading and one line per field, each with its line feed.</returns>
    public static string Format(ReadOnlySpan<byte> record)
    {
        SortedDictionary<string, string> fields = new(StringComparer.Ordinal);
        MsgpackReader reader = new(record);
        ReadStatus status = reader.TryReadMapHeader(Limits.RpcListCountMax, out int count);
        for (int index = 0; index < count && status == ReadStatus.Ok; index++)
        {
            status = reader.TryReadKey(Limits.RpcAnswerSizeMax, out ReadOnlySpan<byte> key);
            if (status == ReadStatus.Ok)
            {
                StringBuilder value = new();
                status = Append(value, ref reader, "[]byte", "<nil>", Limits.MsgpackDepthMax);
                fields[Encoding.UTF8.GetString(key)] = value.ToString();
            }
        }

        StringBuilder text = new("Event Info:\n");
        foreach ((string key, string value) in fields)
        {
            text.Append('\t').Append(key).Append(": ").Append(value).Append('\n');
        }

        return text.ToString();
    }

    // Bytes and nil are named otherwise inside of lists and maps.
    private static ReadStatus Append(
        StringBuilder output, ref MsgpackReader reader, string bytesName, string nilName, int depth)
    {
        if (reader.TryReadNil())
        {
            output.Append(nilName);
            return ReadStatus.Ok;
        }

        ReadOnlySpan<byte> rest = reader.Remaining;
        if (rest.IsEmpty || depth == 0)
        {
            return ReadStatus.TooLarge;
        }

        switch (rest[0])
        {
            case 0xC2 or 0xC3:
                ReadStatus status = reader.TryReadBool(out bool flag);
                output.Append(flag ? "true" : "false");
                return status;
            case <= 0x7F or >= 0xE0 or (>= 0xD0 and <= 0xD3):
                status = reader.TryReadInt64(out long signed);
                output.Append(CultureInfo.InvariantCulture, $"{signed}");
                return status;
            case >= 0xCC and <= 0xCF:
                status = reader.TryReadUInt64(out ulong unsigned);
                output.Append(CultureInfo.InvariantCulture, $"0x{unsigned:x}");
                return status;
            case 0xCA or 0xCB:
                status = reader.TryReadDouble(out double real);
                output.Append(real.ToString("R", CultureInfo.InvariantCulture));
                return status;
            case >= 0xC4 and <= 0xC6:
                return AppendBytes(output, ref reader, bytesName);
            case (>= 0x80 and <= 0x8F) or 0xDE or 0xDF:
                return AppendMap(output, ref reader, depth);
            case (>= 0x90 and <= 0x9F) or 0xDC or 0xDD:
                return AppendList(output, ref reader, depth);
            case (>= 0xA0 and <= 0xBF) or (>= 0xD9 and <= 0xDB):
                status = reader.TryReadRaw(Limits.RpcAnswerSizeMax, out ReadOnlySpan<byte> text);
                output.Append(GoText.Quote(text));
                return status;
            default:
                output.Append(Unreadable);
                return reader.TrySkip(depth);
        }
    }

    private static ReadStatus AppendBytes(StringBuilder output, ref MsgpackReader reader, string name)
    {
        ReadStatus status = reader.TryReadRaw(Limits.RpcAnswerSizeMax, out ReadOnlySpan<byte> bytes);
        output.Append(name).Append('{');
        for (int index = 0; index < bytes.Length; index++)
        {
            output.Append(index == 0 ? "" : ", ").Append(CultureInfo.InvariantCulture, $"0x{bytes[index]:x}");
        }

        output.Append('}');
        return status;
    }

    private static ReadStatus AppendList(StringBuilder output, ref MsgpackReader reader, int depth)
    {
        ReadStatus status = reader.TryReadArrayHeader(Limits.MemberCountMax, out int count);
        output.Append("[]interface {}{");
        for (int index = 0; index < count && status == ReadStatus.Ok; index++)
        {
            output.Append(index == 0 ? "" : ", ");
            status = Append(output, ref reader, "[]uint8", "interface {}(nil)", depth - 1);
        }

        output.Append('}');
        return status;
    }

    private static ReadStatus AppendMap(StringBuilder output, ref MsgpackReader reader, int depth)
    {
        SortedDictionary<string, string> entries = new(StringComparer.Ordinal);
        ReadStatus status = reader.TryReadMapHeader(Limits.RpcListCountMax, out int count);
        for (int index = 0; index < count && status == ReadStatus.Ok; index++)
        {
            StringBuilder key = new();
            StringBuilder value = new();
            status = Append(key, ref reader, "[]uint8", "interface {}(nil)", depth - 1);
            if (status == ReadStatus.Ok)
            {
                status = Append(value, ref reader, "[]uint8", "interface {}(nil)", depth - 1);
                entries[key.ToString()] = value.ToString();
            }
        }

        output.Append("map[interface {}]interface {}{");
        string separator = "";
        foreach ((string key, string value) in entries)
        {
            output.Append(separator).Append(key).Append(':').Append(value);
            separator = ", ";
        }

        output.Append('}');
        return status;
    }
}
