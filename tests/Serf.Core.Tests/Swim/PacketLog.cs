using System;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;

namespace Serf.Core.Tests.Swim;

/// <summary>One node whose packets are counted, and whose pings are answered, without an
/// allocation.</summary>
internal sealed class PacketLog : ISwimEffects, ISwimObserver, ILog, IPacketSink
{
    private readonly PacketReader _reader = new(default);
    private readonly byte[] _ack = new byte[64];
    private uint _pending;

    public int Count { get; private set; }

    public NodeAddress Target { get; private set; }

    /// <summary>Whose pings are answered.</summary>
    public SwimNode? Answers { get; set; }

    public Instant Now { get; set; }

    public ILog Log => this;

    public ReadOnlySpan<byte> LocalMeta => "m"u8;

    public SwimNode Start()
    {
        SwimOptions options = SwimOptions.Lan with
        {
            Name = ByteString.FromText("n0"),
            AdvertiseAddress = NodeAddress.FromIPv4(0x0A000001, 7946),
            PushPullInterval = TimeSpan.Zero,
        };
        SwimNode node = new(options, this, this, 1);
        node.Start(new Instant(1));
        return node;
    }

    public void Answer()
    {
        if (_pending != 0)
        {
            int size = SwimCodec.Write(new Ack { SequenceNumber = _pending }, _ack);
            _pending = 0;
            Answers!.Receive(Target, _ack.AsSpan(0, size), Now);
        }
    }

    public bool SendPacket(in NodeAddress target, ReadOnlySpan<byte> packet)
    {
        Count++;
        Target = target;
        if (Answers is not null)
        {
            _reader.Read(packet, this);
        }

        return true;
    }

    public void Accept(MessageType type, ReadOnlySpan<byte> body)
    {
        if (type == MessageType.Ping && SwimCodec.TryRead(body, out Ping ping) == ReadStatus.Ok)
        {
            _pending = ping.SequenceNumber;
        }
    }

    public void Refuse(PacketFault fault, int detail) =>
        throw new InvalidOperationException("own packet refused");

    public void OpenStream(StreamId stream, in NodeAddress target)
    {
    }

    public void SendStream(StreamId stream, ByteBuffer bytes)
    {
    }

    public void CloseStream(StreamId stream)
    {
    }

    public void MemberJoined(Member member, Instant now)
    {
    }

    public void MemberLeft(Member member, Instant now)
    {
    }

    public void MemberUpdated(Member member, Instant now)
    {
    }

    public void MemberConflict(Member existing, in NodeAddress claimed, Instant now)
    {
    }

    public void UserMessagesEnded(Instant now)
    {
    }

    public void UserMessage(ReadOnlySpan<byte> message, Instant now)
    {
    }

    // Something to gossip in every round.
    public void CollectBroadcasts(int overhead, int limit, IBroadcastSink sink)
    {
        if (limit > 100)
        {
            sink.Add("an event of the layer above"u8);
        }
    }

    public void WriteLocalState(bool join, ByteBuffer destination)
    {
    }

    public void MergeRemoteState(ReadOnlySpan<byte> state, bool join, StreamId exchange, Instant now)
    {
    }

    public int WriteAckPayload(Span<byte> destination) => 0;

    public void PingCompleted(Member member, TimeSpan roundTrip, ReadOnlySpan<byte> payload, Instant now)
    {
    }

    public void PushPullCompleted(StreamId exchange, string? error, Instant now)
    {
    }

    public void AnnouncementFinished(Instant now)
    {
    }

    public void Write(LogLevel level, string text)
    {
    }
}
