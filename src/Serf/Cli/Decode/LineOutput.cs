using System;
using System.IO;
using System.Text;

namespace Serf.Cli.Decode;

/// <summary>Collects small pieces of output and writes them in large ones.</summary>
internal sealed class LineOutput(TextWriter writer)
{
    private const int Size = 64 * 1024;

    // What one character may take: less room than that is none.
    private const int CharacterSize = 2;

    private readonly char[] _text = new char[Size];
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private int _length;

    /// <summary>UTF-8; a character may be split between two calls.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            if (Size - _length < CharacterSize)
            {
                Write();
            }

            _decoder.Convert(
                bytes, _text.AsSpan(_length), flush: false, out int taken, out int made, out bool isDone);
            bytes = bytes[taken..];
            _length += made;
            if (isDone)
            {
                return;
            }

            Write();
        }
    }

    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(ReadOnlySpan<char> text)
    {
        while (text.Length > Size - _length)
        {
            // Two halves of one character must come out together.
            int size = Size - _length;
            size -= size > 0 && char.IsHighSurrogate(text[size - 1]) ? 1 : 0;
            text[..size].CopyTo(_text.AsSpan(_length));
            _length += size;
            text = text[size..];
            Write();
        }

        text.CopyTo(_text.AsSpan(_length));
        _length += text.Length;
    }

    /// <exception cref="IOException">It cannot be written.</exception>
    public void Flush()
    {
        Write();
        writer.Flush();
    }

    private void Write()
    {
        writer.Write(_text, 0, _length);
        _length = 0;
    }
}
