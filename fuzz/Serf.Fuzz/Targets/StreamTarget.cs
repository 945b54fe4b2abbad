using System;
using System.Collections.Generic;
using System.Linq;
using Serf.Fuzz.Engine;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Fuzz.Targets;

/// <summary>
/// A stream in pieces reads as it does at once. The first byte tells the size of the pieces and, by its
/// highest bit, whether the side is an accepting one with a label.
/// </summary>
internal sealed class StreamTarget : FuzzTarget
{
    // Memory follows what is expanded, which an input of this size cannot make much.
    public override long AllocationBase => 16 << 20;

    public override long AllocationPerByte => 16 * 1024;

    public override IEnumerable<byte[]> Seeds() => Serf.Fuzz.Seeds.Hex("memberlist-streams.json", "hex")
        .Concat(Serf.Fuzz.Seeds.Hex("memberlist-streams.json", "response"))
        .Concat(Serf.Fuzz.Seeds.Hex("memberlist-compress.json", "hex"))
        .Select(stream => (byte[])[3, .. stream]);

    public override void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        bool isLabelled = input[0] >= 0x80;
        int pieceSize = 1 + (input[0] & 0x7F);
        ReadOnlySpan<byte> bytes = input[1..];
        using GossipStreamReader whole = new(isLabelled ? "label"u8 : default, isLabelled);
        using GossipStreamReader pieces = new(isLabelled ? "label"u8 : default, isLabelled);
        ReadStatus expected = whole.Receive(bytes);
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
        if (status == ReadStatus.NeedMore)
        {
            FuzzException.Check(pieces.HeldSize <= bytes.Length, "more is held than has come");
            whole.ReceiveEnd();
            pieces.ReceiveEnd();
        }

        FuzzException.Check(pieces.Fault == whole.Fault, $"{pieces.Fault} in pieces, {whole.Fault} at once");
        FuzzException.Check(pieces.ErrReply == whole.ErrReply, "another answer in pieces");
        FuzzException.Check((whole.Fault == StreamFault.None) == (expected == ReadStatus.Ok), "refused, and no reason");
        if (expected == ReadStatus.Ok)
        {
            FuzzException.Check(pieces.Type == whole.Type, "another type in pieces");
            FuzzException.Check(pieces.Body.SequenceEqual(whole.Body), "another message in pieces");
        }
    }
}
