using System;
using Serf.Primitives;

namespace Serf.Swim;

// Who hears what, this round (spec gossip 6).
public sealed partial class SwimNode
{
    private Instant _gossipAt = Instant.Never;
    private long _droppedReported;

    private void GossipTick(Instant now)
    {
        long start = _metrics.Start();
        Gossip(now);
        _metrics.Stop(Metric.GossipTime, start);
    }

    private void Gossip(Instant now)
    {
        _members.Pick(
            Options.GossipNodes, PickRule.Gossip, Self, null, Options.GossipToTheDeadTime, now, ref _prng,
            _picked);
        int limit = Options.PacketBudget - CompoundHeadSize - ChecksumSize - _packetWriter.Overhead;
        foreach (Member target in _picked)
        {
            _fill.Begin(target.Address, target.Versions.ProtocolMax >= ProtocolChecksum);
            Collect(limit, Limits.CompoundPartCountMax);
            if (_fill.AddedCount == 0)
            {
                return;
            }

            _fill.Send();
        }
    }

    private void ReportDropped(Instant now)
    {
        long dropped = DroppedBroadcastCount - _droppedReported;
        if (dropped > 0 && _refusals.Allows(now))
        {
            _droppedReported = DroppedBroadcastCount;
            _refusals.Write(
                LogLevel.Warn,
                $"memberlist: {dropped} messages about members were dropped: " +
                "too many, or too long for a packet");
        }
    }

    // Membership first, then the layer above (spec gossip 6.4).
    private void Collect(int limit, int partCountMax)
    {
        int used = _queue.Take(PartHeadSize, limit, _members.Count, partCountMax, _fill);
        if (limit - used > UserPartOverhead)
        {
            _fill.UserMessages = true;
            _observer.CollectBroadcasts(UserPartOverhead, limit - used, _fill);
        }
    }

    private void BeginPacket(in NodeAddress target) => _fill.Begin(target, ChecksumByName(target));

    // A packet names where its answer goes, so anybody could have gossip sent anywhere, and use up the
    // number of times that each message is told.
    private bool IsKnown(ReadOnlySpan<byte> name, in NodeAddress address) =>
        _members.Find(name) is Member member && member.Address == address;

    /// <summary>Sends the packet that holds one message of ours, filled up if it goes to a member.</summary>
    private bool FinishPiggyback(int messageSize, bool isKnown)
    {
        if (!isKnown)
        {
            return _fill.Send();
        }

        int limit = Options.PacketBudget - messageSize - CompoundHeadSize - PartHeadSize - ChecksumSize
            - _packetWriter.Overhead;
        Collect(limit, Limits.CompoundPartCountMax - 1);
        return _fill.Send();
    }

    // The quirk of spec gossip 2.1: without a node at hand, the original looks for one whose name is the
    // address in text, and so sends most pings and acks without a checksum.
    private bool ChecksumByName(in NodeAddress target)
    {
        if (!_members.HasAddressLikeName)
        {
            return false;
        }

        Span<byte> text = stackalloc byte[NodeAddress.IpTextSizeMax];
        Member? member = _members.Find(text[..target.WriteIpText(text)]);
        return member is not null && member.Versions.ProtocolMax >= ProtocolChecksum;
    }
}
