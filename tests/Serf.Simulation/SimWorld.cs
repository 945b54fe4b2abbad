using System;
using System.Collections.Generic;
using Serf.Primitives;
using Serf.Simulation.Checkers;

namespace Serf.Simulation;

/// <summary>
/// A cluster in one thread: a heap of what is due, ordered by instant and then by sequence number. Time jumps
/// from one entry to the next, and everything is drawn from one seed.
/// </summary>
public sealed class SimWorld
{
    public static readonly Instant Origin = new(1_000_000_000);

    private const int AgreementCountNeeded = 10;
    private static readonly TimeSpan _agreementInterval = TimeSpan.FromMilliseconds(500);

    private readonly PriorityQueue<Action, Due> _heap = new();
    private readonly Dictionary<NodeAddress, SimHost> _addresses = [];
    private readonly SimHost?[] _hosts;
    private readonly TraceHash _trace = new();
    private readonly ulong _seed;
    private long _sequence;

    public SimWorld(ulong seed)
    {
        _seed = seed;
        Chance = new SimChance(seed);
        Options = SimOptions.Draw(Chance, seed);
        _hosts = new SimHost?[Options.NodeCount];
        Network = new SimNetwork(this);
        Queries = new SimQueries(this);
        Events = new SimEvents(this);
        Exam = new SimExam(this);
        Chaos = new SimChaos(this);
    }

    public Instant Now { get; private set; } = Origin;

    public SimOptions Options { get; }

    public SimChance Chance { get; }

    public SimNetwork Network { get; }

    public SimChaos Chaos { get; }

    public SimQueries Queries { get; }

    public SimEvents Events { get; }

    public SimExam Exam { get; }

    /// <summary>Null in most worlds.</summary>
    public SimDuel? Duel { get; private set; }

    public SimReport Report { get; } = new();

    /// <summary>By slot; null where no process runs.</summary>
    public IReadOnlyList<SimHost?> Hosts => _hosts;

    /// <summary>Takes the nodes' log lines; null for nobody.</summary>
    public Action<SimHost, LogLevel, string>? Log { get; set; }

    /// <summary>The whole life of the world: chaos, then calm until all agree.</summary>
    public SimResult Run()
    {
        string? failure = null;
        try
        {
            failure = Options.DuelFirstCount > 0 ? RunDuel() : RunChaos();
        }
        catch (Exception exception)
        {
            // Whatever it is, it belongs to this seed.
            failure = exception is SimFailureException ? exception.Message : exception.ToString();
        }

        foreach (SimHost? host in _hosts)
        {
            _trace.Add(host is null ? 0 : host.Serf.ClockTimes.Member + ((ulong)host.Serf.Swim.AliveCount << 32));
        }

        Report.WorldCount = 1;
        Report.NodeCount = Options.NodeCount;
        Report.VirtualTime = Now - Origin;
        return new SimResult(_seed, Now - Origin, failure?.ReplaceLineEndings(" "), _trace.Value, Report);
    }

    public void Schedule(TimeSpan delay, Action action) => ScheduleAt(Now + delay, action);

    public void ScheduleAt(Instant at, Action action)
    {
        Instant due = at > Now ? at : Now;
        _heap.Enqueue(action, new Due(due.Nanoseconds, _sequence++));
    }

    /// <summary>One of those that run. There always are some: so many are never lost.</summary>
    public SimHost DrawRunning()
    {
        while (true)
        {
            if (_hosts[Chance.Below(_hosts.Length)] is { IsLeaving: false, IsPaused: false } host)
            {
                return host;
            }
        }
    }

    /// <summary>The process that listens at an address.</summary>
    public SimHost? At(NodeAddress address) => _addresses.GetValueOrDefault(address);

    public void Put(SimHost host)
    {
        _hosts[host.Slot] = host;
        _addresses.Add(host.Address, host);
        Events.Begin(host);
    }

    public void Remove(SimHost host)
    {
        host.Stop();
        _hosts[host.Slot] = null;
        _addresses.Remove(host.Address);
    }

    /// <summary>Adds a delivery to the trace.</summary>
    public void Deliver(int slot, ReadOnlySpan<byte> bytes)
    {
        _trace.Add((ulong)Now.Nanoseconds);
        _trace.Add((ulong)slot);
        _trace.Add(bytes);
    }

    public void RunUntil(Instant end)
    {
        while (_heap.TryPeek(out _, out Due due) && due.At <= end.Nanoseconds)
        {
            Now = new Instant(due.At);
            _heap.Dequeue()();
        }

        Now = end;
    }

    private string? RunDuel()
    {
        Chaos.Skip();
        Duel = new SimDuel(this, Options.DuelFirstCount);
        return Duel.Run();
    }

    private string? RunChaos()
    {
        Chaos.Begin();
        RunUntil(Origin + Options.Chaos);
        return Options.IsHostile ? RunOn() : RunCalm();
    }

    private string? RunOn()
    {
        RunUntil(Now + TimeSpan.FromSeconds(30));
        return null;
    }

    // Agreement, in some worlds a long partition and agreement after it, the examination, and agreement.
    private string? RunCalm()
    {
        if (RunUntilAgreed(Options.AgreementBound) is { } disagreement)
        {
            return disagreement;
        }

        if (Options.LongPartition is { } partition)
        {
            SimParting parting = new(this, partition);
            Network.CalmLoss = Options.HealingLoss;
            RunUntil(parting.Begin());
            Instant healed = Now;
            TimeSpan bound = Options.AgreementBound + parting.Bound;
            if (RunUntilAgreed(bound) is { } rift)
            {
                return "parted for good: " + rift;
            }

            Network.CalmLoss = 0;
            Report.HealingShareMax = (Now - healed) / bound;
        }

        Exam.Begin();
        Instant begun = Now;
        while (Exam.Remaining() is { } remaining)
        {
            if (Now - begun > Options.ExamBound)
            {
                return "not passed: " + remaining;
            }

            RunUntil(Now + _agreementInterval);
        }

        Report.ExamShareMax = (Now - begun) / Options.ExamBound;
        return RunUntilAgreed(Options.AgreementBound);
    }

    private string? RunUntilAgreed(TimeSpan bound)
    {
        Instant calm = Now;
        int agreed = 0;
        while (true)
        {
            RunUntil(Now + _agreementInterval);
            string? disagreement = AgreementChecker.Observe(_hosts, Exam.Pruned);
            agreed = disagreement is null ? agreed + 1 : 0;
            if (agreed == AgreementCountNeeded)
            {
                Report.AgreementShareMax = Math.Max(
                    Report.AgreementShareMax, (Now - calm) / bound);
                return null;
            }

            if (disagreement is not null && Now - calm > bound)
            {
                return "no agreement: " + disagreement;
            }
        }
    }

    private readonly record struct Due(long At, long Sequence) : IComparable<Due>
    {
        public int CompareTo(Due other) =>
            At != other.At ? At.CompareTo(other.At) : Sequence.CompareTo(other.Sequence);
    }
}
