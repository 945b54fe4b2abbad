using System;
using System.Collections.Generic;
using System.IO;

namespace Serf.Fuzz.Engine;

/// <summary>Makes new inputs from old ones. The same seed gives the same inputs.</summary>
internal sealed class Mutator
{
    private static readonly byte[] _edges = [0, 1, 0x7F, 0x80, 0x90, 0xA0, 0xC0, 0xC1, 0xDF, 0xFF];

    private readonly Random _random;
    private readonly List<byte[]> _words = [];
    private readonly byte[] _bytes;
    private int _length;

    public Mutator(int seed, int sizeMax, string? wordsPath)
    {
        _random = new Random(seed);
        _bytes = new byte[sizeMax];
        foreach (string line in wordsPath is null ? [] : File.ReadAllLines(wordsPath))
        {
            byte[] word = Convert.FromHexString(line);
            _words.Add(word);

            // As the name of a field, too.
            if (word.Length < 32)
            {
                _words.Add([(byte)(0xA0 | word.Length), .. word]);
            }
        }
    }

    public int Next(int count) => _random.Next(count);

    /// <summary>Valid until the next call.</summary>
    public ReadOnlySpan<byte> Mutate(byte[] parent, byte[] other)
    {
        _length = Math.Min(parent.Length, _bytes.Length);
        parent.AsSpan(0, _length).CopyTo(_bytes);
        for (int count = 1 << _random.Next(4); count > 0; count--)
        {
            Step(other);
        }

        return _bytes.AsSpan(0, _length);
    }

    private void Step(byte[] other)
    {
        int place = _random.Next(_length + 1);
        bool isInside = place < _length;
        switch (_random.Next(12))
        {
            case 0 when isInside:
                _bytes[place] ^= (byte)(1 << _random.Next(8));
                break;
            case 1 when isInside:
                _bytes[place] = (byte)_random.Next(256);
                break;
            case 2 when isInside:
                _bytes[place] += (byte)(_random.Next(35) - 17);
                break;
            case 3 when isInside:
                _bytes[place] = _edges[_random.Next(_edges.Length)];
                break;
            case 4:
                Replace(place, 0, [(byte)_random.Next(256)]);
                break;
            case 5 when isInside:
                Replace(place, 1 + _random.Next(Math.Min(_length - place, 16)), []);
                break;
            case 6 when isInside:
                Replace(place, _length - place, []);
                break;
            case 7:
                Replace(place, 0, Piece(_bytes.AsSpan(0, _length)).ToArray());
                break;
            case 8:
                Replace(place, 0, Piece(other));
                break;
            case 9 when other.Length > 0:
                Replace(place, _length - place, other.AsSpan(_random.Next(other.Length)));
                break;
            case 10 when _words.Count > 0:
                Replace(place, 0, _words[_random.Next(_words.Count)]);
                break;
            case 11 when _words.Count > 0:
                byte[] word = _words[_random.Next(_words.Count)];
                Replace(place, Math.Min(word.Length, _length - place), word);
                break;
            default:
                break;
        }
    }

    private ReadOnlySpan<byte> Piece(ReadOnlySpan<byte> source)
    {
        if (source.IsEmpty)
        {
            return source;
        }

        int start = _random.Next(source.Length);
        return source.Slice(start, 1 + _random.Next(Math.Min(source.Length - start, 64)));
    }

    private void Replace(int place, int count, ReadOnlySpan<byte> with)
    {
        int size = Math.Min(with.Length, _bytes.Length - _length + count);
        _bytes.AsSpan(place + count, _length - place - count).CopyTo(_bytes.AsSpan(place + size));
        with[..size].CopyTo(_bytes.AsSpan(place));
        _length += size - count;
    }
}
