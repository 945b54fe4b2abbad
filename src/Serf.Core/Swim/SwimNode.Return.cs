using System;
using Serf.Primitives;
using Serf.Wire;

namespace Serf.Swim;

// Who was given up and is alive again gave us up as well, if it was a partition that ended.
public sealed partial class SwimNode
{
    private readonly OncePerWindow _returned = new(Limits.ReturnedCountMax);

    /// <summary>
    /// Tells a member that has just returned who is alive, in one packet. Each message of gossip is told a
    /// few times, to members picked at random: of small clusters that were cut in two every fourth would
    /// leave somebody out until the next full exchange. In a large cluster some do it, not all.
    /// </summary>
    public void TellReturned(Member member, Instant now)
    {
        if (!IsRunning || _prng.Next(_members.Count) >= Limits.ReturnTellerCount
            || !_returned.Allows(member.Name, now))
        {
            return;
        }

        _fill.Begin(member.Address, member.Versions.ProtocolMax >= ProtocolChecksum);
        int room = Options.PacketBudget - CompoundHeadSize - ChecksumSize - _packetWriter.Overhead;
        room -= AddClaim(Self, room);
        int start = _prng.Next(_members.Count);
        for (int step = 0; step < _members.Count && _fill.AddedCount < Limits.ReturnClaimCountMax; step++)
        {
            Member other = _members[(start + step) % _members.Count];
            if (other.State == MemberState.Alive && !ReferenceEquals(other, member)
                && !ReferenceEquals(other, _self))
            {
                room -= AddClaim(other, room);
            }
        }

        if (_fill.AddedCount > 0)
        {
            _fill.Send();
        }
    }

    /// <returns>What it takes of the packet; 0 when there is no room for it.</returns>
    private int AddClaim(Member member, int room)
    {
        Span<byte> ip = stackalloc byte[16];
        Span<byte> versions = stackalloc byte[NodeVersions.Size];
        int ipSize = member.Address.WriteIp(ip);
        member.Versions.Write(versions);
        Alive claim = new()
        {
            Incarnation = member.Incarnation,
            Node = member.Name.Span,
            Address = ip[..ipSize],
            Port = member.Address.Port,
            Meta = member.Meta.Length == 0 ? default : member.Meta,
            Versions = versions,
        };
        int size = SwimCodec.SizeOf(claim);
        if (size + PartHeadSize > room)
        {
            return 0;
        }

        _scratch.Clear();
        _scratch.Advance(SwimCodec.Write(claim, _scratch.GetSpan(size)));
        _fill.Add(_scratch.Written);
        return size + PartHeadSize;
    }
}
