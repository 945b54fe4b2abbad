using System;
using System.Buffers.Binary;
using Serf.Primitives;

namespace Serf.Wire;

/// <summary>
/// Builds one packet at a time: parts are added, then every layer is put around them. One per node; keeps
/// its scratch memory. Layers from the outside in: label, seal, checksum, compression, compound, message
/// (spec gossip 2.1). Parts are written once, with room in front of them; each layer is then written into
/// that room, from the inside out.
/// </summary>
public sealed class PacketWriter
{
    // 0c | BE32
    private const int ChecksumHeaderSize = 5;

    // A compress message of fewer bytes than this is never smaller than its content, not even of equal bytes.
    private const int CompressSizeMin = 25;

    private readonly byte[] _label;
    private readonly bool _compress;
    private readonly Encryption? _encryption;
    private readonly LzwEncoder _encoder = new();
    private readonly ushort[] _partSizes = new ushort[Limits.CompoundPartCountMax];

    // room for all headers | parts
    private readonly ByteBuffer _plain = new();
    private readonly int _plainRoom;

    // room for all headers but that of a compound | content of a compress message
    private readonly ByteBuffer _packed = new();
    private readonly int _packedRoom;

    /// <param name="label">The cluster label, empty for none.</param>
    /// <param name="compress">Try compression, and keep it where it makes the packet smaller.</param>
    /// <param name="encryption">The keys, null for none.</param>
    public PacketWriter(ReadOnlySpan<byte> label, bool compress, Encryption? encryption = null)
    {
        Invariant.Holds(label.Length <= Label.SizeMax);
        _label = label.ToArray();
        _compress = compress;
        _encryption = encryption;
        int outerRoom = Label.HeaderSize(label) + Sealing.HeaderSize + ChecksumHeaderSize;
        _plainRoom = outerRoom + Compound.HeaderSize(Limits.CompoundPartCountMax);
        _packedRoom = outerRoom + CompressHeader.SizeMax;
        Begin();
    }

    /// <summary>Bytes of a packet that its outer layers take: label and seal, not the checksum.</summary>
    public int Overhead => Label.HeaderSize(_label) + (_encryption?.Overhead ?? 0);

    public int PartCount { get; private set; }

    /// <summary>Drops all parts.</summary>
    public void Begin()
    {
        PartCount = 0;
        _plain.Clear();
        _plain.GetSpan(_plainRoom);
        _plain.Advance(_plainRoom);
    }

    /// <summary>
    /// Space for the next part, at least <paramref name="size"/> bytes; claim it with <see cref="Commit"/>.
    /// </summary>
    public Span<byte> Reserve(int size) => _plain.GetSpan(size);

    /// <summary>
    /// The next part is the first <paramref name="size"/> bytes of what was reserved. Never zero.
    /// </summary>
    public void Commit(int size)
    {
        Invariant.Holds(size is > 0 and <= ushort.MaxValue);
        Invariant.Holds(PartCount < Limits.CompoundPartCountMax);
        _plain.Advance(size);
        _partSizes[PartCount] = (ushort)size;
        PartCount++;
    }

    /// <summary>Adds a whole message, its type byte first.</summary>
    public void Add(ReadOnlySpan<byte> message)
    {
        message.CopyTo(Reserve(message.Length));
        Commit(message.Length);
    }

    /// <summary>
    /// One part stands bare, several become a compound (never more than
    /// <see cref="Limits.CompoundPartCountMax"/>). The parts are sealed in place, so they are gone:
    /// <see cref="Begin"/> comes next.
    /// </summary>
    /// <param name="checksum">Whether the receiver understands checksums: its PMax is at least 5.</param>
    /// <returns>The packet, valid until the next call.</returns>
    public ReadOnlySpan<byte> Finish(bool checksum)
    {
        Invariant.Holds(PartCount > 0);
        ByteBuffer buffer = _plain;
        Span<byte> packet = buffer.WrittenForUpdate;
        int start = _plainRoom;
        if (PartCount > 1)
        {
            start -= Compound.HeaderSize(PartCount);
            Compound.WriteHeader(_partSizes.AsSpan(0, PartCount), packet[start..]);
        }

        if (_compress && TryCompress(packet[start..], out int compressedStart))
        {
            buffer = _packed;
            packet = buffer.WrittenForUpdate;
            start = compressedStart;
        }

        if (checksum)
        {
            uint crc = Crc32.Compute(packet[start..]);
            start -= ChecksumHeaderSize;
            packet[start] = (byte)MessageType.HasCrc;
            BinaryPrimitives.WriteUInt32BigEndian(packet[(start + 1)..], crc);
        }

        if (_encryption is { Seals: true } encryption)
        {
            start = encryption.Seal(buffer, start, _label);
            packet = buffer.WrittenForUpdate;
        }

        start -= Label.HeaderSize(_label);
        Label.Write(_label, packet[start..]);
        PartCount = 0;
        return packet[start..];
    }

    /// <summary>Makes a compress message of <paramref name="payload"/> if that is strictly smaller.</summary>
    private bool TryCompress(ReadOnlySpan<byte> payload, out int start)
    {
        start = 0;
        if (payload.Length < CompressSizeMin)
        {
            return false;
        }

        // The encoder gives up when even the smallest header would not leave a gain.
        int sizeMax = payload.Length - 1 - CompressHeader.SizeOf(0);
        _packed.Clear();
        Span<byte> room = _packed.GetSpan(_packedRoom + sizeMax);
        if (!_encoder.TryEncode(payload, room.Slice(_packedRoom, sizeMax), out int contentSize))
        {
            return false;
        }

        int headerSize = CompressHeader.SizeOf(contentSize);
        if (headerSize + contentSize >= payload.Length)
        {
            return false;
        }

        start = _packedRoom - headerSize;
        CompressHeader.Write(contentSize, room[start..]);
        _packed.Advance(_packedRoom + contentSize);
        return true;
    }
}
