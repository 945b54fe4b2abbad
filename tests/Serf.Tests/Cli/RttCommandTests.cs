using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using Serf.Cli;
using Serf.Cli.Commands;
using Serf.Coordinates;
using Serf.Primitives;
using Serf.Vectors;
using Xunit;

namespace Serf.Tests.Cli;

/// <summary>The command <c>rtt</c>.</summary>
public sealed class RttCommandTests : IDisposable
{
    private readonly CliServer _server = new();

    public RttCommandTests()
    {
        // Together 0.546 milliseconds apart, as in the recorded calls.
        _server.Coordinates["m1"] = new Coordinate([0.0003, 0, 0, 0, 0, 0, 0, 0], 1.5, 0.0001, 0.00005);
        _server.Coordinates["m2"] = new Coordinate([0, 0.0004, 0, 0, 0, 0, 0, 0], 1.5, -0.000114, 0.00001);
        _server.Coordinates["flat"] = new Coordinate([0, 0], 1.5, 0, 0);
        _server.Sections.Add(new("agent", [new(ByteString.FromText("name"), ByteString.FromText("m1"))]));
    }

    public void Dispose() => _server.Dispose();

    [Theory]
    [InlineData("39-rtt")]
    [InlineData("40-rtt")]
    [InlineData("41-rtt")]
    [InlineData("42-rtt")]
    public void A_recorded_call_prints_the_same(string name)
    {
        JsonElement vector = VectorFile.Find("cli-transcripts.json", name);
        string[] arguments = [.. vector.GetProperty("input").GetProperty("arguments").EnumerateArray()
            .Select(argument => argument.GetString()!)];
        string help = vector.GetProperty("usageFollows").GetString() is null ? "" : new RttCommand().Help + "\n";
        Assert.Equal(
            (vector.GetProperty("exit").GetInt32(), vector.GetProperty("stdout").GetString()! + help),
            Run(arguments[1..]));
    }

    [Theory]
    [InlineData("m1 m1", "Estimated m1 <-> m1 rtt: 0.300 ms", 0)]
    [InlineData("m2 m2", "Estimated m2 <-> m2 rtt: 0.020 ms", 0)]
    [InlineData("m1 z\"z", "Could not find a coordinate for node \"z\\\"z\"", 1)]
    [InlineData("zz m1", "Could not find a coordinate for node \"zz\"", 1)]
    [InlineData("m1 flat", "Error getting coordinates: they have different numbers of dimensions", 1)]
    public void Other_calls_print_their_own_texts(string arguments, string output, int status) =>
        Assert.Equal((status, output + "\n"), Run(arguments.Split(' ')));

    [Fact]
    public void Three_names_are_too_many()
    {
        Assert.Equal(
            (1, "One or two node names must be specified\n\n" + new RttCommand().Help + "\n"), Run("a", "b", "c"));
    }

    [Fact]
    public void Without_the_token_the_own_name_is_not_told()
    {
        _server.AuthKey = ByteString.FromText("secret");
        Assert.Equal((1, "Error querying agent: Authentication required\n"), Run("m1"));
        Assert.Equal((1, "Error getting coordinates: Authentication required\n"), Run("m1", "m2"));
    }

    private (int Status, string Output) Run(params string[] arguments)
    {
        StringWriter output = new();
        CliContext context = new()
        {
            Output = output,
            Error = new StringWriter(),
            Environment = name => name == "SERF_RPC_ADDR" ? _server.Address : null,
        };
        int status = new RttCommand().Run(arguments, context);
        return (status, output.ToString());
    }
}
