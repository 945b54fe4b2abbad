using System;
using System.Collections.Generic;
using System.Linq;
using Serf.Fuzz.Engine;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Fuzz.Targets;

/// <summary>
/// A whole packet through every layer, each message in it through its codec. The first byte tells whether the
/// reader has a label.
/// </summary>
internal sealed class PacketTarget : FuzzTarget
{
    private readonly PacketReader _plain = new(default);
    private readonly PacketReader _labelled = new("label"u8);

    public override long AllocationBase => 32 * Limits.PacketExpansionMax;

    public override IEnumerable<byte[]> Seeds() => Serf.Fuzz.Seeds.Hex("memberlist-packets.json", "hex")
        .Concat(Serf.Fuzz.Seeds.Hex("memberlist-compress.json", "hex"))
        .Concat(Serf.Fuzz.Seeds.Hex("memberlist-messages.json", "hex"))
        .Concat(Serf.Fuzz.Seeds.Hex("serf-messages.json", "hex").Select(Message))
        .Select(packet => (byte[])[0, .. packet]);

    public override void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        PartSink sink = new();
        (input[0] == 1 ? _labelled : _plain).Read(input[1..], sink);
        FuzzException.Check(sink.Count > 0 || input.Length > 1, "nothing is said about a packet");

        // A part is a piece of the packet, or of what it expanded to.
        FuzzException.Check(
            sink.Size <= Limits.PacketExpansionMax + input.Length, "the parts are larger than may be");
        FuzzException.Check(
            sink.Count <= (Limits.PacketPartCountMax * 2) + 1, "there are more parts than may be");
    }

    private static byte[] Message(byte[] content) => [(byte)MessageType.User, .. content];

    private sealed class PartSink : IPacketSink
    {
        public int Count { get; private set; }

        public long Size { get; private set; }

        public void Accept(MessageType type, ReadOnlySpan<byte> body)
        {
            Count++;
            Size += body.Length;
            if (type != MessageType.User)
            {
                string name = type.ToString();
                Fixpoint.CheckSwim(char.ToLowerInvariant(name[0]) + name[1..], body);
            }
            else if (body.Length > 0 && body[0] < SerfCodecTarget.ByType.Length)
            {
                Fixpoint.CheckSerf(SerfCodecTarget.ByType[body[0]], body[1..]);
            }
        }

        public void Refuse(PacketFault fault, int detail) => Count++;
    }
}
