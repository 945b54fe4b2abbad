using System;
using Serf.Primitives;

namespace Serf.Simulation.Scale;

/// <summary>One large cluster from its start to the end: join, rest, broadcast, crash.</summary>
public sealed class ScaleRun
{
    private static readonly TimeSpan _quietLimit = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan _spreadLimit = TimeSpan.FromMinutes(1);

    private readonly ScaleWorld _world;
    private readonly ScaleMeasure _measure;
    private readonly ScaleResult _result;
    private Instant _phaseStart = ScaleWorld.Origin;
    private long _packetCount;
    private long _packetSize;
    private long _streamCount;
    private long _streamSize;

    public ScaleRun(ScaleOptions options)
    {
        _world = new ScaleWorld(options);
        _measure = _world.Measure;
        _result = new ScaleResult { Options = options };
    }

    /// <param name="progress">Told of every part that is over.</param>
    public ScaleResult Run(Action<ScaleTraffic>? progress = null)
    {
        _result.Failure = RunParts(progress);
        _result.WronglyDeadCount = _measure.WronglyDeadCount;
        _result.WronglySuspectedCount = _measure.WronglySuspectedCount;
        _result.VirtualSeconds = (_world.Now - ScaleWorld.Origin).TotalSeconds;
        _result.Trace = _world.Trace;
        return _result;
    }

    private string? RunParts(Action<ScaleTraffic>? progress)
    {
        ScaleOptions options = _world.Options;
        if (!options.IsConverged && !Join(options, progress))
        {
            return "not all nodes came to know each other";
        }

        if (!_world.RunUntilQuiet(_quietLimit))
        {
            return "the nodes did not come to rest";
        }

        EndPart("settle", progress);
        _world.RunUntil(_world.Now + options.RestTime);
        EndPart("rest", progress);
        if (!Broadcast(options, progress))
        {
            return "the broadcast did not reach all nodes";
        }

        return Crash(options, progress) ? null : "not all survivors found out who crashed";
    }

    private bool Join(ScaleOptions options, Action<ScaleTraffic>? progress)
    {
        TimeSpan starting = options.StartInterval * (options.NodeCount - 1);
        _measure.Joins = new ScaleCurve((long)options.NodeCount * options.NodeCount, _world.Now);
        _result.Joins = _measure.Joins;
        bool joined = RunUntil(_measure.Joins, starting + _quietLimit);
        _result.JoinSecondsAfterLast = (_world.Now - (ScaleWorld.Origin + starting)).TotalSeconds;
        _measure.Joins = null;
        EndPart("join", progress);
        return joined;
    }

    private bool Broadcast(ScaleOptions options, Action<ScaleTraffic>? progress)
    {
        _measure.Spread = new ScaleCurve(options.NodeCount, _world.Now);
        _result.Spread = _measure.Spread;
        _world.Broadcast("deploy a message of the size that user events of Serf often have, "u8);
        bool reached = RunUntil(_measure.Spread, _spreadLimit);
        EndPart("broadcast", progress);

        // Who was told last has the message still to pass on.
        _world.RunUntilQuiet(_spreadLimit);
        EndPart("drain", progress);
        return reached;
    }

    private bool Crash(ScaleOptions options, Action<ScaleTraffic>? progress)
    {
        Instant start = _world.Now;
        long survivors = options.NodeCount - options.CrashCount;
        _measure.Deaths = new ScaleCurve(survivors * options.CrashCount, start);
        _result.Deaths = _measure.Deaths;
        _world.Crash(options.CrashCount);

        // Twice what a suspicion that nobody confirms takes, once the crash was noticed at all.
        double scale = Math.Max(1.0, Math.Log10(options.NodeCount));
        TimeSpan suspicion = options.Swim.ProbeInterval * options.Swim.SuspicionMultiplier * scale
            * options.Swim.SuspicionMaxTimeoutMultiplier;
        bool found = RunUntil(_measure.Deaths, (suspicion * 2) + (options.Swim.ProbeInterval * 60));
        _result.FirstSuspicions = _measure.FirstSuspicions(start);
        _result.FirstDeaths = _measure.FirstDeaths(start);
        EndPart("crash", progress);
        return found;
    }

    private bool RunUntil(ScaleCurve curve, TimeSpan limit)
    {
        _measure.Awaited = curve;
        bool reached = _world.RunUntil(_world.Now + limit);
        _measure.Awaited = null;
        return reached;
    }

    private void EndPart(string name, Action<ScaleTraffic>? progress)
    {
        double seconds = (_world.Now - _phaseStart).TotalSeconds;
        if (seconds > 0)
        {
            ScaleTraffic part = new(
                name,
                seconds,
                _world.Options.NodeCount,
                _measure.PacketCount - _packetCount,
                _measure.PacketSize - _packetSize,
                _measure.StreamCount - _streamCount,
                _measure.StreamSize - _streamSize);
            _result.Traffic.Add(part);
            progress?.Invoke(part);
        }

        _phaseStart = _world.Now;
        _packetCount = _measure.PacketCount;
        _packetSize = _measure.PacketSize;
        _streamCount = _measure.StreamCount;
        _streamSize = _measure.StreamSize;
    }
}
