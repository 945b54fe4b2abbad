using System;
using Serf.Primitives;

namespace Serf.Wire;

/// <summary>Walks the entries of one bucket (spec serf 1.5).</summary>
public ref struct EventEntryReader
{
    private MsgpackReader _reader;
    private int _left;

    /// <param name="entries">As it stands on the wire; empty or nil has no elements.</param>
    public EventEntryReader(ReadOnlySpan<byte> entries)
    {
        _reader = new(entries);
        Status = entries.IsEmpty
            ? ReadStatus.Ok
            : _reader.TryReadArrayHeader(Limits.MemberCountMax, out _left);
    }

    /// <summary>After the last element: whether all of them could be read.</summary>
    public ReadStatus Status { get; private set; }

    /// <summary>Bytes walked over; all of the container after its last element.</summary>
    internal readonly int Consumed => _reader.Consumed;

    /// <summary>False at the end. A nil element is an entry without a name.</summary>
    public bool TryNext(out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> payload)
    {
        name = default;
        payload = default;
        if (Status != ReadStatus.Ok || _left == 0)
        {
            return false;
        }

        _left--;
        FieldReader fields = new(_reader, "Name Payload"u8);
        while (fields.Next(out int field))
        {
            switch (field)
            {
                case 0: fields.ReadText(out name); break;
                default: fields.ReadBytes(out payload); break;
            }
        }

        Status = fields.End(ref _reader);
        return Status == ReadStatus.Ok;
    }
}
