using System;
using System.Collections.Generic;
using Serf.Primitives;
using Serf.Swim;

namespace Serf.Core.Tests.Swim;

/// <summary>Several nodes, one virtual clock, a network of queues with loss and partitions.</summary>
internal sealed class SwimWorld
{
    public static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(1);
    private readonly PriorityQueue<Action, (long At, long Order)> _events = new();
    private readonly List<WorldHost> _all = [];
    private long _order;
    private Prng _prng;

    public SwimWorld(ulong seed) => _prng = new Prng(seed);

    public Instant Now { get; private set; } = new(1_000_000_000);

    public List<SwimHost> Hosts { get; } = [];

    /// <summary>Asked before a packet is delivered.</summary>
    public Func<WorldHost, WorldHost, bool> PacketPasses { get; set; } = (_, _) => true;

    /// <summary>Asked before a stream is opened.</summary>
    public Func<WorldHost, WorldHost, bool> StreamPasses { get; set; } = (_, _) => true;

    public double Loss { get; set; }

    /// <summary>Other addresses that lead to nodes, as where addresses are translated.</summary>
    public Dictionary<NodeAddress, NodeAddress> Aliases { get; } = [];

    public SwimHost Add(string name, SwimOptions? options = null)
    {
        SwimHost host = new(this, name, Hosts.Count + 1, options ?? SwimOptions.Lan);
        Hosts.Add(host);
        Attach(host);
        host.Node.Start(Now);
        return host;
    }

    /// <summary>Gives a node its part of time and traffic.</summary>
    public void Attach(WorldHost host) => _all.Add(host);

    /// <summary>The host at an address; one that was stopped gives way to its successor.</summary>
    public WorldHost? At(in NodeAddress address)
    {
        NodeAddress target = Aliases.GetValueOrDefault(address, address);
        foreach (WorldHost host in _all)
        {
            if (host.Address == target && !host.Stopped)
            {
                return host;
            }
        }

        return null;
    }

    public bool Loses() => _prng.NextDouble() < Loss;

    public void Schedule(TimeSpan delay, Action action)
    {
        Instant at = Now + delay;
        _events.Enqueue(action, (at.Nanoseconds, _order++));
    }

    public void Run(TimeSpan time)
    {
        Instant end = Now + time;
        while (true)
        {
            Instant next = _events.TryPeek(out _, out (long At, long Order) first)
                ? new(first.At) : Instant.Never;
            foreach (WorldHost host in _all)
            {
                next = Instant.Min(next, host.Stopped ? Instant.Never : host.NextDeadline);
            }

            if (next > end)
            {
                Now = end;
                return;
            }

            Now = next > Now ? next : Now;
            while (_events.TryPeek(out _, out first) && first.At <= Now.Nanoseconds)
            {
                _events.Dequeue()();
            }

            foreach (WorldHost host in _all)
            {
                if (!host.Stopped)
                {
                    host.Advance(Now);
                }
            }
        }
    }
}
