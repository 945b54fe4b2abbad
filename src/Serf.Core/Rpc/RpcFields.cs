using System;
using System.Collections.Generic;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Rpc;

/// <summary>
/// Walks over one record in any of its forms: a map with keys in any order, an array in the declared order,
/// or nil (spec rpc 2.2). Unknown keys are skipped; after a failed read nothing more is read.
/// </summary>
internal ref struct RpcFields
{
    private readonly ReadOnlySpan<byte[]> _names;
    private readonly bool _isMap;
    private MsgpackReader _reader;
    private int _left;
    private int _index;

    /// <param name="source">Begins with the record.</param>
    /// <param name="names">The fields in declared order.</param>
    public RpcFields(ReadOnlySpan<byte> source, ReadOnlySpan<byte[]> names)
    {
        _names = names;
        _reader = new(source);
        if (_reader.TryReadNil())
        {
            return;
        }

        byte code = source.IsEmpty ? (byte)0 : source[0];
        _isMap = code is (>= 0x80 and <= 0x8F) or 0xDE or 0xDF;
        Status = _isMap
            ? _reader.TryReadMapHeader(Limits.RpcAnswerSizeMax, out _left)
            : _reader.TryReadArrayHeader(Limits.RpcAnswerSizeMax, out _left);
    }

    /// <summary>How it went so far.</summary>
    public ReadStatus Status { get; private set; }

    /// <summary>Bytes of the record read so far; all of it once <see cref="Next"/> is false.</summary>
    public readonly int Consumed => _reader.Consumed;

    /// <summary>Moves to the next known field; its value must be read before the next call.</summary>
    public bool Next(out int field)
    {
        field = -1;
        while (Status == ReadStatus.Ok && _left > 0)
        {
            _left--;
            if (_isMap)
            {
                Status = _reader.TryReadKey(Limits.RpcRequestSizeMax, out ReadOnlySpan<byte> key);
                field = Status == ReadStatus.Ok ? Find(key) : -1;
            }
            else
            {
                field = _index < _names.Length ? _index : -1;
                _index++;
            }

            if (field >= 0)
            {
                return true;
            }

            if (Status == ReadStatus.Ok)
            {
                Status = _reader.TrySkip(Limits.MsgpackDepthMax);
            }
        }

        return false;
    }

    public bool Bool()
    {
        Status = _reader.TryReadBool(out bool value);
        return value;
    }

    public ulong Unsigned(ulong max = ulong.MaxValue)
    {
        Status = _reader.TryReadUnsigned(max, out ulong value);
        return value;
    }

    public int Int32()
    {
        Status = _reader.TryReadInt64(out long value);
        if (Status == ReadStatus.Ok && value is < int.MinValue or > int.MaxValue)
        {
            Status = ReadStatus.Mismatch;
        }

        return Status == ReadStatus.Ok ? (int)value : 0;
    }

    public long Int64()
    {
        Status = _reader.TryReadInt64(out long value);
        return value;
    }

    public ByteString Name()
    {
        Status = _reader.TryReadRaw(Limits.RpcRequestSizeMax, out ReadOnlySpan<byte> value);
        return ByteString.Copy(value);
    }

    public string Text()
    {
        Status = _reader.TryReadRaw(Limits.RpcRequestSizeMax, out ReadOnlySpan<byte> value);
        return value.IsEmpty ? "" : ByteText.FromBytes(value);
    }

    /// <returns>Null for nil, which is not the same as no bytes.</returns>
    public byte[]? Bytes()
    {
        if (_reader.TryReadNil())
        {
            return null;
        }

        Status = _reader.TryReadBytes(Limits.RpcRequestSizeMax, out ReadOnlySpan<byte> value);
        return value.ToArray();
    }

    public List<ByteString> Names()
    {
        List<ByteString> names = [];
        if (_reader.TryReadNil())
        {
            return names;
        }

        Status = _reader.TryReadArrayHeader(Limits.RpcListCountMax, out int count);
        for (int index = 0; index < count && Status == ReadStatus.Ok; index++)
        {
            names.Add(Name());
        }

        return names;
    }

    public List<KeyValuePair<ByteString, ByteString>> Pairs(int limit = Limits.RpcListCountMax)
    {
        List<KeyValuePair<ByteString, ByteString>> pairs = [];
        if (_reader.TryReadNil())
        {
            return pairs;
        }

        Status = _reader.TryReadMapHeader(limit, out int count);
        for (int index = 0; index < count && Status == ReadStatus.Ok; index++)
        {
            Status = _reader.TryReadKey(Limits.RpcRequestSizeMax, out ReadOnlySpan<byte> key);
            if (Status == ReadStatus.Ok)
            {
                pairs.Add(new(ByteString.Copy(key), Name()));
            }
        }

        return pairs;
    }

    /// <summary>The header of a map, whose keys and values follow one by one.</summary>
    public int MapHeader(int limit)
    {
        if (_reader.TryReadNil())
        {
            return 0;
        }

        Status = _reader.TryReadMapHeader(limit, out int count);
        return count;
    }

    public ByteString Key()
    {
        Status = _reader.TryReadKey(Limits.RpcRequestSizeMax, out ReadOnlySpan<byte> key);
        return ByteString.Copy(key);
    }

    /// <summary>The header of a list of records, each to be read from <see cref="Remaining"/>.</summary>
    public int ListHeader(int limit)
    {
        if (_reader.TryReadNil())
        {
            return 0;
        }

        Status = _reader.TryReadArrayHeader(limit, out int count);
        return count;
    }

    public readonly ReadOnlySpan<byte> Remaining => _reader.Remaining;

    /// <summary>
    /// Steps over what somebody else has read, or failed to read, from <see cref="Remaining"/>.
    /// </summary>
    public void SkipRead(ReadStatus status) =>
        Status = status == ReadStatus.Ok ? _reader.TrySkip(Limits.MsgpackDepthMax) : status;

    private readonly int Find(ReadOnlySpan<byte> key)
    {
        for (int index = 0; index < _names.Length; index++)
        {
            if (key.SequenceEqual(_names[index]))
            {
                return index;
            }
        }

        return -1;
    }
}
