using Serf.Blackbox.Harness;

namespace Serf.Blackbox;

public sealed class MixedPartitionTests : Partition
{
    [PartitionFact(needsPeer: true)]
    public void Three_of_ours_and_three_originals_are_whole_again_soon_after_the_cut_heals()
    {
        string ours = Binaries.Ours;
        string peer = Binaries.Peer;
        CutAndHeal([ours, ours, peer, ours, peer, peer]);
    }
}
