using System;
using Serf.Primitives;

namespace Serf.Wire;

/// <summary>Walks the user events of a push/pull, bucket by bucket, empty places left out.</summary>
public ref struct EventBucketReader
{
    private MsgpackReader _reader;
    private int _left;

    /// <param name="events">As it stands on the wire; empty or nil has no elements.</param>
    public EventBucketReader(ReadOnlySpan<byte> events)
    {
        _reader = new(events);
        Status = events.IsEmpty
            ? ReadStatus.Ok
            : _reader.TryReadArrayHeader(Limits.MemberCountMax, out _left);
    }

    /// <summary>After the last element: whether all of them could be read.</summary>
    public ReadStatus Status { get; private set; }

    /// <summary>Bytes walked over; all of the container after its last element.</summary>
    internal readonly int Consumed => _reader.Consumed;

    /// <param name="time">Lamport time of the bucket.</param>
    /// <param name="entries">To be walked with <see cref="EventEntryReader"/>.</param>
    public bool TryNext(out ulong time, out ReadOnlySpan<byte> entries)
    {
        time = 0;
        entries = default;
        while (Status == ReadStatus.Ok && _left > 0)
        {
            _left--;
            if (!_reader.TryReadNil())
            {
                ReadBucket(out time, out entries);
                return Status == ReadStatus.Ok;
            }
        }

        return false;
    }

    private void ReadBucket(out ulong time, out ReadOnlySpan<byte> entries)
    {
        time = 0;
        entries = default;
        FieldReader fields = new(_reader, "LTime Events"u8);
        while (fields.Next(out int field))
        {
            switch (field)
            {
                case 0: fields.Read(out time); break;
                default: ReadEntries(ref fields, out entries); break;
            }
        }

        Status = fields.End(ref _reader);
    }

    private static void ReadEntries(scoped ref FieldReader fields, out ReadOnlySpan<byte> entries)
    {
        ReadOnlySpan<byte> ahead = fields.Reader.Remaining;
        EventEntryReader walk = new(ahead);
        while (walk.TryNext(out _, out _))
        {
        }

        // As in a message, no bytes at all are missing bytes.
        bool isMissing = walk.Status == ReadStatus.Ok && walk.Consumed == 0;
        fields.Status = isMissing ? ReadStatus.NeedMore : walk.Status;
        entries = default;
        if (fields.Status == ReadStatus.Ok)
        {
            entries = ahead[..walk.Consumed];
            fields.Reader.Advance(walk.Consumed);
        }
    }
}
