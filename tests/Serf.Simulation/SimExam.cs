using System;
using System.Collections.Generic;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Swim;

namespace Serf.Simulation;

/// <summary>
/// What must work in a calm cluster of one mind: queries are answered by all, events reach all, who is gone
/// can be pruned everywhere, and keys can be changed.
/// </summary>
public sealed class SimExam(SimWorld world)
{
    private const int AskerCount = 3;
    private const int EventCount = 4;
    private static readonly TimeSpan _pruneInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _slack = TimeSpan.FromMilliseconds(5);

    private readonly List<SimQuery> _queries = [];
    private readonly SortedSet<int> _pruned = [];
    private SimRotation? _rotation;
    private int _judged;

    public bool HasBegun { get; private set; }

    /// <summary>Slots that nobody may list any more.</summary>
    public IReadOnlyCollection<int> Pruned => _pruned;

    public void Begin()
    {
        HasBegun = true;
        for (int asker = 0; asker < AskerCount; asker++)
        {
            SimHost host = world.DrawRunning();
            _queries.Add(world.Queries.AskInCalm(host));
            _queries.Add(world.Queries.AskInCalm(host));
        }

        for (int sent = 0; sent < EventCount; sent++)
        {
            world.Schedule(
                world.Chance.Between(TimeSpan.Zero, TimeSpan.FromSeconds(10)),
                () => world.Events.Send(world.DrawRunning()));
        }

        if (world.Options.Keys is not null)
        {
            _rotation = new SimRotation(world);
        }

        if (world.Chance.Below(2) == 0)
        {
            PruneGone();
        }
    }

    /// <returns>What is still open, or null when the cluster has passed.</returns>
    public string? Remaining()
    {
        while (_judged < _queries.Count && _queries[_judged].Checker.IsEnded)
        {
            Judge(_queries[_judged++]);
        }

        return _judged < _queries.Count
            ? $"query {_queries[_judged].Number} is open"
            : _rotation?.Remaining ?? Listed() ?? world.Events.Missing();
    }

    private void PruneGone()
    {
        for (int slot = 0; slot < world.Hosts.Count; slot++)
        {
            ByteString name = SimHost.NameOf(slot);
            if (world.Hosts[slot] is null && world.DrawRunning().StatusOf(name) != MemberStatus.None)
            {
                world.Report.See(Sight.PruneInCalm);
                _pruned.Add(slot);
                Prune(slot);
            }
        }
    }

    // As often as it takes: one message may miss a node, and it is not repeated by push/pull.
    private void Prune(int slot)
    {
        world.DrawRunning().ForceLeave(SimHost.NameOf(slot), prune: true);
        world.Schedule(_pruneInterval, () =>
        {
            if (Lister(slot) is not null)
            {
                Prune(slot);
            }
        });
    }

    private SimHost? Lister(int slot)
    {
        foreach (SimHost? host in world.Hosts)
        {
            if (host is not null && host.StatusOf(SimHost.NameOf(slot)) != MemberStatus.None)
            {
                return host;
            }
        }

        return null;
    }

    private string? Listed()
    {
        foreach (int slot in _pruned)
        {
            if (Lister(slot) is { } lister)
            {
                return $"{lister} still lists n{slot}, which was pruned";
            }
        }

        return null;
    }

    private void Judge(SimQuery query)
    {
        bool all = true;

        // The local profile tells everything half as often, and by far more often misses somebody.
        bool countsMisses = world.Options.Swim.RetransmitMultiplier >= SwimOptions.Lan.RetransmitMultiplier;
        foreach (SimHost? host in world.Hosts)
        {
            if (host is null || !query.Concerns(host.Name, host.Serf.Tags))
            {
                continue;
            }

            world.Report.AskedCount += countsMisses ? 1 : 0;
            if (query.HasReached(host.Name))
            {
                query.Asker.Require(query.Checker.Incomplete(host.Name));
            }
            else
            {
                // Gossip is chance, and a query is not repeated by push/pull.
                world.Report.See(Sight.QueryMissed);
                world.Report.MissedCount += countsMisses ? 1 : 0;
                all = false;
            }
        }

        Instant soon = query.ReachedAt + SimHost.PromptMax + world.Options.LatencyMax + _slack;
        bool isSoon = query.ReachedAt < query.BeganAt || query.Checker.EndedAt <= soon;
        if (all && !(query.Checker.EndedEarly && isSoon))
        {
            query.Asker.Require($"query {query.Number} did not end when all had answered");
        }
    }
}
