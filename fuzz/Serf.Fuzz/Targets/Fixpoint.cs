using System;
using Serf.Core.Tests.Wire;
using Serf.Fuzz.Engine;
using Serf.Wire;

namespace Serf.Fuzz.Targets;

/// <summary>
/// What is read can be written in the size announced, and what is written is read as the same.
/// </summary>
internal static class Fixpoint
{
    public static void CheckSwim(string message, ReadOnlySpan<byte> body)
    {
        if (SwimRecoder.Recode(message, body, out byte[] once) != ReadStatus.Ok)
        {
            return;
        }

        int start = message == "pushNodeState" ? 0 : 1;
        ReadStatus status = SwimRecoder.Recode(message, once.AsSpan(start), out byte[] twice);
        Check(message, status, once, twice);
    }

    public static void CheckSerf(string message, ReadOnlySpan<byte> body)
    {
        if (SerfRecoder.Recode(message, body, out byte[] once) != ReadStatus.Ok)
        {
            return;
        }

        CheckInside(message, body);
        int start = message == "tags" ? 0 : 1;
        ReadStatus status = SerfRecoder.Recode(message, once.AsSpan(start), out byte[] twice);
        Check(message, status, once, twice);
    }

    // What a message carries along, which other code reads later.
    private static void CheckInside(string message, ReadOnlySpan<byte> body)
    {
        if (message == "relay" && SerfCodec.TryRead(body, out RelayHeader _, out ReadOnlySpan<byte> inner) == ReadStatus.Ok
            && inner.Length > 0 && inner[0] < SerfCodecTarget.ByType.Length && inner[0] != (byte)SerfMessageType.Relay)
        {
            CheckSerf(SerfCodecTarget.ByType[inner[0]], inner[1..]);
        }

        if (message == "query" && SerfCodec.TryRead(body, out QueryMessage query) == ReadStatus.Ok)
        {
            QueryFilterReader filters = new(query.Filters);
            while (filters.TryNext(out ReadOnlySpan<byte> filter))
            {
                if (filter.Length > 0)
                {
                    CheckSerf(filter[0] == 0 ? "filterNode" : "filterTag", filter[1..]);
                }
            }
        }
    }

    private static void Check(string message, ReadStatus status, byte[] once, byte[] twice)
    {
        FuzzException.Check(status == ReadStatus.Ok, $"{message}: what was written is refused: {status}");
        FuzzException.Check(once.AsSpan().SequenceEqual(twice), $"{message}: written and read, it is another");
    }
}
