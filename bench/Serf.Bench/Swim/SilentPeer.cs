using System;
using System.Globalization;
using Serf.Bench.Wire;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;

namespace Serf.Bench.Swim;

/// <summary>A node whose effects go nowhere and only leave a count.</summary>
internal sealed class SilentPeer : ISwimEffects, ISwimObserver, ILog
{
    private static readonly NodeAddress Stranger = NodeAddress.FromIPv4(0x0A0000FE, 7946);

    public SilentPeer(int memberCount, bool compression = true)
    {
        SwimOptions options = SwimOptions.Lan with
        {
            Name = ByteString.Copy(Samples.Node),
            AdvertiseAddress = NodeAddress.FromIPv4(0x0A000311, 7946),
            Compression = compression,
        };
        Node = new SwimNode(options, this, this, 1);
        Node.Start(Now);
        byte[] packet = new byte[200];
        for (int number = 1; number < memberCount; number++)
        {
            Node.Receive(Stranger, packet.AsSpan(0, WriteAlive(number, 1, packet)), Now);
        }

        // What was just learned is still to be passed on; a steady node has that behind it.
        Node.Broadcasts.Prune(0);
    }

    public SwimNode Node { get; }

    public Instant Now { get; set; } = new(1_000_000_000);

    public int PacketCount { get; private set; }

    public long StreamSize { get; private set; }

    public StreamId LastOpened { get; private set; }

    public ILog Log => this;

    public ReadOnlySpan<byte> LocalMeta => Samples.Meta;

    public static ByteString NameOf(int number) =>
        ByteString.FromText(string.Create(CultureInfo.InvariantCulture, $"web-{number:D5}.eu-west-1"));

    public static int WriteAlive(int number, uint incarnation, Span<byte> packet)
    {
        ByteString name = NameOf(number);
        Alive alive = Samples.Alive;
        alive.Incarnation = incarnation;
        alive.Node = name.Span;
        alive.Address = [10, 1, (byte)(number >> 8), (byte)number];
        return SwimCodec.Write(alive, packet);
    }

    public void Receive(ReadOnlySpan<byte> packet) => Node.Receive(Stranger, packet, Now);

    public bool SendPacket(in NodeAddress target, ReadOnlySpan<byte> packet)
    {
        PacketCount++;
        return true;
    }

    public void OpenStream(StreamId stream, in NodeAddress target) => LastOpened = stream;

    public void SendStream(StreamId stream, ReadOnlySpan<byte> bytes) => StreamSize += bytes.Length;

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

    public void UserMessage(ReadOnlySpan<byte> message, Instant now)
    {
    }

    public void UserMessagesEnded(Instant now)
    {
    }

    public void CollectBroadcasts(int overhead, int limit, IBroadcastSink sink)
    {
    }

    public void WriteLocalState(bool join, ByteBuffer destination)
    {
    }

    public void MergeRemoteState(ReadOnlySpan<byte> state, bool join, StreamId exchange, Instant now)
    {
    }

    public int WriteAckPayload(Span<byte> destination)
    {
        Samples.Payload.CopyTo(destination);
        return Samples.Payload.Length;
    }

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
