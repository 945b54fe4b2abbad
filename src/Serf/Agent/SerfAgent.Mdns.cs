using System.Collections.Generic;
using Serf.Cluster;
using Serf.Net;
using Serf.Posix;
using Serf.Primitives;

namespace Serf.Agent;

// Discovery by multicast DNS (spec agent 12). Not there unless it is asked for.
internal sealed partial class SerfAgent : MdnsJoiner.IHost
{
    private MdnsDiscovery? _mdns;

    ILog MdnsJoiner.IHost.Log => _log;

    bool MdnsJoiner.IHost.MayJoin => _node.State == LifecycleState.Alive;

    /// <summary>Main thread, once: answers and asks by multicast DNS, if that is configured.</summary>
    /// <exception cref="SerfException">What follows <c>Error starting mDNS listener: </c>.</exception>
    public void StartDiscovery()
    {
        MdnsSettings settings = _options.Mdns;
        if (!settings.IsOn)
        {
            return;
        }

        if (settings.Interface.Length > 0)
        {
            _log.Write(LogLevel.Info, "agent: " + AgentMessages.MdnsInterface(settings.Interface));
        }

        MdnsService service =
            MdnsService.TryCreate(settings.Cluster, _options.NodeName, Libc.HostName(out _), _advertise)
            ?? throw new SerfException(AgentMessages.MdnsClusterUnfit(settings.Cluster));
        MdnsDiscovery discovery = MdnsDiscovery.Open(settings, service, this, _inbox, _entropy);
        _mdns = discovery;
        _loop.Post(_ =>
        {
            _loop.Add(discovery);
            discovery.Start();
        });
    }

    void MdnsJoiner.IHost.RemoveMembers(List<NodeAddress> addresses)
    {
        foreach (MemberInfo member in _node.Members())
        {
            if (member.Status == MemberStatus.Alive)
            {
                addresses.Remove(member.Address);
            }
        }
    }

    void MdnsJoiner.IHost.BeginJoin(IReadOnlyList<string> addresses) => BeginJoin(
        addresses, _options.ReplayOnJoin, (error, count, _) => _mdns!.JoinEnded(error, count));
}
