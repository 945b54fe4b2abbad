using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Serf.Posix;
using Serf.Primitives;

namespace Serf.Agent.Telemetry;

/// <summary>The text of the dump (spec agent 19.4), without the original's <c>m=+</c> tails.</summary>
internal sealed class MetricDump(string host, IReadOnlyList<(MetricFamily Family, ByteString Name)> names)
{
    private readonly StringBuilder _text = new();

    /// <summary>Adds a finished interval: gauges, then counters, then samples, each ordered by key.</summary>
    public void Add(MetricInterval interval)
    {
        string head = "[" + Libc.LocalTimeText(interval.StartMilliseconds) + "]";
        List<(MetricKind Kind, string Key, MetricTotals Totals)> lines = [];
        for (int index = 0; index < MetricKey.All.Count; index++)
        {
            MetricKey key = MetricKey.All[index];
            AddTo(lines, key, default, interval.Totals((Metric)index));
        }

        for (int place = 0; place < names.Count; place++)
        {
            (MetricFamily family, ByteString name) = names[place];
            AddTo(lines, MetricKey.Families[(int)family], name, interval.NamedTotals(place));
        }

        lines.Sort(static (left, right) => left.Kind != right.Kind
            ? Rank(left.Kind).CompareTo(Rank(right.Kind))
            : string.CompareOrdinal(left.Key, right.Key));
        foreach ((MetricKind kind, string key, MetricTotals totals) in lines)
        {
            Append(head, kind, key, totals);
        }
    }

    public override string ToString() => _text.ToString();

    private static int Rank(MetricKind kind) => kind switch
    {
        MetricKind.Gauge => 0,
        MetricKind.Counter => 1,
        _ => 2,
    };

    private static string Letter(MetricKind kind) => kind switch
    {
        MetricKind.Gauge => "G",
        MetricKind.Counter => "C",
        _ => "S",
    };

    private void AddTo(
        List<(MetricKind Kind, string Key, MetricTotals Totals)> lines, in MetricKey key, ByteString name,
        in MetricTotals totals)
    {
        if (totals.Count > 0)
        {
            lines.Add((key.Kind, MetricText.ForDump(MetricText.Key(key, host, name)), totals));
        }
    }

    private void Append(string head, MetricKind kind, string key, in MetricTotals totals)
    {
        _text.Append(head).Append('[').Append(Letter(kind)).Append("] '").Append(key).Append("': ");
        if (kind == MetricKind.Gauge)
        {
            _text.Append(MetricText.Decimal(totals.Last)).Append('\n');
            return;
        }

        _text.Append(CultureInfo.InvariantCulture, $"Count: {totals.Count} ");
        if (totals.Deviation != 0.0)
        {
            _text.Append("Min: ").Append(MetricText.Decimal(totals.Min))
                .Append(" Mean: ").Append(MetricText.Decimal(totals.Mean))
                .Append(" Max: ").Append(MetricText.Decimal(totals.Max))
                .Append(" Stddev: ").Append(MetricText.Decimal(totals.Deviation)).Append(' ');
        }

        _text.Append("Sum: ").Append(MetricText.Decimal(totals.Sum))
            .Append(" LastUpdated: ").Append(Libc.LocalTimeText(totals.UpdatedMilliseconds)).Append('\n');
    }
}
