using System;
using System.Collections.Generic;
using Serf.Wire;

namespace Serf.Fuzz.Targets;

/// <summary>
/// The textbook's LZW decoder (least significant bit first, 8-bit literals, 9 to 12 bit codes), with a list
/// for each entry: nothing in it can be wrong in the way of the one that ships.
/// </summary>
internal static class SlowLzw
{
    private const int Clear = 256;
    private const int End = 257;

    public static ReadStatus Decode(ReadOnlySpan<byte> input, int limit, out List<byte> output)
    {
        output = [];
        Dictionary<int, List<byte>> table = [];
        List<byte>? last = null;
        int next = End + 1;
        int width = 9;
        long position = 0;
        while (position + width <= 8L * input.Length)
        {
            int code = 0;
            for (int bit = 0; bit < width; bit++, position++)
            {
                code |= ((input[(int)(position / 8)] >> (int)(position % 8)) & 1) << bit;
            }

            if (code == End)
            {
                return ReadStatus.Ok;
            }

            if (code == Clear)
            {
                table.Clear();
                last = null;
                next = End + 1;
                width = 9;
                continue;
            }

            List<byte>? entry = code < Clear ? [(byte)code]
                : table.TryGetValue(code, out List<byte>? known) ? known
                : code == next && last is not null ? [.. last, last[0]]
                : null;
            if (entry is null)
            {
                return ReadStatus.Mismatch;
            }

            if (output.Count + entry.Count > limit)
            {
                return ReadStatus.TooLarge;
            }

            output.AddRange(entry);
            if (last is not null && next < 4096)
            {
                table[next] = [.. last, entry[0]];
                next++;
            }

            // The code that will be read next may be the entry that is only then complete.
            width = next >= 2048 ? 12 : next >= 1024 ? 11 : next >= 512 ? 10 : 9;
            last = entry;
        }

        return ReadStatus.NeedMore;
    }
}
