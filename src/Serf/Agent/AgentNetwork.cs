using System;
using System.Collections.Generic;
using Serf.Net;
using Serf.Posix;
using Serf.Primitives;

namespace Serf.Agent;

/// <summary>
/// Where the agent binds and what it tells others, resolved from the configuration (spec agent 5).
/// </summary>
/// <param name="Bind">To be bound; port 0 asks the system for one.</param>
/// <param name="Advertise">As configured; none to advertise the bound address.</param>
/// <param name="Notice">An output line about the interface chosen, or null.</param>
internal sealed record AgentNetwork(NodeAddress Bind, NodeAddress Advertise, string? Notice)
{
    private const string AdvertisePrefix = "failed to get final advertise address: ";

    // A port alone: there is nothing to tell, and the original says so only when it opens its ports.
    private bool _lacksHost;

    /// <exception cref="SerfException">Rows 18 to 22 of spec agent 4.</exception>
    public static AgentNetwork Resolve(AgentOptions options)
    {
        if (BindAddress.TryParse(options.Bind, out NodeAddress bind) is { } bindFault)
        {
            throw new SerfException(AgentMessages.InvalidBindAddress(bindFault));
        }

        string? notice = null;
        if (options.Interface.Length != 0)
        {
            bind = OnInterface(options.Interface, bind, out notice);
        }

        NodeAddress advertise = default;
        if (options.Advertise.Length != 0
            && BindAddress.TryParse(options.Advertise, out advertise) is { } advertiseFault)
        {
            throw new SerfException(AgentMessages.InvalidAdvertiseAddress(advertiseFault));
        }

        return new AgentNetwork(bind, advertise, notice)
        {
            _lacksHost = options.Advertise.StartsWith(':'),
        };
    }

    /// <param name="bound">The bind address with the port that is really bound.</param>
    /// <returns>
    /// What peers are told, in the form they know it from the original (spec gossip 4.9 and 10.2).
    /// </returns>
    /// <exception cref="SerfException">
    /// Bound to every interface, and none has a private address; or only a port is to be advertised.
    /// </exception>
    public NodeAddress Advertised(in NodeAddress bound)
    {
        if (_lacksHost)
        {
            throw new SerfException(
                AdvertisePrefix + "failed to parse advertise address \"<nil>\"");
        }

        if (!Advertise.IsNone)
        {
            // A port that the system chose is told in place of any other, as the original does.
            return Bind.Port == 0 ? Advertise.WithPort(bound.Port) : Advertise;
        }

        if (!bound.IsUnspecified)
        {
            return bound;
        }

        try
        {
            return PrivateAddress(bound, Interfaces.List(), Interfaces.DefaultRouteInterface());
        }
        catch (SerfException exception)
        {
            throw new SerfException(AdvertisePrefix + exception.Message);
        }
    }

    /// <summary>Whether everybody may reach the address, and nothing keeps them out.</summary>
    /// <param name="hasKey">Whether gossip is encrypted.</param>
    public static bool IsExposed(in NodeAddress advertised, bool hasKey) =>
        !hasKey && !Interfaces.IsSpecialPurpose(advertised);

    /// <summary>What a node tells that is bound to every address.</summary>
    /// <param name="addresses">As listed by <see cref="Interfaces.List"/>.</param>
    internal static NodeAddress PrivateAddress(
        in NodeAddress bound, IReadOnlyList<InterfaceAddress> addresses, string defaultInterface)
    {
        if (Interfaces.TryFindPrivate(addresses, defaultInterface, out NodeAddress found))
        {
            return found.WithPort(bound.Port).Mapped();
        }

        // The original tells peers the address it is bound to when that is ::, and no peer can use it. A node
        // without any other address is of use to those that it joins all the same.
        return !bound.IsIPv4
            ? bound
            : throw new SerfException("no private IP address found, and explicit IP not provided");
    }

    private static NodeAddress OnInterface(string name, in NodeAddress bind, out string? notice)
    {
        notice = null;
        List<NodeAddress> addresses = [];
        foreach (InterfaceAddress candidate in Interfaces.List())
        {
            if (candidate.Name == name && !candidate.Address.IsNone)
            {
                addresses.Add(candidate.Address);
            }
        }

        if (addresses.Count == 0)
        {
            throw new SerfException(AgentMessages.InterfaceWithoutAddresses(name));
        }

        bool any = bind.IsIPv4 && bind.IsUnspecified;
        foreach (NodeAddress address in addresses)
        {
            if (any ? !IsLinkLocal(address) : address.HasSameIp(bind))
            {
                notice = any ? AgentMessages.UsingInterface(name, address.IpText()) : null;
                return any ? address.Canonical().WithPort(bind.Port) : bind;
            }
        }

        throw new SerfException(any
            ? AgentMessages.NoUsableAddress(name)
            : AgentMessages.InterfaceLacksAddress(name, bind.IpText()));
    }

    private static bool IsLinkLocal(in NodeAddress address)
    {
        Span<byte> ip = stackalloc byte[16];
        address.Canonical().WriteIp(ip);
        return address.IsIPv4 ? ip[0] == 169 && ip[1] == 254 : ip[0] == 0xFE && (ip[1] & 0xC0) == 0x80;
    }
}
