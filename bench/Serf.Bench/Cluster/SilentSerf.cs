using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Serf.Bench.Swim;
using Serf.Bench.Wire;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;

namespace Serf.Bench.Cluster;

/// <summary>A whole Serf node whose effects go nowhere and only leave a count.</summary>
internal sealed class SilentSerf : ISerfEffects, ISwimEffects, IEntropy, ILog
{
    private static readonly NodeAddress Stranger = NodeAddress.FromIPv4(0x0A0000FE, 7946);

    /// <param name="memberCount">Members it knows, itself included.</param>
    /// <param name="repeatsAnswers">Answers are sent a second time, as an agent does.</param>
    public SilentSerf(int memberCount, bool repeatsAnswers = false)
    {
        SerfOptions options = new()
        {
            Tags = Tags.From(
            [
                new(ByteString.FromText("role"), ByteString.FromText("web")),
                new(ByteString.FromText("dc"), ByteString.FromText("eu-west-1")),
            ]),
            CoalescePeriod = TimeSpan.Zero,
            UserCoalescePeriod = TimeSpan.Zero,
        };
        if (!repeatsAnswers)
        {
            options = options with { AnswerRepeatDelay = TimeSpan.Zero };
        }

        SwimOptions swim = SwimOptions.Lan with
        {
            Name = ByteString.Copy(Samples.Node),
            AdvertiseAddress = NodeAddress.FromIPv4(0x0A000311, 7946),
        };
        Node = new SerfNode(options, swim, this, this, 1);
        Node.Start(Now);
        byte[] packet = new byte[200];
        PacketWriter writer = new(default, compress: false, null);
        for (int number = 1; number < memberCount; number++)
        {
            writer.Begin();
            writer.Add(packet.AsSpan(0, SilentPeer.WriteAlive(number, 1, packet)));
            Node.Swim.Receive(Stranger, writer.Finish(checksum: false), Now);
        }

        // What was just learned is still to be passed on; a steady node has that behind it.
        Node.Swim.Broadcasts.Prune(0);
    }

    public SerfNode Node { get; }

    public ISwimObserver Observer => Node;

    public Instant Now { get; set; } = new(1_000_000_000);

    public int PacketCount { get; private set; }

    public int EventCount { get; private set; }

    public ILog Log => this;

    public IEntropy Entropy => this;

    /// <summary>The identifier of the last query of its own; always one of four bytes on the wire.</summary>
    public uint LastQueryId { get; private set; } = 0x0100_0000;

    /// <summary>A user message as it comes out of the gossip layer.</summary>
    public void Hear(ReadOnlySpan<byte> message) => Observer.UserMessage(message, Now);

    /// <summary>Every other member was pinged directly, as often as round trips are remembered.</summary>
    public void HearAllCoordinates()
    {
        List<Member> members = [.. Node.Swim.Members];
        byte[] payload = new byte[Limits.AckPayloadSizeMax];
        int size = Observer.WriteAckPayload(payload);
        foreach (Member member in members)
        {
            for (int count = 0; count < 3 && member != Node.Swim.Self; count++)
            {
                Observer.PingCompleted(
                    member, TimeSpan.FromMilliseconds(3 + count), payload.AsSpan(0, size), Now);
            }
        }
    }

    public void Fill(Span<byte> bytes) => BinaryPrimitives.WriteUInt32LittleEndian(bytes, ++LastQueryId);

    public void Deliver(SerfEvent happened) => EventCount++;

    public void NameLost()
    {
    }

    public string? SaveKeyring(Keyring keyring) => null;

    public void CallCompleted(CallId call, string? error, int count)
    {
    }

    public bool SendPacket(in NodeAddress target, ReadOnlySpan<byte> packet)
    {
        PacketCount++;
        return true;
    }

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
