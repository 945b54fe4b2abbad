using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

/// <summary>Calls that need no agent.</summary>
public sealed class CliTests : BlackboxTest
{
    [Theory]
    [InlineData]
    [InlineData("bogus")]
    [InlineData("help")]
    [InlineData("")]
    [InlineData("-version")]
    [InlineData("-x")]
    [InlineData("--", "members")]
    [InlineData("bogus", "-h")]
    [InlineData("-h", "bogus")]
    public void Without_a_known_command_the_general_help_goes_to_standard_error(params string[] arguments)
    {
        CliResult result = CliResult.Of(Binaries.Ours, arguments);

        Assert.Equal(127, result.ExitCode);
        Assert.Empty(result.Output);
        AssertGeneralHelp(result.Error);
    }

    [Theory]
    [InlineData("-h")]
    [InlineData("-help")]
    [InlineData("--help")]
    public void A_help_flag_alone_asks_for_the_general_help(string flag)
    {
        CliResult result = CliResult.Of(Binaries.Ours, flag);

        Assert.Equal(0, result.ExitCode);
        Assert.Empty(result.Output);
        AssertGeneralHelp(result.Error);
    }

    [Theory]
    [InlineData("-v")]
    [InlineData("--version")]
    [InlineData("version")]
    [InlineData("version", "and", "more")]
    [InlineData("event", "-v")]
    [InlineData("event", "x", "-v")]
    [InlineData("--", "-v")]
    public void The_version_is_two_lines(params string[] arguments)
    {
        CliResult result = CliResult.Of(Binaries.Ours, arguments);

        Assert.Equal(0, result.ExitCode);
        Assert.Empty(result.Error);
        string[] lines = result.Output.Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.Equal("Agent Protocol: 5 (Understands back to: 2)", lines[1]);
        Assert.Empty(lines[2]);
    }

    [Theory]
    [InlineData("agent")]
    [InlineData("completion")]
    [InlineData("decode")]
    [InlineData("event")]
    [InlineData("force-leave")]
    [InlineData("info")]
    [InlineData("join")]
    [InlineData("keygen")]
    [InlineData("keys")]
    [InlineData("leave")]
    [InlineData("members")]
    [InlineData("monitor")]
    [InlineData("query")]
    [InlineData("reachability")]
    [InlineData("rtt")]
    [InlineData("tags")]
    [InlineData("version")]
    public void Help_for_a_command_goes_to_standard_error_and_is_a_success(string command)
    {
        foreach (string[] arguments in new string[][] { [command, "-h"], [command, "a", "--help"], ["-h", command] })
        {
            CliResult result = CliResult.Of(Binaries.Ours, arguments);

            Assert.Equal(0, result.ExitCode);
            Assert.Empty(result.Output);
            Assert.StartsWith($"Usage: serf {command}", result.Error.TrimStart(), StringComparison.Ordinal);
            Assert.Contains("\nOptions:\n", result.Error, StringComparison.Ordinal);
            Assert.Contains("\nExamples:\n", result.Error, StringComparison.Ordinal);
            Assert.All(result.Error.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
        }
    }

    [Fact]
    public void The_help_of_the_agent_names_every_flag()
    {
        string help = CliResult.Of(Binaries.Ours, "agent", "-h").Error;

        foreach (string flag in new[]
        {
            "bind", "advertise", "config-file", "config-dir", "event-handler", "join", "replay", "log-level", "node",
            "protocol", "role", "rpc-addr", "profile", "tag", "iface", "disable-compression", "broadcast-timeout",
            "retry-join", "retry-interval", "retry-max",
        })
        {
            Assert.Contains("-" + flag, help, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Flags_before_the_command_are_refused()
    {
        CliResult result = CliResult.Of(Binaries.Ours, "-x", "members");

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith(
            "Invalid flags before the subcommand. If these flags are for\n"
            + "the subcommand, please put them after the subcommand.\n\n",
            result.Error,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("An event name must be specified.\n\n", "event")]
    [InlineData(
        "Too many command line arguments. Only a name and payload must be specified.\n\n", "event", "a", "b", "c")]
    [InlineData("A node name must be specified to force leave.\n\n", "force-leave")]
    [InlineData("A node name must be specified to force leave.\n\n", "force-leave", "a", "b")]
    [InlineData("At least one address to join must be specified.\n\n", "join")]
    public void Wrong_arguments_are_answered_with_the_help(string expected, params string[] arguments)
    {
        CliResult result = CliResult.Of(Binaries.Ours, arguments);

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith(expected, result.Output, StringComparison.Ordinal);
        Assert.StartsWith("Usage: serf", result.Output[expected.Length..].TrimStart(), StringComparison.Ordinal);
        Assert.Empty(result.Error);
    }

    [Theory]
    [InlineData("Error: Invalid tag: 'bad'\n", "members", "-tag", "bad")]
    public void Wrong_values_are_answered_with_one_line(string expected, params string[] arguments)
    {
        CliResult result = CliResult.Of(Binaries.Ours, arguments);

        Assert.Equal((1, expected, string.Empty), (result.ExitCode, result.Output, result.Error));
    }

    [Theory]
    [InlineData("flag provided but not defined: -nope\n", "members", "-nope")]
    [InlineData("flag needs an argument: -format\n", "members", "-format")]
    [InlineData("bad flag syntax: ---x\n", "event", "---x")]
    [InlineData("bad flag syntax: -=x\n", "event", "-=x")]
    [InlineData("invalid boolean value \"maybe\" for -coalesce: parse error\n", "event", "-coalesce=maybe", "x")]
    public void A_wrong_flag_goes_to_standard_error_and_the_help_to_standard_output(
        string expected, params string[] arguments)
    {
        CliResult result = CliResult.Of(Binaries.Ours, arguments);

        Assert.Equal(1, result.ExitCode);
        Assert.Equal(expected, result.Error);
        Assert.StartsWith($"Usage: serf {arguments[0]}", result.Output.TrimStart(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("event", "x")]
    [InlineData("force-leave", "x")]
    [InlineData("info")]
    [InlineData("join", "x")]
    [InlineData("leave")]
    [InlineData("members")]
    [InlineData("monitor")]
    [InlineData("tags", "-set", "a=b")]
    [InlineData("tags", "-set", "noequals")]
    public void An_agent_that_is_not_there_is_reported(params string[] arguments)
    {
        string address = $"{NextAddress()}:17373";
        Dictionary<string, string> environment = new() { ["SERF_RPC_ADDR"] = address };

        CliResult result = CliResult.Of(Binaries.Ours, environment, arguments);

        string expected = $"Error connecting to Serf agent: dial tcp {address}: connect: connection refused\n";
        Assert.EndsWith(expected, result.Output, StringComparison.Ordinal);
        Assert.Empty(result.Error);
        Assert.Equal(1, result.ExitCode);
    }

    [Theory]
    [InlineData("127.0.0.1", "dial tcp: address 127.0.0.1: missing port in address")]
    [InlineData("", "dial tcp: missing address")]
    public void A_control_address_that_is_none_is_reported(string address, string expected)
    {
        CliResult result = CliResult.Of(Binaries.Ours, "members", $"-rpc-addr={address}");

        Assert.Equal($"Error connecting to Serf agent: {expected}\n", result.Output);
        Assert.Equal(1, result.ExitCode);
    }

    [Fact]
    public void A_closed_output_ends_the_command_without_a_trace()
    {
        Agent agent = Start("n1");
        CliResult result = CliResult.Of(
            "/bin/sh", "-c", $"'{Binaries.Ours}' members -rpc-addr={agent.Rpc} | true; '{Binaries.Ours}' -h 2>&1 | true");

        Assert.Equal((0, string.Empty, string.Empty), (result.ExitCode, result.Output, result.Error));
    }

    private static void AssertGeneralHelp(string text)
    {
        string[] commands =
        [
            "agent", "completion", "decode", "event", "force-leave", "info", "join", "keygen", "keys", "leave", "members", "monitor", "query",
            "reachability", "rtt", "tags", "version",
        ];
        string[] listed = text.Split('\n')
            .Where(line => line.StartsWith("    ", StringComparison.Ordinal) && char.IsAsciiLetter(line[4]))
            .Select(line => line.Trim().Split(' ')[0])
            .ToArray();

        Assert.Equal(commands, listed);
    }
}

/// <summary>Calls to agents of their own.</summary>
public sealed class CommandTests : BlackboxTest
{
    [Fact]
    public void Members_are_listed_as_text_and_as_json()
    {
        Agent a = Start("node-a", "-tag", "role=web");
        Agent b = Start("b");
        Assert.Equal("Successfully joined cluster by contacting 1 nodes.\n", b.Run("join", a.Gossip));
        a.AwaitStatuses("b=alive node-a=alive");

        string[] lines = a.Run("members").TrimEnd('\n').Split('\n');
        Assert.Equal(2, lines.Length);
        int bWidth = Math.Max(a.Gossip.Length, b.Gossip.Length);
        Assert.Contains($"node-a  {a.Gossip.PadRight(bWidth)}  alive  role=web", lines);
        Assert.Contains($"b       {b.Gossip.PadRight(bWidth)}  alive", lines.Select(line => line.TrimEnd()));

        string detailed = a.Run("members", "-detailed", "-name=node-a");
        Assert.Equal(
            $"node-a  {a.Gossip}  alive  role=web  Protocol Version: 5  Available Protocol Range: [2, 5]\n", detailed);

        Assert.Equal(
            $$"""
            {
              "members": [
                {
                  "name": "node-a",
                  "addr": "{{a.Gossip}}",
                  "port": 17946,
                  "tags": {
                    "role": "web"
                  },
                  "status": "alive",
                  "protocol": {
                    "max": 5,
                    "min": 2,
                    "version": 5
                  }
                }
              ]
            }

            """.ReplaceLineEndings("\n"),
            b.Run("members", "-format=json", "-tag", "role=w.*"));
    }

    [Theory]
    [InlineData("n1", "-name=n1")]
    [InlineData("n1", "-name=n.")]
    [InlineData("n1", "-name", "x|n1")]
    [InlineData("n1", "-status=alive")]
    [InlineData("n1", "-status", "(alive|left)", "-tag", "role=web")]
    [InlineData("n1", "-tag", "missing=")]
    [InlineData("", "-name=n")]
    [InlineData("", "-status=failed")]
    [InlineData("", "-tag", "role=we")]
    public void Members_are_filtered_by_whole_values(string expected, params string[] flags)
    {
        Agent agent = Start("n1", "-tag", "role=web");

        string output = agent.Run(["members", .. flags]);
        string json = agent.Run(["members", "-format=json", .. flags]);

        Assert.Equal(expected, output.Split(' ')[0].TrimEnd('\n'));
        JsonNode? members = JsonNode.Parse(json)!["members"];
        Assert.Equal(expected, members == null ? string.Empty : members[0]!["name"]!.GetValue<string>());
        if (expected.Length == 0)
        {
            Assert.Equal("\n", output);
            Assert.Equal("{\n  \"members\": null\n}\n", json);
        }
    }

    [Fact]
    public void Commands_answer_with_the_originals_words()
    {
        Agent agent = Start("n1");

        AssertCli(agent, 0, "Event 'hello-there' dispatched! Coalescing enabled: true\n", "event", "hello-there");
        AssertCli(agent, 0, "Event 'x' dispatched! Coalescing enabled: false\n", "event", "-coalesce=false", "x", "y");
        AssertCli(agent, 0, "Event 'x' dispatched! Coalescing enabled: true\n", "event", "x", "-coalesce=false");
        AssertCli(agent, 0, "Event '-' dispatched! Coalescing enabled: true\n", "event", "-");
        AssertCli(agent, 0, "Event '-dash' dispatched! Coalescing enabled: true\n", "event", "--", "-dash", "-h");
        AssertCli(agent, 0, "Event '' dispatched! Coalescing enabled: true\n", "event", "");
        AssertCli(agent, 0, "Event 'x' dispatched! Coalescing enabled: true\n", "event", "--", "x", "-v");
        AssertCli(agent, 0, "Successfully updated agent tags\n", "tags", "-set", "a=b=c", "-delete", "zz");
        AssertCli(agent, 1, "Error: Invalid tag: 'novalue'\n", "tags", "-set", "novalue");
        AssertCli(agent, 1, "Encoding error: Invalid output format \"xml\"\n", "members", "-format=xml");
        AssertCli(agent, 1, "Encoding error: Invalid output format \"xml\"\n", "info", "-format=xml");
        AssertCli(agent, 1, "Error starting monitor: Unknown log level: BOGUS\n", "monitor", "-log-level=bogus");
        Assert.Equal($"n1  {agent.Gossip}  alive  a=b=c\n", agent.Run("members"));
    }

    [Fact]
    public void Joining_nobody_is_an_error_with_the_reason()
    {
        Agent agent = Start("n1");
        string nobody = $"{NextAddress()}:17946";

        AssertCli(
            agent,
            1,
            "Error joining the cluster: 1 error occurred:\n"
            + $"\t* failed to join {nobody}: dial tcp {nobody}: connect: connection refused\n\n\n",
            "join",
            nobody);
    }

    [Fact]
    public void Information_has_the_originals_sections()
    {
        Agent agent = Start("n1", "-tag", "role=web", "-event-handler=query:load=echo load1");

        JsonNode info = JsonNode.Parse(agent.Run("info", "-format=json"))!;
        string text = agent.Run("info");

        Assert.Equal(
            ["agent", "event_handlers", "runtime", "serf", "tags"], info.AsObject().Select(section => section.Key));
        Assert.Equal("n1", info["agent"]!["name"]!.GetValue<string>());
        Assert.Equal("echo load1", info["event_handlers"]!["query:load"]!.GetValue<string>());
        Assert.Equal("web", info["tags"]!["role"]!.GetValue<string>());
        Assert.Equal("linux", info["runtime"]!["os"]!.GetValue<string>());
        foreach (string key in new[]
        {
            "members", "failed", "left", "health_score", "member_time", "event_time", "query_time", "intent_queue",
            "event_queue", "query_queue", "encrypted", "coordinate_resets",
        })
        {
            Assert.NotNull(info["serf"]![key]);
        }

        Assert.StartsWith("agent:\n\tname = n1\nevent_handlers:\n\tquery:load = echo load1\nruntime:\n", text,
            StringComparison.Ordinal);
        Assert.EndsWith("tags:\n\trole = web\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_node_is_forced_to_leave_and_pruned()
    {
        Agent a = Start("a", "-profile=local");
        Agent b = Start("b", "-profile=local", $"-join={a.Gossip}");
        Agent c = Start("c", "-profile=local", $"-join={a.Gossip}");
        a.AwaitStatuses("a=alive b=alive c=alive");
        // Who has not heard of c before its death is never told of it.
        b.AwaitStatuses("a=alive b=alive c=alive", TimeSpan.FromSeconds(40));
        c.Process.Send(Signal.Kill);
        a.AwaitStatuses("a=alive b=alive c=failed", TimeSpan.FromSeconds(40));
        b.AwaitStatuses("a=alive b=alive c=failed", TimeSpan.FromSeconds(40));

        AssertCli(b, 0, string.Empty, "force-leave", "c");
        a.AwaitStatuses("a=alive b=alive c=left");
        b.AwaitStatuses("a=alive b=alive c=left");

        AssertCli(a, 0, string.Empty, "force-leave", "-prune", "c");
        a.AwaitStatuses("a=alive b=alive");
        b.AwaitStatuses("a=alive b=alive");
    }

    [Fact]
    public void An_event_of_the_largest_size_passes_and_one_byte_more_does_not()
    {
        Agent agent = Start("n1", $"-event-handler=user={Recorder("runs")}");

        AssertCli(
            agent,
            0,
            "Event 'ab' dispatched! Coalescing enabled: false\n",
            "event",
            "-coalesce=false",
            "ab",
            new string('x', 480));
        AssertCli(
            agent,
            1,
            "Error sending event: encoded user event exceeds configured limit of 512 bytes after encoding\n",
            "event",
            "ab",
            new string('x', 481));
        AssertCli(
            agent,
            1,
            "Error sending event: user event exceeds configured limit of 512 bytes before encoding\n",
            "event",
            "ab",
            new string('x', 511));

        string run = Assert.Single(AwaitRecorded("runs", 1));
        Assert.Equal("user|ab|1|" + new string('x', 480), run);
    }

    [Fact]
    public void A_monitor_shows_lines_below_the_agents_own_level_and_events()
    {
        Agent agent = Start("n1");
        SerfProcess monitor = Keep(new SerfProcess(
            Binaries.Ours, ["monitor", "-log-level=DEBUG", $"-rpc-addr={agent.Rpc}"]));
        monitor.WaitForOutput("[INFO] agent: Serf agent starting\n");
        monitor.WaitForOutput("agent.ipc: Accepted client");

        agent.Run("event", "dep", "pay");

        monitor.WaitForOutput("[DEBUG] agent: Requesting user event send: dep. Coalesced: true. Payload: \"pay\"\n");
        monitor.WaitForOutput("Event Info:\n");
        monitor.WaitForOutput("\tName: \"dep\"\n");
        monitor.WaitForOutput("\tEvent: \"user\"\n");
        Assert.DoesNotContain("[DEBUG]", agent.Process.Output, StringComparison.Ordinal);

        monitor.Send(Signal.Interrupt);
        Assert.Equal(0, monitor.WaitForExit());
    }

    [Fact]
    public void A_monitor_reports_that_the_agent_is_gone()
    {
        Agent agent = Start("n1");
        SerfProcess monitor = Keep(new SerfProcess(Binaries.Ours, ["monitor", $"-rpc-addr={agent.Rpc}"]));
        monitor.WaitForOutput("Serf agent starting");

        agent.Process.Send(Signal.Kill);

        Assert.Equal(1, monitor.WaitForExit());
        Assert.EndsWith(
            "\nRemote side ended the monitor! This usually means that the\nremote side has exited or crashed.\n",
            monitor.Output,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exec >&-")]
    [InlineData("exec >/dev/full")]
    public void An_output_that_takes_nothing_changes_no_exit_status_and_reaches_nobody_else(string redirection)
    {
        Agent agent = Start("n1");
        string[] command = ["-c", redirection + "; exec \"$0\" \"$@\"", Binaries.Ours];
        using SerfProcess version = new("/bin/sh", [.. command, "version"]);
        using SerfProcess members = new("/bin/sh", [.. command, "members", $"-rpc-addr={agent.Rpc}"]);

        Assert.Equal((0, string.Empty), (version.WaitForExit(), version.Error));
        Assert.Equal((0, string.Empty), (members.WaitForExit(), members.Error));
        Assert.DoesNotContain("[ERR]", agent.Process.Output, StringComparison.Ordinal);
    }

    private static void AssertCli(Agent agent, int exitCode, string output, params string[] arguments)
    {
        CliResult result = agent.Cli(arguments);
        Assert.Equal((exitCode, output, string.Empty), (result.ExitCode, result.Output, result.Error));
    }
}
