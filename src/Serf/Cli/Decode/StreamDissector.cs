using System;
using System.Buffers.Binary;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Cli.Decode;

/// <summary>
/// Takes one side of a gossip stream apart: what its initiator wrote, or the answer to that. As with packets,
/// any label will do unless one is wanted; an answer, which bears none, is sealed with it nevertheless.
/// </summary>
internal sealed class StreamDissector(byte[]? label, Encryption keys) : IDisposable
{
    // 0a | BE32
    private const int FrameHeadSize = 5;

    private readonly ByteBuffer _opened = new();

    public void Read(ReadOnlySpan<byte> stream, LineReading reading, IReadingSink sink)
    {
        if (stream.IsEmpty)
        {
            reading.Fail("empty");
            return;
        }

        if (!LabelCheck.TryTake(
            stream, label, true, reading, out ReadOnlySpan<byte> associated, out ReadOnlySpan<byte> rest))
        {
            return;
        }

        if (!rest.IsEmpty && rest[0] == (byte)MessageType.Encrypt)
        {
            reading.Layers.Add("encryption");
            if (Open(rest, associated) is { } fault)
            {
                reading.Fail("encryption: " + fault);
                return;
            }

            rest = _opened.Written;
        }

        ReadClear(rest, reading, sink);
        if (_opened.Length > Limits.PacketSizeMax)
        {
            _opened.Dispose();
        }
    }

    public void Dispose() => _opened.Dispose();

    // frame = 0a | BE32 size | sealed block
    private string? Open(ReadOnlySpan<byte> frame, ReadOnlySpan<byte> associated)
    {
        if (!keys.IsOn)
        {
            return "there is no key to try";
        }

        if (frame.Length < FrameHeadSize)
        {
            return GossipReadings.Reason(ReadStatus.NeedMore);
        }

        uint size = BinaryPrimitives.ReadUInt32BigEndian(frame[1..]);
        if (size > Limits.StreamSizeMax)
        {
            return GossipReadings.Reason(ReadStatus.TooLarge);
        }

        if (frame.Length - FrameHeadSize < (int)size)
        {
            return GossipReadings.Reason(ReadStatus.NeedMore);
        }

        Span<byte> all = stackalloc byte[FrameHeadSize + Label.SizeMax];
        frame[..FrameHeadSize].CopyTo(all);
        associated.CopyTo(all[FrameHeadSize..]);
        ReadOnlySpan<byte> block = frame.Slice(FrameHeadSize, (int)size);
        SealFault fault = keys.TryOpen(block, all[..(FrameHeadSize + associated.Length)], _opened);
        return fault == SealFault.None ? null : Encryption.Describe(fault, block);
    }

    private static void ReadClear(ReadOnlySpan<byte> rest, LineReading reading, IReadingSink sink)
    {
        if (!rest.IsEmpty && rest[0] == (byte)MessageType.Compress)
        {
            reading.Layers.Add("compression");
        }

        using GossipStreamReader reader = new([], expectLabel: false);
        if (reader.Receive(rest) == ReadStatus.NeedMore)
        {
            reader.ReceiveEnd();
        }

        if (reader.Fault != StreamFault.None)
        {
            // The message's name, where it was come to.
            string? name = reader.Fault is StreamFault.BodyMalformed or StreamFault.TooLarge
                ? GossipReadings.NameOf(reader.Type)
                : null;
            string reason = Reason(reader);
            reading.Fail(name is null ? reason : name + ": " + reason);
            return;
        }

        ReadMessage(reader.Type, reader.Body, reading, sink);
    }

    private static string Reason(GossipStreamReader reader) => reader.Fault switch
    {
        StreamFault.Truncated => "cut short",
        StreamFault.Encrypted => "encrypted twice",
        StreamFault.CompressMalformed => "compression: " + reader.ErrReply,
        StreamFault.UnknownType => "no stream begins with this message type",
        StreamFault.TooLarge => GossipReadings.Reason(ReadStatus.TooLarge),
        _ => GossipReadings.Reason(ReadStatus.Mismatch),
    };

    private static void ReadMessage(
        MessageType type, ReadOnlySpan<byte> body, LineReading reading, IReadingSink sink)
    {
        string? name = GossipReadings.NameOf(type);
        sink.BeginMessage(null, name);
        string? error = type switch
        {
            MessageType.PushPull => GossipReadings.ReadPushPull(body, sink),
            MessageType.User => ReadUser(body, sink),
            _ => GossipReadings.Read(type, body, sink),
        };
        if (error is not null)
        {
            reading.Fail(name + ": " + error);
            sink.Refuse(error, default);
        }

        // What was read of a push/pull before its user state is worth showing.
        reading.ReadCount += error is null || type == MessageType.PushPull ? 1 : 0;
        sink.EndMessage();
    }

    private static string? ReadUser(ReadOnlySpan<byte> body, IReadingSink sink)
    {
        MsgpackReader reader = new(body);
        ReadStatus status = SwimCodec.TryRead(ref reader, out UserStreamHeader _);
        return status == ReadStatus.Ok
            ? SerfReadings.ReadUser(reader.Remaining, sink)
            : GossipReadings.Reason(status);
    }
}
