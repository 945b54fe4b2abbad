namespace Serf.Cluster;

/// <summary>State of the node's own life (spec serf 0.4).</summary>
public enum LifecycleState : byte
{
    Alive = 0,
    Leaving = 1,
    Left = 2,
    Shutdown = 3,
}
