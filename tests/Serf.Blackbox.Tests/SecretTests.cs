using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

/// <summary>Keys and tokens from files and from the environment.</summary>
public sealed class SecretTests : BlackboxTest
{
    private const string Token = "tiger-token";

    [Fact]
    public void Secrets_from_the_environment_take_effect_and_reach_neither_handlers_nor_the_log()
    {
        Agent agent = Launch(
            new()
            {
                ["SERF_ENCRYPT_KEY"] = Keys.First, ["SERF_AGENT_RPC_AUTH"] = Token, ["SERF_RPC_AUTH"] = "the-commands",
            },
            "-log-level=trace",
            "-event-handler=env");

        Assert.Contains("  Encrypted: true\n", agent.Process.Output, StringComparison.Ordinal);
        Assert.Equal(1, agent.Cli("members").ExitCode);
        agent.Run("event", $"-rpc-auth={Token}", "-coalesce=false", "go");
        agent.Process.WaitForOutput("SERF_USER_EVENT=go");
        Assert.Contains("SERF_RPC_AUTH=the-commands", agent.Process.Output, StringComparison.Ordinal);
        AssertSilent(agent.Process.Output);
        CliResult joined = Launch([], $"-encrypt-file={Secret("key", Keys.First)}", "-node=other").Cli("join", agent.Gossip);
        Assert.Equal(0, joined.ExitCode);
    }

    [Fact]
    public void The_variables_of_the_commands_do_nothing_to_the_agent()
    {
        Agent agent = Launch(new() { ["SERF_RPC_AUTH"] = Token, ["SERF_RPC_ADDR"] = "127.0.0.1:1" });

        Assert.Equal("x=alive", agent.Statuses());
    }

    [Fact]
    public void Secrets_from_files_take_effect_and_a_file_that_all_can_read_is_warned_of()
    {
        string token = Secret("token", Token);
        File.SetUnixFileMode(token, File.GetUnixFileMode(token) | UnixFileMode.OtherRead);

        Agent agent = Launch([], $"-rpc-auth-file={token}", $"-encrypt-file={Secret("key", Keys.First)}");

        Assert.StartsWith(
            $"==> Warning: Everybody on this machine can read the RPC token in '{token}'\n==> Starting Serf agent...\n",
            agent.Process.Output,
            StringComparison.Ordinal);
        Assert.Contains("  Encrypted: true\n", agent.Process.Output, StringComparison.Ordinal);
        Assert.Equal(1, agent.Cli("members").ExitCode);
        agent.Run("members", $"-rpc-auth={Token}");
        AssertSilent(agent.Process.Output);
    }

    [Fact]
    public void A_check_prints_the_settings_in_effect_with_secrets_masked_and_starts_nothing()
    {
        string config = Write("c.json", $$"""
            { "role": "web", "tags": {"a": "b"}, "rpc_auth": "{{Token}}", "retry_interval": "10ms", "profile": "wan" }
            """);
        string address = NextAddress();
        string[] words =
        [
            "agent", "-check", $"-config-file={config}", "-node=n", $"-bind={address}:17946", "-snapshot", PathOf("s"),
            $"-encrypt={Keys.First}", "-log-level=debug", "-event-handler=user=x", "ignored", "-bogus",
        ];
        CliResult result = CliResult.Of(Binaries.Ours, words);

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(
            "==> Warning: \"ignored\" is no flag: it is ignored, and all that follows it\n"
            + "==> Deprecation warning: 'Role' has been replaced with 'Tags'\n"
            + "==> Warning: 'RetryInterval' is too low. Setting to 1s\n",
            result.Error);
        using JsonDocument printed = JsonDocument.Parse(result.Output);
        JsonElement root = printed.RootElement;
        Assert.Equal(
            ("n", $"{address}:17946", "***"), (Text(root, "node_name"), Text(root, "bind"), Text(root, "rpc_auth")));
        Assert.Equal(
            ("***", "wan", "1s"),
            (Text(root, "encrypt_key"), Text(root, "profile"), Text(root, "retry_interval")));
        Assert.Equal("{\"a\":\"b\",\"role\":\"web\"}", JsonSerializer.Serialize(root.GetProperty("tags")));
        Assert.Equal("[\"user=x\"]", JsonSerializer.Serialize(root.GetProperty("event_handlers")));
        AssertSilent(result.Output);
        Assert.False(File.Exists(PathOf("s")));
    }

    [Fact]
    public void A_check_of_what_is_printed_prints_the_same()
    {
        CliResult first = CliResult.Of(Binaries.Ours, "agent", "-check", "-bind=127.0.0.1", "-join=x", "-protocol=4");
        string config = Write("c.json", first.Output);

        CliResult second = CliResult.Of(Binaries.Ours, "agent", "-check", $"-config-file={config}");

        Assert.Equal(first, second);
        Assert.Equal(0, first.ExitCode);
    }

    [Theory]
    [InlineData("==> Failed to start the Serf agent: Error creating Serf: Failed to setup snapshot: failed to open "
        + "snapshot: open /no/such: no such file or directory\n", "-snapshot=/no/such")]
    [InlineData("==> Error starting RPC listener: listen tcp: address x: missing port in address\n", "-rpc-addr=x")]
    [InlineData("==> Error: The encryption key is given twice, by itself and as a file\n", "-encrypt=x", "-encrypt-file=y")]
    [InlineData("==> Error reading the file of the RPC token: open /no/such: no such file or directory\n",
        "-rpc-auth-file=/no/such")]
    [InlineData("==> Error reading '/dev/zero': larger than 4096 bytes\n", "-encrypt-file=/dev/zero")]
    public void What_is_wrong_is_told_by_a_check_and_by_a_start_alike(string expected, params string[] flags)
    {
        string[] words = ["agent", "-node=x", $"-bind={NextAddress()}:17946", "-rpc-addr=127.0.0.1:1", .. flags];

        CliResult start = CliResult.Of(Binaries.Ours, words);
        CliResult check = CliResult.Of(Binaries.Ours, [.. words, "-check"]);

        Assert.Equal(new CliResult(expected, "", 1), check);
        Assert.EndsWith(expected, start.Output, StringComparison.Ordinal);
        Assert.Equal(1, start.ExitCode);
    }

    [Fact]
    public void A_label_that_is_too_long_is_refused()
    {
        string[] words = ["agent", "-node=x", $"-bind={NextAddress()}:17946", "-label", new string('x', 256)];

        Assert.Equal(
            "==> Failed to start the Serf agent: Error creating Serf: Failed to create memberlist: "
            + $"could not use \"{new string('x', 256)}\" as a label: too long\n",
            CliResult.Of(Binaries.Ours, [.. words, "-check"]).Output);
        Assert.Equal(0, CliResult.Of(Binaries.Ours, [.. words[..^1], new string('x', 255), "-check"]).ExitCode);
    }

    private Agent Launch(Dictionary<string, string> environment, params string[] flags) =>
        Keep(new Agent(Binaries.Ours, "x", NextAddress(), flags, environment)).Started();

    private string Secret(string name, string text)
    {
        string path = Write(name, text + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    private static string? Text(JsonElement root, string key) => root.GetProperty(key).GetString();

    private static void AssertSilent(string output)
    {
        Assert.DoesNotContain(Token, output, StringComparison.Ordinal);
        Assert.DoesNotContain(Keys.First, output, StringComparison.Ordinal);
    }
}
