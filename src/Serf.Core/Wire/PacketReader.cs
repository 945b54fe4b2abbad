using System;
using System.Buffers.Binary;
using Serf.Primitives;

namespace Serf.Wire;

/// <summary>
/// Peels a packet: label, seal, checksum, then commands, which may be compressed or compound in any depth
/// up to <see cref="Limits.PacketDepthMax"/> (spec gossip 2.1). One per node; keeps its scratch memory.
/// Parts are handed on in their order; one that is refused does not stop those behind it.
/// </summary>
public sealed class PacketReader
{
    private const int ChecksumHeaderSize = 5;

    private readonly byte[] _label;
    private readonly Encryption? _encryption;
    private readonly ByteBuffer _opened = new();
    private readonly LzwDecoder _decoder = new();

    // One for each depth, since the outer expansion is still being walked while an inner one is made.
    private readonly ByteBuffer[] _expanded = new ByteBuffer[Limits.PacketDepthMax];
    private int _expansionLeft;
    private int _partsLeft;

    /// <param name="label">The cluster label, empty for none.</param>
    /// <param name="encryption">The keys, null for none.</param>
    public PacketReader(ReadOnlySpan<byte> label, Encryption? encryption = null)
    {
        _label = label.ToArray();
        _encryption = encryption;
        for (int depth = 0; depth < _expanded.Length; depth++)
        {
            _expanded[depth] = new ByteBuffer();
        }
    }

    /// <summary>True: who hands packets in has taken the label off, and one that still bears a label is
    /// refused.</summary>
    public bool SkipLabelCheck { get; init; }

    /// <summary>True: <see cref="Label.IsAccepted"/> counts in place of equality.</summary>
    public bool LabelTransition { get; init; }

    /// <param name="packet">The datagram.</param>
    /// <param name="sink">Gets what is in it.</param>
    /// <param name="sourceHash">A number for the sender, to try first the key that fitted last.</param>
    public void Read(ReadOnlySpan<byte> packet, IPacketSink sink, int sourceHash = 0)
    {
        if (Label.TryStrip(packet, out ReadOnlySpan<byte> label, out ReadOnlySpan<byte> rest)
            != ReadStatus.Ok)
        {
            sink.Refuse(PacketFault.LabelMalformed, 0);
            return;
        }

        if (SkipLabelCheck ? !label.IsEmpty : !Label.IsAccepted(label, _label, LabelTransition))
        {
            sink.Refuse(SkipLabelCheck ? PacketFault.LabelDoubled : PacketFault.LabelMismatch, 0);
            return;
        }

        // Without a key, a sealed packet is read on as a command and refused there (spec gossip 2.5).
        if (_encryption is { IsOn: true } encryption)
        {
            ReadOnlySpan<byte> associated = SkipLabelCheck ? _label : label;
            SealFault fault = encryption.TryOpen(rest, associated, _opened, sourceHash);
            if (fault == SealFault.None)
            {
                rest = _opened.Written;
            }
            else if (encryption.VerifyIncoming)
            {
                sink.Refuse(PacketFault.SealBroken, (int)fault);
                return;
            }
        }

        ReadClear(rest, sink);
        ReleaseLargeBuffers();
    }

    private void ReadClear(ReadOnlySpan<byte> rest, IPacketSink sink)
    {
        _expansionLeft = Limits.PacketExpansionMax;
        _partsLeft = Limits.PacketPartCountMax;
        if (rest.Length >= ChecksumHeaderSize && rest[0] == (byte)MessageType.HasCrc)
        {
            uint crc = BinaryPrimitives.ReadUInt32BigEndian(rest[1..]);
            rest = rest[ChecksumHeaderSize..];
            if (Crc32.Compute(rest) != crc)
            {
                sink.Refuse(PacketFault.CrcMismatch, 0);
                return;
            }
        }

        ReadCommand(rest, 0, sink);
    }

    private void ReadCommand(ReadOnlySpan<byte> command, int depth, IPacketSink sink)
    {
        if (command.IsEmpty)
        {
            sink.Refuse(PacketFault.Empty, 0);
            return;
        }

        MessageType type = (MessageType)command[0];
        ReadOnlySpan<byte> body = command[1..];
        switch (type)
        {
            case MessageType.Ping:
            case MessageType.IndirectPing:
            case MessageType.Ack:
            case MessageType.Suspect:
            case MessageType.Alive:
            case MessageType.Dead:
            case MessageType.User:
            case MessageType.Nack:
                sink.Accept(type, body);
                break;
            case MessageType.Compound or MessageType.Compress when depth == Limits.PacketDepthMax:
                sink.Refuse(PacketFault.TooDeep, command[0]);
                break;
            case MessageType.Compound:
                ReadCompound(body, depth, sink);
                break;
            case MessageType.Compress:
                ReadCompressed(body, depth, sink);
                break;
            default:
                sink.Refuse(PacketFault.UnknownType, command[0]);
                break;
        }
    }

    private void ReadCompound(ReadOnlySpan<byte> body, int depth, IPacketSink sink)
    {
        if (Compound.TryOpen(body, out Compound compound) != ReadStatus.Ok)
        {
            sink.Refuse(PacketFault.CompoundMalformed, 0);
            return;
        }

        while (compound.TryNext(out ReadOnlySpan<byte> part))
        {
            if (_partsLeft == 0)
            {
                sink.Refuse(PacketFault.TooLarge, 0);
                return;
            }

            _partsLeft--;
            ReadCommand(part, depth + 1, sink);
        }

        if (compound.TruncatedCount > 0)
        {
            sink.Refuse(PacketFault.CompoundTruncated, compound.TruncatedCount);
        }
    }

    private void ReadCompressed(ReadOnlySpan<byte> body, int depth, IPacketSink sink)
    {
        if (SwimCodec.TryRead(body, out Compressed compressed) != ReadStatus.Ok || compressed.Algorithm != 0)
        {
            sink.Refuse(PacketFault.CompressMalformed, 0);
            return;
        }

        ByteBuffer expanded = _expanded[depth];
        expanded.Clear();
        ReadStatus status = _decoder.Decode(compressed.Content, _expansionLeft, expanded, out int size);
        _expansionLeft -= size;
        if (status != ReadStatus.Ok)
        {
            bool isTooLarge = status == ReadStatus.TooLarge;
            sink.Refuse(isTooLarge ? PacketFault.TooLarge : PacketFault.CompressMalformed, 0);
            return;
        }

        ReadCommand(expanded.Written, depth + 1, sink);
    }

    // One large packet must not hold its memory for good.
    private void ReleaseLargeBuffers()
    {
        if (_opened.Length > Limits.PacketBufferSize)
        {
            _opened.Dispose();
        }

        if (Limits.PacketExpansionMax - _expansionLeft <= Limits.PacketSizeMax)
        {
            return;
        }

        foreach (ByteBuffer expanded in _expanded)
        {
            expanded.Dispose();
        }
    }
}
