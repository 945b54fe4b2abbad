using System;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Swim;

// Claims about a node of which nobody here can tell whether they are true: the node itself is asked.
public sealed partial class SwimNode
{
    private readonly Tombstones _tombstones = new(Limits.TombstoneCountMax);
    private readonly OncePerWindow _doubts = new(Limits.DoubtCountMax);

    /// <summary>
    /// A node that restarts counts its incarnations from 1 again, so two announcements may carry the same
    /// number. Whoever holds the older one ignores the newer, and nothing that peers tell each other would
    /// ever end that. Only the owner knows the truth: told both, it sees that one is not its own and
    /// announces itself with a higher incarnation (spec gossip 4.4 step 8).
    /// </summary>
    private void DoubtAlive(Member member, in Alive claim, NodeVersions versions, Instant now)
    {
        bool differs = versions != member.Versions || !claim.Meta.SequenceEqual(member.Meta);
        if (!differs || member.IsGone || claim.Incarnation != member.Incarnation
            || !_doubts.Allows(member.Name, now))
        {
            return;
        }

        Span<byte> six = stackalloc byte[NodeVersions.Size];
        member.Versions.Write(six);
        SendClaim(member, claim.Meta, claim.Versions);
        SendClaim(member, member.Meta, six);
    }

    /// <summary>
    /// A member that is gone was forgotten, and somebody who has not heard of its end claims it to be alive,
    /// with no newer incarnation than it had. Believed, it would come back for a moment and fail again. Yet
    /// it may have restarted, with its incarnations counted from 1 again: accused of what is remembered, it
    /// refutes with a higher one, and that is believed.
    /// </summary>
    /// <returns>True when the claim is not believed.</returns>
    private bool DoubtForgotten(in Alive claim, in NodeAddress address, Instant now)
    {
        uint? last = _tombstones.Find(claim.Node, Options.GossipToTheDeadTime, now);
        if (last is null || claim.Incarnation > last)
        {
            return false;
        }

        if (_doubts.Allows(ByteString.Copy(claim.Node), now))
        {
            Suspect suspect = new() { Incarnation = last.Value, Node = claim.Node, From = Self.Name.Span };
            _fill.Begin(address, checksum: false);
            _packetWriter.Commit(SwimCodec.Write(suspect, _packetWriter.Reserve(SwimCodec.SizeOf(suspect))));
            _fill.Send();
        }

        return true;
    }

    // In packets of their own: two claims with full metadata would not fit into one.
    private void SendClaim(Member member, ReadOnlySpan<byte> meta, ReadOnlySpan<byte> versions)
    {
        Span<byte> ip = stackalloc byte[16];
        int ipSize = member.Address.WriteIp(ip);
        Alive claim = new()
        {
            Incarnation = member.Incarnation,
            Node = member.Name.Span,
            Address = ip[..ipSize],
            Port = member.Address.Port,
            Meta = meta.IsEmpty ? default : meta,
            Versions = versions[..NodeVersions.Size],
        };
        int size = SwimCodec.SizeOf(claim);
        if (size <= Options.BroadcastSizeMax)
        {
            _fill.Begin(member.Address, member.Versions.ProtocolMax >= ProtocolChecksum);
            _packetWriter.Commit(SwimCodec.Write(claim, _packetWriter.Reserve(size)));
            _fill.Send();
        }
    }
}
