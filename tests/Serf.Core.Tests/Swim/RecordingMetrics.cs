using System;
using System.Collections.Generic;
using Serf.Primitives;

namespace Serf.Core.Tests.Swim;

/// <summary>Every value, by the key it has.</summary>
internal sealed class RecordingMetrics : IMetrics
{
    private readonly Dictionary<string, List<double>> _values = [];

    /// <summary>Not where memory is counted: that of this record would be too.</summary>
    public bool Records { get; set; } = true;

    public IReadOnlyCollection<string> Keys => _values.Keys;

    public IReadOnlyList<double> this[string key] =>
        _values.TryGetValue(key, out List<double>? values) ? values : [];

    public void Clear() => _values.Clear();

    public void Add(Metric metric, double value) => Add(MetricKey.All[(int)metric].Text, value);

    public void Add(MetricFamily family, ReadOnlySpan<byte> name, double value)
    {
        if (Records)
        {
            Add(MetricKey.Families[(int)family].Text + ByteText.FromBytes(name), value);
        }
    }

    public long Start() => 17;

    public void Stop(Metric metric, long start) => Add(metric, start);

    private void Add(string key, double value)
    {
        if (!Records)
        {
            return;
        }

        if (!_values.TryGetValue(key, out List<double>? values))
        {
            values = [];
            _values.Add(key, values);
        }

        values.Add(value);
    }
}
