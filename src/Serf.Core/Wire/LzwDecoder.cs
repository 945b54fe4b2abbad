using System;
using Serf.Primitives;

namespace Serf.Wire;

/// <summary>
/// Reads what <see cref="LzwEncoder"/> and its likes write (spec gossip 2.4). Keeps its tables between calls.
/// An entry is a place in the output: the expansion of one code and the byte behind it.
/// </summary>
public sealed class LzwDecoder
{
    private const int CodeClear = 256;
    private const int CodeEnd = 257;
    private const int WidthMin = 9;
    private const int WidthMax = 12;

    private readonly int[] _starts = new int[1 << WidthMax];
    private readonly ushort[] _sizes = new ushort[1 << WidthMax];

    /// <summary>
    /// Appends the expansion to <paramref name="destination"/>, at most <paramref name="limit"/> bytes of
    /// it. NeedMore: the input ends before its end code. Mismatch: a code that cannot be there. Nothing is
    /// appended unless the result is Ok; what stands behind the end code is ignored.
    /// </summary>
    /// <param name="size">Bytes that were made, also when they came to nothing: what it has cost.</param>
    public ReadStatus Decode(ReadOnlySpan<byte> input, int limit, ByteBuffer destination, out int size)
    {
        int start = destination.Length;
        ReadStatus status = Expand(input, limit, destination, start, out size);
        destination.Truncate(status == ReadStatus.Ok ? start + size : start);
        return status;
    }

    private ReadStatus Expand(
        ReadOnlySpan<byte> input, int limit, ByteBuffer destination, int start, out int size)
    {
        BitSource bits = new(input);
        int width = WidthMin;
        int next = CodeEnd;
        int lastStart = 0;
        int lastSize = 0;
        Span<byte> output = default;
        size = 0;
        while (bits.TryTake(width, out int code))
        {
            if (code == CodeEnd)
            {
                return ReadStatus.Ok;
            }

            if (code == CodeClear)
            {
                width = WidthMin;
                next = CodeEnd;
                lastSize = 0;
                continue;
            }

            if (code > next)
            {
                return ReadStatus.Mismatch;
            }

            // The entry now completed ends with the first byte of this expansion, which may be its own:
            // noting it down before the copy, which runs forward, serves both.
            if (lastSize > 0)
            {
                _starts[next] = lastStart;
                _sizes[next] = (ushort)(lastSize + 1);
            }

            int codeSize = code < CodeClear ? 1 : _sizes[code];
            if (codeSize > limit - size)
            {
                return ReadStatus.TooLarge;
            }

            if (output.Length - size < codeSize)
            {
                output = Extend(destination, start, size, codeSize);
            }

            Put(code, codeSize, output, size);
            lastStart = size;
            lastSize = codeSize;
            size += codeSize;
            next++;
            if (next == 1 << WidthMax)
            {
                // Full: no more entries until a clear code.
                next--;
                lastSize = 0;
            }
            else if (next == 1 << width)
            {
                width++;
            }
        }

        return ReadStatus.NeedMore;
    }

    private void Put(int code, int codeSize, Span<byte> output, int target)
    {
        if (code < CodeClear)
        {
            output[target] = (byte)code;
            return;
        }

        int source = _starts[code];
        if (source + codeSize <= target)
        {
            output.Slice(source, codeSize).CopyTo(output[target..]);
            return;
        }

        for (int index = 0; index < codeSize; index++)
        {
            output[target + index] = output[source + index];
        }
    }

    private static Span<byte> Extend(ByteBuffer destination, int start, int used, int size)
    {
        // Claimed as a whole, so that growing keeps it; the caller gives back what it did not use.
        destination.Truncate(start + used);
        destination.Advance(destination.GetSpan(size).Length);
        return destination.WrittenForUpdate[start..];
    }

    private ref struct BitSource(ReadOnlySpan<byte> input)
    {
        private readonly ReadOnlySpan<byte> _input = input;
        private uint _bits;
        private int _bitCount;
        private int _position;

        public bool TryTake(int width, out int code)
        {
            code = 0;
            while (_bitCount < width)
            {
                if (_position == _input.Length)
                {
                    return false;
                }

                _bits |= (uint)_input[_position] << _bitCount;
                _position++;
                _bitCount += 8;
            }

            code = (int)(_bits & ((1u << width) - 1));
            _bits >>= width;
            _bitCount -= width;
            return true;
        }
    }
}
