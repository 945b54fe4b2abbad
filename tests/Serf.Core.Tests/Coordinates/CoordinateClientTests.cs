using System;
using System.Linq;
using Serf.Coordinates;
using Serf.Primitives;
using Xunit;

namespace Serf.Core.Tests.Coordinates;

/// <summary>The catalogue of spec serf 14.9, items 1 to 7, and the table of 9.5.</summary>
public sealed class CoordinateClientTests
{
    private const double Millisecond = 1e6;
    private const double FreshHeight = 1e-5;
    private static readonly CoordinateOptions ThreeDimensions = new() { Dimensions = 3 };

    [Fact]
    public void The_table_of_the_spec_is_met_step_by_step()
    {
        CoordinateClient client = new(ThreeDimensions, seed: 1);
        LatencySamples a = new(3);
        LatencySamples b = new(3);
        Coordinate first = new([0.03, 0.04, 0.0], 1.5, 0.0, FreshHeight);
        Coordinate second = new([-0.01, 0.02, 0.02], 0.5, 0.0005, 0.001);

        Observe(client, a, first, 80, 54.424773, new(
            [-0.0022484994779033347, -0.0029979993038711131, 0.0],
            1.35934375, 0.000655775025, 1.149899500798034e-05));
        Observe(client, b, second, 25, 31.892275, new(
            [-0.0026366326300486563, -0.0018464414906199575, 0.0010014412096669507],
            1.1738810033865694, 0.00050868525733782871, 1e-05));
        Observe(client, a, first, 90, 58.425195, new(
            [-0.0050926611218377292, -0.0049955431883140491, 0.0010768029844817537],
            1.089423753486968, 0.0013313387692789945, 1.1505066380079685e-05));
        Observe(client, a, first, 500, 62.487077, new(
            [-0.0071346995840253094, -0.0076138304032525939, 0.001139461425268691],
            1.0117384859493663, 0.0020709350212708118, 1.2756431715999419e-05));
        Observe(client, b, second, 0, 34.922847, new(
            [-0.0073081919641814833, -0.0059417809286252225, 0.0022814850141700525],
            0.92375092581851892, 0.0018824243896048893, 1e-05));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(64)]
    public void A_fresh_node_is_at_the_origin(int dimensions)
    {
        Coordinate own = new CoordinateClient(new() { Dimensions = dimensions }, seed: 1).Own;

        Assert.Equal(new double[dimensions], own.Vector.ToArray());
        Assert.Equal((1.5, 0.0, FreshHeight), (own.Error, own.Adjustment, own.Height));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void No_dimensions_are_refused(int dimensions)
    {
        SerfException refused = Assert.Throws<SerfException>(
            () => new CoordinateClient(new() { Dimensions = dimensions }, seed: 1));
        Assert.Equal("dimensionality must be >0", refused.Message);
    }

    [Fact]
    public void A_node_above_with_a_longer_round_trip_pushes_down()
    {
        CoordinateClient client = new(ThreeDimensions, seed: 1);
        Coordinate above = new([0.0, 0.0, 0.001], 1.5, 0.0, FreshHeight);
        long before = client.Own.NanosecondsTo(above);

        Assert.Equal(CoordinateStatus.Accepted, client.Update(new(3), above, 2 * before));

        Assert.Equal([0.0, 0.0], client.Own.Vector[..2].ToArray());
        Assert.True(client.Own.Vector[2] < 0.0);
        Assert.True(client.Own.NanosecondsTo(above) > before);
        Assert.Equal(0.0 - client.Own.Vector[2], client.LastMoveMilliseconds / 1000.0, 1e-4);
        Assert.True(client.LastMoveMilliseconds > 0.0);
    }

    [Theory]
    [InlineData(-35_000_000_000)]
    [InlineData(-1)]
    [InlineData(10_000_000_001)]
    [InlineData(11_000_000_000)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void An_impossible_round_trip_changes_nothing(long nanoseconds)
    {
        CoordinateClient client = new(ThreeDimensions, seed: 1);
        LatencySamples samples = new(3);
        Coordinate above = new([0.0, 0.0, 0.001], 1.5, 0.0, FreshHeight);
        long before = client.Own.NanosecondsTo(above);

        Assert.Equal(CoordinateStatus.RoundTripOutOfRange, client.Update(samples, above, nanoseconds));

        Assert.Equal(before, client.Own.NanosecondsTo(above));

        // The one round trip that follows is the median: none was kept.
        Assert.Equal(0.25, samples.Filter(0.25));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10_000_000_000)]
    public void The_ends_of_the_range_are_believed(long nanoseconds)
    {
        CoordinateClient client = new(ThreeDimensions, seed: 1);
        Coordinate above = new([0.0, 0.0, 0.001], 1.5, 0.0, FreshHeight);

        Assert.Equal(CoordinateStatus.Accepted, client.Update(new(3), above, nanoseconds));
        Assert.NotEqual(0.0, client.Own.Vector[2]);
    }

    [Fact]
    public void The_median_of_three_passes_the_filter_for_each_node_alone()
    {
        LatencySamples samples = new(3);
        double[] seconds = [0.201, 0.200, 0.207, 1.9, 0.203, 0.199, 0.211];

        Assert.Equal(
            [0.201, 0.201, 0.201, 0.207, 0.207, 0.203, 0.203],
            seconds.Select(samples.Filter).ToArray());
        Assert.Equal(0.3, new LatencySamples(3).Filter(0.3));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void Each_component_that_is_no_number_makes_a_coordinate_invalid(double poison)
    {
        CoordinateClient client = new(ThreeDimensions, seed: 1);
        Coordinate[] poisoned =
        [
            new([poison, 0.0, 0.0], 1.5, 0.0, FreshHeight),
            new([0.0, poison, 0.0], 1.5, 0.0, FreshHeight),
            new([0.0, 0.0, poison], 1.5, 0.0, FreshHeight),
            new([0.0, 0.0, 0.0], poison, 0.0, FreshHeight),
            new([0.0, 0.0, 0.0], 1.5, poison, FreshHeight),
            new([0.0, 0.0, 0.0], 1.5, 0.0, poison),
        ];

        foreach (Coordinate coordinate in poisoned)
        {
            Assert.False(coordinate.IsValid);
            Assert.Equal(CoordinateStatus.Invalid, client.Update(new(3), coordinate, 1_000_000));
            Assert.Equal(CoordinateStatus.Invalid, client.Set(coordinate));
        }

        Coordinate fresh = client.CreateCoordinate();
        Assert.True(fresh.IsValid);
        Assert.Equal(CoordinateVectors.Describe(fresh), CoordinateVectors.Describe(client.Own));
        Assert.Equal(CoordinateStatus.Incompatible, client.Set(new([0.0, 0.0], 1.5, 0.0, FreshHeight)));
    }

    [Fact]
    public void An_own_coordinate_that_is_driven_out_of_range_is_reset_once_and_counted()
    {
        // Without the adjustment, which remembers the fault and resets again and again (vector update-reset).
        CoordinateClient client = new(ThreeDimensions with { AdjustmentCount = 0 }, seed: 1);
        Coordinate extreme = new([double.MaxValue, 0.0, 0.0], 1.5, 0.0, double.MaxValue);
        Coordinate sane = new([0.01, 0.0, 0.0], 1.5, 0.0, FreshHeight);
        Assert.Equal(CoordinateStatus.Accepted, client.Update(new(3), sane, 50_000_000));

        Assert.Equal(CoordinateStatus.Accepted, client.Update(new(3), extreme, 40_000_000));

        Assert.Equal(1, client.ResetCount);
        Assert.Equal(
            CoordinateVectors.Describe(client.CreateCoordinate()), CoordinateVectors.Describe(client.Own));
        Assert.Equal(CoordinateStatus.Accepted, client.Update(new(3), sane, 50_000_000));
        Assert.Equal(1, client.ResetCount);
    }

    [Fact]
    public void A_distance_is_symmetric_and_counts_heights_and_adjustments()
    {
        Coordinate left = new([-0.5, 1.3, 2.4], 1.5, 0.0, 0.0);
        Coordinate right = new([1.2, -2.3, 3.4], 1.5, 0.0, 0.0);
        AssertSeconds(0.0, left, left);
        AssertSeconds(4.104875150354758, left, right);

        AssertSeconds(4.104875150354758, With(left, adjustment: -1e6), right);
        AssertSeconds(4.104875150354758 + 0.3, With(left, adjustment: 0.1), With(right, adjustment: 0.2));
        AssertSeconds(4.104875150354758 + 0.8, With(left, height: 0.7), With(right, height: 0.1));
    }

    [Fact]
    public void A_force_moves_along_the_line_between_and_raises_or_lowers_the_height()
    {
        Coordinate above = new([0.0, 0.0, 2.9], 1.5, 0.0, 0.0);
        CoordinateClient client = new(ThreeDimensions, seed: 1);
        client.Apply(5.3, above);
        AssertVector([0.0, 0.0, -5.3], client.Own);
        Assert.Equal(1e-5 + (5.3 * 1e-5 / 2.9), client.Own.Height, 1e-12);

        client = new(ThreeDimensions, seed: 1);
        client.Apply(-5.3, above);
        AssertVector([0.0, 0.0, 5.3], client.Own);
        Assert.Equal(FreshHeight, client.Own.Height);
    }

    [Fact]
    public void Nodes_at_one_place_part_by_one_unit_in_some_direction()
    {
        CoordinateClient client = new(ThreeDimensions, seed: 1);
        Coordinate origin = client.CreateCoordinate();
        client.Apply(1.0, origin);

        Assert.Equal(1.0, client.Own.RawSecondsTo(origin) - (2 * FreshHeight), 1e-9);
        Assert.Equal(FreshHeight, client.Own.Height);
    }

    [Fact]
    public void The_first_axis_is_the_direction_when_the_draw_has_none()
    {
        CoordinateClient client = new(ThreeDimensions, new MiddleDraws());
        client.Apply(1.0, client.CreateCoordinate());

        AssertVector([1.0, 0.0, 0.0], client.Own);
    }

    [Fact]
    public void A_seed_means_the_same_draws()
    {
        Assert.Equal(DriftOf(seed: 7), DriftOf(seed: 7));
        Assert.NotEqual(DriftOf(seed: 7), DriftOf(seed: 8));
    }

    private static string DriftOf(ulong seed)
    {
        CoordinateClient client = new(new(), seed);
        client.Update(new(3), client.CreateCoordinate(), 30_000_000);
        return CoordinateVectors.Describe(client.Own);
    }

    private static void Observe(
        CoordinateClient client,
        LatencySamples samples,
        Coordinate other,
        int milliseconds,
        double distance,
        Coordinate expected)
    {
        Assert.Equal(
            CoordinateStatus.Accepted, client.Update(samples, other, (long)(milliseconds * Millisecond)));
        AssertVector(expected.Vector, client.Own);
        AssertClose(expected.Error, client.Own.Error);
        AssertClose(expected.Adjustment, client.Own.Adjustment);
        AssertClose(expected.Height, client.Own.Height);
        Assert.Equal((long)Math.Round(distance * Millisecond), client.Own.NanosecondsTo(other));
    }

    private static Coordinate With(Coordinate place, double adjustment = 0.0, double height = 0.0) =>
        new(place.Vector, place.Error, adjustment, height);

    private static void AssertSeconds(double expected, Coordinate left, Coordinate right)
    {
        Assert.Equal(expected, left.NanosecondsTo(right) / 1e9, 2e-9);
        Assert.Equal(left.NanosecondsTo(right), right.NanosecondsTo(left));
    }

    private static void AssertVector(ReadOnlySpan<double> expected, Coordinate actual)
    {
        Assert.Equal(expected.Length, actual.Dimensions);
        for (int index = 0; index < expected.Length; index++)
        {
            AssertClose(expected[index], actual.Vector[index]);
        }
    }

    private static void AssertClose(double expected, double actual)
    {
        double slack = 1e-9 * Math.Abs(expected);
        Assert.InRange(actual, expected - slack, expected + slack);
    }

    private sealed class MiddleDraws : IUnitDraws
    {
        public double Next() => 0.5;
    }
}
