using System;
using System.Collections.Generic;
using System.Linq;
using Serf.Core.Tests.Cluster;
using Serf.Primitives;
using Serf.Swim;
using Xunit;

namespace Serf.Core.Tests.Swim;

public sealed class AllowedNetworksTests
{
    private static readonly NodeAddress Inside = NodeAddress.FromIPv4(0x0A000063, 7946);
    private static readonly NodeAddress Outside = NodeAddress.FromIPv4(0xC0A80001, 7946);

    [Theory]
    [InlineData("127.0.0.0/8", "::1", false)]
    [InlineData("127.0.0.0/8", "127.1.2.3", true)]
    [InlineData("127.0.0.0/8", "::ffff:127.1.2.3", true)]
    [InlineData("127.0.0.0/8", "128.0.0.1", false)]
    [InlineData("::ffff:127.0.0.0/104", "127.1.2.3", true)]
    [InlineData("::1/128", "127.0.0.1", false)]
    [InlineData("::/0", "127.0.0.1", false)]
    [InlineData("::/0", "fd00::1", true)]
    [InlineData("0.0.0.0/0", "192.168.0.1", true)]
    [InlineData("0.0.0.0/0", "::1", false)]
    [InlineData("10.1.2.3/32", "10.1.2.3", true)]
    [InlineData("10.1.2.3/31", "10.1.2.2", true)]
    [InlineData("10.1.2.3/31", "10.1.2.4", false)]
    [InlineData("fd00::/9", "fd7f::1", true)]
    [InlineData("fd00::/9", "fd80::1", false)]
    public void An_address_is_allowed_in_a_network_of_its_family(string network, string text, bool allowed)
    {
        AllowedNetworks networks = AllowedNetworks.Parse([network], out IReadOnlyList<string> errors);
        Assert.Empty(errors);
        Assert.True(NodeAddress.TryParseIp(text, 1, out NodeAddress address));
        Assert.Equal(allowed, networks.Contains(address));
    }

    [Fact]
    public void Entries_are_trimmed_and_the_bad_ones_reported_while_the_good_ones_count()
    {
        string[] texts =
        [
            " 10.0.0.0/8 ", "10.0.0.0/33", "fd00::/129", "10.0.0.0", "x/8", "10.0.0.0/-1", "10.0.0.0/ 8", "", "::1/128",
        ];
        AllowedNetworks networks = AllowedNetworks.Parse(texts, out IReadOnlyList<string> errors);
        Assert.Equal(texts[1..8].Select(text => "invalid CIDR address: " + text), errors);
        Assert.True(networks.Contains(Inside));
        Assert.False(networks.Contains(Outside));
        Assert.True(NodeAddress.TryParseIp("::1", 1, out NodeAddress loopback));
        Assert.True(networks.Contains(loopback));
    }

    [Fact]
    public void An_empty_list_allows_every_address()
    {
        AllowedNetworks networks = AllowedNetworks.Parse([], out _);
        Assert.True(networks.Contains(Outside));
        Assert.True(SwimOptions.Lan.AllowedNetworks.Contains(Outside));
    }

    [Fact]
    public void Claims_from_and_about_other_networks_are_ignored()
    {
        SwimWorld world = new(1);
        SwimHost host = world.Add("n0", Restricted());
        host.Node.Receive(Inside, SwimMessage.Alive("b", Outside), world.Now);
        host.Node.Receive(Outside, SwimMessage.Alive("c", Inside), world.Now);
        Assert.Single(host.Node.Members);
        Assert.Contains(host.Lines, line => line.Contains("'b': it has an address outside the allowed"));
        Assert.Contains(host.Lines, line => line.Contains("192.168.0.1:7946 is not in an allowed network"));

        // Nor does a known member move there, not even one that left.
        host.Node.Receive(Inside, SwimMessage.Alive("d", Inside), world.Now);
        host.Node.Receive(Inside, SwimMessage.Dead("d", 1, "d"), world.Now);
        host.Node.Receive(Inside, SwimMessage.Alive("d", Outside, 2), world.Now);
        Assert.Equal(MemberState.Left, host.StateOf("d"));
        Assert.Equal(Inside, host.Node.Find("d"u8)!.Address);
    }

    [Fact]
    public void Pings_and_connections_from_other_networks_get_no_answer()
    {
        SwimWorld world = new(2);
        SwimHost host = world.Add("n0", Restricted());
        host.Records = true;
        host.Node.Receive(Outside, SwimMessage.Ping(1), world.Now);
        Assert.Empty(host.Sent);
        host.Node.Receive(Inside, SwimMessage.Ping(1), world.Now);
        Assert.Single(host.Sent);
        Assert.Equal(StreamId.None, host.Node.StreamAccepted(Outside, world.Now));
        Assert.NotEqual(StreamId.None, host.Node.StreamAccepted(Inside, world.Now));
    }

    [Fact]
    public void Records_of_other_networks_in_a_state_exchange_are_left_out()
    {
        SwimWorld world = new(3);
        SwimHost host = world.Add("n0", Restricted());
        host.DropsStreams = true;
        byte[] state = SwimMessage.PushPull(
            join: false, SwimMessage.Alive("in", Inside), SwimMessage.Alive("out", Outside));
        host.Node.StreamReceived(host.Node.StreamAccepted(Inside, world.Now), state, world.Now);
        Assert.NotNull(host.StateOf("in"));
        Assert.Null(host.StateOf("out"));
    }

    [Fact]
    public void A_node_whose_own_address_is_refused_does_not_list_itself_and_stays_silent()
    {
        SwimWorld world = new(4);
        SwimHost host = world.Add("n0", Restricted() with { AdvertiseAddress = Outside });
        host.Records = true;
        Assert.Empty(host.Node.Members);
        Assert.Empty(host.Events);
        Assert.Contains(host.Lines, line => line.Contains("Own address 192.168.0.1:7946 is not in an allowed"));
        host.Node.Receive(Inside, SwimMessage.Ping(1), world.Now);
        host.Node.Receive(Inside, SwimMessage.Suspect("n0", 1, "x"), world.Now);
        Assert.Equal(StreamId.None, host.Node.StreamAccepted(Inside, world.Now));
        Assert.False(host.Node.UpdateMeta(world.Now));
        Assert.False(host.Node.Leave(world.Now));
        world.Run(TimeSpan.FromSeconds(5));
        host.Node.Shutdown();
        Assert.Empty(host.Sent);
    }

    [Fact]
    public void A_Serf_node_whose_own_address_is_refused_says_so_before_anything_is_opened()
    {
        ClusterWorld world = new(1);
        SerfException error = Assert.Throws<SerfException>(
            () => world.Add("n0", swim: Restricted(), address: Outside));
        Assert.Equal("Own address is not in an allowed network", error.Message);
    }

    private static SwimOptions Restricted() => SwimOptions.Lan with
    {
        AllowedNetworks = AllowedNetworks.Parse(["10.0.0.0/8"], out _),
    };
}
