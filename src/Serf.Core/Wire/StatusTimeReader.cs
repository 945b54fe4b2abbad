using System;
using Serf.Primitives;

namespace Serf.Wire;

/// <summary>Walks the status times of a push/pull. A name may come twice: the last one counts.</summary>
public ref struct StatusTimeReader
{
    private MsgpackReader _reader;
    private int _left;

    /// <param name="statuses">As it stands on the wire; empty or nil has no elements.</param>
    public StatusTimeReader(ReadOnlySpan<byte> statuses)
    {
        _reader = new(statuses);
        Status = statuses.IsEmpty
            ? ReadStatus.Ok
            : _reader.TryReadMapHeader(Limits.MemberCountMax, out _left);
    }

    /// <summary>After the last element: whether all of them could be read.</summary>
    public ReadStatus Status { get; private set; }

    /// <summary>Bytes walked over; all of the container after its last element.</summary>
    internal readonly int Consumed => _reader.Consumed;

    /// <summary>False at the end.</summary>
    public bool TryNext(out ReadOnlySpan<byte> name, out ulong time)
    {
        name = default;
        time = 0;
        if (Status != ReadStatus.Ok || _left == 0)
        {
            return false;
        }

        _left--;
        Status = _reader.TryReadKey(Limits.StreamSizeMax, out name);
        if (Status == ReadStatus.Ok)
        {
            Status = _reader.TryReadUInt64(out time);
        }

        return Status == ReadStatus.Ok;
    }
}
