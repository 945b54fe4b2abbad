using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.Json;
using Serf.Fuzz.Engine;
using Serf.Primitives;
using Serf.Vectors;
using Serf.Wire;

namespace Serf.Fuzz.Targets;

/// <summary>
/// The decoder agrees with a slow one on any input and keeps to its limit; what the encoder makes of any
/// input is read back by both.
/// </summary>
internal sealed class LzwTarget : FuzzTarget
{
    private const int Limit = 20_000;

    private readonly LzwDecoder _decoder = new();
    private readonly LzwEncoder _encoder = new();

    // The slow one takes it.
    public override long AllocationBase => 64 << 20;

    public override int SmokeCount => 500;

    public override IEnumerable<byte[]> Seeds()
    {
        foreach (JsonElement vector in VectorFile.Load("memberlist-compress.json"))
        {
            byte[]? bytes = VectorFile.HexOrNull(vector, "hex");
            if (bytes is not null && vector.TryGetProperty("lzwOffset", out JsonElement offset))
            {
                yield return bytes[offset.GetInt32()..];
            }
        }

        foreach (byte[] plain in Serf.Fuzz.Seeds.Hex("memberlist-messages.json", "hex").Take(20))
        {
            yield return plain;
        }
    }

    public override void Run(ReadOnlySpan<byte> input)
    {
        using ByteBuffer expanded = new();
        CheckDecoders(input, expanded);
        byte[] encoded = new byte[LzwEncoder.SizeMax(input.Length)];
        FuzzException.Check(_encoder.TryEncode(input, encoded, out int written), "the largest size is exceeded");
        ReadOnlySpan<byte> content = encoded.AsSpan(0, written);
        FuzzException.Check(CheckDecoders(content, expanded) == ReadStatus.Ok, "what was encoded is refused");
        FuzzException.Check(expanded.Written.SequenceEqual(input), "what was encoded is read as something else");
        byte[] exact = new byte[written - 1];
        FuzzException.Check(!_encoder.TryEncode(input, exact, out int none) && none == 0, "one byte less is enough");
    }

    private ReadStatus CheckDecoders(ReadOnlySpan<byte> input, ByteBuffer expanded)
    {
        expanded.Clear();
        ReadStatus status = _decoder.Decode(input, Limit, expanded, out int size);
        ReadStatus expected = SlowLzw.Decode(input, Limit, out List<byte> output);
        FuzzException.Check(status == expected, $"{status} where the slow decoder says {expected}");
        FuzzException.Check(size <= Limit, "more was made than the limit");
        FuzzException.Check(
            expanded.Written.SequenceEqual(status == ReadStatus.Ok ? CollectionsMarshal.AsSpan(output) : default),
            "another expansion than that of the slow decoder");
        return status;
    }
}
