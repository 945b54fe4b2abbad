using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using Serf.Primitives;

namespace Serf.Agent.Telemetry;

/// <summary>
/// Keeps the metrics of the last minute, in intervals of ten seconds, and hands each value to the sinks that
/// are configured (spec agent 19.1). Costs no timer: an interval ends when the next value comes, or when
/// somebody asks. Any thread; never blocks.
/// </summary>
internal sealed class AgentMetrics : IMetrics
{
    /// <summary>Kept, the one that still runs included.</summary>
    private const int IntervalCount = 6;

    private static readonly double MillisecondsPerCount = 1000.0 / Stopwatch.Frequency;

    private readonly Lock _lock = new();
    private readonly MetricClock _clock;
    private readonly string _host;
    private readonly MetricInterval?[] _intervals = new MetricInterval?[IntervalCount];
    private readonly MetricNames _names = new();
    private readonly RuntimeGauges _gauges = new();
    private readonly Action<Metric, double> _addHere;
    private readonly Action<Metric, double> _addEverywhere;
    private readonly List<MetricSink> _sinks = [];
    private readonly List<byte[]> _nameKeys = [];
    private readonly long _first;
    private byte[][] _keys = [];
    private MetricInterval _current;

    /// <param name="host">Of the machine; empty where no sink wants it in the keys of gauges.</param>
    public AgentMetrics(string host = "", MetricClock? clock = null)
    {
        _host = host;
        _clock = clock ?? new MetricClock();
        _addHere = AddHere;
        _addEverywhere = AddEverywhere;
        _first = _clock.Now / MetricInterval.Milliseconds;
        _current = Begin(_first);
    }

    /// <summary>From now on the sink gets every value. Before anybody else has this object.</summary>
    public void Attach(MetricSink sink)
    {
        _sinks.Add(sink);
        if (_keys.Length == 0)
        {
            _keys = new byte[MetricKey.All.Count][];
            for (int index = 0; index < _keys.Length; index++)
            {
                _keys[index] = MetricText.ForSink(MetricText.Key(MetricKey.All[index], _host, default));
            }
        }
    }

    public void Add(Metric metric, double value)
    {
        lock (_lock)
        {
            AddEverywhere(metric, value);
        }
    }

    public void Add(MetricFamily family, ReadOnlySpan<byte> name, double value)
    {
        lock (_lock)
        {
            int place = _names.PlaceOf(family, name);
            long now = Roll();
            _current.AddNamed(place, value, now);
            foreach (MetricSink sink in _sinks)
            {
                sink.Offer(SinkKey(place), value, MetricKey.KindOf(family));
            }
        }
    }

    public long Start() => Stopwatch.GetTimestamp();

    public void Stop(Metric metric, long start) =>
        Add(metric, (Stopwatch.GetTimestamp() - start) * MillisecondsPerCount);

    /// <summary>The state of the process, for the sinks: once a second.</summary>
    public void TakeRuntime()
    {
        lock (_lock)
        {
            _gauges.Take(_addEverywhere);
        }
    }

    /// <summary>What the finished intervals hold, in the original's form (spec agent 19.4).</summary>
    public string Dump()
    {
        // Formatted without the lock: the node thread waits for it.
        List<MetricInterval> intervals = [];
        (MetricFamily Family, ByteString Name)[] names;
        lock (_lock)
        {
            Roll();
            names = _names.ToArray();
            for (long number = Oldest(); number < _current.Number; number++)
            {
                intervals.Add(Find(number)?.Clone() ?? Silent(number));
            }
        }

        MetricDump dump = new(_host, names);
        foreach (MetricInterval interval in intervals)
        {
            dump.Add(interval);
        }

        return dump.ToString();
    }

    private long Oldest() => Math.Max(_first, _current.Number - IntervalCount + 1);

    private MetricInterval? Find(long number) =>
        _intervals[number % IntervalCount] is { } interval && interval.Number == number ? interval : null;

    // Nothing happened then, so what the process looked like is what it looks like now.
    private MetricInterval Silent(long number)
    {
        MetricInterval silent = new();
        silent.Begin(number);
        _gauges.Take((metric, value) => silent.Add(metric, value, silent.StartMilliseconds));
        return silent;
    }

    private MetricInterval Begin(long number)
    {
        MetricInterval interval = _intervals[number % IntervalCount] ??= new MetricInterval();
        interval.Begin(number);
        return interval;
    }

    /// <returns>The time.</returns>
    private long Roll()
    {
        long now = _clock.Now;
        if (now / MetricInterval.Milliseconds > _current.Number)
        {
            // What it looks like at the end of the interval, in it.
            _gauges.Take(_addHere);
            _clock.Adjust();
            now = _clock.Now;
            _current = Begin(now / MetricInterval.Milliseconds);
        }

        return now;
    }

    private void AddHere(Metric metric, double value) =>
        _current.Add(metric, value, _current.StartMilliseconds + MetricInterval.Milliseconds - 1);

    private void AddEverywhere(Metric metric, double value)
    {
        long now = Roll();
        _current.Add(metric, value, now);
        foreach (MetricSink sink in _sinks)
        {
            sink.Offer(_keys[(int)metric], value, MetricKey.KindOf(metric));
        }
    }

    private byte[] SinkKey(int place)
    {
        while (_nameKeys.Count < _names.Count)
        {
            (MetricFamily family, ByteString name) = _names[_nameKeys.Count];
            _nameKeys.Add(MetricText.ForSink(
                MetricText.Key(MetricKey.Families[(int)family], _host, name)));
        }

        return _nameKeys[place];
    }
}
