using System;
using System.Buffers.Binary;
using Serf.Primitives;

namespace Serf.Wire;

/// <summary>
/// Writes the forms peers write, into a span known to be large enough. With <c>modern</c>
/// off, text and bytes take the old raw forms of the gossip protocol (never d9, c4 to c6); with it on,
/// the str and bin forms of the RPC protocol.
/// </summary>
public ref struct MsgpackWriter
{
    private readonly Span<byte> _destination;
    private readonly bool _modern;
    private readonly bool _measuring;
    private int _written;

    public MsgpackWriter(Span<byte> destination, bool modern = false)
    {
        _destination = destination;
        _modern = modern;
    }

    private MsgpackWriter(bool modern)
    {
        _modern = modern;
        _measuring = true;
    }

    /// <summary>Bytes written so far.</summary>
    public readonly int Written => _written;

    /// <summary>
    /// A writer that stores nothing and only counts, so that one method both measures and writes.
    /// </summary>
    public static MsgpackWriter Measuring(bool modern = false) => new(modern);

    public void WriteNil() => WriteByte(MsgpackCode.Nil);

    public void WriteBool(bool value) => WriteByte(value ? MsgpackCode.True : MsgpackCode.False);

    public void WriteBool(ReadOnlySpan<byte> key, bool value)
    {
        WriteText(key);
        WriteBool(value);
    }

    // unsigned = 00..7f | cc BE8 | cd BE16 | ce BE32 | cf BE64, the shortest
    public void WriteUnsigned(ulong value)
    {
        switch (SizeOfUnsigned(value))
        {
            case 1:
                WriteByte((byte)value);
                break;
            case 2:
                WriteNumber(MsgpackCode.UInt8, 1, value);
                break;
            case 3:
                WriteNumber(MsgpackCode.UInt16, 2, value);
                break;
            case 5:
                WriteNumber(MsgpackCode.UInt32, 4, value);
                break;
            default:
                WriteNumber(MsgpackCode.UInt64, 8, value);
                break;
        }
    }

    public void WriteUnsigned(ReadOnlySpan<byte> key, ulong value)
    {
        WriteText(key);
        WriteUnsigned(value);
    }

    // signed = 00..7f | e0..ff | d0 BE8 | d1 BE16 | d2 BE32 | d3 BE64, the shortest; positive ones
    // too, so that 128 is d1 00 80
    public void WriteSigned(long value)
    {
        switch (SizeOfSigned(value))
        {
            case 1:
                WriteByte((byte)value);
                break;
            case 2:
                WriteNumber(MsgpackCode.Int8, 1, (ulong)value);
                break;
            case 3:
                WriteNumber(MsgpackCode.Int16, 2, (ulong)value);
                break;
            case 5:
                WriteNumber(MsgpackCode.Int32, 4, (ulong)value);
                break;
            default:
                WriteNumber(MsgpackCode.Int64, 8, (ulong)value);
                break;
        }
    }

    public void WriteSigned(ReadOnlySpan<byte> key, long value)
    {
        WriteText(key);
        WriteSigned(value);
    }

    public void WriteDouble(double value) =>
        WriteNumber(MsgpackCode.Float64, 8, BitConverter.DoubleToUInt64Bits(value));

    public void WriteDouble(ReadOnlySpan<byte> key, double value)
    {
        WriteText(key);
        WriteDouble(value);
    }

    // text = a0..bf | d9 BE8 (modern only) | da BE16 | db BE32, then the bytes
    public void WriteText(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length <= MsgpackCode.FixRawMax)
        {
            WriteByte((byte)(MsgpackCode.FixRaw + utf8.Length));
        }
        else if (_modern && utf8.Length <= byte.MaxValue)
        {
            WriteNumber(MsgpackCode.Raw8, 1, (ulong)utf8.Length);
        }
        else
        {
            WriteLength(MsgpackCode.Raw16, MsgpackCode.Raw32, utf8.Length);
        }

        WriteEncoded(utf8);
    }

    public void WriteText(ReadOnlySpan<byte> key, ReadOnlySpan<byte> utf8)
    {
        WriteText(key);
        WriteText(utf8);
    }

    /// <summary>The default span becomes nil; an empty one that points somewhere stays empty.</summary>
    // bytes = nil | text, or modern: nil | c4 BE8 | c5 BE16 | c6 BE32, then the bytes
    public void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsNil())
        {
            WriteNil();
            return;
        }

        if (!_modern)
        {
            WriteText(bytes);
            return;
        }

        if (bytes.Length <= byte.MaxValue)
        {
            WriteNumber(MsgpackCode.Bin8, 1, (ulong)bytes.Length);
        }
        else
        {
            WriteLength(MsgpackCode.Bin16, MsgpackCode.Bin32, bytes.Length);
        }

        WriteEncoded(bytes);
    }

    public void WriteBytes(ReadOnlySpan<byte> key, ReadOnlySpan<byte> bytes)
    {
        WriteText(key);
        WriteBytes(bytes);
    }

    // map = 80..8f | de BE16 | df BE32, then key and value for each entry
    public void WriteMapHeader(int count) =>
        WriteContainerHeader(MsgpackCode.FixMap, MsgpackCode.Map16, MsgpackCode.Map32, count);

    // array = 90..9f | dc BE16 | dd BE32, then each element
    public void WriteArrayHeader(int count) =>
        WriteContainerHeader(MsgpackCode.FixArray, MsgpackCode.Array16, MsgpackCode.Array32, count);

    /// <summary>Copies bytes that are MessagePack already.</summary>
    public void WriteEncoded(ReadOnlySpan<byte> encoded)
    {
        if (!_measuring)
        {
            encoded.CopyTo(_destination[_written..]);
        }

        _written += encoded.Length;
    }

    /// <summary>A byte as it is: the type byte in front of a message.</summary>
    public void WriteByte(byte value)
    {
        if (!_measuring)
        {
            _destination[_written] = value;
        }

        _written++;
    }

    public static int SizeOfUnsigned(ulong value) => value switch
    {
        <= MsgpackCode.PositiveFixMax => 1,
        <= byte.MaxValue => 2,
        <= ushort.MaxValue => 3,
        <= uint.MaxValue => 5,
        _ => 9,
    };

    public static int SizeOfSigned(long value) => value switch
    {
        >= -32 and <= MsgpackCode.PositiveFixMax => 1,
        >= sbyte.MinValue and <= sbyte.MaxValue => 2,
        >= short.MinValue and <= short.MaxValue => 3,
        >= int.MinValue and <= int.MaxValue => 5,
        _ => 9,
    };

    public static int SizeOfText(int length, bool modern = false) => length + length switch
    {
        <= MsgpackCode.FixRawMax => 1,
        <= byte.MaxValue when modern => 2,
        <= ushort.MaxValue => 3,
        _ => 5,
    };

    public static int SizeOfBytes(ReadOnlySpan<byte> bytes, bool modern = false)
    {
        if (bytes.IsNil())
        {
            return 1;
        }

        return modern && bytes.Length <= MsgpackCode.FixRawMax
            ? 2 + bytes.Length
            : SizeOfText(bytes.Length, modern);
    }

    public static int SizeOfContainer(int count) => count switch
    {
        <= MsgpackCode.FixContainerMax => 1,
        <= ushort.MaxValue => 3,
        _ => 5,
    };

    private void WriteContainerHeader(byte fix, byte code16, byte code32, int count)
    {
        if (count <= MsgpackCode.FixContainerMax)
        {
            WriteByte((byte)(fix + count));
            return;
        }

        WriteLength(code16, code32, count);
    }

    private void WriteLength(byte code16, byte code32, int length)
    {
        if (length <= ushort.MaxValue)
        {
            WriteNumber(code16, 2, (ulong)length);
        }
        else
        {
            WriteNumber(code32, 4, (ulong)length);
        }
    }

    private void WriteNumber(byte code, int size, ulong number)
    {
        if (!_measuring)
        {
            Span<byte> target = _destination.Slice(_written, 1 + size);
            target[0] = code;
            target = target[1..];
            switch (size)
            {
                case 1:
                    target[0] = (byte)number;
                    break;
                case 2:
                    BinaryPrimitives.WriteUInt16BigEndian(target, (ushort)number);
                    break;
                case 4:
                    BinaryPrimitives.WriteUInt32BigEndian(target, (uint)number);
                    break;
                default:
                    BinaryPrimitives.WriteUInt64BigEndian(target, number);
                    break;
            }
        }

        _written += 1 + size;
    }
}
