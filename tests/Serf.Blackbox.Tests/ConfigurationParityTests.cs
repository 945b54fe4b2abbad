using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

/// <summary>
/// The same configurations for the original and for ours, good and bad ones, in its words. An RPC address that
/// is none ends each start, so that what is taken differs from what is refused and no agent is left. What a
/// start refuses, <c>-check</c> refuses with the same line.
/// </summary>
public sealed partial class ConfigurationParityTests : BlackboxTest
{
    private const string Key = "EBESExQVFhcYGRobHB0eHxAREhMUFRYXGBkaGxwdHh8=";

    [PeerFact]
    public void A_configuration_file_is_taken_and_refused_as_by_the_original()
    {
        List<string> faults = [];
        foreach (string content in ConfigurationCases.Files)
        {
            Write("c.json", content);
            Compare(faults, content, "-config-file=@c.json");
        }

        Assert.Empty(faults);
    }

    [PeerFact]
    public void Flags_are_taken_and_refused_as_by_the_original()
    {
        List<string> faults = [];
        foreach (string flags in ConfigurationCases.Flags)
        {
            Compare(faults, flags, flags.Split('|'));
        }

        foreach (int size in new[] { 505, 506, 507, 508, 509 })
        {
            Compare(faults, $"a tag of {size}", "-tag", "a=" + new string('x', size));
        }

        Assert.Empty(faults);
    }

    [PeerFact]
    public void Tags_files_are_taken_and_refused_as_by_the_original()
    {
        List<string> faults = [];
        Write("config.json", $"{{\"tags_file\":\"{PathOf("t.json")}\",\"tags\":{{\"a\":\"b\"}}}}");
        foreach (string content in ConfigurationCases.TagsFiles)
        {
            Write("t.json", content.Replace("LONG", new string('x', 600), StringComparison.Ordinal));
            Compare(faults, content, "-tags-file=@t.json");
            Compare(faults, content, "-tags-file=@t.json", "-encrypt=AA==");
        }

        Compare(faults, "with a tag", "-tags-file=@t.json", "-tag", "a=b");
        Compare(faults, "with a role", "-tags-file=@t.json", "-role=b");
        Compare(faults, "with tags in a file", "-config-file=@config.json");
        Compare(faults, "absent", "-tags-file=@absent");
        Compare(faults, "in no folder", "-tags-file=@absent/t.json");
        Compare(faults, "a folder", "-tags-file=@.");
        Assert.Empty(faults);
    }

    [PeerFact]
    public void Directories_and_the_order_of_sources_are_those_of_the_original()
    {
        List<string> faults = [];
        foreach ((string Name, string Content)[] files in ConfigurationCases.Folders)
        {
            foreach ((string name, string content) in files)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
                Write(name, content);
            }

            Directory.CreateDirectory(PathOf("d/folder.json"));
            Compare(faults, files[0].Content, "-config-dir=@d");
            Compare(faults, files[0].Content, "-config-file=@d/");
            Compare(faults, files[0].Content, "-config-dir=@d", "-config-file=@e.json");
            Compare(faults, files[0].Content, "-config-file=@e.json", "-config-dir=@./d/../d");
            Compare(faults, files[0].Content, "-profile=flag", "-log-level=flag", "-config-dir=@d");
            Compare(faults, files[0].Content, "-profile=", "-log-level=", "-config-dir=@d");
            Directory.Delete(PathOf("d"), recursive: true);
        }

        Directory.CreateDirectory(PathOf("empty"));
        Compare(faults, "empty", "-config-dir=@empty", "-config-file=@empty");
        Compare(faults, "absent", "-config-dir=@absent");

        // A name that is not text.
        CliResult made = CliResult.Of(
            "/bin/sh", "-c", $"cd '{PathOf("empty")}' && printf '{{\"profile\":\"raw\"}}' > \"$(printf 'a\\377.json')\"");
        Assert.Equal(0, made.ExitCode);
        Compare(faults, "raw", "-config-dir=@empty");
        CliResult.Of("/bin/sh", "-c", $"cd '{PathOf("empty")}' && printf '{{' > \"$(printf 'a\\377.json')\"");
        Compare(faults, "raw and bad", "-config-dir=@empty");
        CliResult.Of("/bin/sh", "-c", $"cd '{PathOf("empty")}' && rm *.json");
        Assert.Empty(faults);
    }

    [PeerFact]
    public void What_many_sources_set_together_is_in_force_as_in_the_original()
    {
        Write("1.json", """
            {
              "tags": { "a": "1", "b": "1", "empty": "" }, "role": "old", "event_handlers": ["user:x=true"],
              "NODE_NAME": "from-one", "replay_on_join": true, "rejoin_after_leave": true, "protocol": 4.9,
              "retry_interval": "10ms", "broadcast_timeout": "-1s", "profile": "wan", "log_level": "warn",
              "query_size_limit": 2000, "leave_on_terminate": true, "disable_coordinates": false
            } { "node_name": 5 }
            """);
        Write("2.json", """
            {
              "tags": { "b": "2" }, "node_name": "from-two", "profile": "", "protocol": 0, "role": "new",
              "event_handlers": ["query=true", "user:x=false"], "replay_on_join": false, "log_level": null
            }
            """);
        string[] flags =
        [
            $"-config-file={PathOf("1.json")}", $"-config-dir={PathOf("2.json")}", "-node=", "-tag", "c=a=b",
            "-tag=d=", "-tag=c=last", "-event-handler=true", "-protocol=0", "-encrypt", Key,
            "-snapshot=" + PathOf("snapshot"),
        ];
        Agent ours = StartOf(Binaries.Ours, "", flags);
        File.Delete(PathOf("snapshot"));
        Agent theirs = StartOf(Binaries.Peer, "", flags);

        Assert.Equal(
            theirs.Process.Output.Replace(theirs.Address, ours.Address, StringComparison.Ordinal),
            ours.Process.Output);
        Assert.Equal(Facts(theirs, ours.Address), Facts(ours, ours.Address));
        Assert.Contains("from-two", ours.Process.Output, StringComparison.Ordinal);
    }

    [PeerTheory]
    [InlineData("-advertise=127.88.0.2")]
    [InlineData("-advertise=127.88.0.2:9")]
    [InlineData("-advertise=localhost")]
    [InlineData("-advertise=8.8.8.8:1")]
    [InlineData("-advertise=[2001:db8::1]:1", "-iface=lo")]
    [InlineData("-protocol=2", "-tag", "role=a", "-tag", "b=c")]
    [InlineData("-protocol=3", "-tag", "b=c")]
    [InlineData("-encrypt", Key, "-profile=wan", "-disable-compression")]
    [InlineData("-tag", "\u00fc=\u00f6", "-tag", "a=<&>", "-event-handler=user:a=x", "-event-handler=user:a=y")]
    [InlineData("-node=a b\tc", "-log-level=err")]
    public void What_is_taken_has_the_effect_it_has_in_the_original(params string[] flags)
    {
        string[] own = flags.Contains("-iface=lo") ? [.. flags, "-bind=127.0.0.1:0"] : flags;
        Agent ours = StartOf(Binaries.Ours, "x", own);
        Agent theirs = StartOf(Binaries.Peer, "x", own);

        Assert.Equal(
            Banner(theirs).Replace(theirs.Address, ours.Address, StringComparison.Ordinal), Banner(ours));
        Assert.Equal(Facts(theirs, ours.Address), Facts(ours, ours.Address));
    }

    [PeerFact]
    public void What_follows_a_plain_argument_is_ignored_as_by_the_original_and_warned_of()
    {
        Agent ours = StartOf(Binaries.Ours, "x", "-profile=wan", "extra", "-profile=moon", "-bogus");
        Agent theirs = StartOf(Binaries.Peer, "x", "-profile=wan", "extra", "-profile=moon", "-bogus");

        Assert.Equal(
            Banner(theirs).Replace(theirs.Address, ours.Address, StringComparison.Ordinal), Banner(ours));
        Assert.Equal("==> Warning: \"extra\" is no flag: it is ignored, and all that follows it\n", ours.Process.Error);
        Assert.Empty(theirs.Process.Error);
    }

    // Before tags there was the role alone, and nothing else travels.
    [PeerFact]
    public void With_an_old_protocol_handlers_see_the_tags_that_travel_as_from_the_original()
    {
        string[] binaries = [Binaries.Ours, Binaries.Peer];
        string[] seen = [.. binaries.Select((binary, number) =>
        {
            string path = PathOf($"seen{number}");
            StartOf(binary, "x", "-protocol=2", "-tag", "b=c",
                $"-event-handler=member-join=env | grep ^SERF_ | sort > {path}.new; mv {path}.new {path}");
            Eventually.True($"{path} is there", TimeSpan.FromSeconds(20), () => File.Exists(path));
            return File.ReadAllText(path);
        })];

        Assert.Equal(seen[1], seen[0]);
        Assert.Equal("SERF_EVENT=member-join\nSERF_SELF_NAME=x\nSERF_SELF_ROLE=\nSERF_TAG_ROLE=\n", seen[0]);
    }

    private static string Banner(Agent agent) =>
        agent.Process.Output[..agent.Process.Output.IndexOf("==> Log data", StringComparison.Ordinal)];

    private static string Facts(Agent agent, string address)
    {
        JsonNode info = JsonNode.Parse(agent.RunOf(Binaries.Ours, "info", "-format=json"))!;
        string[] lines =
        [
            agent.RunOf(Binaries.Ours, "members", "-format=json", "-detailed"),
            info["agent"]!["name"]!.ToJsonString(),
            info["serf"]!["encrypted"]!.ToJsonString(),
            info["tags"]!.ToJsonString(),
            info["event_handlers"]!.ToJsonString(),
        ];
        string text = string.Join('\n', lines).Replace(agent.Address, address, StringComparison.Ordinal);

        // The ports that the system chose.
        return ChosenPort().Replace(text, "PORT");
    }

    private void Compare(List<string> faults, string what, params string[] flags)
    {
        string[] words =
        [
            "agent", "-node=x", $"-bind={NextAddress()}:17946", .. flags.Select(InFolder), "-rpc-addr=nonsense",
        ];
        CliResult theirs = CliResult.Of(Binaries.Peer, words);
        CliResult ours = CliResult.Of(Binaries.Ours, words);
        string? allowed = ConfigurationCases.Allowed.GetValueOrDefault(what);
        bool isSame = allowed is null
            ? Current(theirs.Output) == Current(ours.Output)
            : ours.Output.Contains(allowed, StringComparison.Ordinal);
        if (!isSame || theirs.ExitCode != ours.ExitCode || theirs.Error != ours.ErrorWithoutLog)
        {
            faults.Add($"{what}\ntheirs {theirs}\nours {ours}\n");
        }

        CliResult check = CliResult.Of(Binaries.Ours, ["agent", "-check", .. words[1..]]);
        bool isHelp = ours.ErrorWithoutLog.Length > 0;
        bool isPort = ours.Output.Contains("TCP listener", StringComparison.Ordinal);
        if (!isHelp && !isPort && (check.ExitCode != 1 || !ours.Output.EndsWith(check.Output, StringComparison.Ordinal)
            || !check.Output.StartsWith("==> ", StringComparison.Ordinal)))
        {
            faults.Add($"{what}\nstart {ours}\ncheck {check}\n");
        }
    }

    private string InFolder(string flag) => flag.Replace("@", Folder + "/", StringComparison.Ordinal);

    /// <summary>
    /// What the two versions of the original word differently, each in the words of the later one, and faults
    /// sorted: the older one sorts them, the later one tells them in the order of its settings.
    /// </summary>
    private static string Current(string output)
    {
        string text = output
            .Replace("* '' has invalid keys:", "* 'agent.Config' has invalid keys:", StringComparison.Ordinal)
            .Replace("Could not set up network", "could not set up network", StringComparison.Ordinal)
            .Replace("Failed to start TCP", "failed to start TCP", StringComparison.Ordinal)
            .Replace("Failed to get final", "failed to get final", StringComparison.Ordinal)
            .Replace("Failed to parse advertise", "failed to parse advertise", StringComparison.Ordinal)
            .Replace(": address tcp/", ": lookup tcp/", StringComparison.Ordinal);
        text = ErrorCount().Replace(text, "decoding failed due to the following error(s):");
        text = NoMap().Replace(text, "'' expected a map or struct, got \"$1\"");
        text = Help().Replace(text, "==> Usage");
        text = GotValue().Replace(text, "");
        string[] lines = text.Split('\n');
        for (int index = 0; index < lines.Length; index++)
        {
            lines[index] = lines[index].StartsWith("* ", StringComparison.Ordinal) ? lines[index][2..] : lines[index];
        }

        return text.Contains("following error(s)", StringComparison.Ordinal)
            ? string.Join('\n', lines.Order(StringComparer.Ordinal))
            : text;
    }

    [GeneratedRegex(@"\b[345]\d{4}\b")]
    private static partial Regex ChosenPort();

    [GeneratedRegex(@"\d+ error\(s\) decoding:")]
    private static partial Regex ErrorCount();

    [GeneratedRegex("'' expected a map, got '(.*)'")]
    private static partial Regex NoMap();

    [GeneratedRegex("(?s)==> Usage.*")]
    private static partial Regex Help();

    [GeneratedRegex(", value: '.*'")]
    private static partial Regex GotValue();
}
