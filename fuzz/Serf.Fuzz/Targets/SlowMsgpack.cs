using System;
using System.Buffers.Binary;
using Serf.Wire;

namespace Serf.Fuzz.Targets;

/// <summary>The end of one MessagePack value, found by recursion over the specification's table.</summary>
internal static class SlowMsgpack
{
    public static ReadStatus Skip(ReadOnlySpan<byte> source, int depthMax, out int size)
    {
        int position = 0;
        ReadStatus status = SkipValue(source, depthMax, ref position);
        size = position;
        return status;
    }

    private static ReadStatus SkipValue(ReadOnlySpan<byte> source, int depthLeft, ref int position)
    {
        if (position >= source.Length)
        {
            return ReadStatus.NeedMore;
        }

        byte code = source[position];
        position++;
        int lengthSize = LengthSize(code);
        if (source.Length - position < lengthSize)
        {
            return ReadStatus.NeedMore;
        }

        ReadOnlySpan<byte> tail = source.Slice(position, lengthSize);
        position += lengthSize;
        long length = lengthSize switch
        {
            1 => tail[0],
            2 => BinaryPrimitives.ReadUInt16BigEndian(tail),
            4 => BinaryPrimitives.ReadUInt32BigEndian(tail),
            _ => 0,
        };
        bool isMap = code is (>= 0x80 and <= 0x8F) or 0xDE or 0xDF;
        if (!isMap && code is not ((>= 0x90 and <= 0x9F) or 0xDC or 0xDD))
        {
            long content = length + FixedSize(code);
            if (content < 0)
            {
                return ReadStatus.Mismatch;
            }

            if (content > source.Length - position)
            {
                return ReadStatus.NeedMore;
            }

            position += (int)content;
            return ReadStatus.Ok;
        }

        if (depthLeft == 0)
        {
            return ReadStatus.TooLarge;
        }

        length = lengthSize == 0 ? code & 0x0F : length;
        for (long left = isMap ? 2 * length : length; left > 0; left--)
        {
            ReadStatus status = SkipValue(source, depthLeft - 1, ref position);
            if (status != ReadStatus.Ok)
            {
                return status;
            }
        }

        return ReadStatus.Ok;
    }

    private static int LengthSize(byte code) => code switch
    {
        0xC4 or 0xC7 or 0xD9 => 1,
        0xC5 or 0xC8 or 0xDA or 0xDC or 0xDE => 2,
        0xC6 or 0xC9 or 0xDB or 0xDD or 0xDF => 4,
        _ => 0,
    };

    private static int FixedSize(byte code) => code switch
    {
        >= 0xA0 and <= 0xBF => code & 0x1F,
        0xC1 => -1,
        0xC7 or 0xC8 or 0xC9 => 1,
        0xCC or 0xD0 => 1,
        0xCD or 0xD1 => 2,
        0xCA or 0xCE or 0xD2 => 4,
        0xCB or 0xCF or 0xD3 => 8,
        0xD4 => 2,
        0xD5 => 3,
        0xD6 => 5,
        0xD7 => 9,
        0xD8 => 17,
        _ => 0,
    };
}
