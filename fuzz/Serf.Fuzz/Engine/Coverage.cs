using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Serf.Fuzz.Engine;

/// <summary>
/// Which steps from one basic block to another a run took, and how often, in classes (1, 2, 3, 4 to 7 and so
/// on). The instrumented code calls <see cref="Hit"/> at the head of every block.
/// </summary>
public static class Coverage
{
    /// <summary>Places in the map; a power of two.</summary>
    public const int Size = 1 << 15;

    /// <summary>Blocks that can be told apart.</summary>
    public const int BlockCountMax = 1 << 16;

    private static readonly byte[] _map = new byte[Size];
    private static readonly bool[] _blocks = new bool[BlockCountMax];
    private static readonly byte[] _seen = new byte[Size];
    private static readonly byte[] _classes = MakeClasses();
    private static int _previous;

    /// <summary>Places that any run came to.</summary>
    public static int EdgeCount { get; private set; }

    /// <summary>Which blocks were run since <see cref="Forget"/>, by number.</summary>
    public static ReadOnlySpan<bool> Blocks => _blocks;

    /// <param name="place">A random number for the block, of which and its forerunner's the step's place in the
    /// map is made.</param>
    /// <param name="block">The number of the block.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Hit(int place, int block)
    {
        _map[(place ^ _previous) & (Size - 1)]++;
        _previous = place >> 1;
        _blocks[block] = true;
    }

    public static void Reset()
    {
        Array.Clear(_map);
        _previous = 0;
    }

    /// <summary>Whether the run since the last reset did what no run before it did; remembers it, and resets
    /// what the run has touched, which is far less than the whole map.</summary>
    public static bool TakeNew()
    {
        bool isNew = false;
        Span<ulong> words = MemoryMarshal.Cast<byte, ulong>(_map.AsSpan());
        int word = words.IndexOfAnyExcept(0UL);
        while (word >= 0)
        {
            isNew |= TakeNew(word * sizeof(ulong));
            words[word] = 0;
            int step = words[(word + 1)..].IndexOfAnyExcept(0UL);
            word = step < 0 ? -1 : word + 1 + step;
        }

        _previous = 0;
        return isNew;
    }

    /// <summary>Forgets all runs.</summary>
    public static void Forget()
    {
        Reset();
        Array.Clear(_seen);
        Array.Clear(_blocks);
        EdgeCount = 0;
    }

    private static bool TakeNew(int start)
    {
        bool isNew = false;
        for (int place = start; place < start + sizeof(ulong); place++)
        {
            byte fresh = (byte)(_classes[_map[place]] & ~_seen[place]);
            if (fresh != 0)
            {
                EdgeCount += _seen[place] == 0 ? 1 : 0;
                _seen[place] |= fresh;
                isNew = true;
            }
        }

        return isNew;
    }

    private static byte[] MakeClasses()
    {
        byte[] classes = new byte[256];
        for (int count = 1; count < classes.Length; count++)
        {
            classes[count] = count switch
            {
                1 => 1,
                2 => 2,
                3 => 4,
                < 8 => 8,
                < 16 => 16,
                < 32 => 32,
                < 128 => 64,
                _ => 128,
            };
        }

        return classes;
    }
}
