using System;
using System.Numerics;
using Serf.Primitives;

namespace Serf.Wire;

/// <summary>
/// LZW with the least significant bit first, 8-bit literals and codes of 9 to 12 bits, byte for byte as peers
/// write it (spec gossip 2.4). Keeps its table between calls; an entry of an earlier run is told apart by its
/// stamp, so that the table is not cleared for every packet.
/// </summary>
public sealed class LzwEncoder
{
    private const int CodeClear = 256;
    private const int CodeEnd = 257;
    private const int CodeMax = 4095;
    private const int CodeNone = -1;
    private const int WidthMin = 9;
    private const int SlotBits = 13;
    private const int SlotMask = (1 << SlotBits) - 1;

    // stamp (32 bits) | prefix code (12) | next byte (8) | code (12); twice as many slots as codes.
    private readonly ulong[] _slots = new ulong[1 << SlotBits];
    private uint _stamp;

    // Where a run stands: the code that covers the bytes not yet put, or none; and the last entry made.
    private int _code = CodeNone;
    private int _last = CodeEnd;
    private BitState _bits;

    /// <summary>What <paramref name="inputSize"/> bytes take at the most.</summary>
    public static int SizeMax(int inputSize)
    {
        // No code is wider than 12 bits, and there are no more than: one for each byte, one clear for each
        // 3,837 of them, and four around them.
        long codeCount = inputSize + (inputSize / 3837) + 4L;
        return checked((int)(((codeCount * 12) + 7) / 8));
    }

    /// <summary>
    /// False when <paramref name="destination"/> is too small, which is noticed at once: a caller who gains
    /// nothing from a long result gives a short destination.
    /// </summary>
    public bool TryEncode(ReadOnlySpan<byte> input, Span<byte> destination, out int written)
    {
        BitSink sink = Open(destination);
        EncodeBytes(input, ref sink);
        Close(ref sink);
        written = sink.Overflowed ? 0 : sink.Written;
        return !sink.Overflowed;
    }

    /// <summary>Begins a run whose input comes in pieces: <see cref="Append"/>, then
    /// <see cref="End"/>.</summary>
    public void Begin(ByteBuffer destination)
    {
        BitSink sink = Open(destination.GetSpan(sizeof(uint)));
        Save(sink, destination);
    }

    public void Append(ReadOnlySpan<byte> input, ByteBuffer destination)
    {
        BitSink sink = new(destination.GetSpan(SizeMax(input.Length)), _bits);
        EncodeBytes(input, ref sink);
        Save(sink, destination);
    }

    public void End(ByteBuffer destination)
    {
        BitSink sink = new(destination.GetSpan(SizeMax(0)), _bits);
        Close(ref sink);
        Save(sink, destination);
    }

    private BitSink Open(Span<byte> destination)
    {
        BitSink sink = new(destination, new BitState(0, 0, WidthMin));
        sink.Put(CodeClear);
        _code = CodeNone;
        _last = CodeEnd;
        NextStamp();
        return sink;
    }

    private void Save(in BitSink sink, ByteBuffer destination)
    {
        Invariant.Holds(!sink.Overflowed);
        destination.Advance(sink.Written);
        _bits = sink.State;
    }

    private void EncodeBytes(ReadOnlySpan<byte> input, ref BitSink sink)
    {
        if (input.IsEmpty)
        {
            return;
        }

        ulong[] slots = _slots;
        int index = _code == CodeNone ? 1 : 0;
        int code = _code == CodeNone ? input[0] : _code;
        int last = _last;
        uint stamp = _stamp;
        for (; index < input.Length; index++)
        {
            uint pair = ((uint)code << 8) | input[index];
            ulong key = ((ulong)stamp << 20) | pair;
            int slot = (int)((pair * 2654435769u) >> (32 - SlotBits));
            ulong entry = slots[slot];
            while (entry >> 12 != key && (uint)(entry >> 32) == stamp)
            {
                slot = (slot + 1) & SlotMask;
                entry = slots[slot];
            }

            if (entry >> 12 == key)
            {
                code = (int)(entry & CodeMax);
                continue;
            }

            sink.Put(code);
            if (sink.Overflowed)
            {
                return;
            }

            code = input[index];
            last++;
            sink.WidenAt(last);
            if (last == CodeMax)
            {
                sink.Put(CodeClear);
                sink.Width = WidthMin;
                last = CodeEnd;
                NextStamp();
                stamp = _stamp;
            }
            else
            {
                slots[slot] = (key << 12) | (uint)last;
            }
        }

        _code = code;
        _last = last;
    }

    private void Close(ref BitSink sink)
    {
        if (_code != CodeNone)
        {
            // The last code counts as an entry too, though there is none: the widths must stay in step.
            sink.Put(_code);
            _last++;
            sink.WidenAt(_last);
            if (_last == CodeMax)
            {
                sink.Put(CodeClear);
                sink.Width = WidthMin;
            }
        }

        sink.Put(CodeEnd);
        sink.Finish();
    }

    private void NextStamp()
    {
        _stamp++;
        if (_stamp == 0)
        {
            Array.Clear(_slots);
            _stamp = 1;
        }
    }

    /// <summary>Bits not yet written as bytes, and the width of the next code.</summary>
    private readonly record struct BitState(uint Bits, int BitCount, int Width);

    private ref struct BitSink(Span<byte> destination, BitState state)
    {
        private readonly Span<byte> _destination = destination;
        private uint _bits = state.Bits;
        private int _bitCount = state.BitCount;

        public int Width { get; set; } = state.Width;

        public readonly BitState State => new(_bits, _bitCount, Width);

        public int Written { get; private set; }

        public bool Overflowed { get; private set; }

        public void Put(int code)
        {
            // A code is wider than a byte, and less than a byte is left of the one before: one byte, or two.
            uint bits = _bits | ((uint)code << _bitCount);
            int bitCount = _bitCount + Width - 8;
            PutByte((byte)bits);
            bits >>= 8;
            if (bitCount >= 8)
            {
                PutByte((byte)bits);
                bits >>= 8;
                bitCount -= 8;
            }

            _bits = bits;
            _bitCount = bitCount;
        }

        /// <summary>Codes grow by a bit when the number of entries reaches a power of two.</summary>
        public void WidenAt(int last)
        {
            if (BitOperations.IsPow2(last))
            {
                Width++;
            }
        }

        public void Finish()
        {
            if (_bitCount > 0)
            {
                PutByte((byte)_bits);
                _bits = 0;
                _bitCount = 0;
            }
        }

        private void PutByte(byte value)
        {
            int written = Written;
            if ((uint)written < (uint)_destination.Length)
            {
                _destination[written] = value;
                Written = written + 1;
            }
            else
            {
                Overflowed = true;
            }
        }
    }
}
