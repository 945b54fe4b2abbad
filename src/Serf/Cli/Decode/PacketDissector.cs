using System;
using System.Buffers.Binary;
using System.Globalization;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Cli.Decode;

/// <summary>
/// Takes a packet apart as <see cref="PacketReader"/> does, with the same codecs and within the same limits,
/// and tells of the layers as well. It is milder where a node must be strict: any label will do unless one is
/// wanted, and clear packets are read beside sealed ones.
/// </summary>
internal sealed class PacketDissector(byte[]? label, Encryption keys) : IDisposable
{
    private const int ChecksumHeaderSize = 5;

    private readonly ByteBuffer _opened = new();
    private readonly LzwDecoder _decoder = new();
    private readonly ByteBuffer[] _expanded = NewBuffers();
    private int _expansionLeft;
    private int _partsLeft;

    public void Read(ReadOnlySpan<byte> packet, LineReading reading, IReadingSink sink)
    {
        if (packet.IsEmpty)
        {
            reading.Fail("empty");
            return;
        }

        if (!LabelCheck.TryTake(
            packet, label, false, reading, out ReadOnlySpan<byte> associated, out ReadOnlySpan<byte> rest))
        {
            return;
        }

        if (keys.IsOn && keys.TryOpen(rest, associated, _opened) == SealFault.None)
        {
            reading.Layers.Add("encryption");
            rest = _opened.Written;
        }
        else if (LooksSealed(rest))
        {
            reading.Fail(keys.IsOn
                ? "encrypted, or damaged: " + Encryption.Describe(SealFault.NoKeyFits)
                : "encrypted, or damaged: there is no key to try");
            return;
        }

        ReadClear(rest, reading, sink);
        ReleaseLargeBuffers();
    }

    public void Dispose()
    {
        _opened.Dispose();
        foreach (ByteBuffer expanded in _expanded)
        {
            expanded.Dispose();
        }
    }

    private static ByteBuffer[] NewBuffers()
    {
        ByteBuffer[] buffers = new ByteBuffer[Limits.PacketDepthMax];
        for (int depth = 0; depth < buffers.Length; depth++)
        {
            buffers[depth] = new ByteBuffer();
        }

        return buffers;
    }

    /// <summary>
    /// The first byte of a sealed packet is a version, 0 or 1, which is as well the type of a ping or
    /// indirect ping. What is long enough to be sealed and reads as neither is taken for sealed.
    /// </summary>
    private static bool LooksSealed(ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty || rest[0] > 1 || rest.Length < Sealing.Overhead(1))
        {
            return false;
        }

        ReadOnlySpan<byte> body = rest[1..];
        bool isRead;
        bool isEmpty;
        if (rest[0] == (byte)MessageType.Ping)
        {
            isRead = SwimCodec.TryRead(body, out Ping ping) == ReadStatus.Ok;
            isEmpty = ping.SequenceNumber == 0 && ping.Node.IsEmpty;
        }
        else
        {
            isRead = SwimCodec.TryRead(body, out IndirectPing ping) == ReadStatus.Ok;
            isEmpty = ping.SequenceNumber == 0 && ping.Node.IsEmpty;
        }

        // By chance a nonce begins like a ping, but hardly like one that says something or ends where the
        // packet does.
        return !isRead || ((isEmpty || !IsMap(body)) && !IsWhole(body));
    }

    // Peers write all messages as maps.
    private static bool IsMap(ReadOnlySpan<byte> body)
    {
        MsgpackReader reader = new(body);
        ReadStatus status = reader.TryReadMapHeader(Limits.MsgpackFieldCountMax, out int count);
        return status == ReadStatus.Ok && count > 0;
    }

    private static bool IsWhole(ReadOnlySpan<byte> body)
    {
        MsgpackReader reader = new(body);
        return reader.TrySkip(Limits.MsgpackDepthMax) == ReadStatus.Ok && reader.Remaining.IsEmpty;
    }

    private void ReadClear(ReadOnlySpan<byte> rest, LineReading reading, IReadingSink sink)
    {
        _expansionLeft = Limits.PacketExpansionMax;
        _partsLeft = Limits.PacketPartCountMax;
        if (rest.Length >= ChecksumHeaderSize && rest[0] == (byte)MessageType.HasCrc)
        {
            reading.Layers.Add("crc");
            uint told = BinaryPrimitives.ReadUInt32BigEndian(rest[1..]);
            rest = rest[ChecksumHeaderSize..];
            uint found = Crc32.Compute(rest);
            if (found != told)
            {
                reading.Fail(string.Create(
                    CultureInfo.InvariantCulture, $"crc: {told:x8} is told, {found:x8} is found"));
                return;
            }
        }

        ReadCommand(rest, 0, reading, sink);
    }

    private void ReadCommand(
        ReadOnlySpan<byte> command, int depth, LineReading reading, IReadingSink sink)
    {
        if (command.IsEmpty)
        {
            Refuse(null, "empty message", command, reading, sink);
            return;
        }

        MessageType type = (MessageType)command[0];
        switch (type)
        {
            case MessageType.Compound or MessageType.Compress when depth == Limits.PacketDepthMax:
                string limit = string.Create(
                    CultureInfo.InvariantCulture, $"nested more than {Limits.PacketDepthMax} deep");
                Refuse(null, limit, command, reading, sink);
                break;
            case MessageType.Compound:
                ReadCompound(command, depth, reading, sink);
                break;
            case MessageType.Compress:
                ReadCompressed(command, depth, reading, sink);
                break;
            case MessageType.Ping or MessageType.IndirectPing or MessageType.Ack or MessageType.Suspect
                or MessageType.Alive or MessageType.Dead or MessageType.User or MessageType.Nack:
                ReadMessage(type, command, reading, sink);
                break;
            default:
                string error = GossipReadings.NameOf(type) is not null
                    ? "no packet carries this message"
                    : string.Create(CultureInfo.InvariantCulture, $"no message has type {command[0]}");
                Refuse(GossipReadings.NameOf(type), error, command, reading, sink);
                break;
        }
    }

    private static void ReadMessage(
        MessageType type, ReadOnlySpan<byte> command, LineReading reading, IReadingSink sink)
    {
        string? name = GossipReadings.NameOf(type);
        sink.BeginMessage(null, name);
        string? error = type == MessageType.User
            ? SerfReadings.ReadUser(command[1..], sink)
            : GossipReadings.Read(type, command[1..], sink);
        if (error is null)
        {
            reading.ReadCount++;
        }
        else
        {
            sink.Refuse(error, command);
            reading.Fail(name + ": " + error);
        }

        sink.EndMessage();
    }

    private static void Refuse(
        string? name, string error, ReadOnlySpan<byte> command, LineReading reading, IReadingSink sink)
    {
        sink.BeginMessage(null, name);
        sink.Refuse(error, command);
        sink.EndMessage();
        reading.Fail(name is null ? error : name + ": " + error);
    }

    private void ReadCompound(
        ReadOnlySpan<byte> command, int depth, LineReading reading, IReadingSink sink)
    {
        reading.Layers.Add("compound");
        if (Compound.TryOpen(command[1..], out Compound compound) != ReadStatus.Ok)
        {
            Refuse(null, "compound: cut short", command, reading, sink);
            return;
        }

        while (compound.TryNext(out ReadOnlySpan<byte> part))
        {
            if (_partsLeft == 0)
            {
                reading.Fail(string.Create(
                    CultureInfo.InvariantCulture, $"more than {Limits.PacketPartCountMax} messages"));
                return;
            }

            _partsLeft--;
            ReadCommand(part, depth + 1, reading, sink);
        }

        if (compound.TruncatedCount > 0)
        {
            reading.Fail(string.Create(
                CultureInfo.InvariantCulture, $"compound: {compound.TruncatedCount} messages are cut off"));
        }
    }

    private void ReadCompressed(
        ReadOnlySpan<byte> command, int depth, LineReading reading, IReadingSink sink)
    {
        reading.Layers.Add("compression");
        ReadStatus status = SwimCodec.TryRead(command[1..], out Compressed compressed);
        if (status != ReadStatus.Ok || compressed.Algorithm != 0)
        {
            string reason = status == ReadStatus.Ok ? "unknown algorithm" : GossipReadings.Reason(status);
            Refuse(null, "compression: " + reason, command, reading, sink);
            return;
        }

        ByteBuffer expanded = _expanded[depth];
        expanded.Clear();
        status = _decoder.Decode(compressed.Content, _expansionLeft, expanded, out int size);
        _expansionLeft -= size;
        if (status != ReadStatus.Ok)
        {
            Refuse(null, "compression: " + GossipReadings.Reason(status), command, reading, sink);
            return;
        }

        ReadCommand(expanded.Written, depth + 1, reading, sink);
    }

    // One large packet must not hold its memory for good.
    private void ReleaseLargeBuffers()
    {
        if (Limits.PacketExpansionMax - _expansionLeft > Limits.PacketSizeMax)
        {
            foreach (ByteBuffer expanded in _expanded)
            {
                expanded.Dispose();
            }
        }
    }
}
