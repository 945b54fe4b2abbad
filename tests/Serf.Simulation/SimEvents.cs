using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Simulation.Checkers;

namespace Serf.Simulation;

/// <summary>The user events of one world.</summary>
public sealed class SimEvents
{
    private const int NameCount = 5;
    private const int PayloadSizeMax = 200;

    private readonly SimWorld _world;
    private readonly EventReachChecker _reach;

    public SimEvents(SimWorld world)
    {
        _world = world;
        SerfOptions options = world.Options.Serf;
        _reach = new EventReachChecker(
            options.EventBufferCount, coalesces: options.UserCoalescePeriod > TimeSpan.Zero);
    }

    public void Send(SimHost sender)
    {
        SimChance chance = _world.Chance;
        _world.Report.See(Sight.UserEventSent);
        ByteString name = ByteString.FromText(
            string.Create(CultureInfo.InvariantCulture, $"deploy-{_reach.Count % NameCount}"));
        byte[] payload = new byte[sizeof(int) + chance.Below(PayloadSizeMax)];
        bool coalesce = chance.Below(4) == 0;
        int number = _reach.Send(sender, name, coalesce);
        BinaryPrimitives.WriteInt32LittleEndian(payload, number);

        // A node that holds its event back until it has joined stamps it then; whom it tells says when.
        ulong time = sender.Serf.ClockTimes.Event;
        sender.SendUserEvent(name, payload, coalesce);
        if (sender.Serf.ClockTimes.Event > time)
        {
            _reach.Stamp(number, time);
        }
    }

    /// <summary>A node begins.</summary>
    public void Begin(SimHost host)
    {
        if (host.EventFloor > 0)
        {
            _reach.Skip(host, host.EventFloor);
        }
    }

    /// <summary>A node joins, and refuses what was sent before.</summary>
    public void Skip(SimHost joining)
    {
        ulong clock = 0;
        foreach (SimHost? host in _world.Hosts)
        {
            clock = ulong.Max(clock, host?.Serf.ClockTimes.Event ?? 0);
        }

        _reach.Skip(joining, ulong.Max(clock, joining.EventFloor));
    }

    public void Deliver(SimHost host, UserEvent happened)
    {
        _world.Report.See(Sight.UserEventDelivered);
        if (!_world.Options.IsHostile
            && BinaryPrimitives.TryReadInt32LittleEndian(happened.Payload, out int number))
        {
            _reach.Deliver(host, number, happened.LamportTime);
        }
    }

    /// <returns>An event that a node which runs still has to be told, or null.</returns>
    public string? Missing()
    {
        List<object> running = [];
        ulong clock = 0;
        foreach (SimHost? host in _world.Hosts)
        {
            if (host is not null)
            {
                running.Add(host);
                clock = ulong.Max(clock, host.Serf.ClockTimes.Event);
            }
        }

        return _reach.Missing(running, clock);
    }
}
