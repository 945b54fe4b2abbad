using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using Serf.Coordinates;
using Serf.Vectors;
using Xunit;

namespace Serf.Core.Tests.Coordinates;

/// <summary>Coordinates as the vectors write them, and draws as they record them.</summary>
internal static class CoordinateVectors
{
    public static TheoryData<string> Named(string operation)
    {
        TheoryData<string> names = [];
        foreach (JsonElement vector in VectorFile.Load("coordinates-numeric.json"))
        {
            if (vector.GetProperty("op").GetString() == operation)
            {
                names.Add(vector.GetProperty("name").GetString()!);
            }
        }

        return names;
    }

    public static JsonElement Find(string name) => VectorFile.Load("coordinates-numeric.json")
        .Single(vector => vector.GetProperty("name").GetString() == name);

    public static Coordinate Read(JsonElement value) => new(
        ReadNumbers(value.GetProperty("Vec")) ?? [],
        Number(value.GetProperty("Error")),
        Number(value.GetProperty("Adjustment")),
        Number(value.GetProperty("Height")));

    public static double[]? ReadNumbers(JsonElement list) =>
        list.ValueKind == JsonValueKind.Null ? null : [.. list.EnumerateArray().Select(Number)];

    public static double Number(JsonElement value) => value.ValueKind == JsonValueKind.Number
        ? value.GetDouble()
        : value.GetString() switch
        {
            "NaN" => double.NaN,
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            string text => double.Parse(text, CultureInfo.InvariantCulture),
            null => 0.0,
        };

    public static CoordinateOptions ReadOptions(JsonElement config) => new()
    {
        Dimensions = config.GetProperty("Dimensionality").GetInt32(),
        ErrorMax = config.GetProperty("VivaldiErrorMax").GetDouble(),
        ErrorGain = config.GetProperty("VivaldiCE").GetDouble(),
        PositionGain = config.GetProperty("VivaldiCC").GetDouble(),
        AdjustmentCount = config.GetProperty("AdjustmentWindowSize").GetInt32(),
        HeightMin = config.GetProperty("HeightMin").GetDouble(),
        LatencyCount = config.GetProperty("LatencyFilterSize").GetInt32(),
        Gravity = config.GetProperty("GravityRho").GetDouble(),
    };

    /// <summary>Every number written out, so that a failure shows them all; no two doubles look alike.</summary>
    public static string Describe(Coordinate coordinate)
    {
        string vector = string.Join(", ", coordinate.Vector.ToArray().Select(Text));
        return $"({vector}) error {Text(coordinate.Error)} adjustment {Text(coordinate.Adjustment)} "
            + $"height {Text(coordinate.Height)}";
    }

    // A zero is a zero, whatever its sign: the files write both as 0.
    private static string Text(double number) =>
        (number == 0.0 ? 0.0 : number).ToString("R", CultureInfo.InvariantCulture);
}

/// <summary>Gives recorded draws in order; one more than there are fails the test.</summary>
internal sealed class RecordedDraws : IUnitDraws
{
    private readonly Queue<double> _draws = new();

    public int Count => _draws.Count;

    public void Add(IEnumerable<JsonElement> draws)
    {
        foreach (JsonElement draw in draws)
        {
            _draws.Enqueue(draw.GetDouble());
        }
    }

    public double Next() => _draws.Dequeue();
}
