using System;
using System.Globalization;
using Serf.Cluster;

namespace Serf.Simulation;

/// <summary>
/// A cluster that is cut into parts once it has settled, for so long that the parts may forget each other,
/// and that then has to become one again by itself.
/// </summary>
public sealed class SimPartition
{
    public const int NodeCountMin = 4;
    public const int NodeCountMax = 9;

    // The longest partition, in times of Reap.
    private const double ShortShareMax = 4;
    private const double RealShareMax = 2;

    private static readonly TimeSpan _lengthMin = TimeSpan.FromSeconds(30);

    // Gone members are forgotten so soon in most worlds that hours of silence are minutes.
    private static readonly TimeSpan _shortReap = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan _realReap = new SerfOptions().ReconnectTimeout;

    private SimPartition(int nodeCount, int partCount, bool isReal, double share)
    {
        NodeCount = nodeCount;
        PartCount = partCount;
        Reap = isReal ? _realReap : _shortReap;

        // Even on a logarithmic scale: from half a minute to so many times the time after which the parts
        // forget each other.
        double most = Reap / _lengthMin * (isReal ? RealShareMax : ShortShareMax);
        Length = _lengthMin * Math.Pow(most, share);
    }

    public int NodeCount { get; }

    public int PartCount { get; }

    /// <summary>After this a member that is gone is forgotten.</summary>
    public TimeSpan Reap { get; }

    public TimeSpan Length { get; }

    /// <returns>Null for seven worlds of eight.</returns>
    public static SimPartition? Draw(SimChance chance)
    {
        if (chance.Below(8) != 0)
        {
            return null;
        }

        int nodeCount = NodeCountMin + chance.Below(NodeCountMax - NodeCountMin + 1);
        return new SimPartition(
            nodeCount, 2 + chance.Below(2), isReal: chance.Below(25) == 0, chance.Between(0, 1));
    }

    public SerfOptions Shorten(SerfOptions options) => options with
    {
        ReconnectTimeout = Reap, TombstoneTimeout = Reap,
    };

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{PartCount}x{Length.TotalSeconds:F0}s,reap={Reap.TotalSeconds:F0}s");
}
