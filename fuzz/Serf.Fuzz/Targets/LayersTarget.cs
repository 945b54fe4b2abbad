using System;
using System.Collections.Generic;
using System.Linq;
using Serf.Fuzz.Engine;
using Serf.Wire;

namespace Serf.Fuzz.Targets;

/// <summary>
/// Label and compound: what was taken apart, put together again, is what it was. The first byte tells which.
/// </summary>
internal sealed class LayersTarget : FuzzTarget
{
    public override IEnumerable<byte[]> Seeds() =>
        Serf.Fuzz.Seeds.Hex("memberlist-labels.json", "hex").Select(bytes => (byte[])[0, .. bytes])
            .Concat(Serf.Fuzz.Seeds.Hex("memberlist-compound.json", "hex")
                .Select(bytes => (byte[])[1, .. bytes.AsSpan(Math.Min(1, bytes.Length))]));

    public override void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        if (input[0] == 0)
        {
            CheckLabel(input[1..]);
        }
        else
        {
            CheckCompound(input[1..]);
        }
    }

    private static void CheckLabel(ReadOnlySpan<byte> source)
    {
        ReadStatus status = Label.TryStrip(source, out ReadOnlySpan<byte> label, out ReadOnlySpan<byte> rest);
        if (status != ReadStatus.Ok)
        {
            return;
        }

        byte[] rebuilt = new byte[Label.HeaderSize(label) + rest.Length];
        int written = Label.Write(label, rebuilt);
        FuzzException.Check(written == Label.HeaderSize(label), "another size than announced");
        rest.CopyTo(rebuilt.AsSpan(written));
        FuzzException.Check(source.SequenceEqual(rebuilt), "another label");
    }

    private static void CheckCompound(ReadOnlySpan<byte> body)
    {
        if (Compound.TryOpen(body, out Compound compound) != ReadStatus.Ok)
        {
            FuzzException.Check(body.IsEmpty || body.Length <= 2 * body[0], "refused with all lengths there");
            return;
        }

        List<ushort> sizes = [];
        List<byte> parts = [];
        while (compound.TryNext(out ReadOnlySpan<byte> part))
        {
            sizes.Add((ushort)part.Length);
            parts.AddRange(part);
        }

        FuzzException.Check(sizes.Count + compound.TruncatedCount == body[0], "parts are lost");
        FuzzException.Check(!compound.TryNext(out _), "a part behind the last");
        byte[] header = new byte[Compound.HeaderSize(sizes.Count)];
        FuzzException.Check(
            Compound.WriteHeader(sizes.ToArray(), header) == header.Length, "another size than announced");
        int start = 1 + (2 * body[0]);
        FuzzException.Check(body.Slice(start, parts.Count).SequenceEqual(parts.ToArray()), "other parts");
        FuzzException.Check(
            body[1..].StartsWith(header.AsSpan(2)), "the lengths of the parts are not those that stand there");
    }
}
