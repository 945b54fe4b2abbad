using System;
using System.Buffers.Binary;
using System.Globalization;
using Serf.Primitives;

namespace Serf.Wire;

/// <summary>
/// Collects one message of a gossip stream as its bytes arrive: label (accepting side only), seal,
/// compression, then the message up to the end its own headers announce (spec gossip 3). Memory follows the
/// bytes that arrived, never a number that was announced, and no byte is scanned twice.
/// </summary>
public sealed class GossipStreamReader : IDisposable
{
    // 0a | BE32
    private const int FrameHeadSize = 5;

    private readonly Encryption? _encryption;
    private byte[] _label;
    private readonly ByteBuffer _received = new();
    private readonly ByteBuffer _expanded = new();
    private MsgpackScanner _scanner;
    private Stage _stage;

    // Offsets into the message: what was scanned, and where the object being scanned begins.
    private int _position;
    private int _objectStart;
    private int _bodyStart;
    private int _recordsStart;
    private long _recordsLeft;
    private int _contentSize;
    private bool _isExpanded;
    private bool _isOpened;

    /// <param name="label">The cluster label, empty for none.</param>
    /// <param name="expectLabel">
    /// True on the accepting side: dialled streams begin with the label header if there is a label.
    /// </param>
    /// <param name="encryption">The keys, null for none.</param>
    public GossipStreamReader(ReadOnlySpan<byte> label, bool expectLabel, Encryption? encryption = null)
    {
        _label = label.ToArray();
        _encryption = encryption;
        _stage = expectLabel ? Stage.Label : Stage.Type;
        _scanner.Reset();
    }

    private enum Stage : byte
    {
        Label,
        Type,
        Sealed,
        Compressed,

        /// <summary>The map of a message, or the one at its head.</summary>
        Header,
        Records,
        Content,
        Complete,
        Refused,
    }

    /// <summary>True: who hands streams in has taken the label off, and one that still bears a label is
    /// refused.</summary>
    public bool SkipLabelCheck { get; init; }

    /// <summary>True: <see cref="Label.IsAccepted"/> counts in place of equality.</summary>
    public bool LabelTransition { get; init; }

    /// <summary>The label that what is sealed on this stream is authenticated with, both ways.</summary>
    public byte[] AgreedLabel => _label;

    public StreamFault Fault { get; private set; }

    /// <summary>Text of the err reply for <see cref="Fault"/>, or null when none is sent.</summary>
    public string? ErrReply { get; private set; }

    /// <summary>Bytes of the sealed block, once it is there; 0 for a clear stream.</summary>
    public int SealedSize { get; private set; }

    /// <summary>Type of the complete message.</summary>
    public MessageType Type { get; private set; }

    /// <summary>
    /// The complete message behind its type byte. Push/pull: header, records and user state,
    /// already checked to be decodable and within the limits; user message: header and content;
    /// ping, ack, err: the map.
    /// </summary>
    public ReadOnlySpan<byte> Body =>
        _stage == Stage.Complete ? Message[_bodyStart.._position] : default;

    /// <summary>Bytes kept at the moment.</summary>
    public int HeldSize => _received.Length + _expanded.Length;

    /// <summary>The memory behind them: growing by doubling, up to twice of it.</summary>
    public int MemorySize => _received.Capacity + _expanded.Capacity;

    private ReadOnlySpan<byte> Message => _isExpanded ? _expanded.Written : _received.Written;

    /// <summary>
    /// Takes bytes as they come. Ok: the message is complete. NeedMore: go on reading. Else see
    /// <see cref="Fault"/>. Bytes behind the message are ignored.
    /// </summary>
    public ReadStatus Receive(ReadOnlySpan<byte> bytes)
    {
        if (_stage is not (Stage.Complete or Stage.Refused))
        {
            _received.Write(bytes);
        }

        while (true)
        {
            ReadStatus status = Step();
            if (status == ReadStatus.NeedMore && (_isExpanded || _isOpened))
            {
                // The end of the frame is the end of the stream; at that, peers close quietly before the
                // message has begun.
                bool isBegun = _stage is not (Stage.Type or Stage.Compressed);
                return Refuse(isBegun ? StreamFault.BodyMalformed : StreamFault.Truncated);
            }

            if (status != ReadStatus.Ok || _stage == Stage.Complete)
            {
                return status;
            }
        }
    }

    /// <summary>The other side will send no more: a message that is not complete now never will be.</summary>
    public void ReceiveEnd()
    {
        if (_stage is not (Stage.Complete or Stage.Refused))
        {
            bool isInLabel = _stage == Stage.Label && _received.Length > 0;
            Refuse(isInLabel ? StreamFault.LabelMalformed : StreamFault.Truncated);
        }
    }

    public void Dispose()
    {
        // What Body showed is gone with the memory.
        _stage = Stage.Refused;
        _received.Dispose();
        _expanded.Dispose();
    }

    /// <summary>Ok: on to the next stage.</summary>
    private ReadStatus Step() => _stage switch
    {
        Stage.Label => ReadLabel(),
        Stage.Type => ReadType(),
        Stage.Sealed => ReadSealed(),
        Stage.Compressed => ReadCompressed(),
        Stage.Header => ReadHeader(),
        Stage.Records => ReadRecord(),
        Stage.Content => ReadContent(),
        Stage.Complete => ReadStatus.Ok,
        _ => ReadStatus.Mismatch,
    };

    private ReadStatus ReadLabel()
    {
        ReadOnlySpan<byte> source = _received.Written;
        if (source.IsEmpty)
        {
            return ReadStatus.NeedMore;
        }

        ReadStatus status = Label.TryStrip(source, out ReadOnlySpan<byte> label, out ReadOnlySpan<byte> rest);
        if (status != ReadStatus.Ok)
        {
            return status == ReadStatus.NeedMore ? status : Refuse(StreamFault.LabelMalformed);
        }

        if (SkipLabelCheck ? !label.IsEmpty : !Label.IsAccepted(label, _label, LabelTransition))
        {
            return Refuse(SkipLabelCheck ? StreamFault.LabelDoubled : StreamFault.LabelMismatch);
        }

        if (LabelTransition && !SkipLabelCheck && !label.SequenceEqual(_label))
        {
            _label = label.ToArray();
        }

        _position = source.Length - rest.Length;
        _stage = Stage.Type;
        return ReadStatus.Ok;
    }

    private ReadStatus ReadType()
    {
        ReadOnlySpan<byte> message = Message;
        if (_position == message.Length)
        {
            return ReadStatus.NeedMore;
        }

        Type = (MessageType)message[_position];
        _position++;
        _bodyStart = _position;
        _objectStart = _position;
        bool isInside = _isExpanded || _isOpened;
        if (!isInside && Type != MessageType.Encrypt && _encryption is { RefusesClear: true })
        {
            return Refuse(
                StreamFault.NotSealed,
                "encryption is configured but remote state is not encrypted");
        }

        switch (Type)
        {
            case MessageType.Ping:
            case MessageType.Ack:
            case MessageType.PushPull:
            case MessageType.User:
            case MessageType.Err:
                _stage = Stage.Header;
                return ReadStatus.Ok;
            case MessageType.Compress when !_isExpanded:
                _stage = Stage.Compressed;
                return ReadStatus.Ok;
            case MessageType.Encrypt when !isInside:
                if (_encryption is { IsOn: true })
                {
                    _stage = Stage.Sealed;
                    return ReadStatus.Ok;
                }

                return Refuse(
                    StreamFault.Encrypted,
                    "remote state is encrypted and encryption is not configured");
            default:
                return Refuse(StreamFault.UnknownType);
        }
    }

    private ReadStatus ReadSealed()
    {
        ReadOnlySpan<byte> frame = _received.Written[(_bodyStart - 1)..];
        if (frame.Length < FrameHeadSize)
        {
            return ReadStatus.NeedMore;
        }

        uint size = BinaryPrimitives.ReadUInt32BigEndian(frame[1..]);
        if (size > Limits.StreamSizeMax)
        {
            string text = size.ToString(CultureInfo.InvariantCulture);
            return Refuse(StreamFault.TooLarge, $"remote node state is larger than limit ({text})");
        }

        if (frame.Length - FrameHeadSize < (int)size)
        {
            return ReadStatus.NeedMore;
        }

        Span<byte> associated = stackalloc byte[FrameHeadSize + Label.SizeMax];
        frame[..FrameHeadSize].CopyTo(associated);
        _label.CopyTo(associated[FrameHeadSize..]);
        SealedSize = (int)size;
        int start = _bodyStart - 1 + FrameHeadSize;
        SealFault fault = _encryption!.TryOpenEnd(
            _received, start, SealedSize, associated[..(FrameHeadSize + _label.Length)], out string? error);
        if (fault != SealFault.None || _received.Length == start)
        {
            return Refuse(StreamFault.SealBroken, error ?? "decrypted message is empty");
        }

        _isOpened = true;
        _position = start;
        _stage = Stage.Type;
        return ReadStatus.Ok;
    }

    private ReadStatus ReadCompressed()
    {
        ReadStatus status = ScanObject(Limits.StreamSizeMax, out ReadOnlySpan<byte> map);
        switch (status)
        {
            case ReadStatus.Ok:
                break;
            case ReadStatus.NeedMore:
                return status;
            case ReadStatus.TooLarge:
                return Refuse(StreamFault.TooLarge);
            default:
                return Refuse(StreamFault.CompressMalformed, "msgpack decode error");
        }

        if (SwimCodec.TryRead(map, out Compressed compressed) != ReadStatus.Ok)
        {
            return Refuse(StreamFault.CompressMalformed, "msgpack decode error");
        }

        if (compressed.Algorithm != 0)
        {
            string algorithm = compressed.Algorithm.ToString(CultureInfo.InvariantCulture);
            return Refuse(
                StreamFault.CompressMalformed,
                "cannot decompress unknown algorithm " + algorithm);
        }

        return Expand(compressed.Content);
    }

    private ReadStatus Expand(ReadOnlySpan<byte> content)
    {
        LzwDecoder decoder = new();
        string? error = decoder.Decode(content, Limits.StreamExpansionMax, _expanded, out int size) switch
        {
            ReadStatus.Ok => size == 0 ? "decompressed to nothing" : null,
            ReadStatus.NeedMore => "unexpected EOF",
            ReadStatus.TooLarge => "decompressed size exceeds limit",
            _ => "lzw: invalid code",
        };
        if (error is not null)
        {
            return Refuse(StreamFault.CompressMalformed, error);
        }

        _received.Dispose();
        _isExpanded = true;
        _position = 0;
        _stage = Stage.Type;
        return ReadStatus.Ok;
    }

    private ReadStatus ReadHeader()
    {
        // A map that may also come in a packet is held to the size of one.
        bool isLone = Type is not (MessageType.PushPull or MessageType.User);
        int sizeMax = isLone ? Limits.PacketSizeMax : Limits.StreamHeaderSizeMax;
        ReadStatus status = ScanObject(sizeMax, out ReadOnlySpan<byte> map);
        if (status != ReadStatus.Ok)
        {
            return RefuseBody(status);
        }

        MsgpackReader reader = new(map);
        switch (Type)
        {
            case MessageType.PushPull:
                return TakeHeader(ref reader);
            case MessageType.User:
                status = SwimCodec.TryRead(ref reader, out UserStreamHeader header);
                return TakeContentSize(status, header.MessageSize, Stage.Content);
            case MessageType.Ping:
                status = SwimCodec.TryRead(map, out Ping _);
                break;
            case MessageType.Ack:
                status = SwimCodec.TryRead(map, out Ack _);
                break;
            default:
                status = SwimCodec.TryRead(map, out ErrReply _);
                break;
        }

        if (status != ReadStatus.Ok)
        {
            return Refuse(StreamFault.BodyMalformed);
        }

        _stage = Stage.Complete;
        return ReadStatus.Ok;
    }

    private ReadStatus TakeHeader(ref MsgpackReader reader)
    {
        ReadStatus status = SwimCodec.TryRead(ref reader, out PushPullHeader header);
        if (status == ReadStatus.Ok && header.NodeCount is < 0 or > Limits.PushPullNodeCountMax)
        {
            status = ReadStatus.Mismatch;
        }

        _recordsLeft = header.NodeCount;
        _recordsStart = _position;
        return TakeContentSize(status, header.UserStateSize, Stage.Records);
    }

    private ReadStatus TakeContentSize(ReadStatus status, long size, Stage next)
    {
        if (status != ReadStatus.Ok || size is < 0 or > Limits.StreamSizeMax)
        {
            return Refuse(StreamFault.BodyMalformed);
        }

        _contentSize = (int)size;
        _stage = next;
        return ReadStatus.Ok;
    }

    private ReadStatus ReadRecord()
    {
        if (_recordsLeft == 0)
        {
            _stage = Stage.Content;
            return ReadStatus.Ok;
        }

        int sizeMax = Limits.StreamSizeMax - (_objectStart - _recordsStart);
        ReadStatus status = ScanObject(sizeMax, out ReadOnlySpan<byte> map);
        if (status != ReadStatus.Ok)
        {
            return RefuseBody(status);
        }

        MsgpackReader reader = new(map);
        if (SwimCodec.TryRead(ref reader, out NodeRecord _) != ReadStatus.Ok)
        {
            return Refuse(StreamFault.BodyMalformed);
        }

        _recordsLeft--;
        return ReadStatus.Ok;
    }

    private ReadStatus ReadContent()
    {
        if (Message.Length - _objectStart < _contentSize)
        {
            return ReadStatus.NeedMore;
        }

        _position = _objectStart + _contentSize;
        _stage = Stage.Complete;
        return ReadStatus.Ok;
    }

    /// <summary>Goes on with the object under way; at its end, shows all of it.</summary>
    private ReadStatus ScanObject(int sizeMax, out ReadOnlySpan<byte> found)
    {
        found = default;
        ReadOnlySpan<byte> message = Message;
        ReadStatus status = _scanner.Scan(message[_position..], Limits.MsgpackDepthMax, out int consumed);
        _position += consumed;
        if (_position - _objectStart > sizeMax)
        {
            return ReadStatus.TooLarge;
        }

        if (status == ReadStatus.Ok)
        {
            found = message[_objectStart.._position];
            _objectStart = _position;
        }

        return status;
    }

    private ReadStatus RefuseBody(ReadStatus status) => status switch
    {
        ReadStatus.NeedMore => status,
        ReadStatus.TooLarge => Refuse(StreamFault.TooLarge),
        _ => Refuse(StreamFault.BodyMalformed),
    };

    private ReadStatus Refuse(StreamFault fault, string? errReply = null)
    {
        Fault = fault;
        ErrReply = errReply;
        _stage = Stage.Refused;
        _received.Dispose();
        _expanded.Dispose();
        return fault == StreamFault.TooLarge ? ReadStatus.TooLarge : ReadStatus.Mismatch;
    }
}
