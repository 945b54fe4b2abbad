using System;
using System.Buffers.Binary;

namespace Serf.Net;

/// <summary>
/// Writes the records of one answer, its names compressed as the original's peers do it: a name that came
/// before, or the end of one, is pointed at. One buffer for the life of the writer.
/// </summary>
internal sealed class DnsWriter
{
    // Ends of names that a pointer may lead to; what comes later is written in full.
    private const int TargetCountMax = 64;

    private readonly byte[] _message;
    private readonly int[] _targets = new int[TargetCountMax];
    private int _targetCount;
    private int _size;
    private int _recordCount;
    private bool _overflowed;

    /// <param name="sizeMax">Of a message; a record that does not fit is left out as a whole.</param>
    public DnsWriter(int sizeMax) => _message = new byte[sizeMax];

    /// <summary>The message as far as it is written.</summary>
    public ReadOnlySpan<byte> Message => _message.AsSpan(0, _size);

    public int RecordCount => _recordCount;

    /// <summary>Begins a message with no question in it.</summary>
    public void Begin(ushort id, ushort flags)
    {
        _message.AsSpan(0, DnsReader.HeaderSize).Clear();
        BinaryPrimitives.WriteUInt16BigEndian(_message, id);
        BinaryPrimitives.WriteUInt16BigEndian(_message.AsSpan(2), flags);
        _size = DnsReader.HeaderSize;
        _recordCount = 0;
        _targetCount = 0;
    }

    /// <summary>A record whose data is a name.</summary>
    public void AddPointer(ReadOnlySpan<byte> name, ReadOnlySpan<byte> target, uint timeToLive)
    {
        Mark mark = BeginRecord(name, DnsMessage.TypePtr, timeToLive);
        WriteName(target, isCompressed: true);
        EndRecord(mark);
    }

    /// <summary>A record that tells host and port; its name is never compressed (RFC 2782).</summary>
    public void AddService(
        ReadOnlySpan<byte> name,
        uint timeToLive,
        ushort priority,
        ushort weight,
        ushort port,
        ReadOnlySpan<byte> target)
    {
        Mark mark = BeginRecord(name, DnsMessage.TypeSrv, timeToLive);
        WriteWord(priority);
        WriteWord(weight);
        WriteWord(port);
        WriteName(target, isCompressed: false);
        EndRecord(mark);
    }

    /// <summary>A record whose data is what it is.</summary>
    public void Add(ReadOnlySpan<byte> name, ushort type, uint timeToLive, ReadOnlySpan<byte> data)
    {
        Mark mark = BeginRecord(name, type, timeToLive);
        Write(data);
        EndRecord(mark);
    }

    private Mark BeginRecord(ReadOnlySpan<byte> name, ushort type, uint timeToLive)
    {
        _overflowed = false;
        int start = _size;
        int targetCount = _targetCount;
        WriteName(name, isCompressed: true);
        WriteWord(type);
        WriteWord(DnsMessage.ClassInternet);
        WriteWord((ushort)(timeToLive >> 16));
        WriteWord((ushort)timeToLive);
        WriteWord(0);
        return new Mark(start, targetCount, _size);
    }

    private void EndRecord(Mark mark)
    {
        if (_overflowed)
        {
            _size = mark.Start;
            _targetCount = mark.TargetCount;
            return;
        }

        BinaryPrimitives.WriteUInt16BigEndian(
            _message.AsSpan(mark.Data - 2), (ushort)(_size - mark.Data));
        _recordCount++;
        BinaryPrimitives.WriteUInt16BigEndian(_message.AsSpan(6), (ushort)_recordCount);
    }

    private void WriteName(ReadOnlySpan<byte> name, bool isCompressed)
    {
        while (name[0] != 0)
        {
            int target = FindTarget(name);
            if (target > 0 && isCompressed)
            {
                WriteWord((ushort)((DnsName.PointerMark << 8) | target));
                return;
            }

            if (target == 0 && _targetCount < TargetCountMax && _size <= DnsName.PointerTargetMax)
            {
                _targets[_targetCount++] = _size;
            }

            int labelSize = 1 + name[0];
            Write(name[..labelSize]);
            name = name[labelSize..];
        }

        Write(name[..1]);
    }

    /// <returns>Where this name, or a name that ends with it, stands already; 0 for nowhere.</returns>
    private int FindTarget(ReadOnlySpan<byte> name)
    {
        Span<byte> known = stackalloc byte[DnsName.SizeMax];
        for (int index = 0; index < _targetCount; index++)
        {
            // The name being written now is not whole yet, and no name ends with itself.
            int offset = _targets[index];
            if (DnsName.TryRead(Message, ref offset, known, out int size)
                && known[..size].SequenceEqual(name))
            {
                return _targets[index];
            }
        }

        return 0;
    }

    private void WriteWord(ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        Write(bytes);
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        _overflowed |= bytes.Length > _message.Length - _size;
        if (!_overflowed)
        {
            bytes.CopyTo(_message.AsSpan(_size));
            _size += bytes.Length;
        }
    }

    /// <param name="Start">Of the record.</param>
    /// <param name="TargetCount">Before it.</param>
    /// <param name="Data">Where its data begins.</param>
    private readonly record struct Mark(int Start, int TargetCount, int Data);
}
