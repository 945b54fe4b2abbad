using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Text.Json;
using Serf.Cluster;
using Serf.Tests.Agent;
using Serf.Vectors;
using Xunit;

namespace Serf.Tests.Cli;

/// <summary>Recorded calls that need a world of their own, and the count of all that are repeated somewhere.</summary>
public sealed class TranscriptTests : IDisposable
{
    private const string File = "cli-transcripts.json";

    // Those that start an agent far enough to open something: the published program repeats them.
    private static readonly string[] _ofThePublishedProgram = ["65-agent", "66-agent", "67-agent", "68-agent", "71-agent"];

    private static readonly Type[] _classes =
    [
        typeof(ClientCommandTests), typeof(KeysCommandTests), typeof(QueryCommandTests), typeof(RttCommandTests),
        typeof(TranscriptTests), typeof(AgentOptionsTests),
    ];

    private readonly CliServer _server = new();

    public void Dispose() => _server.Dispose();

    [Theory]
    [InlineData("02---version")]
    [InlineData("03-members")]
    [InlineData("52-keygen")]
    [InlineData("55-members", "alive v=1,role=lb", "alive role=web", "failed")]
    [InlineData("56-force-leave")]
    [InlineData("57-members", "alive role=lb,v=1", "alive role=web", "left")]
    [InlineData("58-force-leave")]
    [InlineData("59-members", "alive role=lb,v=1", "alive role=web")]
    [InlineData("60-members")]
    [InlineData("61-frobnicate")]
    [InlineData("64-leave")]
    public void A_recorded_call_prints_the_same(string name, params string[] members)
    {
        JsonElement vector = VectorFile.Find(File, name);
        Populate(name == "03-members" ? ["alive dc=east,role=lb"] : members);
        List<string> arguments = [.. Arguments(vector)];
        if (name == "64-leave")
        {
            arguments.Add("-rpc-addr=127.0.0.1:22858");
        }

        CliRun run = CliRun.Of(_server, [.. arguments]);

        Assert.Equal(vector.GetProperty("exit").GetInt32(), run.Status);
        Assert.Equal(
            vector.GetProperty("usageFollows").GetString() == "stderr" ? "Usage: serf " : "",
            run.Error.StartsWith("Usage: serf ", StringComparison.Ordinal) ? "Usage: serf " : Remarkless(run.Error));
        string expected = vector.GetProperty("stdout").GetString()!;
        if (name == "52-keygen")
        {
            Assert.Equal(expected.Length, run.Output.Length);
            return;
        }

        Assert.Equal(InOrder(expected), InOrder(run.Output));
    }

    [Fact]
    public void Every_recorded_call_is_repeated_exactly_once()
    {
        List<string> repeated = [.. _ofThePublishedProgram];
        foreach (Type type in _classes)
        {
            foreach (MethodInfo method in type.GetMethods().Where(method => method.Name.StartsWith("A_recorded_", StringComparison.Ordinal)))
            {
                repeated.AddRange(method.GetCustomAttributes<InlineDataAttribute>().Select(
                    data => (string)data.GetData(method).Single()[0]));
            }
        }

        string[] recorded = [.. VectorFile.Load(File).Select(vector => vector.GetProperty("name").GetString()!)];
        Assert.Equal(73, recorded.Length);
        Assert.Equal(recorded.Order(StringComparer.Ordinal), repeated.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Arguments(JsonElement vector) => vector
        .GetProperty("input").GetProperty("arguments").EnumerateArray().Select(argument => argument.GetString()!);

    private void Populate(string[] members)
    {
        for (int index = 0; index < members.Length; index++)
        {
            string[] words = members[index].Split(' ');
            MemberStatus status = Enum.Parse<MemberStatus>(words[0], ignoreCase: true);
            (string, string)[] tags = words.Length == 1
                ? []
                : [.. words[1].Split(',').Select(tag => (tag.Split('=')[0], tag.Split('=')[1]))];
            _server.AddMember($"m{index + 1}", (ushort)(22857 + (2 * index)), status, tags);
        }
    }

    private static string Remarkless(string error) =>
        error.StartsWith("Hint: ", StringComparison.Ordinal) && error.Count(letter => letter == '\n') == 1 ? "" : error;

    // The original has no order of tags.
    private static string InOrder(string text) => text.Replace("v=1,role=lb", "role=lb,v=1");
}
