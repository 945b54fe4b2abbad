using Serf.Agent;
using Serf.Cli.Commands;
using Serf.Posix;
using Serf.Primitives;
using Xunit;

namespace Serf.Tests.Agent;

public sealed class AgentNetworkTests
{
    private static readonly AgentMachine _machine = new(() => "here", name => name == "lo");

    // Form: the bytes of the address that peers are told.
    [Theory]
    [InlineData("127.0.0.5:7000", "", 7000, "127.0.0.5:7000", 4)]
    [InlineData("127.0.0.5:0", "", 41000, "127.0.0.5:41000", 4)]
    [InlineData("[::ffff:127.0.0.5]:7000", "", 7000, "127.0.0.5:7000", 4)]
    [InlineData("[::1]:7000", "", 7000, "[::1]:7000", 16)]
    [InlineData("127.0.0.5:7000", "10.9.9.9:8000", 7000, "10.9.9.9:8000", 4)]
    [InlineData("127.0.0.5:7000", "10.9.9.9", 7000, "10.9.9.9:7946", 4)]
    [InlineData("0.0.0.0:7000", "10.9.9.9", 7000, "10.9.9.9:7946", 4)]
    [InlineData("[::]:7000", "10.9.9.9:1", 7000, "10.9.9.9:1", 4)]
    [InlineData("127.0.0.5", "[fd00::9]:8000", 7946, "[fd00::9]:8000", 16)]
    [InlineData("127.0.0.5", "[::ffff:10.9.9.9]:8000", 7946, "10.9.9.9:8000", 4)]
    [InlineData("127.0.0.5:0", "10.9.9.9:8000", 41000, "10.9.9.9:41000", 4)]
    [InlineData("127.0.0.5:0", "10.9.9.9", 41000, "10.9.9.9:41000", 4)]
    public void The_advertised_address_is_the_configured_one_or_the_bound_one(
        string bind, string advertise, int boundPort, string expected, int form)
    {
        AgentNetwork network = AgentNetwork.Resolve(Load($"-bind={bind}", $"-advertise={advertise}"));

        NodeAddress advertised = network.Advertised(network.Bind.WithPort((ushort)boundPort));

        Assert.Equal(expected, advertised.ToString());
        Assert.Equal(form, advertised.IpSize);
    }

    [Theory]
    [InlineData("0.0.0.0", "10.0.0.1", 24, "10.0.0.1:7000", 16)]
    [InlineData("0.0.0.0", "fd00::1", 64, "[fd00::1]:7000", 16)]
    [InlineData("::", "10.0.0.1", 24, "10.0.0.1:7000", 16)]
    [InlineData("::", "fd00::1", 64, "[fd00::1]:7000", 16)]
    [InlineData("::", "8.8.8.8", 24, "[::]:7000", 16)]
    public void A_node_bound_to_every_address_tells_a_private_one_in_the_long_form(
        string bind, string ip, int prefixLength, string expected, int form)
    {
        NodeAddress advertised = AgentNetwork.PrivateAddress(Ip(bind, 7000), [At("eth0", ip, prefixLength)], "");

        Assert.Equal(expected, advertised.ToString());
        Assert.Equal(form, advertised.IpSize);
    }

    [Fact]
    public void Without_a_private_address_a_node_bound_to_every_IPv4_address_does_not_start()
    {
        SerfException exception = Assert.Throws<SerfException>(() => AgentNetwork.PrivateAddress(
            Ip("0.0.0.0", 7000), [At("lo", "127.0.0.1", 8), At("eth0", "8.8.8.8", 24)], "eth0"));

        Assert.Equal("no private IP address found, and explicit IP not provided", exception.Message);
    }

    [Theory]
    [InlineData("8.8.8.8", false, true)]
    [InlineData("2600::1", false, true)]
    [InlineData("8.8.8.8", true, false)]
    [InlineData("10.0.0.1", false, false)]
    [InlineData("127.0.0.1", false, false)]
    [InlineData("fd00::1", false, false)]
    [InlineData("::", false, false)]
    [InlineData("::ffff:8.8.8.8", false, true)]
    [InlineData("::ffff:10.0.0.1", false, false)]
    public void A_public_address_without_a_key_is_exposed(string ip, bool hasKey, bool expected) =>
        Assert.Equal(expected, AgentNetwork.IsExposed(Ip(ip, 7946), hasKey));

    [Theory]
    [InlineData("0.0.0.0", "127.0.0.1:7946", "Using interface 'lo' address '127.0.0.1'")]
    [InlineData("0.0.0.0:0", "127.0.0.1:0", "Using interface 'lo' address '127.0.0.1'")]
    [InlineData(":7000", "127.0.0.1:7000", "Using interface 'lo' address '127.0.0.1'")]
    [InlineData("127.0.0.1:7000", "127.0.0.1:7000", null)]
    public void An_interface_gives_its_address_or_is_asked_for_the_one_given(string bind, string expected, string? notice)
    {
        AgentNetwork network = AgentNetwork.Resolve(Load("-iface=lo", $"-bind={bind}"));

        Assert.Equal(expected, network.Bind.ToString());
        Assert.Equal(notice, network.Notice);
        Assert.Equal(4, network.Advertised(network.Bind).IpSize);
    }

    [Theory]
    [InlineData("Interface 'lo' has no '10.77.77.77' address", "-iface=lo", "-bind=10.77.77.77")]
    [InlineData("Interface 'lo' has no '::' address", "-iface=lo", "-bind=[::]")]
    [InlineData("Invalid bind address: address ::1: too many colons in address", "-bind=::1")]
    [InlineData("Invalid bind address: lookup 300.1.1.1: no such host", "-bind=300.1.1.1")]
    [InlineData("Invalid advertise address: address 99999: invalid port", "-bind=127.0.0.1", "-advertise=10.0.0.1:99999")]
    public void An_address_that_cannot_be_used_is_an_error_and_never_every_address(string expected, params string[] flags) =>
        Assert.Equal(expected, Assert.Throws<SerfException>(() => AgentNetwork.Resolve(Load(flags))).Message);

    private static NodeAddress Ip(string ip, ushort port)
    {
        Assert.True(NodeAddress.TryParseIp(ip, port, out NodeAddress address));
        return address;
    }

    private static InterfaceAddress At(string name, string ip, int prefixLength) =>
        new(name, Ip(ip, 0), prefixLength, IsUp: true);

    private static AgentOptions Load(params string[] arguments)
    {
        Assert.Null(AgentFlags.Parse(arguments, out AgentArguments parsed));
        return AgentOptions.Load(parsed, _machine);
    }
}
