using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Simulation.Checkers;
using Serf.Wire;

namespace Serf.Simulation;

/// <summary>One query of one node, from its beginning to its end.</summary>
public sealed class SimQuery : IQuerySink
{
    public static readonly ByteString PingName = ByteString.FromText("_serf_ping");

    private readonly SimWorld _world;
    private readonly SimFilter _filter;
    private readonly bool _wantsAcks;
    private readonly bool _isPing;
    private readonly HashSet<ByteString> _reached = new(ByteString.Comparer);

    public SimQuery(
        SimWorld world,
        SimHost asker,
        int number,
        QueryParameters parameters,
        SimFilter filter,
        bool allAnswer)
    {
        _world = world;
        Asker = asker;
        Number = (ulong)number;
        Parameters = parameters;
        _filter = filter;
        _wantsAcks = parameters.RequestAck;
        _isPing = parameters.Name == PingName;
        AllAnswer = allAnswer;
        TimeSpan timeout =
            parameters.Timeout == TimeSpan.Zero ? asker.Serf.DefaultQueryTimeout : parameters.Timeout;
        BeganAt = world.Now;
        Instant deadline = timeout > TimeSpan.Zero ? BeganAt + timeout : BeganAt;
        Checker = new QueryChecker(Number, _wantsAcks, wantsAnswers: !_isPing, deadline);
    }

    public SimHost Asker { get; }

    public ulong Number { get; }

    public QueryParameters Parameters { get; }

    /// <summary>Whoever receives it answers, once and at once.</summary>
    public bool AllAnswer { get; }

    public Instant BeganAt { get; }

    /// <summary>When the last of those that received it did.</summary>
    public Instant ReachedAt { get; private set; }

    public QueryChecker Checker { get; }

    public static byte[] Payload(int number, int size)
    {
        byte[] payload = new byte[sizeof(ulong) + size];
        BinaryPrimitives.WriteUInt64LittleEndian(payload, (ulong)number);
        return payload;
    }

    public static ulong? NumberIn(ReadOnlySpan<byte> payload) =>
        BinaryPrimitives.TryReadUInt64LittleEndian(payload, out ulong number) ? number : null;

    public bool Concerns(ByteString name, Tags tags) => _filter.Passes(name, tags);

    public bool HasReached(ByteString name) => _isPing ? Checker.HasAcked(name) : _reached.Contains(name);

    /// <summary>The query is about to begin: whom the originator will wait for.</summary>
    public void Begin()
    {
        foreach (SimHost? host in _world.Hosts)
        {
            if (host is not null)
            {
                NoteTags(host);
            }
        }

        foreach (MemberInfo member in Asker.Serf.Members())
        {
            Tags tags = member.Name == Asker.Name ? Asker.Serf.Tags : member.Tags;
            if (member.Status == MemberStatus.Alive && Concerns(member.Name, tags))
            {
                Checker.Await(member.Name);
            }
        }
    }

    /// <summary>A node begins, or has other tags now.</summary>
    public void NoteTags(SimHost host)
    {
        if (Concerns(host.Name, host.Serf.Tags))
        {
            Checker.Concern(host.Name);
        }
        else
        {
            _world.Report.See(Sight.QueryExcludes);
        }
    }

    /// <summary>A node hands the query to its application.</summary>
    /// <returns>The reason it must not, or null.</returns>
    public string? Reaches(SimHost host, QueryEvent happened)
    {
        _ = _reached.Add(host.Name);
        ReachedAt = _world.Now;
        if (happened.Name != Parameters.Name || happened.SourceNode != Asker.Name)
        {
            return $"query {Number} arrives as {happened.Name} of {happened.SourceNode}";
        }

        return Concerns(host.Name, host.Serf.Tags) ? null : $"query {Number} arrives in spite of its filters";
    }

    void IQuerySink.Acked(ByteString name)
    {
        _world.Report.See(_isPing ? Sight.QueryPinged : Sight.QueryAcked);
        if (!_world.Options.IsHostile)
        {
            ReachedAt = _isPing ? _world.Now : ReachedAt;
            Asker.Require(Checker.Acked(name));
        }
    }

    void IQuerySink.Answered(ByteString name, byte[]? payload)
    {
        _world.Report.See(Sight.QueryAnswered);
        if (!_world.Options.IsHostile)
        {
            Asker.Require(Checker.Answered(name, NumberIn(payload) ?? ulong.MaxValue));
        }
    }

    void IQuerySink.Ended()
    {
        Asker.Require(Checker.Ended(_world.Now, mayBeLate: Asker.HasSlept || Asker.IsStopped));
        Asker.Forget(this);
        if (!Checker.EndedEarly)
        {
            _world.Report.See(Sight.QueryEndedByTime);
            return;
        }

        _world.Report.See(Sight.QueryEndedEarly);
        if (!_world.Options.IsHostile && !Asker.IsEnding && Checker.TooEarly() is { } missing
            && Asker.Awaits(missing))
        {
            Asker.Require($"query {Number} ended without {missing}");
        }
    }
}
