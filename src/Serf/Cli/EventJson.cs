using System;
using System.Net;
using System.Text;
using System.Text.Unicode;
using Serf.Cli.Decode;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Cli;

/// <summary>
/// What <c>serf monitor -format=json</c> prints: one object in each line. An event has the fields of its
/// record (spec rpc 7.1 to 7.3) under their own names; addresses are text, payloads too, and one that is not
/// UTF-8 stands in base64 beside it, under the name with <c>Base64</c> behind.
/// </summary>
internal static class EventJson
{
    private const int AddressFourSize = 4;
    private const int AddressSixSize = 16;

    /// <returns>The object with a line feed.</returns>
    public static string Format(ReadOnlySpan<byte> record)
    {
        using JsonBytes json = new();
        MsgpackReader reader = new(record);
        return Append(json, ref reader, [], Limits.MsgpackDepthMax) == ReadStatus.Ok
            ? Line(json)
            : "{\"error\":\"unreadable event\"}\n";
    }

    /// <returns><c>{"log":"LINE"}</c> with a line feed.</returns>
    public static string Log(string line)
    {
        using JsonBytes json = new();
        json.BeginObject();
        json.Key("log");
        json.Text(Encoding.UTF8.GetString(ByteText.ToBytes(line)));
        json.EndObject();
        return Line(json);
    }

    private static string Line(JsonBytes json) => Encoding.UTF8.GetString(json.Written) + "\n";

    private static ReadStatus Append(
        JsonBytes json, ref MsgpackReader reader, ReadOnlySpan<byte> name, int depth)
    {
        if (reader.TryReadNil())
        {
            json.Literal("null"u8);
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
                json.Literal(flag ? "true"u8 : "false"u8);
                return status;
            case <= 0x7F or >= 0xE0 or (>= 0xD0 and <= 0xD3):
                status = reader.TryReadInt64(out long signed);
                json.Number(signed);
                return status;
            case >= 0xCC and <= 0xCF:
                status = reader.TryReadUInt64(out ulong unsigned);
                json.Number(unsigned);
                return status;
            case (>= 0xC4 and <= 0xC6) or (>= 0xA0 and <= 0xBF) or (>= 0xD9 and <= 0xDB):
                status = reader.TryReadRaw(Limits.RpcAnswerSizeMax, out ReadOnlySpan<byte> bytes);
                AppendBytes(json, bytes, name);
                return status;
            case (>= 0x80 and <= 0x8F) or 0xDE or 0xDF:
                return AppendMap(json, ref reader, depth);
            case (>= 0x90 and <= 0x9F) or 0xDC or 0xDD:
                return AppendList(json, ref reader, depth);
            default:
                json.Literal("null"u8);
                return reader.TrySkip(depth);
        }
    }

    private static void AppendBytes(JsonBytes json, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> name)
    {
        if (name.SequenceEqual("Addr"u8) && bytes.Length is AddressFourSize or AddressSixSize)
        {
            json.Text(new IPAddress(bytes).ToString());
            return;
        }

        json.Text(Encoding.UTF8.GetString(bytes));
        if (!Utf8.IsValid(bytes) && !name.IsEmpty)
        {
            json.Key(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(name) + "Base64"));
            json.Text(Convert.ToBase64String(bytes));
        }
    }

    private static ReadStatus AppendList(JsonBytes json, ref MsgpackReader reader, int depth)
    {
        ReadStatus status = reader.TryReadArrayHeader(Limits.MemberCountMax, out int count);
        json.BeginArray();
        for (int index = 0; index < count && status == ReadStatus.Ok; index++)
        {
            status = Append(json, ref reader, [], depth - 1);
        }

        json.EndArray();
        return status;
    }

    private static ReadStatus AppendMap(JsonBytes json, ref MsgpackReader reader, int depth)
    {
        ReadStatus status = reader.TryReadMapHeader(Limits.RpcListCountMax, out int count);
        json.BeginObject();
        for (int index = 0; index < count && status == ReadStatus.Ok; index++)
        {
            status = reader.TryReadKey(Limits.RpcAnswerSizeMax, out ReadOnlySpan<byte> key);
            if (status == ReadStatus.Ok)
            {
                json.Key(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(key)));
                status = Append(json, ref reader, key, depth - 1);
            }
        }

        json.EndObject();
        return status;
    }
}
