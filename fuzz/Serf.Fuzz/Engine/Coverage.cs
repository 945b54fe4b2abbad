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

    private static readonly byte[] _map = new byte[Size];
    private static readonly byte[] _seen = new byte[Size];
    private static readonly byte[] _classes = MakeClasses();
    private static int _previous;

    /// <summary>Places that any run came to.</summary>
    public static int EdgeCount { get; private set; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Hit(int block)
    {
        _map[(block ^ _previous) & (Size - 1)]++;
        _previous = block >> 1;
    }

    public static void Reset()
    {
        Array.Clear(_map);
        _previous = 0;
    }

    /// <summary>Whether the run since the last reset did what no run before it did; remembers it.</summary>
    public static bool TakeNew()
    {
        bool isNew = false;
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(_map);
        int word = words.IndexOfAnyExcept(0UL);
        while (word >= 0)
        {
            isNew |= TakeNew(word * sizeof(ulong));
            int step = words[(word + 1)..].IndexOfAnyExcept(0UL);
            word = step < 0 ? -1 : word + 1 + step;
        }

        return isNew;
    }

    /// <summary>Forgets all runs.</summary>
    public static void Forget()
    {
        Array.Clear(_seen);
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
