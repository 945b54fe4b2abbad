using System;
using System.Collections.Generic;
using System.Linq;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Simulation.Checkers;

namespace Serf.Simulation;

// Queries: those of this node, and its application's answers to those of others.
public sealed partial class SimHost
{
    private const int AnswerSizeMax = 200;
    private static readonly TimeSpan _promptMax = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan _lateMax = TimeSpan.FromSeconds(10);

    private readonly List<SimQuery> _asked = [];
    private readonly HashSet<ulong> _heard = [];
    private Instant _resumedAt = Instant.Never;

    /// <summary>The process has just been woken: what fell due meanwhile comes late.</summary>
    public bool HasSlept => _resumedAt == _world.Now;

    /// <summary>Whatever was open ends now.</summary>
    public bool IsEnding => Serf.State == LifecycleState.Shutdown;

    /// <summary>The longest time in which everybody answers to a query that says so.</summary>
    public static TimeSpan PromptMax => _promptMax;

    public void Ask(SimQuery query) => Enter(() =>
    {
        query.Begin();
        _asked.Add(query);
        if (_asked.Count > 1)
        {
            _world.Report.See(Sight.QueriesOfOneNode);
        }

        if (Serf.BeginQuery(query.Parameters, query, _world.Now) is { } refusal)
        {
            Require($"query {query.Number} was refused: {refusal}");
        }

        _world.ScheduleAt(query.Checker.Deadline + TimeSpan.FromMilliseconds(1), () =>
        {
            if (!IsStopped && !IsPaused)
            {
                Require(query.Checker.Overdue(_world.Now));
            }
        });
    });

    /// <summary>A query that is too long begins nothing.</summary>
    public void AskTooMuch(QueryParameters parameters, IQuerySink sink) => Enter(() =>
    {
        string? refusal = Serf.BeginQuery(parameters, sink, _world.Now);
        if (refusal?.StartsWith("query exceeds limit of", StringComparison.Ordinal) != true)
        {
            Require($"to a query that is too long the node said '{refusal}'");
        }
    });

    /// <summary>A query has ended.</summary>
    public void Forget(SimQuery query) => _asked.Remove(query);

    /// <summary>This node still lists the other as one that answers.</summary>
    public bool Awaits(ByteString name) => StatusOf(name) == MemberStatus.Alive;

    /// <summary>None for a name that this node does not list.</summary>
    public MemberStatus StatusOf(ByteString name)
    {
        foreach (MemberInfo member in Serf.Members())
        {
            if (member.Name == name)
            {
                return member.Status;
            }
        }

        return MemberStatus.None;
    }

    /// <summary>All that was due has been done: no query of ours is left open.</summary>
    private void CheckQueries()
    {
        foreach (SimQuery query in _asked)
        {
            Require(query.Checker.Overdue(_world.Now));
        }
    }

    private void NoteGone(ByteString name)
    {
        foreach (SimQuery query in _asked)
        {
            query.Checker.Gone(name);
        }
    }

    private void Hear(QueryEvent happened)
    {
        _world.Report.See(Sight.QueryDelivered);
        CheckFloor("a query", happened.LamportTime, _queryFloor);
        if (SimQuery.NumberIn(happened.Payload) is not { } number
            || _world.Queries.Find(number) is not { } query)
        {
            // Bits were flipped on the way.
            Require(_world.Options.IsHostile ? null : $"{happened} was delivered, which nobody asked");
            return;
        }

        if (!_world.Options.IsHostile)
        {
            Require(query.Reaches(this, happened));
            Require(_heard.Add(number) ? null : $"query {number} was delivered twice");
        }

        Answer(happened, query);
    }

    // Later, because the node must not be called from here.
    private void Answer(QueryEvent happened, SimQuery query)
    {
        SimChance chance = _world.Chance;
        AnswerChecker checker = new();
        TimeSpan prompt = chance.Between(TimeSpan.Zero, _promptMax);
        switch (query.AllAnswer ? 7 : chance.Below(8))
        {
            case 0:
                _world.Report.See(Sight.AnswerWithheld);
                break;
            case 1:
                _world.Report.See(Sight.AnswerDelayed);
                RespondLater(happened, checker, chance.Between(TimeSpan.Zero, _lateMax), AnswerSizeMax);
                break;
            case 2:
                _world.Report.See(Sight.AnswerRepeated);
                RespondLater(happened, checker, prompt, AnswerSizeMax);
                RespondLater(happened, checker, prompt * 2, AnswerSizeMax);
                break;
            case 3:
                _world.Report.See(Sight.AnswerTooLarge);
                RespondLater(happened, checker, prompt, Serf.Options.QueryResponseSizeMax);
                RespondLater(happened, checker, prompt * 2, AnswerSizeMax);
                break;
            default:
                RespondLater(happened, checker, prompt, AnswerSizeMax);
                break;
        }
    }

    private void RespondLater(QueryEvent happened, AnswerChecker checker, TimeSpan delay, int size)
    {
        bool tooLarge = size > AnswerSizeMax;
        byte[] payload = new byte[sizeof(ulong) + (tooLarge ? size : _world.Chance.Below(size))];
        happened.Payload.AsSpan(0, sizeof(ulong)).CopyTo(payload);
        _world.Schedule(delay, () => Enter(() =>
        {
            if (!IsEnding)
            {
                bool late = _world.Now > happened.Deadline;
                _world.Report.See(late ? Sight.AnswerLate : Sight.AnswerTried);
                bool toStranger = !Serf.Members().Any(member => member.Address == happened.Source);
                Require(checker.Observe(
                    tooLarge, late, toStranger, Serf.Respond(happened, payload, _world.Now)));
            }
        }));
    }
}
