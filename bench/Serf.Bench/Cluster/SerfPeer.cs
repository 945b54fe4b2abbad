using System;
using Serf.Bench.Swim;
using Serf.Bench.Wire;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;

namespace Serf.Bench.Cluster;

/// <summary>A Serf node in a cluster, whose effects go nowhere and only leave a count.</summary>
internal sealed class SerfPeer : ISerfEffects, ISwimEffects, ILog
{
    private static readonly NodeAddress Stranger = NodeAddress.FromIPv4(0x0A0000FE, 7946);

    /// <param name="memberCount">Members it knows, itself included.</param>
    public SerfPeer(int memberCount)
    {
        // A short queue: it is full at once, and each new message costs what it costs from then on.
        SerfOptions options = new()
        {
            CoalescePeriod = TimeSpan.Zero, UserCoalescePeriod = TimeSpan.Zero, QueueDepthMax = 256,
        };
        SwimOptions swim = SwimOptions.Lan with
        {
            Name = ByteString.Copy(Samples.Node), AdvertiseAddress = NodeAddress.FromIPv4(0x0A000311, 7946),
        };
        Node = new SerfNode(options, swim, this, this, 1);
        Node.Start(Now);
        byte[] packet = new byte[200];
        for (int number = 1; number < memberCount; number++)
        {
            Receive(packet.AsSpan(0, SilentPeer.WriteAlive(number, 1, packet)));
        }
    }

    public SerfNode Node { get; }

    public Instant Now { get; } = new(1_000_000_000);

    public int DeliveredCount { get; private set; }

    public IEntropy Entropy { get; } = new CountingEntropy();

    public ILog Log => this;

    public void Receive(ReadOnlySpan<byte> packet) => Node.Swim.Receive(Stranger, packet, Now);

    public void Deliver(SerfEvent happened) => DeliveredCount++;

    public string? SaveKeyring(Keyring keyring) => null;

    public void NameLost()
    {
    }

    public void CallCompleted(CallId call, string? error, int count)
    {
    }

    public bool SendPacket(in NodeAddress target, ReadOnlySpan<byte> packet) => true;

    public void OpenStream(StreamId stream, in NodeAddress target)
    {
    }

    public void SendStream(StreamId stream, ByteBuffer bytes)
    {
    }

    public void CloseStream(StreamId stream)
    {
    }

    public void Write(LogLevel level, string text)
    {
    }
}
