using System;

namespace Serf.Coordinates;

/// <summary>
/// Constants of the network coordinates (spec serf 9.2). The defaults are what every node of a cluster uses;
/// others exist for the vectors.
/// </summary>
public sealed record CoordinateOptions
{
    /// <summary>
    /// Components of the vector, at least 1. Nodes with different numbers learn nothing from each other.
    /// </summary>
    public int Dimensions { get; init; } = 8;

    /// <summary>Greatest error, which a fresh coordinate has.</summary>
    public double ErrorMax { get; init; } = 1.5;

    /// <summary>How far one observation may change the error (c_e).</summary>
    public double ErrorGain { get; init; } = 0.25;

    /// <summary>How far one observation may change the position (c_c).</summary>
    public double PositionGain { get; init; } = 0.25;

    /// <summary>Observations the adjustment is the mean of; 0 for no adjustment.</summary>
    public int AdjustmentCount { get; init; } = 20;

    /// <summary>Seconds.</summary>
    public double HeightMin { get; init; } = 1e-5;

    /// <summary>Round trips per node the median is taken of, at least 1.</summary>
    public int LatencyCount { get; init; } = 3;

    /// <summary>Seconds of distance from the origin at which the pull towards it is one second.</summary>
    public double Gravity { get; init; } = 150.0;

    /// <summary>Longest round trip that is believed.</summary>
    public TimeSpan RoundTripMax { get; init; } = TimeSpan.FromSeconds(10);
}
