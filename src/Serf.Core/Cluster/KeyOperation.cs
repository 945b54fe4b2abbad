namespace Serf.Cluster;

/// <summary>What can be done with the keys of a whole cluster (spec serf 12.4).</summary>
public enum KeyOperation : byte
{
    /// <summary>Every node accepts what is sealed with the key.</summary>
    Install,

    /// <summary>Every node seals with the key, which it must have.</summary>
    Use,

    /// <summary>Every node forgets the key, unless it seals with it.</summary>
    Remove,

    List,
}
