using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using Serf.Coordinates;
using Xunit;
using static Serf.Core.Tests.Coordinates.CoordinateVectors;

namespace Serf.Core.Tests.Coordinates;

/// <summary>The original's coordinates, to the last bit, with the draws it made.</summary>
public sealed class CoordinateVectorTests
{
    public static TheoryData<string> Updates() => Named("update");

    public static TheoryData<string> Distances() => Named("distance");

    public static TheoryData<string> Forces() => Named("force");

    public static TheoryData<string> Simulations() => Named("simulate");

    [Theory]
    [MemberData(nameof(Updates))]
    public void Observations_move_a_node_as_recorded(string name)
    {
        JsonElement vector = Find(name);
        RecordedDraws draws = new();
        CoordinateOptions options = ReadOptions(vector.GetProperty("input").GetProperty("config"));
        CoordinateClient client = new(options, draws);
        Dictionary<string, LatencySamples> samples = [];
        int number = 0;
        foreach (JsonElement step in vector.GetProperty("steps").EnumerateArray())
        {
            string at = $"{name} step {number++}: ";
            string node = step.GetProperty("node").GetString()!;
            if (step.TryGetProperty("forgetFirst", out JsonElement forget) && forget.GetBoolean())
            {
                samples.Remove(node);
            }

            if (step.TryGetProperty("draws", out JsonElement recorded))
            {
                draws.Add(recorded.EnumerateArray());
            }

            samples.TryAdd(node, new LatencySamples(options.LatencyCount));
            string before = Describe(client.Own);
            CoordinateStatus status = client.Update(
                samples[node],
                Read(step.GetProperty("other")),
                step.GetProperty("rttNanoseconds").GetInt64());

            string expected = step.TryGetProperty("result", out JsonElement result)
                ? Describe(Read(result)) : before;
            Assert.Equal(at + ExpectedStatus(step), at + status);
            Assert.Equal(at + expected, at + Describe(client.Own));
            Assert.Equal(at + 0, at + draws.Count);
        }

        int resets = vector.TryGetProperty("resets", out JsonElement count) ? count.GetInt32() : 0;
        Assert.Equal(resets, client.ResetCount);
    }

    [Theory]
    [MemberData(nameof(Distances))]
    public void A_distance_is_reckoned_as_recorded_and_both_ways(string name)
    {
        JsonElement vector = Find(name);
        Coordinate left = Read(vector.GetProperty("input").GetProperty("a"));
        Coordinate right = Read(vector.GetProperty("input").GetProperty("b"));

        Assert.Equal(vector.GetProperty("nanoseconds").GetInt64(), left.NanosecondsTo(right));
        Assert.Equal(vector.GetProperty("nanoseconds").GetInt64(), right.NanosecondsTo(left));
        Assert.Equal(vector.GetProperty("rawSeconds").GetDouble(), left.RawSecondsTo(right));
    }

    [Theory]
    [MemberData(nameof(Forces))]
    public void A_force_pushes_as_recorded(string name)
    {
        JsonElement vector = Find(name);
        JsonElement input = vector.GetProperty("input");
        Coordinate own = Read(input.GetProperty("a"));
        RecordedDraws draws = new();
        if (vector.TryGetProperty("draws", out JsonElement recorded))
        {
            draws.Add(recorded.EnumerateArray());
        }

        double heightMin = input.GetProperty("heightMin").GetDouble();
        CoordinateClient client = new(new() { Dimensions = own.Dimensions, HeightMin = heightMin }, draws);
        Assert.Equal(CoordinateStatus.Accepted, client.Set(own));
        client.Apply(input.GetProperty("force").GetDouble(), Read(input.GetProperty("b")));

        Assert.Equal(Describe(Read(vector.GetProperty("result"))), Describe(client.Own));
        Assert.Equal(0, draws.Count);
    }

    [Theory]
    [MemberData(nameof(Simulations))]
    public void A_cluster_settles_where_it_was_recorded(string name)
    {
        JsonElement vector = Find(name);
        JsonElement input = vector.GetProperty("input");
        CoordinateOptions options = ReadOptions(input.GetProperty("config"));
        long[][] truth = [.. input.GetProperty("truth").EnumerateArray()
            .Select(row => row.EnumerateArray().Select(cell => cell.GetInt64()).ToArray())];
        RecordedDraws[] draws = [.. truth.Select(_ => new RecordedDraws())];
        CoordinateClient[] clients = [.. draws.Select(source => new CoordinateClient(options, source))];
        LatencySamples[][] samples = [.. truth.Select(
            row => row.Select(_ => new LatencySamples(options.LatencyCount)).ToArray())];
        foreach (JsonElement row in input.GetProperty("schedule").EnumerateArray())
        {
            int client = row[0].GetInt32();
            int peer = row[1].GetInt32();
            draws[client].Add(row.EnumerateArray().Skip(2));
            clients[client].Update(samples[client][peer], clients[peer].Own, truth[client][peer]);
        }

        Assert.Equal(
            vector.GetProperty("coordinates").EnumerateArray().Select(Read).Select(Describe),
            clients.Select(client => Describe(client.Own)));
        List<double> errors = [];
        for (int left = 0; left < clients.Length; left++)
        {
            for (int right = left + 1; right < clients.Length; right++)
            {
                double expected = truth[left][right];
                double estimate = clients[left].Own.NanosecondsTo(clients[right].Own);
                errors.Add(Math.Abs(estimate - expected) / expected);
            }
        }

        Assert.Equal(vector.GetProperty("errorAverage").GetDouble(), errors.Average(), 1e-9);
        Assert.Equal(vector.GetProperty("errorMax").GetDouble(), errors.Max(), 1e-9);
    }

    private static CoordinateStatus ExpectedStatus(JsonElement step)
    {
        string error = step.TryGetProperty("error", out JsonElement text) ? text.GetString()! : "";
        return error switch
        {
            "" => CoordinateStatus.Accepted,
            "dimensions aren't compatible" => CoordinateStatus.Incompatible,
            "coordinate is invalid" => CoordinateStatus.Invalid,
            _ when error.StartsWith("round trip time not in valid range", StringComparison.Ordinal) =>
                CoordinateStatus.RoundTripOutOfRange,
            _ => throw new InvalidOperationException(error),
        };
    }
}
