using System.Linq;
using Serf.Blackbox.Harness;

namespace Serf.Blackbox;

public sealed class PartitionTests : Partition
{
    [PartitionFact]
    public void Six_of_ours_are_whole_again_soon_after_the_cut_heals()
    {
        CutAndHeal([.. Enumerable.Repeat(Binaries.Ours, 6)]);
    }
}
