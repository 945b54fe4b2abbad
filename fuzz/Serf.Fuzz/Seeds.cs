using System;
using System.Collections.Generic;
using System.Text.Json;
using Serf.Vectors;

namespace Serf.Fuzz;

/// <summary>The bytes in the golden vectors.</summary>
internal static class Seeds
{
    /// <summary>Every string in hex under this property, alone or in a list, wherever it stands in the
    /// file.</summary>
    public static IEnumerable<byte[]> Hex(string file, string property)
    {
        List<byte[]> found = [];
        HashSet<string> known = [];
        foreach (JsonElement vector in VectorFile.Load(file))
        {
            Collect(vector, property, known, found);
        }

        return found;
    }

    private static void Collect(JsonElement element, string property, HashSet<string> known, List<byte[]> found)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in element.EnumerateArray())
            {
                Collect(item, property, known, found);
            }
        }

        if (element.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (JsonProperty entry in element.EnumerateObject())
        {
            if (entry.Name == property)
            {
                Take(entry.Value, known, found);
            }

            Collect(entry.Value, property, known, found);
        }
    }

    private static void Take(JsonElement value, HashSet<string> known, List<byte[]> found)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in value.EnumerateArray())
            {
                Take(item, known, found);
            }
        }
        else if (value.ValueKind == JsonValueKind.String && known.Add(value.GetString()!))
        {
            found.Add(Convert.FromHexString(value.GetString()!));
        }
    }
}
