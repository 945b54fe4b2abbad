using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;

namespace Serf.Vectors;

/// <summary>Golden vectors recorded from the original, as copied beside the test assembly.</summary>
internal static class VectorFile
{
    /// <summary>All vectors of one file, in order. Fails when the file holds another number than it says.</summary>
    public static IReadOnlyList<JsonElement> Load(string name)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "Vectors", name);
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
        JsonElement root = document.RootElement.Clone();
        List<JsonElement> vectors = [.. root.GetProperty("vectors").EnumerateArray()];
        if (vectors.Count == 0 || vectors.Count != root.GetProperty("count").GetInt32())
        {
            throw new InvalidDataException(name + " is not whole");
        }

        return vectors;
    }

    /// <summary>The vector of this name; fails when there is none, or more than one.</summary>
    public static JsonElement Find(string file, string name) =>
        Load(file).Single(vector => vector.GetProperty("name").GetString() == name);

    /// <summary>Bytes of a hex string; null for a JSON null or a missing property.</summary>
    public static byte[]? HexOrNull(JsonElement parent, string property) =>
        parent.TryGetProperty(property, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? Convert.FromHexString(value.GetString()!)
            : null;

    /// <summary>Bytes of a text, which the files give as UTF-8 or, where it is not, as <c>{"utf8Invalid": hex}</c>.</summary>
    public static byte[] Text(JsonElement value) => value.ValueKind == JsonValueKind.Object
        ? Convert.FromHexString(value.GetProperty("utf8Invalid").GetString()!)
        : Encoding.UTF8.GetBytes(value.GetString()!);
}
