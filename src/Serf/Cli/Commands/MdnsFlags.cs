using Serf.Agent;

namespace Serf.Cli.Commands;

/// <summary>The flags of discovery by multicast DNS (spec agent 2).</summary>
internal sealed class MdnsFlags(FlagSet flags)
{
    private readonly Flag<string> _discover = flags.AddText("discover");
    private readonly Flag<string> _interface = flags.AddText("mdns-iface");
    private readonly Flag<bool> _disableIPv4 = flags.AddBool("mdns-disable-ipv4");
    private readonly Flag<bool> _disableIPv6 = flags.AddBool("mdns-disable-ipv6");

    /// <summary>When the command line has been parsed.</summary>
    public void WriteTo(AgentConfig config)
    {
        config.Discover = _discover.Value;
        config.MdnsInterface = _interface.Value;
        config.MdnsDisableIPv4 = _disableIPv4.Value;
        config.MdnsDisableIPv6 = _disableIPv6.Value;
    }
}
