using System;
using System.Collections.Generic;
using System.Text.Json;
using Serf.Vectors;
using Serf.Wire;

namespace Serf.Core.Tests.Wire;

/// <summary>Golden vectors of the layers, by file and operation.</summary>
internal static class LayerVectors
{
    public static List<JsonElement> Load(string file, string operation)
    {
        List<JsonElement> found = [];
        foreach (JsonElement vector in VectorFile.Load(file))
        {
            if (vector.GetProperty("op").GetString() == operation && !IsEncrypted(vector))
            {
                found.Add(vector);
            }
        }

        return found;
    }

    public static byte[] Hex(JsonElement vector, string name = "hex") =>
        vector.GetProperty(name).ValueKind == JsonValueKind.Null
            ? []
            : Convert.FromHexString(vector.GetProperty(name).GetString()!);

    public static List<byte[]> HexList(JsonElement parent, string name)
    {
        List<byte[]> list = [];
        if (parent.TryGetProperty(name, out JsonElement array) && array.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in array.EnumerateArray())
            {
                list.Add(Convert.FromHexString(item.GetString()!));
            }
        }

        return list;
    }

    public static string Name(JsonElement vector) => vector.GetProperty("name").GetString()!;

    public static JsonElement Config(JsonElement vector) => vector.GetProperty("input").GetProperty("config");

    public static byte[] ConfigLabel(JsonElement vector) => VectorFile.Text(Config(vector).GetProperty("label"));

    private static bool IsEncrypted(JsonElement vector) =>
        vector.TryGetProperty("input", out JsonElement input)
        && input.ValueKind == JsonValueKind.Object
        && input.TryGetProperty("config", out JsonElement config)
        && config.GetProperty("key").ValueKind != JsonValueKind.Null;
}

/// <summary>Notes down what a packet was taken apart into.</summary>
internal sealed class RecordingSink : IPacketSink
{
    public List<(MessageType Type, byte[] Body)> Accepted { get; } = [];

    public List<(PacketFault Fault, int Detail)> Refused { get; } = [];

    public void Accept(MessageType type, ReadOnlySpan<byte> body) => Accepted.Add((type, body.ToArray()));

    public void Refuse(PacketFault fault, int detail) => Refused.Add((fault, detail));
}
