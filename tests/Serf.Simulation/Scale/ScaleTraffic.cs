using System.Globalization;

namespace Serf.Simulation.Scale;

/// <summary>What all nodes sent within a part of a run: the payloads of UDP and TCP.</summary>
public sealed record ScaleTraffic(
    string Phase, double Seconds, int NodeCount, long PacketCount, long PacketSize, long StreamCount,
    long StreamSize)
{
    public double PacketsPerNode => (double)PacketCount / NodeCount;

    public double BytesPerNode => (double)PacketSize / NodeCount;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"  {Phase,-10} {Seconds,8:F2} s  {PacketsPerNode,9:F1} packets {BytesPerNode,10:F0} bytes a node, "
        + $"{PacketsPerNode / Seconds,6:F2} and {BytesPerNode / Seconds,7:F0} a second;  "
        + $"{(double)StreamSize / NodeCount,9:F0} bytes a node in {StreamCount} streams");
}
