using System;
using System.Buffers.Binary;
using Serf.Primitives;

namespace Serf.Wire;

/// <summary>
/// Writes one outgoing stream message with the layers around it (spec gossip 3.1): label header (dialling
/// side only), sealed frame, compress message. The message comes in pieces and is compressed as it comes, so
/// that a state of many megabytes is in memory once: as it will be sent, sealed in place.
/// </summary>
public sealed class GossipStreamWriter
{
    // 0a | BE32
    private const int FrameHeadSize = 5;

    // Above what all layers add, and one more piece.
    private const int RoomSize = 1024;

    private readonly byte[] _label;
    private readonly Encryption? _encryption;

    // Streams are rare beside packets: the encoder's table is made for each, and not kept.
    private readonly bool _compress;
    private LzwEncoder? _encoder;

    private ByteBuffer? _output;
    private int _frameStart;
    private int _plainStart;
    private int _contentStart;
    private byte[] _agreedLabel;

    /// <param name="label">The cluster label, empty for none.</param>
    /// <param name="compress">Put every message into a compress message, even if that makes it larger, as
    /// every peer does.</param>
    /// <param name="encryption">The keys, null for none.</param>
    public GossipStreamWriter(ReadOnlySpan<byte> label, bool compress, Encryption? encryption = null)
    {
        Invariant.Holds(label.Length <= Label.SizeMax);
        _label = label.ToArray();
        _agreedLabel = _label;
        _compress = compress;
        _encryption = encryption;
    }

    /// <summary>Begins a message at the end of <paramref name="destination"/>.</summary>
    /// <param name="dials">The accepting side's answer bears no label header.</param>
    /// <param name="destination">Must not be touched before <see cref="End"/>.</param>
    /// <param name="sizeHint">About how long the message will be: memory that is asked for at once need not
    /// grow by copying.</param>
    /// <param name="agreedLabel">What the dialling side said, if that need not be our label.</param>
    public void Begin(bool dials, ByteBuffer destination, int sizeHint = 0, byte[]? agreedLabel = null)
    {
        Invariant.Holds(_output is null);
        _output = destination;
        _agreedLabel = agreedLabel ?? _label;

        // Records repeat their field names, so a state shrinks to half of its size and less.
        destination.GetSpan((_compress ? sizeHint / 2 : sizeHint) + RoomSize);
        if (dials)
        {
            destination.Advance(Label.Write(_label, destination.GetSpan(Label.HeaderSize(_label))));
        }

        _frameStart = destination.Length;
        if (_encryption is { Seals: true })
        {
            Skip(FrameHeadSize + Sealing.HeaderSize);
        }

        _plainStart = destination.Length;
        if (_compress)
        {
            Skip(CompressHeader.SizeMax);
            _contentStart = destination.Length;
            _encoder = new LzwEncoder();
            _encoder.Begin(destination);
        }
    }

    /// <summary>The next piece of the message; its first byte is the type.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        Invariant.Holds(_output is not null);
        if (_encoder is null)
        {
            _output.Write(bytes);
        }
        else
        {
            _encoder.Append(bytes, _output);
        }
    }

    /// <summary>The message is complete: closes its layers.</summary>
    public void End()
    {
        Invariant.Holds(_output is not null);
        if (_encoder is not null)
        {
            _encoder.End(_output);
            _encoder = null;
            CloseCompressed(_output);
        }

        if (_plainStart > _frameStart)
        {
            CloseFrame(_output);
        }

        _output = null;
    }

    // How much room the header needed is known only now. A large message fills it, and is not moved.
    private void CloseCompressed(ByteBuffer output)
    {
        int contentSize = output.Length - _contentStart;
        Span<byte> written = output.WrittenForUpdate;
        int headerSize = CompressHeader.Write(contentSize, written[_plainStart..]);
        int spare = CompressHeader.SizeMax - headerSize;
        if (spare > 0)
        {
            written[_contentStart..].CopyTo(written[(_contentStart - spare)..]);
            output.Truncate(output.Length - spare);
        }
    }

    // The frame's head is authenticated too, so it is written before the seal, which settles no sizes.
    private void CloseFrame(ByteBuffer output)
    {
        int plainSize = output.Length - _plainStart;
        int blockSize = Sealing.HeaderSize + Sealing.BodySize(_encryption!.Version, plainSize);
        Span<byte> head = output.WrittenForUpdate.Slice(_frameStart, FrameHeadSize);
        head[0] = (byte)MessageType.Encrypt;
        BinaryPrimitives.WriteUInt32BigEndian(head[1..], (uint)blockSize);

        Span<byte> associated = stackalloc byte[FrameHeadSize + Label.SizeMax];
        head.CopyTo(associated);
        _agreedLabel.CopyTo(associated[FrameHeadSize..]);
        _encryption.Seal(output, _plainStart, associated[..(FrameHeadSize + _agreedLabel.Length)]);
    }

    private void Skip(int size)
    {
        _output!.GetSpan(size);
        _output.Advance(size);
    }
}
