using System;
using System.Collections.Generic;
using System.Text.Json;
using Serf.Vectors;

namespace Serf.Fuzz;

/// <summary>The bytes in the golden vectors.</summary>
internal static class Seeds
{
    /// <summary>Every string in hex under this property, wherever it stands in the file.</summary>
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
            if (entry.Name == property && entry.Value.ValueKind == JsonValueKind.String)
            {
                string text = entry.Value.GetString()!;
                if (known.Add(text))
                {
                    found.Add(Convert.FromHexString(text));
                }
            }
            else
            {
                Collect(entry.Value, property, known, found);
            }
        }
    }
}
