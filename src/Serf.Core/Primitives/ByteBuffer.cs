using System;
using System.Buffers;

namespace Serf.Primitives;

/// <summary>Growable output over pooled memory, with one owner at a time.</summary>
public sealed class ByteBuffer : IDisposable
{
    private byte[] _bytes = [];
    private int _length;

    public int Length => _length;

    /// <summary>Bytes of memory behind it.</summary>
    public int Capacity => _bytes.Length;

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    /// <summary>The same for an asynchronous write: valid until the buffer is changed.</summary>
    public ReadOnlyMemory<byte> WrittenMemory => _bytes.AsMemory(0, _length);

    /// <summary>What was written, still writable: to patch a length, or to change it in place.</summary>
    public Span<byte> WrittenForUpdate => _bytes.AsSpan(0, _length);

    /// <summary>
    /// At least <paramref name="size"/> writable bytes behind what was written; claim them
    /// with <see cref="Advance"/>.
    /// </summary>
    public Span<byte> GetSpan(int size)
    {
        if (_bytes.Length - _length < size)
        {
            Grow(size);
        }

        return _bytes.AsSpan(_length);
    }

    public void Advance(int size)
    {
        Invariant.Holds(size >= 0 && size <= _bytes.Length - _length);
        _length += size;
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        _length += bytes.Length;
    }

    public void WriteByte(byte value)
    {
        GetSpan(1)[0] = value;
        _length++;
    }

    /// <summary>Forgets what lies behind the first <paramref name="length"/> bytes.</summary>
    public void Truncate(int length)
    {
        Invariant.Holds(length >= 0 && length <= _length);
        _length = length;
    }

    /// <summary>Removes the first <paramref name="count"/> bytes.</summary>
    public void Consume(int count)
    {
        Invariant.Holds(count >= 0 && count <= _length);
        _bytes.AsSpan(count, _length - count).CopyTo(_bytes);
        _length -= count;
    }

    public void Clear() => _length = 0;

    /// <summary>Appends all of it to <paramref name="target"/> and leaves this buffer empty. An empty target
    /// takes the memory over, and nothing is copied.</summary>
    public void MoveTo(ByteBuffer target)
    {
        if (target._length == 0)
        {
            (_bytes, target._bytes) = (target._bytes, _bytes);
            target._length = _length;
        }
        else
        {
            target.Write(Written);
        }

        Dispose();
    }

    /// <summary>Empties the buffer and gives its memory back; it may be used again.</summary>
    public void Dispose()
    {
        Return();
        _bytes = [];
        _length = 0;
    }

    private void Grow(int size)
    {
        long wanted = Math.Max((long)_length + size, 2L * _length);
        int rented = (int)Math.Min(wanted, Array.MaxLength);
        byte[] larger = rented > Limits.PooledBufferSizeMax
            ? GC.AllocateUninitializedArray<byte>(rented)
            : ArrayPool<byte>.Shared.Rent(rented);
        _bytes.AsSpan(0, _length).CopyTo(larger);
        Return();
        _bytes = larger;
    }

    private void Return()
    {
        if (_bytes.Length is > 0 and <= Limits.PooledBufferSizeMax)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }
    }
}
