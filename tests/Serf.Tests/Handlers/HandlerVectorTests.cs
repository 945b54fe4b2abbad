using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using Serf.Agent.Handlers;
using Serf.Cluster;
using Serf.Primitives;
using Serf.Swim;
using Serf.Vectors;
using Serf.Wire;
using Xunit;

namespace Serf.Tests.Handlers;

/// <summary>What the original gave its handlers, given by us through a real shell.</summary>
public sealed class HandlerVectorTests
{
    private static readonly Tags HubTags = Tags.From(
    [
        Pair("role", "lb"), Pair("data-center.1", "eu west"), Pair("empty", ""),
    ]);

    public static TheoryData<string> Names()
    {
        TheoryData<string> names = [];
        foreach (JsonElement vector in VectorFile.Load("handler-invocations.json"))
        {
            names.Add(vector.GetProperty("name").GetString()!);
        }

        return names;
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_handler_is_given_what_the_original_gives(string name)
    {
        JsonElement vector = VectorFile.Find("handler-invocations.json", name);
        Dictionary<string, string> expected = vector.GetProperty("environment").EnumerateObject()
            .ToDictionary(variable => variable.Name, variable => variable.Value.GetString()!);
        byte[] expectedInput = Convert.FromHexString(vector.GetProperty("hex").GetString()!);
        HandlerInvocation invocation = new(
            EventOf(expected, expectedInput), ByteString.FromText(expected["SERF_SELF_NAME"]), HubTags);

        using HandlerBed bed = new();
        bed.RunOne("env -0 > @/environment; cat > @/input", invocation);

        Dictionary<string, string> given = File.ReadAllText(bed.PathOf("environment"))
            .Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .Where(entry => entry.StartsWith("SERF_", StringComparison.Ordinal))
            .Select(entry => entry.Split('=', 2))
            .Where(parts => !IsOfThisProcess(parts[0], parts[1]))
            .ToDictionary(parts => parts[0], parts => parts[1]);
        Assert.Equal(expected.OrderBy(pair => pair.Key), given.OrderBy(pair => pair.Key));
        byte[] input = File.ReadAllBytes(bed.PathOf("input"));
        if (invocation.Event is MemberEvent)
        {
            Assert.Equal(SortTags(expectedInput), SortTags(input));
        }
        else
        {
            Assert.Equal(expectedInput, input);
        }
    }

    // A handler inherits all that the agent was started with, and tests may be steered by such variables too.
    private static bool IsOfThisProcess(string name, string value) =>
        Environment.GetEnvironmentVariable(name) == value;

    private static SerfEvent EventOf(Dictionary<string, string> environment, byte[] input)
    {
        switch (environment["SERF_EVENT"])
        {
            case "user":
                string name = environment["SERF_USER_EVENT"];
                return new UserEvent(
                    ulong.Parse(environment["SERF_USER_LTIME"]), ByteString.FromText(name),
                    PayloadOf(name, input), coalesce: false);
            case "query":
                string query = environment["SERF_QUERY_NAME"];
                return new QueryEvent(
                    ulong.Parse(environment["SERF_QUERY_LTIME"]), 1, ByteString.FromText(query),
                    PayloadOf(query, input), ByteString.FromText("peer"), default, 0, Instant.Never);
            default:
                SerfEventKind kind = Enum.GetValues<SerfEventKind>()
                    .Single(candidate => candidate.Label() == environment["SERF_EVENT"]);
                return new MemberEvent(kind, [.. Lines(input).Select(MemberOf)]);
        }
    }

    // Only the event of this name was sent with the line feed that all end with when they arrive.
    private static byte[]? PayloadOf(string name, byte[] input) =>
        input.Length == 0 ? null : name == "newline" ? input : input[..^1];

    private static MemberInfo MemberOf(string line)
    {
        string[] fields = line.Split('\t');
        Assert.True(NodeAddress.TryParseIp(fields[1], 7946, out NodeAddress address));
        Tags tags = Tags.From(fields[3].Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select(tag => tag.Replace("\\t", "\t").Replace("\\n", "\n").Split('=', 2))
            .Select(parts => Pair(parts[0], parts[1])));
        return new(ByteString.FromText(fields[0]), address, tags, MemberStatus.Alive, default(NodeVersions));
    }

    private static string[] Lines(byte[] input) =>
        Encoding.UTF8.GetString(input).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static List<string> SortTags(byte[] input)
    {
        Assert.Equal((byte)'\n', input[^1]);
        return
        [
            .. Lines(input).Select(line => line.Split('\t')).Select(
                fields => string.Join('\t', fields[..3]) + '\t'
                    + string.Join(',', fields[3].Split(',').Order())),
        ];
    }

    private static KeyValuePair<ByteString, ByteString> Pair(string key, string value) =>
        KeyValuePair.Create(ByteString.FromText(key), ByteString.FromText(value));
}
