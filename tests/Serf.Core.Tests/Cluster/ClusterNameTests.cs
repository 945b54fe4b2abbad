using System;
using System.Linq;
using Serf.Cluster;
using Serf.Core.Tests.Swim;
using Serf.Primitives;
using Serf.Swim;
using Xunit;

namespace Serf.Core.Tests.Cluster;

/// <summary>Which names are taken (spec serf 4.15; 15.3, M9).</summary>
public sealed class ClusterNameTests
{
    private static readonly SerfOptions Strict = ClusterWorld.Plain with { ValidateNodeNames = true };
    private static readonly NodeAddress Peer = NodeAddress.FromIPv4(0x0A000063, 7946);

    [Theory]
    [InlineData("a\nb")]
    [InlineData("a\0b")]
    [InlineData("\n")]
    public void A_name_with_a_line_feed_or_a_nul_is_never_taken(string name)
    {
        ClusterWorld world = new(1);
        SerfHost host = world.Add("n0");
        host.Node.Receive(Peer, SwimMessage.Alive(name, Peer), world.Now);
        Assert.Single(host.Serf.Members());
        Assert.Contains(host.Lines, line => line.Contains("it was refused by the layer above"));
        string text = Assert.Throws<SerfException>(() => new ClusterWorld(2).Add(name)).Message;
        Assert.Contains("invalid characters", text, StringComparison.Ordinal);
    }

    [Fact]
    public void One_such_record_does_not_spoil_a_join()
    {
        ClusterWorld world = new(2);
        SerfHost host = world.Add("n0");
        SwimHost other = world.Net.Add(
            "other", SwimOptions.Lan with { AdvertiseAddress = NodeAddress.FromIPv4(0x0A000050, 7946) });
        other.Node.Receive(Peer, SwimMessage.Alive("a\nb", Peer), world.Now);
        other.Node.Receive(Peer, SwimMessage.Alive("c", Peer), world.Now);
        world.Net.PacketPasses = (_, _) => false;
        long call = host.Join(ignoreOld: false, SerfHost.Target(other.Address));
        world.Run(1);
        Assert.Equal(1, host.Completed[call].Count);
        Assert.Equal(["c", "n0", "other"], host.Serf.Members().Select(member => member.Name.ToString()));
    }

    [Theory]
    [InlineData("a b\tc")]
    [InlineData("a/b:\u00e4\u0001")]
    [InlineData(129)]
    public void Any_other_name_is_taken_unless_names_are_validated(object given)
    {
        string name = given as string ?? new string('x', (int)given);
        ClusterWorld world = new(3);
        SerfHost host = world.Add("n0");
        SerfHost strict = world.Add("n1", Strict);
        host.Node.Receive(Peer, SwimMessage.Alive(name, Peer), world.Now);
        strict.Node.Receive(Peer, SwimMessage.Alive(name, Peer), world.Now);
        Assert.Equal(2, host.Serf.Members().Count);
        Assert.Single(strict.Serf.Members());
    }

    [Theory]
    [InlineData("web-1.Example.com")]
    [InlineData("a_b")]
    [InlineData("a b")]
    public void The_own_name_is_checked_only_where_names_are_validated(string text)
    {
        ByteString name = ByteString.FromText(text);
        SerfNode.ValidateName(ClusterWorld.Plain, name);
        bool isGood = text.StartsWith("web", StringComparison.Ordinal);
        Assert.Equal(isGood, Record.Exception(() => SerfNode.ValidateName(Strict, name)) is null);
        Assert.Equal(isGood, Record.Exception(() => new ClusterWorld(5).Add(text, Strict)) is null);
    }

    [Fact]
    public void With_validation_a_join_of_a_cluster_with_a_bad_name_fails_and_says_which()
    {
        ClusterWorld world = new(4);
        SerfHost first = world.Add("n0");
        SerfHost second = world.Add("bad name");
        second.Join([first]);
        world.Run(3);
        SerfHost strict = world.Add("n1", Strict);
        long call = strict.Join([first]);
        world.Run(3);
        Assert.Contains("invalid characters", strict.Completed[call].Error, StringComparison.Ordinal);
        Assert.Contains("bad name", strict.Completed[call].Error, StringComparison.Ordinal);
        Assert.DoesNotContain(strict.Serf.Members(), member => member.Name.ToString() == "bad name");
    }
}
