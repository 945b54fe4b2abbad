using System;
using System.Collections.Generic;
using System.Text.Json;
using Serf.Primitives;
using Serf.Vectors;
using Serf.Wire;
using Xunit;

namespace Serf.Core.Tests.Wire;

public sealed class LabelAndCompoundTests
{
    [Fact]
    public void Recorded_labels_are_written_and_one_too_long_is_ours_to_refuse()
    {
        foreach (JsonElement vector in LayerVectors.Load("memberlist-labels.json", "add"))
        {
            byte[] label = VectorFile.Text(vector.GetProperty("input").GetProperty("label"));
            if (vector.TryGetProperty("error", out _))
            {
                Assert.Throws<InvariantException>(() => Label.Write(label, new byte[300]));
                continue;
            }

            byte[] packet = LayerVectors.Hex(vector.GetProperty("input"), "packet");
            byte[] header = new byte[Label.HeaderSize(label)];
            Assert.Equal(header.Length, Label.Write(label, header));
            Assert.Equal(vector.GetProperty("overhead").GetInt32(), header.Length);
            byte[] labelled = [.. header, .. packet];
            Assert.Equal(LayerVectors.Hex(vector), labelled);
        }
    }

    [Fact]
    public void Recorded_labels_are_stripped_or_refused()
    {
        foreach (JsonElement vector in LayerVectors.Load("memberlist-labels.json", "remove"))
        {
            ReadStatus status = Label.TryStrip(
                LayerVectors.Hex(vector),
                out ReadOnlySpan<byte> label,
                out ReadOnlySpan<byte> rest);
            Assert.Equal(vector.TryGetProperty("error", out _), status != ReadStatus.Ok);
            if (status == ReadStatus.Ok)
            {
                Assert.Equal(VectorFile.Text(vector.GetProperty("label")), label.ToArray());
                Assert.Equal(LayerVectors.Hex(vector, "rest"), rest.ToArray());
            }
        }
    }

    [Fact]
    public void Recorded_compounds_are_written_and_read_back()
    {
        foreach (JsonElement vector in LayerVectors.Load("memberlist-compound.json", "encode"))
        {
            List<byte[]> parts = LayerVectors.HexList(vector.GetProperty("input"), "parts");
            byte[] compound = Write(parts);
            Assert.Equal(LayerVectors.Hex(vector), compound);
            Assert.Equal(parts, ReadParts(compound.AsSpan(1), out int truncated));
            Assert.Equal(0, truncated);
        }

        foreach (JsonElement vector in LayerVectors.Load("memberlist-compound.json", "encodeMany"))
        {
            List<byte[]> parts = LayerVectors.HexList(vector.GetProperty("input"), "parts");
            int position = 0;
            foreach (byte[] expected in LayerVectors.HexList(vector, "hexes"))
            {
                int count = Math.Min(Compound.PartCountMax, parts.Count - position);
                Assert.Equal(expected, Write(parts.GetRange(position, count)));
                position += count;
            }

            Assert.Equal(parts.Count, position);
        }
    }

    [Fact]
    public void Recorded_compounds_are_read_as_the_original_reads_them()
    {
        foreach (JsonElement vector in LayerVectors.Load("memberlist-compound.json", "decode"))
        {
            byte[] body = LayerVectors.Hex(vector);
            bool isOpen = Compound.TryOpen(body, out _) == ReadStatus.Ok;
            Assert.Equal(vector.TryGetProperty("error", out _), !isOpen);
            if (isOpen)
            {
                Assert.Equal(LayerVectors.HexList(vector, "parts"), ReadParts(body, out int truncated));
                Assert.Equal(vector.GetProperty("truncated").GetInt32(), truncated);
            }
        }
    }

    private static List<byte[]> ReadParts(ReadOnlySpan<byte> body, out int truncated)
    {
        Assert.Equal(ReadStatus.Ok, Compound.TryOpen(body, out Compound compound));
        List<byte[]> parts = [];
        while (compound.TryNext(out ReadOnlySpan<byte> part))
        {
            parts.Add(part.ToArray());
        }

        truncated = compound.TruncatedCount;
        return parts;
    }

    private static byte[] Write(List<byte[]> parts)
    {
        ushort[] sizes = new ushort[parts.Count];
        for (int index = 0; index < sizes.Length; index++)
        {
            sizes[index] = (ushort)parts[index].Length;
        }

        byte[] header = new byte[Compound.HeaderSize(sizes.Length)];
        Compound.WriteHeader(sizes, header);
        List<byte> compound = [.. header];
        parts.ForEach(compound.AddRange);
        return [.. compound];
    }
}
