using System;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;

namespace Serf.Cluster;

// Leaves that do not come true.
public sealed partial class SerfNode
{
    /// <summary>The gossip layer holds it for alive, so it leaves, or has yet to refute its leave.</summary>
    private bool IsHeard(ClusterMember record) =>
        Swim.Find(record.Name.Span) is { State: MemberState.Alive or MemberState.Suspect };

    /// <summary>
    /// A leave made elsewhere may have the very time of the join that refutes another one; who heard the
    /// leave first ignores the join, and a push/pull cannot tell them apart. So a member that leaves for
    /// longer than a leave takes is told of it, one step later: it refutes that, or it does leave.
    /// </summary>
    private void DoubtLeaves(Instant now)
    {
        TimeSpan longest = (Options.BroadcastTimeout * 2) + Options.LeavePropagateDelay;
        int asked = 0;
        for (int index = 0; index < _members.Count; index++)
        {
            ClusterMember record = _members.All[index];
            if (record.Status == MemberStatus.Leaving && record.Name != Name
                && now - record.LeaveTime > longest && IsHeard(record)
                && record.StatusTime < Limits.LamportTimeMax - 1 && ++asked <= Limits.DoubtCountMax)
            {
                LeaveIntent intent = new() { LamportTime = record.StatusTime + 1, Node = record.Name.Span };
                _scratch.Clear();
                Span<byte> message = _scratch.GetSpan(SerfCodec.SizeOf(intent));
                int size = SerfCodec.Write(intent, message);
                Swim.SendUserMessage(record.Address, message[..size], checksum: false);
            }
        }
    }
}
