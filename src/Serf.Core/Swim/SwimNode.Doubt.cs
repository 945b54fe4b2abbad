using System;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Swim;

// Two claims about a node that cannot both be true, and no way to tell which is the newer one.
public sealed partial class SwimNode
{
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
