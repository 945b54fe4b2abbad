using System;
using System.Collections.Generic;
using Serf.Primitives;
using Serf.Swim;
using Xunit;

namespace Serf.Core.Tests.Swim;

/// <summary>What every node of the world has: an address, packets, streams and a log.</summary>
internal abstract class WorldHost(SwimWorld world, NodeAddress address) : ISwimEffects, ILog
{
    private readonly Dictionary<long, (WorldHost Host, StreamId Stream)> _peers = [];

    public NodeAddress Address { get; } = address;

    public abstract SwimNode Node { get; }

    public bool Stopped { get; set; }

    public bool RefusesPackets { get; set; }

    /// <summary>Answers on this stream go nowhere.</summary>
    public bool DropsStreams { get; set; }

    /// <summary>Every packet is kept in <see cref="Sent"/>.</summary>
    public bool Records { get; set; }

    public List<SentPacket> Sent { get; } = [];

    /// <summary>What was written to streams, kept as well then.</summary>
    public List<byte[]> SentOnStreams { get; } = [];

    public List<string> Lines { get; } = [];

    public ILog Log => this;

    public RecordingMetrics Metrics { get; } = new();

    IMetrics ISwimEffects.Metrics => Metrics;

    public virtual Instant NextDeadline => Node.NextDeadline;

    protected SwimWorld World => world;

    public virtual void Advance(Instant now) => Node.Advance(now);

    public bool SendPacket(in NodeAddress target, ReadOnlySpan<byte> packet)
    {
        Assert.InRange(packet.Length, 1, Limits.PacketBudget);
        if (RefusesPackets)
        {
            return false;
        }

        if (Records)
        {
            Sent.Add(new SentPacket(target, packet, Node.Options.Label.Span));
        }

        WorldHost? host = world.At(target);
        if (host is null || host.Stopped || !world.PacketPasses(this, host) || world.Loses())
        {
            return true;
        }

        byte[] copy = packet.ToArray();
        world.Schedule(SwimWorld.Latency, () =>
        {
            if (!host.Stopped)
            {
                host.Node.Receive(Address, copy, world.Now);
            }
        });
        return true;
    }

    public void OpenStream(StreamId stream, in NodeAddress target)
    {
        NodeAddress dialled = target;
        world.Schedule(SwimWorld.Latency, () =>
        {
            WorldHost? host = world.At(dialled);
            if (host is null || host.Stopped)
            {
                Node.StreamFailed(stream, $"dial tcp {dialled}: connect: connection refused", world.Now);
                return;
            }

            if (!world.StreamPasses(this, host))
            {
                return;
            }

            StreamId other = host.Node.StreamAccepted(Address, world.Now);
            _peers[stream.Value] = (host, other);
            host._peers[other.Value] = (this, stream);
            Node.StreamConnected(stream, world.Now);
        });
    }

    public void SendStream(StreamId stream, ByteBuffer output)
    {
        ReadOnlySpan<byte> bytes = output.Written;
        if (Records)
        {
            SentOnStreams.Add(bytes.ToArray());
        }

        if (DropsStreams)
        {
            return;
        }

        (WorldHost host, StreamId other) = _peers[stream.Value];
        for (int start = 0; start < bytes.Length; start += 100)
        {
            byte[] piece = bytes.Slice(start, Math.Min(100, bytes.Length - start)).ToArray();
            world.Schedule(SwimWorld.Latency, () => host.Node.StreamReceived(other, piece, world.Now));
        }
    }

    public void CloseStream(StreamId stream)
    {
        if (_peers.Remove(stream.Value, out (WorldHost Host, StreamId Stream) peer))
        {
            world.Schedule(SwimWorld.Latency, () => peer.Host.Node.StreamEnded(peer.Stream, world.Now));
        }
    }

    public void Write(LogLevel level, string text) => Lines.Add($"[{level}] {text}");
}
