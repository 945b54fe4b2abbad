using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Text.RegularExpressions;
using Serf.Blackbox.Harness;
using Serf.Vectors;
using Xunit;

namespace Serf.Blackbox;

/// <summary>
/// The whole recorded session of the original's command line, one call after the other against a cluster of
/// ours. Compared without what is of the moment: times, counters, a random key, and orders that the original
/// does not have.
/// </summary>
public sealed partial class TranscriptTests : BlackboxTest
{
    private const int CallCount = 73;
    private const string RecordedAddress = "127.0.0.1";
    private const string Key = "2IJ56kYSWCRI1E9EFvVKnfsY41NRi5AguDGBO3OwwN4=";

    private readonly string _address = NextAddress();

    private Dictionary<string, string> Setting => new() { ["SERF_RPC_ADDR"] = _address + ":22858" };

    [Fact]
    public void Every_recorded_call_prints_and_ends_as_it_did()
    {
        SerfProcess first = StartMember("m1", 22857, "-tag", "role=lb", "-tag", "dc=east");
        StartMember("m2", 22859, "-tag", "role=web", "-event-handler=query:load=echo 0.5");
        SerfProcess third = StartMember("m3", 22861);
        int count = 0;
        foreach (JsonElement call in VectorFile.Load("cli-transcripts.json"))
        {
            count++;
            Prepare(call.GetProperty("name").GetString()![..2], third);
            Repeat(call);
        }

        Assert.Equal(CallCount, count);
        Assert.Equal(0, first.WaitForExit());
    }

    [GeneratedRegex("^    [0-9]{4}/[0-9/]+ [0-9:]+ \\[.*\\n", RegexOptions.Multiline)]
    private static partial Regex LogLines();

    [GeneratedRegex("[0-9.]+ (ms|sec)\\b|(?<=\\b(version|cpu_count|goroutines|max_procs|[a-z]+_time)(\": \"| = ))[^\"\\n]+")]
    private static partial Regex Figures();

    [GeneratedRegex("^[A-Za-z0-9+/]{43}=\\n$")]
    private static partial Regex NewKey();

    private SerfProcess StartMember(string name, int port, params string[] flags)
    {
        string keyring = Write(name + ".keyring", $"[\"{Key}\"]");
        SerfProcess agent = Keep(new SerfProcess(Binaries.Ours,
        [
            "agent", "-profile=local", $"-node={name}", $"-bind={_address}:{port}", $"-rpc-addr={_address}:{port + 1}",
            $"-keyring-file={keyring}", .. flags,
        ]));
        agent.WaitForOutput("==> Log data will now stream in as it occurs:");
        return agent;
    }

    // What had happened between two calls when they were recorded.
    private void Prepare(string number, SerfProcess third)
    {
        if (number == "55")
        {
            third.Send(Signal.Kill);
        }

        string? statuses = number switch
        {
            "08" => "m1=alive m2=alive m3=alive",
            "55" => "m1=alive m2=alive m3=failed",
            "57" => "m1=alive m2=alive m3=left",
            "59" => "m1=alive m2=alive",
            _ => null,
        };
        if (statuses is not null)
        {
            Eventually.True(
                "before call " + number + ": " + statuses, TimeSpan.FromSeconds(40), () => Statuses() == statuses, Statuses);
        }

        if (number == "64")
        {
            Eventually.True(
                "the agent is gone",
                TimeSpan.FromSeconds(20),
                () => CliResult.Of(Binaries.Ours, Setting, ["info"]).Output.Contains("refused", StringComparison.Ordinal));
        }
    }

    private string Statuses()
    {
        string json = CliResult.Of(Binaries.Ours, Setting, ["members", "-format=json"]).Output;
        return string.Join(' ', JsonDocument.Parse(json).RootElement.GetProperty("members").EnumerateArray()
            .Select(member => $"{member.GetProperty("name")}={member.GetProperty("status")}"));
    }

    private void Repeat(JsonElement call)
    {
        string name = call.GetProperty("name").GetString()!;
        string[] arguments =
        [
            .. call.GetProperty("input").GetProperty("arguments").EnumerateArray()
                .Select(argument => argument.GetString()!.Replace(RecordedAddress, _address)),
        ];
        CliResult result = CliResult.Of(Binaries.Ours, Setting, arguments);

        string expected = call.GetProperty("stdout").GetString()!.Replace(RecordedAddress, _address);
        string output = LogLines().Replace(result.Output, "");
        string error = string.Concat(result.ErrorWithoutLog.Split('\n')
            .Where(line => line.Length > 0 && !line.StartsWith("Hint: ", StringComparison.Ordinal))
            .Select(line => line + "\n"));
        switch (call.GetProperty("usageFollows").GetString())
        {
            case "stdout":
                output = WithoutUsage(name, output);
                break;
            case "stderr":
                error = WithoutUsage(name, error);
                break;
            default:
                break;
        }

        Assert.Equal((name, call.GetProperty("exit").GetInt32()), (name, result.ExitCode));
        Assert.Equal((name, call.GetProperty("stderr").GetString()), (name, error));
        if (name == "52-keygen")
        {
            Assert.Matches(NewKey(), output);
            return;
        }

        Assert.Equal((name, Comparable(expected)), (name, Comparable(output)));
    }

    private static string WithoutUsage(string name, string text)
    {
        int usage = text.IndexOf("Usage: serf ", StringComparison.Ordinal);
        Assert.True(usage >= 0, name + ": " + text);
        return text[..usage];
    }

    // Lines in order, each with its tags in order; the last of a JSON list has no comma.
    private static string Comparable(string text)
    {
        text = text.Replace("role=lb,dc=east", "dc=east,role=lb").Replace("v=1,role=lb", "role=lb,v=1");
        IEnumerable<string> lines = Figures().Replace(text, "N").Split('\n').Select(line => line.TrimEnd(','));
        return string.Join('\n', lines.Order(StringComparer.Ordinal));
    }
}
