using System;
using Serf.Fuzz.Engine;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Fuzz.Targets;

/// <summary>
/// The other end of what a <see cref="NodeBed"/> hears and says: puts the node's layers around bytes, and reads
/// what the node sends. Five bits tell the layers. Seals with the key that is the node's second one, opens with
/// any. Nothing that a run can tell is kept but <see cref="LastPing"/>.
/// </summary>
internal sealed class NodePeer : IPacketSink
{
    private readonly PacketReader _reader;
    private readonly PacketWriter _packets;
    private readonly GossipStreamWriter _streams;

    public NodePeer(int layers)
    {
        HasKeys = (layers & 1) != 0;
        Version = (byte)((layers & 2) != 0 ? 0 : 1);
        Label = (layers & 4) != 0 ? "prod-eu"u8.ToArray() : [];
        Compresses = (layers & 8) == 0;
        VerifiesIncoming = (layers & 16) == 0;
        Encryption? sealing = HasKeys ? new(FuzzKeys.Ring(1), new FuzzKeys(2), Version) : null;
        Encryption? opening = HasKeys ? new(FuzzKeys.Ring(0, 1, 2), new FuzzKeys(2), Version) : null;
        _reader = new PacketReader(Label, opening);
        _packets = new PacketWriter(Label, compress: false, sealing);
        _streams = new GossipStreamWriter(Label, Compresses, sealing);
    }

    public bool HasKeys { get; }

    public byte Version { get; }

    public byte[] Label { get; }

    public bool Compresses { get; }

    public bool VerifiesIncoming { get; }

    /// <summary>Number of the ping that came last; 0 when none has come.</summary>
    public uint LastPing { get; set; }

    /// <summary>Valid until the next call.</summary>
    public ReadOnlySpan<byte> Pack(ReadOnlySpan<byte> command)
    {
        _packets.Begin();
        _packets.Add(command);
        return _packets.Finish(checksum: true);
    }

    public void PackStream(ReadOnlySpan<byte> message, bool dials, ByteBuffer output)
    {
        _streams.Begin(dials, output);
        _streams.Write(message);
        _streams.End();
    }

    /// <summary>Whatever a node sends, another with the same layers takes.</summary>
    public void Receive(ReadOnlySpan<byte> packet) => _reader.Read(packet, this);

    public void Accept(MessageType type, ReadOnlySpan<byte> body)
    {
        if (type == MessageType.Ping && SwimCodec.TryRead(body, out Ping ping) == ReadStatus.Ok)
        {
            LastPing = ping.SequenceNumber;
        }
    }

    public void Refuse(PacketFault fault, int detail) =>
        throw new FuzzException($"what the node sent is refused: {fault} {detail}");
}
