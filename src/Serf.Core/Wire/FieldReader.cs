using System;
using Serf.Primitives;

namespace Serf.Wire;

/// <summary>
/// Walks a structure given as a map (keys in any order, unknown ones skipped), as an array (in declared
/// order, the surplus skipped) or as nil (no fields). The loop of a message is
/// <c>while (fields.Next(out int field)) { switch (field) { ... } }</c>, with one Read for each field; the
/// first that fails ends the loop, and <see cref="Status"/> tells why.
/// </summary>
internal ref struct FieldReader
{
    private const int Unknown = -1;

    private readonly ReadOnlySpan<byte> _names;
    private readonly bool _isArray;
    private readonly int _count;
    private int _next;

    /// <param name="reader">Stands before the structure. It is copied: see <see cref="End"/>.</param>
    /// <param name="names">The keys in declared order, parted by spaces.</param>
    public FieldReader(MsgpackReader reader, ReadOnlySpan<byte> names)
    {
        Reader = reader;
        _names = names;
        Status = Reader.TryReadMapHeader(Limits.MsgpackFieldCountMax, out _count);
        if (Status == ReadStatus.Mismatch)
        {
            Status = Reader.TryReadArrayHeader(Limits.MsgpackFieldCountMax, out _count);
            _isArray = true;
        }
    }

    /// <summary>Stands before the field's value when <see cref="Next"/> was true.</summary>
    public MsgpackReader Reader;

    /// <summary>
    /// How the walk went so far; a value read directly from <see cref="Reader"/> is reported here.
    /// </summary>
    public ReadStatus Status;

    /// <summary>Goes to the next known field.</summary>
    /// <param name="field">Its place in the declared order.</param>
    public bool Next(out int field)
    {
        while (Status == ReadStatus.Ok && _next < _count)
        {
            field = _next++;
            if (!_isArray)
            {
                Status = Reader.TryReadKey(Limits.MsgpackKeySizeMax, out ReadOnlySpan<byte> key);
                field = IndexOf(key);
            }

            if (Status != ReadStatus.Ok)
            {
                break;
            }

            if (field != Unknown && (!_isArray || field <= _names.Count((byte)' ')))
            {
                return true;
            }

            Status = Reader.TrySkip(Limits.MsgpackDepthMax);
        }

        field = Unknown;
        return false;
    }

    /// <summary>After the loop: on success moves <paramref name="reader"/> behind the structure.</summary>
    public readonly ReadStatus End(ref MsgpackReader reader)
    {
        if (Status == ReadStatus.Ok)
        {
            reader = Reader;
        }

        return Status;
    }

    public void Read(out bool value) => Status = Reader.TryReadBool(out value);

    public void Read(out byte value)
    {
        Status = Reader.TryReadUnsigned(byte.MaxValue, out ulong number);
        value = (byte)number;
    }

    public void Read(out ushort value)
    {
        Status = Reader.TryReadUnsigned(ushort.MaxValue, out ulong number);
        value = (ushort)number;
    }

    public void Read(out uint value)
    {
        Status = Reader.TryReadUnsigned(uint.MaxValue, out ulong number);
        value = (uint)number;
    }

    public void Read(out ulong value) => Status = Reader.TryReadUInt64(out value);

    public void Read(out long value) => Status = Reader.TryReadInt64(out value);

    public void Read(out double value) => Status = Reader.TryReadDouble(out value);

    public void ReadText(out ReadOnlySpan<byte> value) =>
        Status = Reader.TryReadRaw(Limits.StreamSizeMax, out value);

    public void ReadBytes(out ReadOnlySpan<byte> value, int limit = Limits.StreamSizeMax) =>
        Status = Reader.TryReadBytes(limit, out value);

    private readonly int IndexOf(ReadOnlySpan<byte> key)
    {
        ReadOnlySpan<byte> rest = _names;
        for (int index = 0; ; index++)
        {
            // The length first: a name of another length is not looked at.
            int size = rest.IndexOf((byte)' ');
            if (size == key.Length ? rest[..size].SequenceEqual(key) : size < 0 && rest.SequenceEqual(key))
            {
                return index;
            }

            if (size < 0)
            {
                return Unknown;
            }

            rest = rest[(size + 1)..];
        }
    }
}
