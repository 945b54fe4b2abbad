using System;
using System.Globalization;
using System.Linq;
using System.Text;
using Serf.Cluster;
using Serf.Coordinates;
using Serf.Primitives;
using Xunit;

namespace Serf.Core.Tests.Cluster;

/// <summary>The node's own coordinate, kept over a restart in a line that the original ignores.</summary>
public sealed class SnapshotCoordinateTests
{
    private const string Place =
        "{\"Vec\":[0.1,-0.002,3.0000000000000004e-7,0,0,0,0,1],\"Error\":0.25,\"Adjustment\":-0.0001,\"Height\":0.00001}";

    private readonly MemorySnapshot _file = new();
    private readonly RecordingEffects _told = new();
    private Instant _now = new(0);

    [Fact]
    public void Every_number_comes_back_to_the_last_digit()
    {
        Prng chance = new(7);
        double[] numbers = new double[11];
        for (int round = 0; round < 2000; round++)
        {
            for (int index = 0; index < numbers.Length; index++)
            {
                double any = BitConverter.UInt64BitsToDouble(chance.NextUInt64());
                numbers[index] = chance.Next(2) == 0 && double.IsFinite(any) ? any : chance.NextDouble() - 0.5;
            }

            using ByteBuffer line = new();
            SnapshotCoordinate.Write(line, new Coordinate(numbers.AsSpan(0, 8), numbers[8], numbers[9], numbers[10]));
            SnapshotState state = Read(Encoding.UTF8.GetString(line.Written));

            Assert.Equal(Bits(numbers), Bits(Numbers(state.Coordinate!)));
        }
    }

    [Theory]
    [InlineData(double.Epsilon)]
    [InlineData(double.MaxValue)]
    [InlineData(double.MinValue)]
    [InlineData(-2.2250738585072014E-308)]
    [InlineData(-0.0)]
    [InlineData(0.1 + 0.2)]
    public void The_ends_of_the_range_come_back_too(double number)
    {
        using ByteBuffer line = new();
        SnapshotCoordinate.Write(line, new Coordinate([number], number, number, number));

        Assert.Equal(
            Bits([number, number, number, number]),
            Bits(Numbers(Read(Encoding.UTF8.GetString(line.Written)).Coordinate!)));
    }

    [Fact]
    public void A_line_of_an_older_original_is_read()
    {
        Coordinate read = Read("coordinate: " + Place + "\n").Coordinate!;

        Assert.Equal([0.1, -0.002, 3.0000000000000004e-7, 0, 0, 0, 0, 1, 0.25, -0.0001, 0.00001], Numbers(read));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("{\"Vec\":[],\"Error\":1,\"Adjustment\":0,\"Height\":0.1}")]
    [InlineData("{\"Vec\":null,\"Error\":1,\"Adjustment\":0,\"Height\":0.1}")]
    [InlineData("{\"Vec\":[0,],\"Error\":1,\"Adjustment\":0,\"Height\":0.1}")]
    [InlineData("{\"Vec\":[0,0,0,0,0,0,0,0]}")]
    [InlineData("{\"Vec\":[0],\"Error\":1,\"Adjustment\":0,\"Height\":0.1")]
    [InlineData("{\"Vec\":[0],\"Error\":1,\"Adjustment\":0,\"Height\":0.1}}")]
    [InlineData("{\"Vec\":[0],\"Error\":1,\"Adjustment\":0,\"Height\":}")]
    [InlineData("{\"Vec\":[NaN],\"Error\":1,\"Adjustment\":0,\"Height\":0.1}")]
    [InlineData("{\"Vec\":[Infinity],\"Error\":1,\"Adjustment\":0,\"Height\":0.1}")]
    [InlineData("{\"Vec\":[1e999],\"Error\":1,\"Adjustment\":0,\"Height\":0.1}")]
    [InlineData("{\"Vec\":[+1],\"Error\":1,\"Adjustment\":0,\"Height\":0.1}")]
    [InlineData("{\"Vec\":[.5],\"Error\":1,\"Adjustment\":0,\"Height\":0.1}")]
    [InlineData("{\"Vec\":[-],\"Error\":1,\"Adjustment\":0,\"Height\":0.1}")]
    [InlineData("{\"Vec\":[--1],\"Error\":1,\"Adjustment\":0,\"Height\":0.1}")]
    [InlineData("{\"Vec\":[1e],\"Error\":1,\"Adjustment\":0,\"Height\":0.1}")]
    [InlineData("{\"Vec\":[\"1\"],\"Error\":1,\"Adjustment\":0,\"Height\":0.1}")]
    [InlineData("{\"Vec\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[")]
    public void What_is_no_coordinate_is_passed_over_without_a_word_and_the_last_good_one_stands(string json)
    {
        Assert.Null(Read("coordinate: " + json + "\n").Coordinate);
        SnapshotState state = Read("coordinate: " + Place + "\ncoordinate: " + json + "\n");

        Assert.Equal(0.25, state.Coordinate!.Error);
        Assert.Equal(0, state.WarningCount);
        Assert.Empty(_told.Lines);
    }

    [Fact]
    public void A_vector_without_end_costs_nothing()
    {
        string json = string.Concat(Enumerable.Repeat("0,", 20_000));

        Assert.Null(Read("coordinate: {\"Vec\":[" + json + "0],\"Error\":1,\"Adjustment\":0,\"Height\":0.1}\n").Coordinate);
    }

    [Fact]
    public void A_node_at_rest_writes_none_and_one_that_moves_writes_one_a_minute()
    {
        SnapshotLog log = _file.Open(_told);
        CoordinateClient client = new(new CoordinateOptions(), 1);
        log.Follow(client.Own);
        Run(log, 120);
        Assert.Equal("", _file.Text);

        // Less than half a millisecond is noise.
        client.Own.Height += 0.4e-3;
        Run(log, 120);
        Assert.Equal("", _file.Text);

        for (int step = 0; step < 1800; step++)
        {
            client.Own.Height += 1e-3;
            Run(log, 0.1);
        }

        Assert.InRange(Lines(), 3, 4);
    }

    [Fact]
    public void The_last_place_is_written_at_the_end_however_little_it_moved()
    {
        SnapshotLog log = _file.Open(_told);
        CoordinateClient client = new(new CoordinateOptions(), 1);
        log.Follow(client.Own);
        client.Own.Height += 1e-6;
        log.Close(1);

        Assert.Equal(client.Own.Height, _file.Read().Coordinate!.Height);
        Assert.Equal(1, Lines());
    }

    [Fact]
    public void A_leave_writes_it_ahead_of_its_own_line_and_the_next_life_has_it_all_the_same()
    {
        SnapshotLog log = _file.Open(_told);
        CoordinateClient client = new(new CoordinateOptions(), 1);
        log.Follow(client.Own);
        client.Own.Error = 0.75;
        log.Leave(_now);
        client.Own.Error = 0.5;
        Run(log, 120);
        log.Close(1);

        Assert.EndsWith("leave\n", _file.Text, StringComparison.Ordinal);
        Assert.Equal(0.75, _file.Read(rejoinAfterLeave: false).Coordinate!.Error);
        Assert.Equal(0.75, _file.Read(rejoinAfterLeave: true).Coordinate!.Error);
    }

    [Fact]
    public void A_compaction_keeps_one_and_a_log_that_follows_none_keeps_none()
    {
        SnapshotLog log = _file.Open(_told, compactionSizeMin: 300);
        CoordinateClient client = new(new CoordinateOptions(), 1);
        log.Follow(client.Own);
        client.Own.Error = 0.125;
        for (ulong time = 1; _file.ReplaceCount == 0; time++)
        {
            log.RecordUserEvent(time, _now);
        }

        Assert.Equal(1, Lines());
        Assert.Equal(0.125, _file.Read().Coordinate!.Error);

        _file.Report(log, _now);
        SnapshotLog without = _file.Open(_told, compactionSizeMin: 300);
        for (ulong time = 1000; _file.ReplaceCount == 1; time++)
        {
            without.RecordUserEvent(time, _now);
        }

        Assert.Equal(0, Lines());
    }

    [Fact]
    public void A_restarted_node_begins_where_it_was()
    {
        ClusterWorld world = ClusterWorld.Joined(2, seed: 3);
        SerfHost first = world.Add("n", address: NodeAddress.FromIPv4(0x0A000063, 7946), snapshot: _file.Open());
        first.Join(world.Hosts.Take(1));
        world.Run(30);
        double[] place = Numbers(first.Serf.GetCoordinate()!);
        Assert.NotEqual(1.5, place[8]);
        first.Serf.Shutdown();
        world.Kill(first);

        SerfHost again = world.Add("n", address: NodeAddress.FromIPv4(0x0A000063, 7946), snapshot: _file.Open());

        Assert.Equal(Bits(place), Bits(Numbers(again.Serf.GetCoordinate()!)));
    }

    [Theory]
    [InlineData("[0,0,0,0,0,0,0]", "1", "0", "0.1")]
    [InlineData("[0,0,0,0,0,0,0,0,0]", "1", "0", "0.1")]
    [InlineData("[11,0,0,0,0,0,0,0]", "1", "0", "0.1")]
    [InlineData("[1e308,1e308,0,0,0,0,0,0]", "1", "0", "0.1")]
    [InlineData("[0,0,0,0,0,0,0,0]", "1.6", "0", "0.1")]
    [InlineData("[0,0,0,0,0,0,0,0]", "0", "0", "0.1")]
    [InlineData("[0,0,0,0,0,0,0,0]", "-1", "0", "0.1")]
    [InlineData("[0,0,0,0,0,0,0,0]", "1", "11", "0.1")]
    [InlineData("[0,0,0,0,0,0,0,0]", "1", "-11", "0.1")]
    [InlineData("[0,0,0,0,0,0,0,0]", "1", "0", "-0.1")]
    [InlineData("[0,0,0,0,0,0,0,0]", "1", "0", "11")]
    public void A_place_where_no_node_can_be_is_not_taken(string vector, string error, string adjustment, string height)
    {
        MemorySnapshot file = new(
            $"coordinate: {{\"Vec\":{vector},\"Error\":{error},\"Adjustment\":{adjustment},\"Height\":{height}}}\n");
        SerfHost host = new ClusterWorld(1).Add("n", snapshot: file.Open(_told));

        Assert.Equal([0, 0, 0, 0, 0, 0, 0, 0, 1.5, 0, 1e-5], Numbers(host.Serf.GetCoordinate()!));
        Assert.Empty(_told.Lines);
    }

    [Fact]
    public void The_adjustment_that_was_restored_is_not_lost_with_the_next_observation()
    {
        CoordinateClient client = new(new CoordinateOptions(), 1);
        Assert.True(client.TryRestore(new Coordinate([0.01, 0, 0, 0, 0, 0, 0, 0], 0.2, 0.004, 0.001)));
        client.Update(new LatencySamples(3), new Coordinate(new double[8], 0.2, 0, 0.001), 12_000_000);

        Assert.InRange(client.Own.Adjustment, 0.0037, 0.0039);
    }

    [Fact]
    public void A_node_without_coordinates_neither_reads_nor_writes_one()
    {
        MemorySnapshot file = new("coordinate: " + Place + "\n");
        ClusterWorld world = new(1);
        SerfHost host = world.Add(
            "n", new SerfOptions { DisableCoordinates = true }, snapshot: file.Open(compactionSizeMin: 10));
        Assert.Null(host.Serf.GetCoordinate());
        for (ulong time = 1; file.ReplaceCount == 0; time++)
        {
            host.HearEvent("e" + time.ToString(CultureInfo.InvariantCulture), time);
        }

        Assert.DoesNotContain("coordinate", file.Text, StringComparison.Ordinal);
        host.Serf.Shutdown();
        Assert.DoesNotContain("coordinate", file.Text, StringComparison.Ordinal);
    }

    private static double[] Numbers(Coordinate coordinate) =>
        [.. coordinate.Vector, coordinate.Error, coordinate.Adjustment, coordinate.Height];

    private static long[] Bits(double[] numbers) => [.. numbers.Select(BitConverter.DoubleToInt64Bits)];

    private SnapshotState Read(string text)
    {
        SnapshotReader reader = new(rejoinAfterLeave: false, _told);
        reader.Read(Encoding.UTF8.GetBytes(text));
        return reader.Finish();
    }

    private int Lines() => _file.Text.Split('\n').Count(line => line.StartsWith("coordinate: ", StringComparison.Ordinal));

    private void Run(SnapshotLog log, double seconds)
    {
        Instant end = _now + TimeSpan.FromSeconds(seconds);
        while (_now < end)
        {
            log.Advance(1, _now);
            _now += TimeSpan.FromMilliseconds(250);
        }

        _now = end;
    }
}
