using System;
using System.Collections.Generic;
using System.Text.Json;
using Serf.Primitives;
using Serf.Vectors;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Wire;

/// <summary>Golden vectors of the layers, by file and operation.</summary>
internal static class LayerVectors
{
    public static List<JsonElement> Load(string file, string operation)
    {
        List<JsonElement> found = [];
        foreach (JsonElement vector in VectorFile.Load(file))
        {
            if (vector.GetProperty("op").GetString() == operation)
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

    /// <summary>The key of a vector's configuration, sealing with the nonce that was used; null for none.</summary>
    /// <param name="nonce">Which property of the vector holds the nonce.</param>
    public static Encryption? Sealing(JsonElement vector, string nonce = "nonce")
    {
        JsonElement config = Config(vector);
        if (config.GetProperty("key").ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        Keyring keyring = new();
        Assert.Equal(KeyringStatus.Ok, keyring.Add(Hex(config, "key")));
        int version = config.TryGetProperty("encryptionVersion", out JsonElement number) ? number.GetInt32() : 1;
        bool hasNonce = vector.TryGetProperty(nonce, out JsonElement _)
            || vector.GetProperty("input").TryGetProperty(nonce, out JsonElement _);
        JsonElement holder = vector.TryGetProperty(nonce, out JsonElement _) ? vector : vector.GetProperty("input");
        return new Encryption(keyring, new FixedEntropy(hasNonce ? Hex(holder, nonce) : []), (byte)version)
        {
            VerifyIncoming = !config.TryGetProperty("verifyIncoming", out JsonElement verify) || verify.GetBoolean(),
        };
    }

    /// <summary>Appends one stream message with its layers.</summary>
    public static void WriteStream(
        ReadOnlySpan<byte> message, ReadOnlySpan<byte> label, bool compress, ByteBuffer destination,
        Encryption? encryption = null, bool dials = true)
    {
        GossipStreamWriter writer = new(label, compress, encryption);
        writer.Begin(dials, destination);
        for (int start = 0; start < message.Length; start += 777)
        {
            writer.Write(message.Slice(start, Math.Min(777, message.Length - start)));
        }

        writer.End();
    }
}

/// <summary>Gives the same bytes over and over: nonces that were recorded.</summary>
internal sealed class FixedEntropy(byte[] bytes) : IEntropy
{
    public void Fill(Span<byte> destination)
    {
        for (int index = 0; index < destination.Length; index++)
        {
            destination[index] = bytes[index % bytes.Length];
        }
    }
}

/// <summary>Notes down what a packet was taken apart into.</summary>
internal sealed class RecordingSink : IPacketSink
{
    public List<(MessageType Type, byte[] Body)> Accepted { get; } = [];

    public List<(PacketFault Fault, int Detail)> Refused { get; } = [];

    public void Accept(MessageType type, ReadOnlySpan<byte> body) => Accepted.Add((type, body.ToArray()));

    public void Refuse(PacketFault fault, int detail) => Refused.Add((fault, detail));
}
