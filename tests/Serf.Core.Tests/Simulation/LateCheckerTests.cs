using System;
using System.Text;
using Serf.Cluster;
using Serf.Coordinates;
using Serf.Primitives;
using Serf.Simulation;
using Serf.Simulation.Checkers;
using Serf.Wire;
using Xunit;

namespace Serf.Tests.Simulation;

/// <summary>Checkers of names, of unwanted events and of places: each has a test in which it must complain.</summary>
public sealed class LateCheckerTests
{
    private const string Place =
        "coordinate: {\"Vec\":[0.25,0,0,0,0,0,0,0],\"Error\":0.5,\"Adjustment\":0.001,\"Height\":0.002}\n";

    [Theory]
    [InlineData(0, 1, true, false, true)]
    [InlineData(3, 2, false, true, true)]
    [InlineData(3, 2, true, false, false)]
    [InlineData(0, 1, false, true, false)]
    [InlineData(2, 2, true, false, false)]
    [InlineData(2, 2, false, true, false)]
    [InlineData(0, 0, true, false, false)]
    [InlineData(5, 1, false, false, false)]
    public void Only_the_one_of_two_whom_fewer_know_may_give_up_its_name(
        int knowFirst, int knowSecond, bool isFirst, bool isSecond, bool legal)
    {
        Assert.Equal(legal, new NameChecker(knowFirst, knowSecond).Ended(isFirst, isSecond) is null);
    }

    [Fact]
    public void A_node_that_gives_up_a_name_which_is_its_own_is_found()
    {
        ISerfEffects effects = new SimHost(new SimWorld(1), 0, Address(1), Tags.Empty, 1);

        Assert.Throws<SimFailureException>(effects.NameLost);
    }

    [Fact]
    public void An_event_from_before_a_join_that_wants_none_is_found()
    {
        OldEventChecker checker = new();
        Assert.Null(checker.Observe(1));
        checker.Joined(7);

        Assert.Null(checker.Observe(7));
        Assert.Contains("only those from 7 on", checker.Observe(6));
        checker.Joined(3);
        Assert.NotNull(checker.Observe(6));
    }

    [Fact]
    public void Seeds_that_are_asked_of_a_host_without_any_are_found()
    {
        ISerfEffects effects = new SimHost(World(options => !options.Serf.HasSeeds), 0, Address(1), Tags.Empty, 1);

        Assert.Throws<SimFailureException>(effects.SeedsWanted);
    }

    [Fact]
    public void A_node_that_begins_elsewhere_than_its_snapshot_says_is_found()
    {
        byte[] content = Encoding.UTF8.GetBytes(Place);

        Assert.Null(PlaceChecker.Observe(content, new Coordinate([0.25, 0, 0, 0, 0, 0, 0, 0], 0.5, 0.001, 0.002)));
        Assert.NotNull(PlaceChecker.Observe(content, new Coordinate([0.25, 0, 0, 0, 0, 0, 0, 0], 0.5, 0.001, 0.003)));
        Assert.NotNull(PlaceChecker.Observe(content, new Coordinate(new double[8], 1.5, 0, 1e-5)));
    }

    [Fact]
    public void The_last_whole_place_counts()
    {
        byte[] content = Encoding.UTF8.GetBytes(
            Place.Replace("0.25", "0.75", StringComparison.Ordinal) + Place + Place[..40] + "\n" + Place.TrimEnd('\n'));

        Assert.Null(PlaceChecker.Observe(content, new Coordinate([0.25, 0, 0, 0, 0, 0, 0, 0], 0.5, 0.001, 0.002)));
        Assert.Null(PlaceChecker.Last(Encoding.UTF8.GetBytes(Place.TrimEnd('\n'))));
    }

    [Fact]
    public void A_host_over_a_disk_with_a_place_begins_there()
    {
        SimWorld world = World(options => !options.IsHostile);
        SimHost host = new(
            world, 0, Address(1), Tags.Empty, 1, new SimDisk(world, Encoding.UTF8.GetBytes(Place)));

        Assert.Equal(0.25, host.Serf.GetCoordinate()!.Vector[0]);
        Assert.Equal(1, world.Report[Sight.PlaceRestored]);
    }

    [Fact]
    public void A_world_of_two_clusters_with_one_name_ends_the_right_one_or_none()
    {
        int decided = 0;
        int equal = 0;
        for (ulong seed = 1; seed <= 400 && (decided == 0 || equal == 0); seed++)
        {
            SimWorld world = new(seed);
            int first = world.Options.DuelFirstCount;
            if (first == 0)
            {
                continue;
            }

            bool isEqual = first * 2 == world.Options.NodeCount;
            if (isEqual ? equal > 0 : decided > 0)
            {
                continue;
            }

            Assert.Null(world.Run().Failure);
            Assert.Equal(isEqual ? 0 : 1, world.Report[Sight.NameLost]);
            decided += isEqual ? 0 : 1;
            equal += isEqual ? 1 : 0;
        }

        Assert.Equal((1, 1), (decided, equal));
    }

    private static SimWorld World(Func<SimOptions, bool> fits)
    {
        for (ulong seed = 1; seed <= 100; seed++)
        {
            SimWorld world = new(seed);
            if (fits(world.Options))
            {
                return world;
            }
        }

        throw new InvalidOperationException("no such world");
    }

    private static NodeAddress Address(uint host) => NodeAddress.FromIPv4(0x0A000000 + host, 7946);
}
