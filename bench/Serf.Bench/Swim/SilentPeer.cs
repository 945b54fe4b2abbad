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

    /// <param name="memberCount">Members it knows, itself included.</param>
    /// <param name="encryption">Its keys, null for none.</param>
    /// <param name="metrics">Told what happens; null for nobody.</param>
    public SilentPeer(int memberCount, Encryption? encryption = null, IMetrics? metrics = null)
    {
        Metrics = metrics ?? NoMetrics.Instance;
        SwimOptions options = SwimOptions.Lan with
        {
            Name = ByteString.Copy(Samples.Node),
            AdvertiseAddress = NodeAddress.FromIPv4(0x0A000311, 7946),
            Encryption = encryption,
        };
        Node = new SwimNode(options, this, this, 1);
        Node.Start(Now);
        byte[] packet = new byte[200];
        PacketWriter writer = new(default, compress: false, encryption);
        for (int number = 1; number < memberCount; number++)
        {
            writer.Begin();
            writer.Add(packet.AsSpan(0, WriteAlive(number, 1, packet)));
            Receive(writer.Finish(checksum: false));
        }

        // What was just learned is still to be passed on; a steady node has that behind it.
        Node.Broadcasts.Prune(0);
    }

    public SwimNode Node { get; }

    public Instant Now { get; set; } = new(1_000_000_000);

    public int PacketCount { get; private set; }

    public long StreamSize { get; private set; }

    /// <summary>Whether what is sent on streams goes to <see cref="Stream"/>.</summary>
    public bool KeepsStream { get; set; }

    public ByteBuffer Stream { get; } = new();

    public StreamId LastOpened { get; private set; }

    public ILog Log => this;

    public IMetrics Metrics { get; }

    public ReadOnlySpan<byte> LocalMeta => Samples.Meta;

    public static ByteString NameOf(int number) =>
        ByteString.FromText(string.Create(CultureInfo.InvariantCulture, $"web-{number:D5}.eu-west-1"));

    public static int WriteAlive(int number, uint incarnation, Span<byte> packet)
    {
        ByteString name = NameOf(number);
        Span<byte> ip = stackalloc byte[4];
        NodeAddress.FromIPv4(0x0A010000 + (uint)number, 7946).WriteIp(ip);
        Alive alive = new()
        {
            Incarnation = incarnation, Node = name.Span, Address = ip, Port = 7946, Meta = Samples.Meta,
            Versions = Samples.Versions,
        };
        return SwimCodec.Write(alive, packet);
    }

    public void Receive(ReadOnlySpan<byte> packet) => Node.Receive(Stranger, packet, Now);

    public bool SendPacket(in NodeAddress target, ReadOnlySpan<byte> packet)
    {
        PacketCount++;
        return true;
    }

    public void OpenStream(StreamId stream, in NodeAddress target) => LastOpened = stream;

    public void SendStream(StreamId stream, ByteBuffer bytes)
    {
        StreamSize += bytes.Length;
        if (KeepsStream)
        {
            Stream.Write(bytes.Written);
        }
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
