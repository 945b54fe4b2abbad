using System;
using System.Text;
using System.Text.Json;
using Serf.Coordinates;

namespace Serf.Simulation.Checkers;

/// <summary>
/// A node begins at the last place that its snapshot tells in whole, read here a second time and by another
/// reader of JSON.
/// </summary>
public static class PlaceChecker
{
    private const string Prefix = "coordinate: ";

    /// <param name="content">What is left of the file.</param>
    /// <param name="restored">Where the node begins; null for a node without coordinates.</param>
    /// <returns>The reason it is wrong, or null.</returns>
    public static string? Observe(ReadOnlySpan<byte> content, Coordinate? restored)
    {
        if (restored is null || Last(content) is not { } expected)
        {
            return null;
        }

        double[] place = [.. restored.Vector, restored.Error, restored.Adjustment, restored.Height];
        return place.AsSpan().SequenceEqual(expected)
            ? null
            : $"begins at {string.Join(' ', place)} instead of {string.Join(' ', expected)}";
    }

    /// <returns>Vector, error, adjustment, height; null when no line tells them.</returns>
    public static double[]? Last(ReadOnlySpan<byte> content)
    {
        string[] lines = Encoding.Latin1.GetString(content).Split('\n');
        for (int index = lines.Length - 2; index >= 0; index--)
        {
            if (lines[index].StartsWith(Prefix, StringComparison.Ordinal)
                && Read(lines[index][Prefix.Length..]) is { } place)
            {
                return place;
            }
        }

        return null;
    }

    private static double[]? Read(string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            JsonElement vector = root.GetProperty("Vec");
            double[] place = new double[vector.GetArrayLength() + 3];
            int next = 0;
            foreach (JsonElement component in vector.EnumerateArray())
            {
                place[next++] = component.GetDouble();
            }

            place[next++] = root.GetProperty("Error").GetDouble();
            place[next++] = root.GetProperty("Adjustment").GetDouble();
            place[next] = root.GetProperty("Height").GetDouble();
            return place;
        }
        catch (JsonException)
        {
            // A line that a crash cut off, and that was ended when the node came back.
            return null;
        }
    }
}
