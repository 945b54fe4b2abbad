using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.Json;
using Serf.Fuzz.Engine;
using Serf.Primitives;
using Serf.Vectors;
using Serf.Wire;

namespace Serf.Fuzz.Targets;

/// <summary>
/// A whole packet through every layer, each message in it through its codec; what was accepted is accepted
/// again when it is written with the same layers. See <see cref="LayerPlan"/> for the first two bytes.
/// </summary>
internal sealed class PacketTarget : FuzzTarget
{
    private const int ChecksumHeaderSize = 5;

    // What is written again: a packet of this size fits a datagram with all layers around it.
    private const int WrittenSizeMax = 32 * 1024;

    private static readonly LzwEncoder _encoder = new();

    private readonly Dictionary<int, PacketReader> _readers = [];
    private readonly Dictionary<int, PacketWriter> _writers = [];
    private static readonly ByteBuffer _wrapped = new();
    private static readonly ByteBuffer _compressed = new();

    public override long AllocationBase => 32 * Limits.PacketExpansionMax;

    public override IEnumerable<byte[]> Seeds() => Serf.Fuzz.Seeds.Hex("memberlist-compress.json", "hex")
        .Concat(Serf.Fuzz.Seeds.Hex("memberlist-messages.json", "hex"))
        .Concat(Serf.Fuzz.Seeds.Hex("serf-messages.json", "hex").Select(Message))
        .Select((packet, index) => (byte[])[(byte)(index * 4), 0, .. packet])
        .Concat(Recorded());

    public override void Run(ReadOnlySpan<byte> input)
    {
        if (input.Length < LayerPlan.Size)
        {
            return;
        }

        LayerPlan plan = new(input);
        ReadOnlySpan<byte> packet = Wrap(plan, input[LayerPlan.Size..]);
        PacketReader reader = ReaderOf(plan);
        PartSink sink = new();
        reader.Read(packet, sink, packet.Length);
        FuzzException.Check(
            sink.PartCount + sink.RefusedCount > 0 || packet.Length > 1, "nothing is said about a packet");
        if (plan.Seals)
        {
            bool isRefused = sink.LastFault == PacketFault.SealBroken;
            FuzzException.Check(
                isRefused == (plan.IsForeign && plan.VerifyIncoming), "the wrong keys open, or the right ones do not");
        }

        // A part is a piece of the packet, or of what it expanded to.
        FuzzException.Check(
            sink.Size <= Limits.PacketExpansionMax + packet.Length, "the parts are larger than may be");
        FuzzException.Check(
            sink.PartCount + sink.RefusedCount <= (Limits.PacketPartCountMax * 2) + 1, "there are more parts than may be");
        if (!(plan.HasKeys && plan.IsForeign))
        {
            WriteAgain(plan, sink, reader, WriterOf(plan));
        }
    }

    private static byte[] Message(byte[] content) => [(byte)MessageType.User, .. content];

    // As they came, and what was sealed in them, to be sealed anew.
    private static IEnumerable<byte[]> Recorded()
    {
        foreach (JsonElement vector in VectorFile.Load("memberlist-packets.json"))
        {
            JsonElement config = vector.GetProperty("input").GetProperty("config");
            byte[] packet = VectorFile.HexOrNull(vector, "hex") ?? [];
            byte[] plan = LayerPlan.Of(config, seals: false);
            yield return [.. plan, .. packet];
            using ByteBuffer plain = new();
            if (Label.TryStrip(packet, out ReadOnlySpan<byte> label, out ReadOnlySpan<byte> rest) == ReadStatus.Ok
                && new LayerPlan(plan).ForReading() is { } encryption
                && encryption.TryOpen(rest, label, plain) == SealFault.None)
            {
                yield return [.. LayerPlan.Of(config, seals: true), .. plain.Written];
            }
        }
    }

    private static ReadOnlySpan<byte> Wrap(LayerPlan plan, ReadOnlySpan<byte> content)
    {
        if (!(plan.Seals || plan.Compresses || plan.HasChecksum))
        {
            return content;
        }

        if (plan.Compresses)
        {
            _compressed.Clear();
            int sizeMax = LzwEncoder.SizeMax(content.Length);
            Span<byte> target = _compressed.GetSpan(CompressHeader.SizeMax + sizeMax);
            _encoder.TryEncode(content, target.Slice(CompressHeader.SizeMax, sizeMax), out int size);
            int head = CompressHeader.SizeMax - CompressHeader.SizeOf(size);
            CompressHeader.Write(size, target[head..]);
            content = target[head..(CompressHeader.SizeMax + size)];
        }

        byte[] label = plan.Label;
        int room = Label.HeaderSize(label) + Sealing.HeaderSize + ChecksumHeaderSize;
        _wrapped.Clear();
        _wrapped.GetSpan(room);
        _wrapped.Advance(room);
        _wrapped.Write(content);
        int start = room;
        if (plan.HasChecksum)
        {
            start -= ChecksumHeaderSize;
            _wrapped.WrittenForUpdate[start] = (byte)MessageType.HasCrc;
            BinaryPrimitives.WriteUInt32BigEndian(_wrapped.WrittenForUpdate[(start + 1)..], Crc32.Compute(content));
        }

        if (plan.Seals)
        {
            start = plan.ForSealing()!.Seal(_wrapped, start, label);
        }

        start -= Label.HeaderSize(label);
        Label.Write(label, _wrapped.WrittenForUpdate[start..]);
        return _wrapped.Written[start..];
    }

    private PacketReader ReaderOf(LayerPlan plan)
    {
        if (!_readers.TryGetValue(plan.ReaderId, out PacketReader? reader))
        {
            reader = new PacketReader(plan.Label, plan.ForReading());
            _readers.Add(plan.ReaderId, reader);
        }

        return reader;
    }

    private PacketWriter WriterOf(LayerPlan plan)
    {
        if (!_writers.TryGetValue(plan.WriterId, out PacketWriter? writer))
        {
            writer = new PacketWriter(plan.Label, plan.Compresses, plan.ForSealing());
            _writers.Add(plan.WriterId, writer);
        }

        return writer;
    }

    private static void WriteAgain(LayerPlan plan, PartSink sink, PacketReader reader, PacketWriter writer)
    {
        if (sink.PartCount is 0 or > Limits.CompoundPartCountMax || sink.Size > WrittenSizeMax)
        {
            return;
        }

        writer.Begin();
        int offset = 0;
        foreach (int size in sink.Sizes)
        {
            writer.Add(sink.Parts.Slice(offset, size));
            offset += size;
        }

        ReadOnlySpan<byte> packet = writer.Finish(plan.HasChecksum);
        FuzzException.Check(
            packet.Length <= sink.Parts.Length + Compound.HeaderSize(sink.PartCount) + ChecksumHeaderSize + writer.Overhead,
            "a packet is larger than was reckoned");
        PartSink again = new() { ChecksMessages = false };
        reader.Read(packet, again, packet.Length);
        FuzzException.Check(again.RefusedCount == 0, "what was written is refused");
        FuzzException.Check(again.PartCount == sink.PartCount, "there is another number of parts");
        FuzzException.Check(again.Parts.SequenceEqual(sink.Parts), "there are other parts");
    }

    private sealed class PartSink : IPacketSink
    {
        private readonly List<byte> _parts = [];

        public List<int> Sizes { get; } = [];

        public bool ChecksMessages { get; init; } = true;

        public int PartCount => Sizes.Count;

        public int RefusedCount { get; private set; }

        public PacketFault LastFault { get; private set; }

        public long Size { get; private set; }

        public ReadOnlySpan<byte> Parts => CollectionsMarshal.AsSpan(_parts);

        public void Accept(MessageType type, ReadOnlySpan<byte> body)
        {
            Sizes.Add(1 + body.Length);
            Size += body.Length;
            if (Size <= WrittenSizeMax)
            {
                _parts.Add((byte)type);
                _parts.AddRange(body);
            }

            if (ChecksMessages)
            {
                CheckMessage(type, body);
            }
        }

        public void Refuse(PacketFault fault, int detail)
        {
            RefusedCount++;
            LastFault = fault;
        }

        private static void CheckMessage(MessageType type, ReadOnlySpan<byte> body)
        {
            if (type != MessageType.User)
            {
                Fixpoint.CheckSwim(SwimCodecTarget.NameOf(type), body);
            }
            else if (body.Length > 0 && body[0] < SerfCodecTarget.ByType.Length)
            {
                Fixpoint.CheckSerf(SerfCodecTarget.ByType[body[0]], body[1..]);
            }
        }
    }
}
