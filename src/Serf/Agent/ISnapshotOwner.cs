using System;
using Serf.Cluster;
using Serf.Primitives;

namespace Serf.Agent;

/// <summary>Who is told, from the writer's thread, what became of the lines of a snapshot.</summary>
internal interface ISnapshotOwner
{
    /// <param name="report">To be run on the node thread, in the order of the calls.</param>
    void Post(Action<SnapshotLog, Instant> report);
}
