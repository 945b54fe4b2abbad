using System;
using System.Collections.Generic;
using System.Linq;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

/// <summary>A running cluster gets a key, or a label, by restarts one after the other; nobody is lost.</summary>
public sealed class TransitionTests : BlackboxTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Dictionary<string, Agent> _running = [];
    private readonly List<Agent> _all = [];
    private string _profile = "local";

    // The original takes nothing clear once it has a key: it is away while the others begin to seal.
    [PeerFact]
    public void A_running_cluster_is_encrypted_and_no_failure_is_seen_with_an_original_in_it()
    {
        // On "local" an original takes a leave of anybody for a failure when both its messages come together.
        _profile = "lan";
        string[] key = [$"-encrypt={Keys.First}"];
        foreach (string name in new[] { "a", "b" })
        {
            Begin(Binaries.Ours, name);
        }

        Begin(Binaries.Peer, "c");
        Round([.. key, "-encrypt-verify-incoming=false", "-encrypt-verify-outgoing=false"], "a", "b");
        End("c");
        Round([.. key, "-encrypt-verify-incoming=false"], "a", "b");
        Begin(Binaries.Peer, "c", key);
        Round(key, "a", "b");

        AssertWhole();
        IsRefused([], "remote state is encrypted and encryption is not configured");
    }

    [Fact]
    public void A_running_cluster_is_encrypted_and_made_clear_again_and_no_failure_is_seen()
    {
        string ring = Write("ring.json", $"[\"{Keys.First}\"]");
        string lenient = Write("lenient.json",
            "{\"encrypt_verify_incoming\":false,\"encrypt_verify_outgoing\":false,\"keyring_file\":\"" + ring + "\"}");
        string[] names = ["a", "b", "c"];
        foreach (string name in names)
        {
            Begin(Binaries.Ours, name);
        }

        Round([$"-config-file={lenient}"], names);
        Round([$"-config-file={lenient}", "-encrypt-verify-outgoing"], names);
        Round([$"-keyring-file={ring}"], names);
        AssertWhole();
        IsRefused([], "remote state is encrypted and encryption is not configured");

        Round([$"-config-file={lenient}", "-encrypt-verify-outgoing"], names);
        Round([$"-config-file={lenient}"], names);
        Round([], names);
        AssertWhole();
        IsRefused([$"-encrypt={Keys.First}"], "encryption is configured but remote state is not encrypted");
    }

    [Theory]
    [InlineData("")]
    [InlineData($"-encrypt={Keys.First}")]
    public void A_running_cluster_gets_a_label_and_no_failure_is_seen(string encrypt)
    {
        string[] key = encrypt.Length == 0 ? [] : [encrypt];
        string label = Write("label.json", "{\"label\":\"blue\"}");
        string[] names = ["a", "b", "c"];
        foreach (string name in names)
        {
            Begin(Binaries.Ours, name, key);
        }

        Round([.. key, "-skip-inbound-label-check"], names);
        Round([.. key, "-skip-inbound-label-check", $"-config-file={label}"], names);
        Round([.. key, $"-config-file={label}"], names);

        AssertWhole();
        IsRefused(key, "EOF");
        IsRefused([.. key, "-label=green"], "EOF");
        Assert.Contains(_all, agent => agent.Process.Output.Contains(
            "discarding stream with unacceptable label", StringComparison.Ordinal));
    }

    private void Begin(string binary, string name, params string[] flags)
    {
        string[] join = [.. _running.Values.Select(agent => $"-join={agent.Gossip}")];
        string address = _all.FirstOrDefault(agent => agent.Name == name)?.Address ?? NextAddress();
        Agent agent = Keep(new Agent(
            binary,
            name,
            address,
            [$"-profile={_profile}", $"-event-handler=user={Recorder(name)}", .. join, .. flags]));
        _running[name] = agent.Started();
        _all.Add(agent);
        AwaitAlive();
    }

    private void End(string name)
    {
        _running[name].Run("leave");
        Assert.Equal(0, _running[name].Process.WaitForExit());
        _running.Remove(name);
        AwaitAlive();
    }

    private void Round(string[] flags, params string[] names)
    {
        foreach (string name in names)
        {
            string binary = _running[name].Binary;
            End(name);
            Begin(binary, name, flags);
        }
    }

    private void AwaitAlive()
    {
        string expected = string.Join(' ', _running.Keys.Order(StringComparer.Ordinal).Select(name => $"{name}=alive"));
        foreach (Agent agent in _running.Values)
        {
            Eventually.True(
                $"{agent.Name} sees {expected}",
                Patience,
                () => string.Join(' ', agent.Statuses(Binaries.Ours).Split(' ').Where(
                    status => status.EndsWith("=alive", StringComparison.Ordinal))) == expected,
                agent.Process.Describe);
        }
    }

    private void AssertWhole()
    {
        foreach (Agent agent in _running.Values)
        {
            agent.Run("event", "-coalesce=false", $"of-{agent.Name}");
        }

        foreach (string name in _running.Keys)
        {
            foreach (string sender in _running.Keys)
            {
                Eventually.True(
                    $"{name} hears of {sender}",
                    Patience,
                    () => Recorded(name).Any(line => line.StartsWith($"user|of-{sender}|", StringComparison.Ordinal)),
                    DescribeAll);
            }
        }

        foreach (Agent agent in _all)
        {
            Assert.DoesNotContain(
                agent.Process.Lines,
                line => line.Text.Contains("EventMemberFailed", StringComparison.Ordinal)
                    || line.Text.Contains("Suspect", StringComparison.Ordinal)
                    || (line.Text.Contains("[ERR]", StringComparison.Ordinal) && !line.Text.Contains(
                        "remote state is", StringComparison.Ordinal)));
        }
    }

    private void IsRefused(string[] flags, string reason)
    {
        Agent stranger = Keep(new Agent(Binaries.Ours, "stranger", NextAddress(), flags)).Started();
        CliResult result = stranger.Cli("join", _running["a"].Gossip);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(reason, result.Error + result.Output, StringComparison.Ordinal);
        Assert.Equal("stranger=alive", stranger.Statuses());
    }
}
