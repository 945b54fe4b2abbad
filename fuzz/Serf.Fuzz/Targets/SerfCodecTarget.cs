using System;
using System.Collections.Generic;
using System.Text.Json;
using Serf.Fuzz.Engine;
using Serf.Vectors;

namespace Serf.Fuzz.Targets;

/// <summary>One structure of the Serf layer: the first byte tells which, the rest is its body.</summary>
internal sealed class SerfCodecTarget : FuzzTarget
{
    /// <summary>The messages in the order of their type bytes.</summary>
    public static readonly string[] ByType =
    [
        "leave", "join", "pushPull", "userEvent", "query", "queryResponse", "conflictResponse", "keyRequest",
        "keyResponse", "relay",
    ];

    private static readonly string[] _messages =
        [.. ByType, "tags", "filterNode", "filterTag", "ackPayload", "coordinate"];

    public override IEnumerable<byte[]> Seeds() =>
        ByMessage(_messages, "tags", "serf-messages.json", "serf-decode.json");

    public override void Run(ReadOnlySpan<byte> input)
    {
        if (!input.IsEmpty)
        {
            Fixpoint.CheckSerf(_messages[input[0] % _messages.Length], input[1..]);
        }
    }

    /// <summary>The bodies in two vector files, the place of the message's name in front.</summary>
    /// <param name="messages">The names.</param>
    /// <param name="whole">The message whose bytes are all body.</param>
    /// <param name="encodings">Vectors that tell the message in their input, its type byte in front.</param>
    /// <param name="decodings">Vectors that are bodies.</param>
    public static IEnumerable<byte[]> ByMessage(
        string[] messages, string whole, string encodings, string decodings)
    {
        foreach (JsonElement vector in VectorFile.Load(encodings))
        {
            string? message = vector.GetProperty("input").GetProperty("message").GetString();
            int place = Array.IndexOf(messages, message);
            if (place >= 0 && VectorFile.HexOrNull(vector, "hex") is { Length: > 0 } bytes)
            {
                yield return [(byte)place, .. bytes.AsSpan(message == whole ? 0 : 1)];
            }
        }

        foreach (JsonElement vector in VectorFile.Load(decodings))
        {
            int place = Array.IndexOf(messages, vector.GetProperty("message").GetString());
            if (place >= 0 && VectorFile.HexOrNull(vector, "hex") is { } body)
            {
                yield return [(byte)place, .. body];
            }
        }
    }
}
