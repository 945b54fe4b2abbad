using System;
using Serf.Primitives;

namespace Serf.Wire;

/// <summary>
/// Walks a list of text, such as the left members of a push/pull or the body of a node filter.
/// </summary>
public ref struct TextListReader
{
    private MsgpackReader _reader;
    private int _left;

    /// <param name="list">As it stands on the wire; empty or nil has no elements.</param>
    public TextListReader(ReadOnlySpan<byte> list)
    {
        _reader = new(list);
        Status = list.IsEmpty
            ? ReadStatus.Ok
            : _reader.TryReadArrayHeader(Limits.MemberCountMax, out _left);
    }

    /// <summary>After the last element: whether all of them could be read.</summary>
    public ReadStatus Status { get; private set; }

    /// <summary>Bytes walked over; all of the container after its last element.</summary>
    internal readonly int Consumed => _reader.Consumed;

    /// <summary>
    /// False at the end, and on the first element that is not text; <see cref="Status"/> tells which.
    /// </summary>
    public bool TryNext(out ReadOnlySpan<byte> text)
    {
        text = default;
        if (Status != ReadStatus.Ok || _left == 0)
        {
            return false;
        }

        _left--;
        Status = _reader.TryReadRaw(Limits.StreamSizeMax, out text);
        return Status == ReadStatus.Ok;
    }
}
