using System;
using System.Collections.Generic;
using Serf.Fuzz.Engine;
using Serf.Wire;

namespace Serf.Fuzz;

/// <summary>
/// A planted fault behind a type, a name, a number and a length that must fit each other. A fuzzer that does
/// not find it would find nothing.
/// </summary>
internal sealed class Canary : FuzzTarget
{
    public override int InputSizeMax => 256;

    public override IEnumerable<byte[]> Seeds() => [[0x81, 0xA1, 0x61, 0x01]];

    public override void Run(ReadOnlySpan<byte> input)
    {
        MsgpackReader reader = new(input);
        if (reader.TryReadMapHeader(16, out int count) != ReadStatus.Ok || count < 2)
        {
            return;
        }

        if (reader.TryReadKey(16, out ReadOnlySpan<byte> name) != ReadStatus.Ok || !name.SequenceEqual("Bird"u8))
        {
            return;
        }

        if (reader.TryReadUInt64(out ulong number) != ReadStatus.Ok || number is < 0xFFFF or > 0x7FFF_FFFF)
        {
            return;
        }

        if (reader.TryReadBytes(64, out ReadOnlySpan<byte> content) == ReadStatus.Ok && content.Length == count + 3)
        {
            throw new FuzzException("the canary sings");
        }
    }

    /// <summary>Searches; to be called in the instrumented copy, or out of it to see that it needs that.</summary>
    /// <returns>Executions it took, or -1.</returns>
    public static long Hunt(int seed, long countMax, string wordsPath)
    {
        Coverage.Forget();
        Canary canary = new();
        FuzzLoop loop = new(canary, seed, wordsPath);
        loop.Run(canary.Seeds(), countMax, TimeSpan.FromMinutes(1));
        return loop.Reason is FuzzException ? loop.ExecutionCount : -1;
    }
}
