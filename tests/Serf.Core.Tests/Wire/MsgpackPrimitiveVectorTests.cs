using System;
using System.Collections.Generic;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Serf.Primitives;
using Serf.Vectors;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Wire;

public sealed class MsgpackPrimitiveVectorTests
{
    private static readonly Dictionary<string, JsonElement> _vectors = VectorFile
        .Load("msgpack-primitives.json")
        .ToDictionary(vector => vector.GetProperty("name").GetString()!);

    public static TheoryData<string> Names => [.. _vectors.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_value_is_written_as_peers_write_it_and_read_back(string name)
    {
        JsonElement vector = _vectors[name];
        string type = vector.GetProperty("input").GetProperty("type").GetString()!;
        JsonElement value = vector.GetProperty("input").GetProperty("value");
        bool modern = vector.GetProperty("form").GetString() == "spec";
        if (type == "float32")
        {
            // Peers have none to send; it is only read.
            ReadFloat(Convert.FromHexString(vector.GetProperty("hex").GetString()!), value.GetDouble());
            return;
        }

        MsgpackWriter measure = MsgpackWriter.Measuring(modern);
        int announced = Write(ref measure, type, value, modern);
        byte[] bytes = new byte[measure.Written];
        MsgpackWriter writer = new(bytes, modern);
        Write(ref writer, type, value, modern);
        Assert.Equal(bytes.Length, writer.Written);
        Assert.Equal(bytes.Length, announced);
        if (vector.TryGetProperty("hex", out JsonElement hex))
        {
            Assert.Equal(hex.GetString(), Convert.ToHexStringLower(bytes));
        }
        else
        {
            Assert.Equal(vector.GetProperty("length").GetInt32(), bytes.Length);
            string head = vector.GetProperty("hexHead").GetString()!;
            Assert.Equal(head, Convert.ToHexStringLower(bytes.AsSpan(0, head.Length / 2)));
            string hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
            Assert.Equal(vector.GetProperty("sha256").GetString(), hash);
        }

        ReadBack(bytes, type, value);
        MsgpackReader skipper = new(bytes);
        Assert.Equal(ReadStatus.Ok, skipper.TrySkip(Limits.MsgpackDepthMax));
        Assert.True(skipper.Remaining.IsEmpty);
    }

    /// <returns>The size that the writer's helpers announce.</returns>
    private static int Write(ref MsgpackWriter writer, string type, JsonElement value, bool modern)
    {
        switch (type)
        {
            case "uint64":
                writer.WriteUnsigned(value.GetUInt64());
                return MsgpackWriter.SizeOfUnsigned(value.GetUInt64());
            case "int64":
                writer.WriteSigned(value.GetInt64());
                return MsgpackWriter.SizeOfSigned(value.GetInt64());
            case "float64":
                writer.WriteDouble(VectorFields.Double(value));
                return 9;
            case "bool":
                writer.WriteBool(value.GetBoolean());
                return 1;
            case "string":
                byte[] text = Content(type, value)!;
                writer.WriteText(text);
                return MsgpackWriter.SizeOfText(text.Length, modern);
            case "bytes":
                byte[]? bytes = Content(type, value);
                writer.WriteBytes(bytes);
                return MsgpackWriter.SizeOfBytes(bytes, modern);
            default:
                return WriteContainer(ref writer, type, value);
        }
    }

    private static int WriteContainer(ref MsgpackWriter writer, string type, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Null)
        {
            writer.WriteNil();
            return 1;
        }

        if (type == "map")
        {
            JsonProperty[] entries = [.. value.EnumerateObject()];
            writer.WriteMapHeader(entries.Length);
            int size = MsgpackWriter.SizeOfContainer(entries.Length);
            foreach (JsonProperty entry in entries)
            {
                byte[] key = Encoding.UTF8.GetBytes(entry.Name);
                writer.WriteUnsigned(key, entry.Value.GetUInt64());
                size += MsgpackWriter.SizeOfText(key.Length);
                size += MsgpackWriter.SizeOfUnsigned(entry.Value.GetUInt64());
            }

            return size;
        }

        byte[] elements = Elements(value);
        writer.WriteArrayHeader(elements.Length);
        foreach (byte element in elements)
        {
            writer.WriteUnsigned(element);
        }

        return MsgpackWriter.SizeOfContainer(elements.Length) + elements.Length;
    }

    private static void ReadBack(byte[] bytes, string type, JsonElement value)
    {
        MsgpackReader reader = new(bytes);
        switch (type)
        {
            case "uint64":
                Assert.Equal(ReadStatus.Ok, reader.TryReadUInt64(out ulong unsigned));
                Assert.Equal(value.GetUInt64(), unsigned);
                break;
            case "int64":
                Assert.Equal(ReadStatus.Ok, reader.TryReadInt64(out long signed));
                Assert.Equal(value.GetInt64(), signed);
                break;
            case "float64":
                ReadFloat(bytes, VectorFields.Double(value));
                return;
            case "bool":
                Assert.Equal(ReadStatus.Ok, reader.TryReadBool(out bool flag));
                Assert.Equal(value.GetBoolean(), flag);
                break;
            case "string" or "bytes":
                byte[]? content = Content(type, value);
                Assert.Equal(ReadStatus.Ok, reader.TryReadRaw(65536, out ReadOnlySpan<byte> raw));
                Assert.True(raw.SequenceEqual(content));
                Assert.Equal(content is null, raw.IsNil());
                break;
            case "array":
                byte[] elements = Elements(value);
                Assert.Equal(ReadStatus.Ok, reader.TryReadBytes(65536, out ReadOnlySpan<byte> numbers));
                Assert.True(numbers.SequenceEqual(elements));
                break;
            default:
                int expected = value.ValueKind == JsonValueKind.Null ? 0 : value.EnumerateObject().Count();
                Assert.Equal(ReadStatus.Ok, reader.TryReadMapHeader(100, out int count));
                Assert.Equal(expected, count);
                return;
        }

        Assert.True(reader.Remaining.IsEmpty);
    }

    private static void ReadFloat(byte[] bytes, double expected)
    {
        MsgpackReader reader = new(bytes);
        Assert.Equal(ReadStatus.Ok, reader.TryReadDouble(out double number));
        Assert.Equal(expected, number);
        Assert.True(reader.Remaining.IsEmpty);
    }

    /// <summary>The bytes of a text, or of a byte string given as hex, or as text to be repeated.</summary>
    private static byte[]? Content(string type, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            byte[] unit = Encoding.UTF8.GetBytes(value.GetProperty("repeat").GetString()!);
            return Repeat(unit, value.GetProperty("length").GetInt32());
        }

        if (value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return type == "string"
            ? Encoding.UTF8.GetBytes(value.GetString()!)
            : Convert.FromHexString(value.GetString()!);
    }

    private static byte[] Elements(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            return Repeat(Elements(value.GetProperty("repeat")), value.GetProperty("length").GetInt32());
        }

        return value.ValueKind == JsonValueKind.Null
            ? []
            : value.EnumerateArray().Select(element => element.GetByte()).ToArray();
    }

    private static byte[] Repeat(byte[] unit, int length)
    {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++)
        {
            bytes[i] = unit[i % unit.Length];
        }

        return bytes;
    }
}
