using System;
using System.Collections.Generic;
using Serf.Cluster;
using Serf.Primitives;

namespace Serf.Simulation;

/// <summary>All queries of one world.</summary>
public sealed class SimQueries(SimWorld world)
{
    private const int PayloadSizeMax = 200;

    private readonly List<SimQuery> _all = [];

    // Those at the front have ended.
    private int _openFrom;

    public int Count => _all.Count;

    public SimQuery? Find(ulong number) => number < (ulong)_all.Count ? _all[(int)number] : null;

    /// <summary>A node begins, or has other tags now.</summary>
    public void NoteTags(SimHost host)
    {
        while (_openFrom < _all.Count && IsOver(_all[_openFrom]))
        {
            _openFrom++;
        }

        for (int index = _openFrom; index < _all.Count; index++)
        {
            if (!IsOver(_all[index]))
            {
                _all[index].NoteTags(host);
            }
        }
    }

    /// <summary>Any query that a node may ask.</summary>
    public void Ask(SimHost asker)
    {
        SimChance chance = world.Chance;
        int number = _all.Count;
        bool isPing = chance.Below(8) == 0;
        if (chance.Below(32) == 0)
        {
            world.Report.See(Sight.QueryTooLong);
            QueryParameters tooLong = new() { Name = ByteString.FromText("load"), Payload = new byte[1100] };
            asker.AskTooMuch(tooLong, new Silence(asker));
            return;
        }

        SimFilter filter = SimFilter.Draw(chance, world.Options.NodeCount);
        QueryParameters parameters = new()
        {
            Name = isPing ? SimQuery.PingName : ByteString.FromText(chance.Below(2) == 0 ? "load" : "uptime"),
            Payload = isPing ? null : SimQuery.Payload(number, chance.Below(PayloadSizeMax)),
            FilterNodes = filter.Names,
            FilterTags = filter.Expressions(),
            RequestAck = isPing || chance.Below(2) == 0,
            RelayFactor = chance.Below(3) == 0 ? (byte)(1 + chance.Below(5)) : (byte)0,
            Timeout = Timeout(chance),
        };
        Begin(asker, parameters, filter, allAnswer: false);
    }

    /// <summary>A query in calm, with the usual time-out, to which everybody answers.</summary>
    public SimQuery AskInCalm(SimHost asker)
    {
        SimChance chance = world.Chance;
        SimFilter filter = SimFilter.Draw(chance, world.Options.NodeCount);
        bool isPing = chance.Below(8) == 0;
        QueryParameters parameters = new()
        {
            Name = isPing ? SimQuery.PingName : ByteString.FromText("load"),
            Payload = isPing ? null : SimQuery.Payload(_all.Count, chance.Below(PayloadSizeMax)),
            FilterNodes = filter.Names,
            FilterTags = filter.Expressions(),
            RequestAck = isPing || chance.Below(2) == 0,
            RelayFactor = (byte)chance.Below(3),
        };
        return Begin(asker, parameters, filter, allAnswer: true);
    }

    private static bool IsOver(SimQuery query) => query.Checker.IsEnded || query.Asker.IsStopped;

    private static TimeSpan Timeout(SimChance chance) => chance.Below(8) switch
    {
        < 4 => TimeSpan.Zero,
        4 => TimeSpan.FromMilliseconds(-1),
        5 => chance.Between(TimeSpan.Zero, TimeSpan.FromMilliseconds(50)),
        _ => chance.Between(TimeSpan.Zero, TimeSpan.FromSeconds(20)),
    };

    private SimQuery Begin(SimHost asker, QueryParameters parameters, SimFilter filter, bool allAnswer)
    {
        world.Report.See(parameters.Name == SimQuery.PingName ? Sight.PingQuerySent : Sight.QuerySent);
        SimQuery query = new(world, asker, _all.Count, parameters, filter, allAnswer);
        _all.Add(query);
        if (parameters.RelayFactor > 0)
        {
            world.Report.See(Sight.QueryWithRelays);
        }

        asker.Ask(query);
        return query;
    }

    /// <summary>Nothing may come of a query that was refused.</summary>
    private sealed class Silence(SimHost asker) : IQuerySink
    {
        public void Acked(ByteString name) => asker.Require("a query that was refused was acked");

        public void Answered(ByteString name, byte[]? payload) =>
            asker.Require("a query that was refused was answered");

        public void Ended() => asker.Require("a query that was refused has ended");
    }
}
