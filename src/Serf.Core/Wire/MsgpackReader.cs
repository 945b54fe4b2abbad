using System;
using System.Buffers.Binary;
using Serf.Primitives;

namespace Serf.Wire;

/// <summary>
/// Borrows MessagePack values from a span, by status. A failed read leaves the position alone. It takes every
/// form that peers of any age take (spec gossip 1.3, serf 1.2, rpc 2.2); nil is the zero value of every kind.
/// </summary>
public ref partial struct MsgpackReader
{
    private readonly ReadOnlySpan<byte> _source;
    private int _position;

    public MsgpackReader(ReadOnlySpan<byte> source) => _source = source;

    /// <summary>Bytes read so far.</summary>
    public readonly int Consumed => _position;

    public readonly ReadOnlySpan<byte> Remaining => _source[_position..];

    /// <summary>Takes a nil if the next value is one.</summary>
    public bool TryReadNil()
    {
        if (_position < _source.Length && _source[_position] == MsgpackCode.Nil)
        {
            _position++;
            return true;
        }

        return false;
    }

    // bool = c2 | c3, and by peers' leave 00 | 01 | nil
    public ReadStatus TryReadBool(out bool value)
    {
        value = false;
        if (_position >= _source.Length)
        {
            return ReadStatus.NeedMore;
        }

        byte code = _source[_position];
        if (code is not (MsgpackCode.False or MsgpackCode.True or 0 or 1 or MsgpackCode.Nil))
        {
            return ReadStatus.Mismatch;
        }

        value = code is MsgpackCode.True or 1;
        _position++;
        return ReadStatus.Ok;
    }

    /// <summary>Any integer form that is not negative.</summary>
    public ReadStatus TryReadUInt64(out ulong value) => TryReadUnsigned(ulong.MaxValue, out value);

    /// <summary>
    /// As <see cref="TryReadUInt64"/>, with anything above <paramref name="max"/> a mismatch.
    /// </summary>
    public ReadStatus TryReadUnsigned(ulong max, out ulong value)
    {
        value = 0;
        ReadStatus status = PeekInteger(out ulong bits, out bool negative, out int size);
        if (status != ReadStatus.Ok)
        {
            return status;
        }

        if (negative || bits > max)
        {
            return ReadStatus.Mismatch;
        }

        value = bits;
        _position += size;
        return ReadStatus.Ok;
    }

    /// <summary>
    /// Any integer form; an unsigned one above the signed range wraps to negative, as it does at peers.
    /// </summary>
    public ReadStatus TryReadInt64(out long value)
    {
        value = 0;
        ReadStatus status = PeekInteger(out ulong bits, out _, out int size);
        if (status == ReadStatus.Ok)
        {
            value = (long)bits;
            _position += size;
        }

        return status;
    }

    // float = ca BE32 | cb BE64, and by peers' leave any integer
    public ReadStatus TryReadDouble(out double value)
    {
        value = 0;
        if (_position >= _source.Length)
        {
            return ReadStatus.NeedMore;
        }

        byte code = _source[_position];
        ReadStatus status;
        int size;
        if (code is MsgpackCode.Float32 or MsgpackCode.Float64)
        {
            size = code == MsgpackCode.Float32 ? 4 : 8;
            status = PeekNumber(size, out ulong bits);
            value = size == 4
                ? BitConverter.UInt32BitsToSingle((uint)bits)
                : BitConverter.UInt64BitsToDouble(bits);
            size++;
        }
        else
        {
            status = PeekInteger(out ulong bits, out bool negative, out size);
            value = negative ? (long)bits : bits;
        }

        _position += status == ReadStatus.Ok ? size : 0;
        return status;
    }

    /// <summary>
    /// Text or bytes in any raw, str or bin form; nil gives the default span. <paramref name="limit"/> is
    /// checked before the length is believed.
    /// </summary>
    public ReadStatus TryReadRaw(int limit, out ReadOnlySpan<byte> value)
    {
        value = default;
        return TryReadNil() ? ReadStatus.Ok : TryReadKey(limit, out value);
    }

    /// <summary>As <see cref="TryReadRaw"/>, but nil is a mismatch: the key of a map.</summary>
    public ReadStatus TryReadKey(int limit, out ReadOnlySpan<byte> value)
    {
        value = default;
        ReadStatus status = PeekRawHeader(out int header, out uint length);
        if (status != ReadStatus.Ok)
        {
            return status;
        }

        if (length > (uint)limit)
        {
            return ReadStatus.TooLarge;
        }

        if (_source.Length - _position - header < (int)length)
        {
            return ReadStatus.NeedMore;
        }

        value = _source.Slice(_position + header, (int)length);
        _position += header + (int)length;
        return ReadStatus.Ok;
    }

    /// <summary>
    /// A byte array: as <see cref="TryReadRaw"/>, or a list (or map) of integers up to 255. Only those cannot
    /// be borrowed; they are copied into new memory, never more than the bytes present.
    /// </summary>
    public ReadStatus TryReadBytes(int limit, out ReadOnlySpan<byte> value)
    {
        ReadStatus status = TryReadRaw(limit, out value);
        if (status != ReadStatus.Mismatch)
        {
            return status;
        }

        MsgpackReader ahead = this;
        status = ahead.TryReadArrayHeader(limit, out int count);
        if (status == ReadStatus.Mismatch)
        {
            status = ahead.TryReadMapHeader(limit / 2, out count);
            count *= 2;
        }

        if (status != ReadStatus.Ok)
        {
            return status;
        }

        // Every integer takes a byte at least.
        if (count > ahead.Remaining.Length)
        {
            return ReadStatus.NeedMore;
        }

        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++)
        {
            status = ahead.TryReadUnsigned(byte.MaxValue, out ulong element);
            if (status != ReadStatus.Ok)
            {
                return status;
            }

            bytes[i] = (byte)element;
        }

        value = bytes;
        this = ahead;
        return ReadStatus.Ok;
    }

    // map = 80..8f | de BE16 | df BE32, then key and value for each entry
    public ReadStatus TryReadMapHeader(int limit, out int count) =>
        TryReadContainerHeader(MsgpackCode.FixMap, MsgpackCode.Map16, limit, out count);

    // array = 90..9f | dc BE16 | dd BE32, then each element
    public ReadStatus TryReadArrayHeader(int limit, out int count) =>
        TryReadContainerHeader(MsgpackCode.FixArray, MsgpackCode.Array16, limit, out count);

    /// <summary>Steps over bytes that were looked at through <see cref="Remaining"/>.</summary>
    internal void Advance(int size)
    {
        Invariant.Holds(size >= 0 && size <= _source.Length - _position);
        _position += size;
    }

    private ReadStatus TryReadContainerHeader(byte fix, byte code16, int limit, out int count)
    {
        count = 0;
        if (_position >= _source.Length)
        {
            return ReadStatus.NeedMore;
        }

        byte code = _source[_position];
        int size = 0;
        ulong announced = 0;
        if ((code & 0xf0) == fix)
        {
            announced = (ulong)(code - fix);
        }
        else if (code == code16 || code == code16 + 1)
        {
            size = code == code16 ? 2 : 4;
            ReadStatus status = PeekNumber(size, out announced);
            if (status != ReadStatus.Ok)
            {
                return status;
            }
        }
        else if (code != MsgpackCode.Nil)
        {
            return ReadStatus.Mismatch;
        }

        if (announced > (ulong)limit)
        {
            return ReadStatus.TooLarge;
        }

        count = (int)announced;
        _position += 1 + size;
        return ReadStatus.Ok;
    }

    // raw = a0..bf | d9 BE8 | da BE16 | db BE32 | c4 BE8 | c5 BE16 | c6 BE32, then that many bytes
    private readonly ReadStatus PeekRawHeader(out int header, out uint length)
    {
        header = 1;
        length = 0;
        if (_position >= _source.Length)
        {
            return ReadStatus.NeedMore;
        }

        byte code = _source[_position];
        if (code is >= MsgpackCode.FixRaw and <= MsgpackCode.FixRawLast)
        {
            length = (uint)(code - MsgpackCode.FixRaw);
            return ReadStatus.Ok;
        }

        int size = code switch
        {
            MsgpackCode.Raw8 or MsgpackCode.Bin8 => 1,
            MsgpackCode.Raw16 or MsgpackCode.Bin16 => 2,
            MsgpackCode.Raw32 or MsgpackCode.Bin32 => 4,
            _ => 0,
        };
        if (size == 0)
        {
            return ReadStatus.Mismatch;
        }

        header += size;
        ReadStatus status = PeekNumber(size, out ulong announced);
        length = (uint)announced;
        return status;
    }

    // integer = 00..7f | cc BE8 | cd BE16 | ce BE32 | cf BE64 | d0 BE8 | d1 BE16 | d2 BE32 | d3 BE64 |
    // e0..ff | nil
    private readonly ReadStatus PeekInteger(out ulong bits, out bool negative, out int size)
    {
        bits = 0;
        negative = false;
        size = 1;
        if (_position >= _source.Length)
        {
            return ReadStatus.NeedMore;
        }

        byte code = _source[_position];
        ReadStatus status = ReadStatus.Ok;
        if (code <= MsgpackCode.PositiveFixMax)
        {
            bits = code;
        }
        else if (code >= MsgpackCode.NegativeFix)
        {
            bits = (ulong)(sbyte)code;
            negative = true;
        }
        else if (code is >= MsgpackCode.UInt8 and <= MsgpackCode.UInt64)
        {
            size = 1 << (code - MsgpackCode.UInt8);
            status = PeekNumber(size, out bits);
            size++;
        }
        else if (code is >= MsgpackCode.Int8 and <= MsgpackCode.Int64)
        {
            size = 1 << (code - MsgpackCode.Int8);
            status = PeekNumber(size, out bits);
            int unused = 64 - (8 * size);
            bits = (ulong)((long)(bits << unused) >> unused);
            negative = (long)bits < 0;
            size++;
        }
        else if (code != MsgpackCode.Nil)
        {
            status = ReadStatus.Mismatch;
        }

        return status;
    }

    /// <summary>The big endian number behind the code that is next.</summary>
    private readonly ReadStatus PeekNumber(int size, out ulong number)
    {
        number = 0;
        ReadOnlySpan<byte> bytes = _source[(_position + 1)..];
        if (bytes.Length < size)
        {
            return ReadStatus.NeedMore;
        }

        number = size switch
        {
            1 => bytes[0],
            2 => BinaryPrimitives.ReadUInt16BigEndian(bytes),
            4 => BinaryPrimitives.ReadUInt32BigEndian(bytes),
            _ => BinaryPrimitives.ReadUInt64BigEndian(bytes),
        };
        return ReadStatus.Ok;
    }
}
