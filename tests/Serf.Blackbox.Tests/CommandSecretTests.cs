using System.Collections.Generic;
using System.IO;
using System.Text.Json.Nodes;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

/// <summary>Keys and tokens that stay off the command line.</summary>
public sealed class CommandSecretTests : BlackboxTest
{
    [Fact]
    public void A_key_is_rotated_with_files_and_pipes_alone()
    {
        string keyring = Write("keyring.json", $"[\"{Keys.First}\"]");
        Agent agent = Start("n1", $"-keyring-file={keyring}");
        string old = Write("old.key", Keys.First + "\n");
        string made = PathOf("new.key");

        CliResult installed = Shell(agent, $"'{Binaries.Ours}' keygen | tee '{made}' | '{Binaries.Ours}' keys -install -");
        Assert.Equal("==> Installing key on all members...\n==> Successfully installed key!\n", installed.Output);
        agent.Run("keys", "-use", "@" + made);
        agent.Run("keys", "-remove=@" + old);

        JsonNode listed = JsonNode.Parse(agent.Run("keys", "-list", "-format=json"))!;
        string key = File.ReadAllText(made).TrimEnd('\n');
        Assert.Equal($"{{\"{key}\":1}}", listed["keys"]!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
        Assert.DoesNotContain(Keys.First, File.ReadAllText(keyring));
    }

    [Fact]
    public void The_token_is_read_from_a_file_a_pipe_or_the_file_the_environment_names()
    {
        string configuration = Write("agent.json", "{\"rpc_auth\": \"open sesame\"}");
        Agent agent = Start("n1", $"-config-file={configuration}");
        string token = Write("token", "open sesame\n");

        Assert.Equal(1, agent.Cli("members").ExitCode);
        Assert.Equal(0, agent.Cli("members", "-rpc-auth-file", token).ExitCode);
        Assert.Equal(0, Shell(agent, $"echo open sesame | '{Binaries.Ours}' members -rpc-auth-file /dev/stdin").ExitCode);
        Assert.Equal(0, Shell(agent, $"SERF_RPC_AUTH_FILE='{token}' '{Binaries.Ours}' members").ExitCode);
    }

    private static CliResult Shell(Agent agent, string command) => CliResult.Of(
        "/bin/sh", new Dictionary<string, string> { ["SERF_RPC_ADDR"] = agent.Rpc }, ["-c", command]);
}
