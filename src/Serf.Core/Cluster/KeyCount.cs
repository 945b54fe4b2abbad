namespace Serf.Cluster;

/// <summary>How often a key was listed.</summary>
public sealed class KeyCount
{
    public int Nodes { get; set; }
}
