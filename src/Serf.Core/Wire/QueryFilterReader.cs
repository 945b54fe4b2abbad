using System;
using Serf.Primitives;

namespace Serf.Wire;

/// <summary>
/// Walks the filters of a query. Each is a kind byte and a MessagePack body (spec serf 6.5).
/// </summary>
public ref struct QueryFilterReader
{
    private MsgpackReader _reader;
    private int _left;

    /// <param name="filters">As it stands on the wire; empty or nil has no elements.</param>
    public QueryFilterReader(ReadOnlySpan<byte> filters)
    {
        _reader = new(filters);
        Status = filters.IsEmpty
            ? ReadStatus.Ok
            : _reader.TryReadArrayHeader(Limits.PacketSizeMax, out _left);
    }

    /// <summary>After the last element: whether all of them could be read.</summary>
    public ReadStatus Status { get; private set; }

    /// <summary>Bytes walked over; all of the container after its last element.</summary>
    internal readonly int Consumed => _reader.Consumed;

    /// <summary>False at the end. A nil or empty element comes as an empty span.</summary>
    public bool TryNext(out ReadOnlySpan<byte> filter)
    {
        filter = default;
        if (Status != ReadStatus.Ok || _left == 0)
        {
            return false;
        }

        _left--;
        Status = _reader.TryReadBytes(Limits.StreamSizeMax, out filter);
        return Status == ReadStatus.Ok;
    }
}
