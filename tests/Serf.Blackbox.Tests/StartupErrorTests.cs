using System;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

public sealed class StartupErrorTests : BlackboxTest
{
    [Theory]
    [InlineData("==> Error: Invalid tag: 'nope'\n", "-tag", "nope")]
    [InlineData("==> Error: Invalid tag: '=v'\n", "-tag", "=v")]
    [InlineData("==> Error: time: invalid duration \"x\"\n", "-broadcast-timeout=x")]
    [InlineData("==> Error: time: missing unit in duration \"10\"\n", "-broadcast-timeout=10")]
    [InlineData("==> Invalid event script: Event 'bogus' invoking 'foo.sh'\n", "-event-handler=bogus=foo.sh")]
    [InlineData("==> Invalid event script: Event 'User' invoking 'foo.sh'\n", "-event-handler=User=foo.sh")]
    [InlineData("==> Invalid event script: Event 'member' invoking 'foo.sh'\n", "-event-handler=member=foo.sh")]
    [InlineData("==> Invalid event script: Event ' query' invoking 'x'\n", "-event-handler=user, query=x")]
    [InlineData("==> Invalid event script: Event '' invoking 'x'\n", "-event-handler=user,=x")]
    [InlineData("==> Invalid event script: Event 'FOO' invoking '1 cmd'\n", "-event-handler=FOO=1 cmd")]
    [InlineData(
        "==> Invalid log level: LOUD. Valid log levels are: [TRACE DEBUG INFO WARN ERR]\n", "-log-level=loud")]
    [InlineData("==> Unknown profile: moon\n", "-profile=moon")]
    [InlineData("==> Invalid encryption key: illegal base64 data at input byte 0\n", "-encrypt=x", "-profile=moon")]
    [InlineData(
        "==> Starting Serf agent...\n==> Failed to setup the Serf agent: "
            + "Encryption key not allowed while using a keyring\n",
        "-encrypt=AA==",
        "-keyring-file=/no/such/file.json")]
    [InlineData(
        "==> Starting Serf agent...\n==> Failed to setup the Serf agent: "
            + "stat /no/such/file.json: no such file or directory\n",
        "-keyring-file=/no/such/file.json")]
    [InlineData(
        "==> Starting Serf agent...\n==> Failed to start the Serf agent: Error creating Serf: "
            + "Failed to create memberlist: key size must be 16, 24 or 32 bytes\n",
        "-encrypt=AA==")]
    [InlineData(
        "==> Starting Serf agent...\n==> Failed to start the Serf agent: Error creating Serf: "
            + "Protocol version '9' too high. Must be in range: [2, 5]\n",
        "-protocol=9")]
    [InlineData(
        "==> Starting Serf agent...\n==> Failed to start the Serf agent: Error creating Serf: "
            + "Protocol version '1' too low. Must be in range: [2, 5]\n",
        "-protocol=1")]
    [InlineData(
        "==> Error reading '/no/such/file.json': open /no/such/file.json: no such file or directory\n",
        "-config-file=/no/such/file.json")]
    public void A_wrong_setting_is_named(string expected, params string[] flags)
    {
        CliResult result = RunAgent(flags);

        Assert.Equal(expected, result.Output);
        Assert.Empty(result.ErrorWithoutLog);
        Assert.Equal(1, result.ExitCode);
    }

    [Theory]
    [InlineData("flag provided but not defined: -nope\n", "-nope")]
    [InlineData("flag needs an argument: -node\n", "-node")]
    [InlineData("bad flag syntax: ---x\n", "---x")]
    [InlineData("invalid boolean value \"maybe\" for -replay: parse error\n", "-replay=maybe")]
    [InlineData("invalid value \"abc\" for flag -protocol: parse error\n", "-protocol=abc")]
    public void A_wrong_flag_goes_to_standard_error_and_the_help_to_standard_output(string expected, string flag)
    {
        CliResult result = CliResult.Of(Binaries.Ours, "agent", flag);

        Assert.Equal(expected, result.Error);
        Assert.StartsWith("==> Usage: serf agent", result.Output, StringComparison.Ordinal);
        Assert.Equal(1, result.ExitCode);
    }

    [Theory]
    [InlineData("-bind=999.1.1.1", "==> Invalid bind address: ")]
    [InlineData("-bind=127.0.0.1:99999", "==> Invalid bind address: ")]
    [InlineData("-bind=::1", "==> Invalid bind address: ")]
    [InlineData("-advertise=999.1.1.1", "==> Invalid advertise address: ")]
    [InlineData("-iface=nosuch0", "==> Invalid network interface: ")]
    public void A_wrong_address_is_named(string flag, string expected)
    {
        CliResult result = RunAgent(flag);

        Assert.StartsWith(expected, result.Output, StringComparison.Ordinal);
        Assert.Equal(1, result.Output.Count(letter => letter == '\n'));
        Assert.Equal(1, result.ExitCode);
    }

    [Theory]
    [InlineData("", ": EOF\n")]
    [InlineData("{ broken", ": ")]
    [InlineData("[]", ": ")]
    [InlineData("""{ "zeta": 1, "unknown_directive": 2 }""", "has invalid keys: unknown_directive, zeta\n")]
    [InlineData("""{ "node_name": 7 }""", "'node_name'")]
    [InlineData("""{ "reconnect_interval": "5" }""", "time: missing unit in duration \"5\"\n")]
    public void An_unreadable_configuration_is_named(string content, string expected)
    {
        string config = Write("config.json", content);

        CliResult result = RunAgent($"-config-file={config}");

        Assert.StartsWith($"==> Error decoding '{config}': ", result.Output, StringComparison.Ordinal);
        Assert.Contains(expected, result.Output, StringComparison.Ordinal);
        Assert.Equal(1, result.ExitCode);
    }

    [Theory]
    [InlineData("[\"x\"", "Failed to decode keyring file: unexpected end of JSON input")]
    [InlineData("[\"x\"]", "Failed to decode key from keyring: illegal base64 data at input byte 0")]
    [InlineData("[]", "Keyring file contains no keys")]
    [InlineData("[\"AA==\"]", "Failed to restore keyring: key size must be 16, 24 or 32 bytes")]
    public void An_unusable_keyring_file_is_named(string content, string expected)
    {
        CliResult result = RunAgent($"-keyring-file={Write("keys.json", content)}");

        Assert.Equal(
            $"==> Starting Serf agent...\n==> Failed to setup the Serf agent: {expected}\n", result.Output);
        Assert.Equal(1, result.ExitCode);
    }

    [Fact]
    public void Tags_that_are_too_long_are_refused()
    {
        CliResult result = RunAgent("-tag", "long=" + new string('x', 600));

        Assert.Equal(
            "==> Starting Serf agent...\n==> Failed to start the Serf agent: Error creating Serf: "
            + "Encoded length of tags exceeds limit of 512 bytes\n",
            result.Output);
        Assert.Equal(1, result.ExitCode);
    }

    [Fact]
    public void A_gossip_port_in_use_is_named()
    {
        string address = NextAddress();
        using TcpListener taken = new(IPAddress.Parse(address), 17946);
        taken.Start();

        CliResult result = CliResult.Of(
            Binaries.Ours, "agent", "-node=x", $"-bind={address}:17946", $"-rpc-addr={address}:17373");

        Assert.StartsWith(
            "==> Starting Serf agent...\n==> Failed to start the Serf agent: Error creating Serf: "
            + "Failed to create memberlist: could not set up network transport: failed to obtain an address: "
            + $"failed to start TCP listener on \"{address}\" port 17946: ",
            result.Output,
            StringComparison.Ordinal);
        Assert.Contains("address already in use", result.Output, StringComparison.Ordinal);
        Assert.Equal(1, result.ExitCode);
    }

    [Fact]
    public void An_rpc_port_in_use_is_named()
    {
        string address = NextAddress();
        using TcpListener taken = new(IPAddress.Parse(address), 17373);
        taken.Start();

        CliResult result = CliResult.Of(
            Binaries.Ours, "agent", "-node=x", $"-bind={address}:17946", $"-rpc-addr={address}:17373");

        Assert.EndsWith(
            $"==> Error starting RPC listener: listen tcp {address}:17373: bind: address already in use\n",
            result.Output,
            StringComparison.Ordinal);
        Assert.Equal(1, result.ExitCode);
    }

    [Fact]
    public void A_start_join_that_reaches_nobody_ends_the_agent()
    {
        string nobody = NextAddress();

        CliResult result = RunAgent($"-join={nobody}:17946");

        Assert.Contains("\n==> Joining cluster...(replay: false)\n", result.Output, StringComparison.Ordinal);
        Assert.EndsWith(
            "\n==> 1 error occurred:\n"
            + $"\t* failed to join {nobody}:17946: dial tcp {nobody}:17946: connect: connection refused\n\n\n",
            result.Output,
            StringComparison.Ordinal);
        Assert.Equal(1, result.ExitCode);
    }

    [Fact]
    public void The_log_lines_of_a_start_that_fails_go_to_standard_error_and_change_nothing_elsewhere()
    {
        string address = NextAddress();
        using TcpListener taken = new(IPAddress.Parse(address), 17373);
        taken.Start();

        CliResult result = CliResult.Of(
            Binaries.Ours, "agent", "-node=x", $"-bind={address}:17946", $"-rpc-addr={address}:17373");

        Assert.Equal(
            "==> Starting Serf agent...\n==> Error starting RPC listener: "
            + $"listen tcp {address}:17373: bind: address already in use\n",
            result.Output);
        string[] lines = result.Error.Split('\n');
        Assert.Matches("^    [0-9/]{10} [0-9:]{8} \\[INFO\\] agent: Serf agent starting$", lines[0]);
        Assert.EndsWith($"[INFO] serf: EventMemberJoin: x {address}", lines[1], StringComparison.Ordinal);
        Assert.EndsWith("[INFO] agent: shutdown complete", lines[^2], StringComparison.Ordinal);
        Assert.Equal(string.Empty, lines[^1]);

        // The level counts for them too, and a script that wants the error alone can have it so.
        CliResult quiet = RunAgent("-protocol=9", "-log-level=err");
        Assert.Equal(2, quiet.Output.Count(letter => letter == '\n'));
        Assert.Empty(quiet.Error);
    }

    private static CliResult RunAgent(params string[] flags)
    {
        string address = NextAddress();
        string bind = flags.Any(flag => flag.StartsWith("-bind", StringComparison.Ordinal)) ? "-node=x" : $"-bind={address}:17946";
        return CliResult.Of(Binaries.Ours, ["agent", "-node=x", bind, $"-rpc-addr={address}:17373", .. flags]);
    }
}
