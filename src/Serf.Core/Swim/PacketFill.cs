using System;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Swim;

/// <summary>
/// Adds broadcasts to the packet being written. User messages get their type byte here. What would be part
/// 128 starts another packet to the same target: peers before memberlist 0.2.4 misread larger compounds.
/// </summary>
internal sealed class PacketFill(PacketWriter writer, ISwimEffects effects, IMetrics metrics) : IBroadcastSink
{
    private NodeAddress _target;
    private bool _checksum;

    /// <summary>What comes now lacks its type byte.</summary>
    public bool UserMessages { get; set; }

    /// <summary>Parts added since <see cref="Begin"/>, a first message of the
    /// caller's own not counted.</summary>
    public int AddedCount { get; private set; }

    public void Begin(in NodeAddress target, bool checksum)
    {
        _target = target;
        _checksum = checksum;
        UserMessages = false;
        AddedCount = 0;
        writer.Begin();
    }

    public void Add(ReadOnlySpan<byte> message)
    {
        if (writer.PartCount == Limits.CompoundPartCountMax)
        {
            Send();
            writer.Begin();
        }

        AddedCount++;
        if (!UserMessages)
        {
            writer.Add(message);
            return;
        }

        Span<byte> part = writer.Reserve(message.Length + 1);
        part[0] = (byte)MessageType.User;
        message.CopyTo(part[1..]);
        writer.Commit(message.Length + 1);
    }

    public bool Send()
    {
        ReadOnlySpan<byte> packet = writer.Finish(_checksum);
        metrics.Add(Metric.PacketSent, packet.Length);
        return effects.SendPacket(_target, packet);
    }
}
