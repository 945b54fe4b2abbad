using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

/// <summary>Right keys, wrong keys and no keys, beside the original.</summary>
public sealed class KeyTests : MixedTest
{
    private const string NoKeyFits = "no installed keys could decrypt the message";
    private const string KeyMissing = "remote state is encrypted and encryption is not configured";
    private const string SealMissing = "encryption is configured but remote state is not encrypted";

    [PeerFact]
    public void A_wrong_key_is_refused_on_both_sides_in_the_words_of_the_original()
    {
        Agent ours = Launch(Binaries.Ours, "ours", $"-encrypt={Keys.First}");
        Agent theirs = Launch(Binaries.Peer, "theirs", $"-encrypt={Keys.First}");
        Agent ourOther = Launch(Binaries.Ours, "our-other", $"-encrypt={Keys.Second}");
        Agent theirOther = Launch(Binaries.Peer, "their-other", $"-encrypt={Keys.Second}");
        Agent ourClear = Launch(Binaries.Ours, "our-clear");
        Agent theirClear = Launch(Binaries.Peer, "their-clear");
        Agent[] agents = [ours, theirs, ourOther, theirOther, ourClear, theirClear];
        Assert.All(agents, agent => agent.Started());

        IsRefused(ours, theirOther, NoKeyFits, NoKeyFits);
        IsRefused(theirOther, ours, NoKeyFits, NoKeyFits);
        IsRefused(ourOther, theirs, NoKeyFits, NoKeyFits);
        IsRefused(theirs, ourOther, NoKeyFits, NoKeyFits);
        IsRefused(ours, theirClear, SealMissing, KeyMissing);
        IsRefused(theirClear, ours, KeyMissing, SealMissing);
        IsRefused(ourClear, theirs, KeyMissing, SealMissing);
        IsRefused(theirs, ourClear, SealMissing, KeyMissing);
        IsRefused(ours, ourOther, NoKeyFits, NoKeyFits);
        IsRefused(ours, ourClear, SealMissing, KeyMissing);
        IsRefused(ourClear, ours, KeyMissing, SealMissing);

        Assert.All(agents, agent => Assert.Equal($"{agent.Name}=alive", agent.Statuses()));
    }

    [PeerFact]
    public void A_start_join_with_a_wrong_key_ends_the_agent_with_the_reason()
    {
        Agent theirs = StartPeer("theirs", $"-encrypt={Keys.First}");
        string address = NextAddress();

        CliResult result = CliResult.Of(
            Binaries.Ours, "agent", "-node=x", $"-bind={address}:17946", $"-rpc-addr={address}:17373",
            $"-encrypt={Keys.Second}", $"-join={theirs.Gossip}");

        Assert.EndsWith(
            $"==> 1 error occurred:\n\t* failed to join {theirs.Gossip}: {NoKeyFits}\n\n\n",
            result.Output,
            StringComparison.Ordinal);
        Assert.Equal(1, result.ExitCode);
    }

    [PeerFact]
    public void Half_of_a_cluster_may_seal_with_another_key_than_the_rest_if_all_have_both()
    {
        string[] rings =
        [
            Write("first.json", $"[\"{Keys.First}\", \"{Keys.Second}\"]"),
            Write("second.json", $"[\n  \"{Keys.Second}\",\n  \"{Keys.First}\"\n]\n"),
        ];
        Agent[] agents = Cluster("r", flags: number => [$"-keyring-file={rings[number % 2]}"]);

        foreach (Agent agent in agents)
        {
            agent.Run("event", "-coalesce=false", $"of-{agent.Name}", new string('y', 300));
        }

        foreach (Agent asker in agents[2..])
        {
            JsonNode answers = JsonNode.Parse(asker.Run("query", "-timeout=4s", "-format=json", "whoami", "x"))!;
            Assert.Equal(4, answers["Responses"]!.AsObject().Count);
        }

        foreach (Agent agent in agents)
        {
            Assert.Equal(4, AwaitRecorded(agent.Name, 4, Patience).Length);
            Assert.Contains("  Encrypted: true\n", agent.Process.Output, StringComparison.Ordinal);
            Assert.Matches(@"agent: Restored keyring with 2 keys from .+\.json\n", agent.Process.Output);
            Assert.DoesNotContain(NoKeyFits, agent.Process.Output, StringComparison.OrdinalIgnoreCase);
        }

        string first = agents[0].Members(Binaries.Ours);
        Assert.All(agents, agent => Assert.Equal(first, agent.Members(agent.Binary)));
    }

    [PeerFact]
    public void Keys_from_configuration_files_are_those_of_the_flags()
    {
        string ring = Write("ring.json", $"[\"{Keys.First}\"]");
        string byKey = Write("key-config.json", $$"""{ "encrypt_key": "{{Keys.First}}" }""");
        string byRing = Write("ring-config.json", $$"""{ "keyring_file": "{{ring}}" }""");
        Agent first = Start("first", $"-config-file={byKey}");
        Agent second = Start("second", $"-config-file={byRing}", $"-join={first.Gossip}");
        Agent third = StartPeer("third", $"-encrypt={Keys.First}", $"-join={second.Gossip}");

        foreach (Agent agent in new[] { first, second, third })
        {
            agent.AwaitStatuses("first=alive second=alive third=alive");
            JsonNode info = JsonNode.Parse(agent.Run("info", "-format=json"))!;
            Assert.Equal("true", info["serf"]!["encrypted"]!.GetValue<string>());
        }
    }

    [PeerFact]
    public void What_is_wrong_with_keys_is_told_in_the_words_of_the_original()
    {
        string sound = Write("sound.json", $"[\"{Keys.First}\"]");
        List<string[]> cases =
        [
            ["-encrypt=x"],
            [$"-encrypt={Keys.First[..^1]}"],
            [$"-encrypt=AA=\nx"],
            ["-encrypt=x", "-profile=moon"],
            ["-encrypt=x", $"-keyring-file={sound}"],
            [$"-encrypt={Keys.First}", $"-keyring-file={sound}"],
            ["-encrypt=AA==", "-keyring-file=none"],
            [$"-keyring-file={PathOf("none")}"],
            [$"-keyring-file={sound}/below"],
            [$"-keyring-file={Folder}"],
            [$"-keyring-file={sound}", "-protocol=1"],
            ["-encrypt=AA=="],
            ["-encrypt=AA==", "-protocol=1"],
        ];
        string[] rings =
        [
            "", "{}", "[1]", "[\"a\"", "nul", "[\"a\"]x", "[\"\\ud800\"]", "[]", "[null]", "[\"AA==\"]", "[\"x\"]",
            $"[\"{Keys.First}\",\"{Keys.Second}?\"]",
        ];
        cases.AddRange(rings.Select((json, number) => new[] { $"-keyring-file={Write($"{number}.json", json)}" }));
        string[] network = ["-node=x", $"-bind={NextAddress()}:17946", "-rpc-addr=127.0.0.1:1"];

        foreach (string[] flags in cases)
        {
            CliResult ours = CliResult.Of(Binaries.Ours, ["agent", .. network, .. flags]);
            CliResult theirs = CliResult.Of(Binaries.Peer, ["agent", .. network, .. flags]);

            // Ours shows the log of a start that fails as well, apart from what the original prints.
            Assert.Equal(
                (theirs.Output, theirs.Error, 1), (ours.Output, ours.ErrorWithoutLog, ours.ExitCode));
            Assert.Equal(1, theirs.ExitCode);
        }
    }

    private Agent Launch(string binary, string name, params string[] flags) =>
        Keep(new Agent(binary, name, NextAddress(), flags));

    /// <summary>The old original begins such texts with a capital letter.</summary>
    private static void IsRefused(Agent from, Agent to, string told, string logged)
    {
        int before = Count(to, logged);
        CliResult result = from.Cli("join", to.Gossip);

        Assert.Equal(1, result.ExitCode);
        string said = result.Error + result.Output;
        Assert.StartsWith("Error joining the cluster: 1 error occurred:", said, StringComparison.Ordinal);
        Assert.Contains($": {told}\n", said, StringComparison.OrdinalIgnoreCase);
        Eventually.True(
            $"{to.Name} logs '{logged}'",
            TimeSpan.FromSeconds(15),
            () => Count(to, logged) > before,
            to.Process.Describe);
    }

    private static int Count(Agent agent, string logged)
    {
        string line = $"[ERR] memberlist: failed to receive: {logged} from=127.0.0.1:";
        return agent.Process.Lines.Count(item => item.Text.Contains(line, StringComparison.OrdinalIgnoreCase));
    }
}
