using System;
using System.Collections.Generic;
using System.Linq;
using Serf.Fuzz.Engine;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Fuzz.Targets;

/// <summary>
/// The end of a value is the same to the scanner at once, to the scanner byte by byte, to a slow recursion,
/// and to the typed readers.
/// </summary>
internal sealed class MsgpackTarget : FuzzTarget
{
    private delegate ReadStatus Read(ref MsgpackReader reader);

    private static readonly Read[] _reads =
    [
        (ref MsgpackReader reader) => reader.TryReadBool(out _),
        (ref MsgpackReader reader) => reader.TryReadUInt64(out _),
        (ref MsgpackReader reader) => reader.TryReadInt64(out _),
        (ref MsgpackReader reader) => reader.TryReadDouble(out _),
        (ref MsgpackReader reader) => reader.TryReadRaw(1024, out _),
        (ref MsgpackReader reader) => reader.TryReadKey(1024, out _),
    ];

    public override IEnumerable<byte[]> Seeds() => Serf.Fuzz.Seeds.Hex("msgpack-primitives.json", "hex")
        .Concat(Serf.Fuzz.Seeds.Hex("serf-decode.json", "hex"));

    public override void Run(ReadOnlySpan<byte> input)
    {
        MsgpackScanner whole = default;
        ReadStatus status = whole.Scan(input, Limits.MsgpackDepthMax, out int consumed);
        ReadStatus slow = SlowMsgpack.Skip(input, Limits.MsgpackDepthMax, out int size);
        FuzzException.Check(status == slow, $"{status} where the slow reader says {slow}");
        FuzzException.Check(status != ReadStatus.Ok || consumed == size, "another end than the slow reader's");
        CheckBytewise(input, status, consumed);

        MsgpackReader skipper = new(input);
        FuzzException.Check(skipper.TrySkip(Limits.MsgpackDepthMax) == status, "skipping ends otherwise");
        FuzzException.Check(skipper.Consumed == (status == ReadStatus.Ok ? size : 0), "skipping ends elsewhere");

        bool isContainer = !input.IsEmpty && input[0] is (>= 0x80 and <= 0x9F) or (>= 0xDC and <= 0xDF);
        foreach (Read read in _reads)
        {
            MsgpackReader reader = new(input);
            bool isRead = read(ref reader) == ReadStatus.Ok;
            FuzzException.Check(isRead || reader.Consumed == 0, "a failed read takes bytes");
            FuzzException.Check(!isRead || status == ReadStatus.Ok, "a value is read that is not whole");
            FuzzException.Check(!isRead || isContainer || reader.Consumed == size, "a value is read to another end");
        }
    }

    private static void CheckBytewise(ReadOnlySpan<byte> input, ReadStatus expected, int end)
    {
        MsgpackScanner scanner = default;
        ReadStatus status = ReadStatus.NeedMore;
        int taken = 0;
        while (status == ReadStatus.NeedMore && taken < input.Length)
        {
            status = scanner.Scan(input.Slice(taken, 1), Limits.MsgpackDepthMax, out int consumed);
            taken += consumed;
        }

        FuzzException.Check(status == expected, $"{status} byte by byte, {expected} at once");
        FuzzException.Check(taken == end, "another end byte by byte");
    }
}
