using System.Collections.Generic;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Simulation.Checkers;

namespace Serf.Simulation;

// Queries, force-leaves and key operations at any time.
public sealed partial class SimChaos
{
    private const int BurstCountMax = 4;
    private const int StrayKeyCountMax = 3;

    private readonly List<byte[]> _strayKeys = [];

    private void Ask()
    {
        // Several of one node, and several nodes at the same time.
        SimHost? host = Draw();
        for (int count = world.Chance.Below(3) == 0 ? BurstCountMax : 1; count > 0; count--)
        {
            if (host is not null)
            {
                world.Queries.Ask(host);
            }

            host = world.Chance.Below(2) == 0 ? Draw() : host;
        }
    }

    private void ForceLeave()
    {
        if (Draw() is not { } host)
        {
            return;
        }

        ByteString name = DrawName(host);
        bool prune = world.Chance.Below(2) == 0;
        world.Report.See(host.StatusOf(name) switch
        {
            MemberStatus.Alive => prune ? Sight.PruneAlive : Sight.ForceLeaveAlive,
            MemberStatus.Failed => prune ? Sight.PruneFailed : Sight.ForceLeaveFailed,
            MemberStatus.None => Sight.ForceLeaveUnknown,
            _ => Sight.ForceLeaveLeft,
        });
        host.ForceLeave(name, prune);
    }

    /// <summary>Whoever, or nobody at all; but those who have failed more often.</summary>
    private ByteString DrawName(SimHost host)
    {
        List<ByteString> failed = [];
        foreach (MemberInfo member in host.Serf.Members())
        {
            if (member.Status == MemberStatus.Failed)
            {
                failed.Add(member.Name);
            }
        }

        return failed.Count > 0 && world.Chance.Below(2) == 0
            ? failed[world.Chance.Below(failed.Count)]
            : SimHost.NameOf(world.Chance.Below(world.Options.NodeCount + 1));
    }

    /// <summary>
    /// What cannot part a cluster: keys that nobody seals with come and go, and a use of a key that nobody
    /// has is refused by all.
    /// </summary>
    private void OperateKeys()
    {
        if (world.Options.Keys is null || Draw() is not { } host)
        {
            return;
        }

        if (_strayKeys.Count < StrayKeyCountMax)
        {
            _strayKeys.Add(SimKeys.NewKey(world.Chance));
        }

        byte[] key = _strayKeys[world.Chance.Below(_strayKeys.Count)];
        KeyOperation operation = (KeyOperation)world.Chance.Below(4);
        if (operation == KeyOperation.Use)
        {
            key = SimKeys.NewKey(world.Chance);
        }

        host.OperateKeys(operation, operation == KeyOperation.List ? [] : key, (report, error) =>
        {
            world.Report.See(error is null ? Sight.KeyOperationDone : Sight.KeyOperationFailed);
            host.Require(world.Options.IsHostile ? null : KeyReportChecker.Observe(operation, report, error));
        });
    }
}
