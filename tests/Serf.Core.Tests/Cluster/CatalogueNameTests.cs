using System.Text.Json;
using Serf.Cluster;
using Serf.Core.Tests.Swim;
using Serf.Primitives;
using Serf.Vectors;
using Xunit;

namespace Serf.Core.Tests.Cluster;

/// <summary>Names where they are validated, and where they are not (spec serf 4.15).</summary>
public sealed class CatalogueNameTests
{
    private static readonly SerfOptions _strict = ClusterWorld.Plain with { ValidateNodeNames = true };

    [Fact]
    public void A_name_is_proper_where_it_is_at_the_original()
    {
        JsonElement rows = VectorFile.Find("serf-numeric.json", "nodeNames").GetProperty("rows");
        Assert.True(rows.GetArrayLength() >= 10);
        foreach (JsonElement row in rows.EnumerateArray())
        {
            string? fault = NodeName.Fault(ByteText.ToBytes(row[0].GetString()!));
            Assert.Equal(row[1].GetBoolean(), fault is null);
            Assert.Equal(row[2].GetString(), fault);
        }
    }

    [Fact]
    public void An_improper_name_of_our_own_is_refused_only_where_names_are_validated()
    {
        ClusterWorld world = new(1);
        Assert.Contains(
            "invalid characters",
            Assert.Throws<SerfException>(() => world.Add("under_score", _strict)).Message);
        Assert.Contains(
            "Valid length is between 1 and 128",
            Assert.Throws<SerfException>(() => world.Add(new string('n', 129), _strict)).Message);
        Assert.Equal(MemberStatus.Alive, world.Add(new string('n', 128), _strict).Serf.LocalMember.Status);
        Assert.Equal(MemberStatus.Alive, world.Add("under_score").Serf.LocalMember.Status);
    }

    [Fact]
    public void Who_has_an_improper_name_is_kept_out_where_names_are_validated()
    {
        ClusterWorld world = new(2);
        SerfHost strict = world.Add("strict", _strict);
        SerfHost lax = world.Add("lax");
        SerfHost odd = world.Add("odd_name");
        long call = strict.Join([odd]);
        odd.Join([lax]);
        world.Run(5);

        // The whole state of a join is refused, as by any other veto.
        Assert.Contains("invalid characters", strict.Completed[call].Error);
        Assert.Null(strict.StatusOf("odd_name"));
        Assert.Equal(MemberStatus.Alive, lax.StatusOf("odd_name"));

        NodeAddress peer = NodeAddress.FromIPv4(0x0A000063, 7946);
        strict.Serf.Swim.Receive(peer, SwimMessage.Alive("odd_name", odd.Address), world.Now);
        Assert.Null(strict.StatusOf("odd_name"));
        strict.Serf.Swim.Receive(peer, SwimMessage.Alive("proper", peer), world.Now);
        Assert.Equal(MemberStatus.Alive, strict.StatusOf("proper"));
    }
}
