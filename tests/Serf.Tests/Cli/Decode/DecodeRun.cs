using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Text.Json;
using Serf.Cli;
using Serf.Cli.Commands;
using Xunit;

namespace Serf.Tests.Cli.Decode;

/// <summary>One call of <c>serf decode</c>, without a process.</summary>
internal static class DecodeRun
{
    public static (int Status, string Output, string Error) Run(Stream input, params string[] arguments)
    {
        StringWriter output = new();
        StringWriter error = new();
        CliContext context = new()
        {
            Input = input,
            Output = output,
            Error = error,
            Environment = _ => null,
        };
        int status = new DecodeCommand().Run(arguments, context);
        return (status, output.ToString(), error.ToString());
    }

    /// <summary>What is printed for these lines; the call must succeed.</summary>
    public static string Print(string input, params string[] arguments)
    {
        (int status, string output, string error) = Run(
            new MemoryStream(Encoding.Latin1.GetBytes(input)), arguments);
        Assert.Equal("", error);
        Assert.Equal(0, status);
        return output;
    }

    /// <summary>The objects printed for these lines, one for each.</summary>
    public static List<JsonElement> Json(IReadOnlyCollection<string> lines, params string[] arguments)
    {
        string output = Print(string.Join('\n', lines) + "\n", arguments);
        Assert.EndsWith("\n", output, StringComparison.Ordinal);
        List<JsonElement> objects = [];
        foreach (string line in output[..^1].Split('\n'))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            objects.Add(document.RootElement.Clone());
        }

        Assert.Equal(lines.Count, objects.Count);
        return objects;
    }

    public static JsonElement One(string line, params string[] arguments) => Json([line], arguments)[0];

    public static string? Error(JsonElement line) =>
        line.TryGetProperty("error", out JsonElement error) ? error.GetString() : null;

    public static string Layers(JsonElement line)
    {
        List<string> layers = [];
        foreach (JsonElement layer in line.GetProperty("layers").EnumerateArray())
        {
            layers.Add(layer.GetString()!);
        }

        return string.Join(' ', layers);
    }

    /// <summary>Equal whatever the order of the keys.</summary>
    public static void AssertEqual(JsonElement expected, JsonElement actual) =>
        Assert.True(JsonElement.DeepEquals(expected, actual), $"expected {expected}\nactual   {actual}");

    public static JsonElement Parse(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
