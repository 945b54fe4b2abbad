using System;

namespace Serf.Agent.Telemetry;

/// <summary>The way to a server of metrics. One thread at a time; calls may wait.</summary>
internal interface IMetricTransport
{
    /// <returns>Null, or why there is no connection.</returns>
    string? Open();

    /// <summary>Whole lines.</summary>
    /// <returns>Null, or why they were lost.</returns>
    string? Send(ReadOnlySpan<byte> lines);

    /// <summary>Also when nothing is open.</summary>
    void Close();
}
