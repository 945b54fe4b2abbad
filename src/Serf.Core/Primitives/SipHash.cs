using System;
using System.Buffers.Binary;
using System.Numerics;

namespace Serf.Primitives;

/// <summary>
/// SipHash-2-4 (Aumasson and Bernstein, 2012): 64 bits of a text under a key of 128. Who does not know the
/// key finds no two texts with the same hash.
/// </summary>
internal readonly struct SipHash(ulong key0, ulong key1)
{
    /// <summary>The hash of two texts as one: it tells "ab", "c" from "a", "bc".</summary>
    public ulong Of(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        State state = new(key0, key1);
        state.Add(first);
        state.Add((ulong)first.Length);
        state.Add(second);
        return state.End((ulong)second.Length);
    }

    /// <summary>The hash of one text, as published.</summary>
    public ulong Of(ReadOnlySpan<byte> text)
    {
        State state = new(key0, key1);
        int whole = text.Length & ~7;
        state.Add(text[..whole]);
        return state.End(Last(text[whole..]) | ((ulong)text.Length << 56));
    }

    private static ulong Last(ReadOnlySpan<byte> rest)
    {
        Span<byte> word = stackalloc byte[8];
        word.Clear();
        rest.CopyTo(word);
        return BinaryPrimitives.ReadUInt64LittleEndian(word);
    }

    private ref struct State(ulong key0, ulong key1)
    {
        private ulong _a = key0 ^ 0x736f6d6570736575;
        private ulong _b = key1 ^ 0x646f72616e646f6d;
        private ulong _c = key0 ^ 0x6c7967656e657261;
        private ulong _d = key1 ^ 0x7465646279746573;

        /// <summary>A text, with zeros up to a whole word.</summary>
        public void Add(ReadOnlySpan<byte> text)
        {
            for (; text.Length >= 8; text = text[8..])
            {
                Add(BinaryPrimitives.ReadUInt64LittleEndian(text));
            }

            if (!text.IsEmpty)
            {
                Add(Last(text));
            }
        }

        public void Add(ulong word)
        {
            _d ^= word;
            Round();
            Round();
            _a ^= word;
        }

        public ulong End(ulong word)
        {
            Add(word);
            _c ^= 0xff;
            for (int round = 0; round < 4; round++)
            {
                Round();
            }

            return _a ^ _b ^ _c ^ _d;
        }

        private void Round()
        {
            _a += _b;
            _b = BitOperations.RotateLeft(_b, 13) ^ _a;
            _a = BitOperations.RotateLeft(_a, 32);
            _c += _d;
            _d = BitOperations.RotateLeft(_d, 16) ^ _c;
            _a += _d;
            _d = BitOperations.RotateLeft(_d, 21) ^ _a;
            _c += _b;
            _b = BitOperations.RotateLeft(_b, 17) ^ _c;
            _c = BitOperations.RotateLeft(_c, 32);
        }
    }
}
