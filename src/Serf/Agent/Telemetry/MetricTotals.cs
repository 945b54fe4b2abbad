using System;

namespace Serf.Agent.Telemetry;

/// <summary>The values of one metric in one interval.</summary>
internal struct MetricTotals
{
    private double _squareSum;

    public long Count { get; private set; }

    public double Sum { get; private set; }

    public double Min { get; private set; }

    public double Max { get; private set; }

    /// <summary>What a gauge shows.</summary>
    public double Last { get; private set; }

    /// <summary>Of the last value; milliseconds of the Unix clock.</summary>
    public long UpdatedMilliseconds { get; private set; }

    public readonly double Mean => Count == 0 ? 0.0 : Sum / Count;

    /// <summary>Of a sample, with one degree of freedom less than values; 0 for a single one.</summary>
    public readonly double Deviation
    {
        get
        {
            double spread = (Count * _squareSum) - (Sum * Sum);
            return Count < 2 || spread <= 0.0 ? 0.0 : Math.Sqrt(spread / (Count * (Count - 1.0)));
        }
    }

    public void Add(double value, long nowMilliseconds)
    {
        Min = Count == 0 ? value : Math.Min(Min, value);
        Max = Count == 0 ? value : Math.Max(Max, value);
        Count++;
        Sum += value;
        _squareSum += value * value;
        Last = value;
        UpdatedMilliseconds = nowMilliseconds;
    }
}
