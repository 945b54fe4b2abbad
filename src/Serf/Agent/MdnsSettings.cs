using Serf.Posix;

namespace Serf.Agent;

/// <summary>How nodes are discovered by multicast DNS (spec agent 12).</summary>
/// <param name="Cluster">Its name; empty for no discovery.</param>
/// <param name="Interface">Of the network; empty for the one that the system chooses.</param>
/// <param name="DisableIPv4">Nothing is asked over IPv4; what is asked that way is answered.</param>
/// <param name="DisableIPv6">Likewise.</param>
internal sealed record MdnsSettings(
    string Cluster = "", string Interface = "", bool DisableIPv4 = false, bool DisableIPv6 = false)
{
    public bool IsOn => Cluster.Length > 0;

    public bool Asks(bool isIPv4) => !(isIPv4 ? DisableIPv4 : DisableIPv6);

    /// <summary>The kernel's number of the interface, as it is now.</summary>
    /// <param name="index">0 for the interface that the system chooses.</param>
    /// <returns>False when there is no such interface now.</returns>
    public bool TryFindInterface(out uint index)
    {
        index = Interface.Length == 0 ? 0 : Libc.FindInterface(Interface);
        return index != 0 || Interface.Length == 0;
    }
}
