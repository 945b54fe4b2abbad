using System;
using System.Collections.Generic;
using System.IO;
using Serf.Agent;
using Serf.Cli.Commands;
using Serf.Primitives;
using Xunit;

namespace Serf.Tests.Agent;

public sealed class AgentSecretsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("serf-secrets-").FullName;
    private readonly Dictionary<string, string> _variables = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("key", "key")]
    [InlineData("key\n", "key")]
    [InlineData("key\r\n\n", "key")]
    [InlineData(" k y \n", " k y ")]
    public void A_secret_is_read_from_its_file_without_the_line_feeds_at_its_end(string content, string expected)
    {
        string path = Write("secret", content);

        AgentOptions options = Load("-encrypt-file", path, "-rpc-auth-file", path);

        Assert.Equal((expected, expected), (options.EncryptKey, options.RpcAuth));
        Assert.Empty(options.Warnings);
    }

    [Fact]
    public void A_file_that_everybody_can_read_is_warned_of()
    {
        string path = Write("secret", "x");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.OtherRead);

        Assert.Equal(
            [
                $"Warning: Everybody on this machine can read the encryption key in '{path}'",
                $"Warning: Everybody on this machine can read the RPC token in '{path}'",
            ],
            Load("-encrypt-file", path, "-rpc-auth-file", path).Warnings);
    }

    [Fact]
    public void A_setting_comes_before_the_environment_and_a_keyring_too()
    {
        _variables["SERF_ENCRYPT_KEY"] = "from-key-variable";
        _variables["SERF_AGENT_RPC_AUTH"] = "from-token-variable";
        string file = Write("secret", "from-file");
        string config = Write("config", "{\"rpc_auth\":\"from-config\"}");

        Assert.Equal(
            ("from-key-variable", "from-token-variable"), (Load().EncryptKey, Load().RpcAuth));
        Assert.Equal("from-flag", Load("-encrypt=from-flag").EncryptKey);
        Assert.Equal("from-file", Load("-encrypt-file", file).EncryptKey);
        Assert.Equal("", Load("-keyring-file=ring").EncryptKey);
        Assert.Equal("from-config", Load("-config-file", config).RpcAuth);
        Assert.Equal("from-file", Load("-rpc-auth-file", file).RpcAuth);
    }

    [Fact]
    public void The_variables_of_the_commands_have_no_effect()
    {
        _variables["SERF_RPC_AUTH"] = "token";
        _variables["SERF_RPC_ADDR"] = "10.0.0.1:1";
        _variables["SERF_ENCRYPT_KEY"] = "";

        AgentOptions options = Load();

        Assert.Equal(("", "", "127.0.0.1:7373"), (options.RpcAuth, options.EncryptKey, options.RpcAddress));
    }

    [Fact]
    public void A_secret_that_is_given_twice_is_refused()
    {
        string file = Write("secret", "x");
        string config = Write("config", "{\"rpc_auth\":\"x\",\"rpc_auth_file\":\"" + file + "\"}");

        Assert.Equal(
            "Error: The encryption key is given twice, by itself and as a file",
            RefusalOf("-encrypt=x", "-encrypt-file", file));
        Assert.Equal(
            "Error: The RPC token is given twice, by itself and as a file", RefusalOf("-config-file", config));
    }

    [Fact]
    public void A_file_that_cannot_be_used_is_named()
    {
        string absent = Path.Combine(_folder, "absent");
        string empty = Write("empty", "\n");
        string large = Write("large", new string('x', 5000));

        Assert.Equal(
            $"Error reading the file of the encryption key: open {absent}: no such file or directory",
            RefusalOf("-encrypt-file", absent));
        Assert.Equal(
            $"Error reading the file of the RPC token: {empty}: empty", RefusalOf("-rpc-auth-file", empty));
        Assert.Equal(
            $"Error reading '{large}': larger than 4096 bytes", RefusalOf("-encrypt-file", large));
        Assert.Equal(
            $"Error reading the file of the encryption key: open {_folder}: is a directory",
            RefusalOf("-encrypt-file", _folder));
    }

    private AgentOptions Load(params string[] arguments)
    {
        Assert.Null(AgentFlags.Parse(arguments, out AgentArguments parsed));
        AgentMachine machine = new(() => "host1", _ => false) { Variable = name => _variables.GetValueOrDefault(name) };
        return AgentOptions.Load(parsed, machine);
    }

    private string RefusalOf(params string[] arguments) =>
        Assert.Throws<SerfException>(() => Load(arguments)).Message;

    private string Write(string name, string content)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, content);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }
}
