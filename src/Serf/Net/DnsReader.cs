using System;
using System.Buffers.Binary;

namespace Serf.Net;

/// <summary>
/// Steps through a message of the domain name system (RFC 1035, section 4.1): first its questions, then its
/// records. The counts of the header are only believed as far as the message reaches: every question and
/// record takes some of it.
/// </summary>
internal ref struct DnsReader
{
    public const int HeaderSize = 12;

    private readonly ReadOnlySpan<byte> _message;
    private int _offset;

    private DnsReader(ReadOnlySpan<byte> message)
    {
        _message = message;
        _offset = HeaderSize;
    }

    // header = id flags question-count answer-count authority-count additional-count, two bytes each
    public readonly ushort Id => Word(0);

    public readonly ushort Flags => Word(2);

    public readonly int QuestionCount => Word(4);

    public readonly int AnswerCount => Word(6);

    public readonly int AuthorityCount => Word(8);

    public readonly int AdditionalCount => Word(10);

    /// <returns>False when there is no whole header.</returns>
    public static bool TryOpen(ReadOnlySpan<byte> message, out DnsReader reader)
    {
        reader = new DnsReader(message);
        return message.Length >= HeaderSize;
    }

    // question = name type class
    /// <param name="name">At least <see cref="DnsName.SizeMax"/> bytes: the name in its wire form.</param>
    public bool TryReadQuestion(scoped Span<byte> name, out int nameSize, out ushort type, out ushort @class)
    {
        type = 0;
        @class = 0;
        if (!DnsName.TryRead(_message, ref _offset, name, out nameSize) || _message.Length - _offset < 4)
        {
            return false;
        }

        type = Word(_offset);
        @class = Word(_offset + 2);
        _offset += 4;
        return true;
    }

    // record = name type class time-to-live data-size data
    /// <returns>False when there is no whole record.</returns>
    public bool TryReadRecord(out DnsRecord record)
    {
        const int FixedSize = 10;
        record = default;
        int name = _offset;
        if (!DnsName.TrySkip(_message, ref _offset) || _message.Length - _offset < FixedSize)
        {
            return false;
        }

        int head = _offset;
        int size = Word(head + 8);
        _offset = head + FixedSize;
        if (_message.Length - _offset < size)
        {
            return false;
        }

        uint timeToLive = BinaryPrimitives.ReadUInt32BigEndian(_message[(head + 4)..]);
        record = new DnsRecord(name, Word(head), Word(head + 2), timeToLive, _offset, size);
        _offset += size;
        return true;
    }

    private readonly ushort Word(int offset) => BinaryPrimitives.ReadUInt16BigEndian(_message[offset..]);
}
