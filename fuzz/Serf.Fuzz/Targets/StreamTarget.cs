using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using Serf.Fuzz.Engine;
using Serf.Primitives;
using Serf.Vectors;
using Serf.Wire;

namespace Serf.Fuzz.Targets;

/// <summary>
/// A stream in pieces reads as it does at once, and what was read is read again when it is written with the
/// same layers. See <see cref="LayerPlan"/> for the first two bytes; the third tells the size of the pieces.
/// </summary>
internal sealed class StreamTarget : FuzzTarget
{
    private const int HeaderSize = LayerPlan.Size + 1;

    // What is written again: not what a bomb expanded to.
    private const int WrittenSizeMax = 32 * 1024;

    private static readonly ByteBuffer _wrapped = new();

    // Memory follows what is expanded, which an input of this size cannot make much.
    public override long AllocationBase => 16 << 20;

    public override long AllocationPerByte => 16 * 1024;

    public override IEnumerable<byte[]> Seeds() => Serf.Fuzz.Seeds.Hex("memberlist-streams.json", "response")
        .Concat(Serf.Fuzz.Seeds.Hex("memberlist-compress.json", "hex"))
        .Select((stream, index) => (byte[])[(byte)(index * 4), 0, 3, .. stream])
        .Concat(Recorded());

    public override void Run(ReadOnlySpan<byte> input)
    {
        if (input.Length < HeaderSize)
        {
            return;
        }

        LayerPlan plan = new(input);
        int pieceSize = 1 + input[LayerPlan.Size];
        ReadOnlySpan<byte> bytes = input[HeaderSize..];
        if (plan.Seals || plan.Compresses)
        {
            Wrap(plan, bytes);
            bytes = _wrapped.Written;
        }

        using GossipStreamReader whole = new(plan.Label, plan.Accepts, plan.ForReading());
        using GossipStreamReader pieces = new(plan.Label, plan.Accepts, plan.ForReading());
        ReadStatus expected = whole.Receive(bytes);
        FeedPieces(pieces, bytes, pieceSize, expected);
        if (expected == ReadStatus.NeedMore)
        {
            FuzzException.Check(pieces.HeldSize <= bytes.Length, "more is held than has come");
            whole.ReceiveEnd();
            pieces.ReceiveEnd();
        }

        FuzzException.Check(pieces.Fault == whole.Fault, $"{pieces.Fault} in pieces, {whole.Fault} at once");
        FuzzException.Check(pieces.ErrReply == whole.ErrReply, "another answer in pieces");
        FuzzException.Check((whole.Fault == StreamFault.None) == (expected == ReadStatus.Ok), "refused, and no reason");
        FuzzException.Check(
            !(plan.Seals && plan.IsForeign) || whole.Fault == StreamFault.SealBroken, "the wrong keys open");
        if (expected == ReadStatus.Ok)
        {
            FuzzException.Check(pieces.Type == whole.Type, "another type in pieces");
            FuzzException.Check(pieces.Body.SequenceEqual(whole.Body), "another message in pieces");
            WriteAgain(plan, whole);
        }
    }

    private static void FeedPieces(
        GossipStreamReader pieces, ReadOnlySpan<byte> bytes, int pieceSize, ReadStatus expected)
    {
        ReadStatus status = ReadStatus.NeedMore;
        int taken = 0;
        while (taken < bytes.Length && status == ReadStatus.NeedMore)
        {
            int size = Math.Min(pieceSize, bytes.Length - taken);
            status = pieces.Receive(bytes.Slice(taken, size));
            taken += size;
            FuzzException.Check(
                pieces.HeldSize <= Math.Max(taken, Limits.StreamExpansionMax), "more is held than has come");
        }

        FuzzException.Check(bytes.IsEmpty || status == expected, $"{status} in pieces, {expected} at once");
    }

    // As they came, and what was sealed in them, to be sealed anew.
    private static IEnumerable<byte[]> Recorded()
    {
        foreach (JsonElement vector in VectorFile.Load("memberlist-streams.json"))
        {
            JsonElement config = vector.GetProperty("input").GetProperty("config");
            byte[] stream = VectorFile.HexOrNull(vector, "hex") ?? [];
            byte[] plan = LayerPlan.Of(config, seals: false);
            yield return [.. plan, 6, .. stream];
            using ByteBuffer plain = new();
            if (Label.TryStrip(stream, out ReadOnlySpan<byte> label, out ReadOnlySpan<byte> rest) == ReadStatus.Ok
                && rest.Length > 5 && new LayerPlan(plan).ForReading() is { } encryption
                && encryption.TryOpen(rest[5..], (byte[])[.. rest[..5], .. label], plain) == SealFault.None)
            {
                yield return [.. LayerPlan.Of(config, seals: true), 6, .. plain.Written];
            }
        }
    }

    private static void Wrap(LayerPlan plan, ReadOnlySpan<byte> content)
    {
        _wrapped.Clear();
        GossipStreamWriter writer = new(plan.Label, plan.Compresses, plan.Seals ? plan.ForSealing() : null);
        writer.Begin(plan.Accepts, _wrapped);
        writer.Write(content);
        writer.End();
    }

    private static void WriteAgain(LayerPlan plan, GossipStreamReader read)
    {
        if ((plan.HasKeys && plan.IsForeign) || read.Body.Length > WrittenSizeMax)
        {
            return;
        }

        _wrapped.Clear();
        GossipStreamWriter writer = new(plan.Label, plan.Compresses, plan.ForSealing());
        writer.Begin(plan.Accepts, _wrapped);
        writer.Write([(byte)read.Type]);
        writer.Write(read.Body);
        writer.End();
        using GossipStreamReader again = new(plan.Label, plan.Accepts, plan.ForReading());
        FuzzException.Check(again.Receive(_wrapped.Written) == ReadStatus.Ok, "what was written is refused");
        FuzzException.Check(again.Type == read.Type, "what was written is read as another type");
        FuzzException.Check(again.Body.SequenceEqual(read.Body), "what was written is read as another message");
    }
}
