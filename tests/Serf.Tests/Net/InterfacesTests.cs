using System.Collections.Generic;
using System.Linq;
using Serf.Host;
using Serf.Net;
using Serf.Posix;
using Serf.Primitives;
using Xunit;

namespace Serf.Tests.Net;

public sealed class InterfacesTests
{
    [Fact]
    public void The_loopback_interface_is_listed_with_its_address()
    {
        IReadOnlyList<InterfaceAddress> addresses = Interfaces.List();

        InterfaceAddress loopback = addresses.First(address => address.Address == NodeAddress.FromIPv4(0x7F000001, 0));
        Assert.Equal(8, loopback.PrefixLength);
        Assert.Equal("lo", loopback.Name);
        Assert.True(loopback.IsUp);
    }

    [Theory]
    [InlineData("", "eth0 10.0.0.1/24 up", "10.0.0.1")]
    [InlineData("", "lo 127.0.0.1/8 up,eth0 8.8.8.8/24 up,eth1 192.168.1.5/24 up", "192.168.1.5")]
    [InlineData("", "eth0 10.0.0.1/24 up,eth1 10.1.0.1/16 up", "10.1.0.1")]
    [InlineData("eth0", "eth0 10.0.0.1/24 up,eth1 10.1.0.1/16 up", "10.0.0.1")]
    [InlineData("", "eth0 fd00::1/64 up,eth1 10.1.0.1/16 up", "10.1.0.1")]
    [InlineData("", "eth0 fe80::1/64 up,eth0 fd00::1/64 up", "fd00::1")]
    [InlineData("", "eth0 10.0.0.1/24 down,eth1 172.16.3.4/20 up", "172.16.3.4")]
    [InlineData("", "eth0 10.0.0.1/4 up", null)]
    [InlineData("", "eth0 10.0.0.1/16 up,eth1 10.1.0.1/16 up", "10.0.0.1")]
    [InlineData("eth1", "eth0 10.0.0.1/8 up,eth1 fd00::1/64 up", "fd00::1")]
    [InlineData("eth1", "eth0 10.0.0.1/8 up,eth1 8.8.8.8/24 up", "10.0.0.1")]
    [InlineData("", "eth0 100.64.0.1/10 up", "100.64.0.1")]
    [InlineData("", "eth0 172.16.0.1/11 up", null)]
    [InlineData("", "eth0 198.18.0.1/15 up", "198.18.0.1")]
    [InlineData("", "eth0 192.88.99.1/24 up", "192.88.99.1")]
    [InlineData("", "eth0 192.0.2.2/24 up,eth0 203.0.113.1/24 up,eth0 198.51.100.1/24 up", null)]
    [InlineData("", "eth0 2001:db8::1/64 up,eth0 2001:10::1/64 up,eth0 2001:db8::1/16 up", "2001:db8::1")]
    [InlineData("", "eth0 64:ff9b::1/96 up", "64:ff9b::1")]
    [InlineData("", "eth0 2002::1/48 up,eth1 100::1/64 up", "2002::1")]
    [InlineData("", "lo 127.0.0.1/8 up,eth0 169.254.1.1/16 up,eth1 1.2.3.4/24 up", null)]
    [InlineData("", "", null)]
    public void The_private_address_is_chosen_in_the_original_order(string route, string addresses, string? expected)
    {
        List<InterfaceAddress> list = [];
        foreach (string entry in addresses.Split(',', System.StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = entry.Split(' ', '/');
            Assert.True(NodeAddress.TryParseIp(fields[1], 0, out NodeAddress address));
            list.Add(new(fields[0], address, int.Parse(fields[2], null), fields[3] == "up"));
        }

        bool found = Interfaces.TryFindPrivate(list, route, out NodeAddress best);

        Assert.Equal(expected is not null, found);
        Assert.Equal(expected ?? "", best.IpText());
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("10.255.255.255", true)]
    [InlineData("172.31.0.1", true)]
    [InlineData("172.32.0.1", false)]
    [InlineData("100.127.0.1", true)]
    [InlineData("100.128.0.1", false)]
    [InlineData("8.8.8.8", false)]
    [InlineData("fd12::1", true)]
    [InlineData("2600::1", false)]
    public void Special_purpose_blocks_are_known(string ip, bool expected)
    {
        Assert.True(NodeAddress.TryParseIp(ip, 0, out NodeAddress address));

        Assert.Equal(expected, Interfaces.IsSpecialPurpose(address));
    }

    [Fact]
    public void The_default_route_is_found_in_the_table_of_the_kernel()
    {
        string[] lines =
        [
            "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT",
            "eth1\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0",
            "eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0",
        ];

        Assert.Equal("eth0", Interfaces.DefaultRouteInterface(lines));
        Assert.Equal("", Interfaces.DefaultRouteInterface(lines[..2]));
        Assert.Equal("", Interfaces.DefaultRouteInterface(["", "x"]));
    }

    [Fact]
    public void The_imports_of_the_C_library_bind()
    {
        byte[] first = new byte[64];
        byte[] second = new byte[64];
        new SystemEntropy().Fill(first);
        new SystemEntropy().Fill(second);

        Assert.NotEqual(first, second);
        Assert.True(Libc.SetNameService());
    }
}
