using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Serf.Cluster;
using Serf.Coordinates;
using Serf.Primitives;
using Xunit;

namespace Serf.Tests.Cli;

/// <summary>What our commands do beyond the original's, beside its results: hints, secrets, JSON.</summary>
public sealed class SafeguardTests : IDisposable
{
    private readonly CliServer _server = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("serf-cli-").FullName;

    public SafeguardTests()
    {
        _server.AddMember("m1", 1, MemberStatus.Alive, ("role", "web"));
        _server.AddMember("m2", 2, MemberStatus.Failed);
    }

    public void Dispose()
    {
        _server.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("nobody", "Hint: the agent knows no member named \"nobody\"\n")]
    [InlineData("m1", "Hint: \"m1\" is alive, and a node that is alive comes back\n")]
    [InlineData("m2", "")]
    public void Force_leave_hints_at_a_name_that_cannot_be_meant_and_is_silent_otherwise(string node, string hint)
    {
        Assert.Equal(new CliRun(0, "", hint), CliRun.Of(_server, "force-leave", node));
        Assert.Equal([$"force-leave {node} False"], _server.Calls);
    }

    [Fact]
    public void A_refused_force_leave_has_no_hint()
    {
        _server.Refusal = "no";
        Assert.Equal(
            new CliRun(1, "Error force leaving: no\n", ""), CliRun.Of(_server, "force-leave", "nobody"));
    }

    [Theory]
    [InlineData("members")]
    [InlineData("info")]
    [InlineData("leave")]
    [InlineData("keys|-list")]
    [InlineData("tags|-set|a=b")]
    [InlineData("reachability")]
    public void Extra_arguments_are_named_and_change_nothing_else(string command)
    {
        _server.Answers.Add(("m1", null));
        CliRun plain = CliRun.Of(_server, command.Split('|'));
        Assert.Equal("", plain.Error);

        CliRun more = CliRun.Of(_server, [.. command.Split('|'), "false", "-x\n"]);

        Assert.Equal(plain with { Error = "Hint: Extra arguments are ignored: \"false\" \"-x\\n\"\n" }, more);
    }

    [Fact]
    public void The_warning_about_role_does_not_spoil_JSON()
    {
        CliRun run = CliRun.Of(_server, "members", "-role=web", "-format=json");

        Assert.Equal("Deprecation warning: 'Role' has been replaced with 'Tags'\n", run.Error);
        Assert.Equal("m1", JsonNode.Parse(run.Output)!["members"]![0]!["name"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("-name=(", "error parsing regexp: missing closing ): `^($`")]
    [InlineData("-tag=role=a(", "error parsing regexp: missing closing ): `^a($`")]
    [InlineData("-status=alive", null)]
    public void An_expression_that_made_an_agent_hang_up_is_explained(string flag, string? reason)
    {
        _server.DropsMemberRequests = true;
        string hint = reason is null ? "" : "Hint: " + reason + "\n";
        Assert.Equal(
            new CliRun(1, "Error retrieving members: client closed\n", hint), CliRun.Of(_server, "members", flag));
    }

    [Fact]
    public void A_payload_that_looks_like_the_version_flag_is_sent_behind_two_dashes()
    {
        Assert.Equal(
            new CliRun(0, "Event 'x' dispatched! Coalescing enabled: true\n", ""),
            CliRun.Of(_server, "event", "--", "x", "-v"));
        Assert.Equal(["event x 2D76 True"], _server.Calls);
        Assert.StartsWith("0.10", CliRun.Of(_server, "event", "x", "-v").Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-install", "Install")]
    [InlineData("-use", "Use")]
    [InlineData("-remove", "Remove")]
    public void A_key_comes_from_standard_input_or_a_file(string action, string operation)
    {
        string path = Path.Combine(_folder, "new.key");
        File.WriteAllText(path, "  S2V5IQ==\n");

        Assert.Equal(0, CliRun.Of(_server, [], "SW5wdXQ=\n", "keys", action, "-").Status);
        Assert.Equal(0, CliRun.Of(_server, "keys", action + "=@" + path).Status);
        Assert.Equal(0, CliRun.Of(_server, "keys", action, "QXJn").Status);

        Assert.Equal(
            [operation + " SW5wdXQ=", operation + " S2V5IQ==", operation + " QXJn"], _server.Calls);
    }

    [Theory]
    [InlineData("-", "standard input: empty")]
    [InlineData("@", "open : no such file or directory")]
    [InlineData("@/no/such", "open /no/such: no such file or directory")]
    [InlineData("@/", "read /: is a directory")]
    [InlineData("@/dev/null", "/dev/null: empty")]
    [InlineData("@/dev/zero", "/dev/zero: larger than 65536 bytes")]
    public void A_key_that_cannot_be_read_is_an_error_before_anything_is_asked(string key, string reason)
    {
        Assert.Equal(
            new CliRun(1, "Error reading key: " + reason + "\n", ""), CliRun.Of(_server, "keys", "-install", key));
        Assert.Empty(_server.Calls);
    }

    [Fact]
    public void The_token_comes_from_the_nearest_of_flag_file_and_environment()
    {
        _server.AuthKey = ByteString.FromText("secret");
        string good = Path.Combine(_folder, "good");
        string bad = Path.Combine(_folder, "bad");
        File.WriteAllText(good, "secret\n");
        File.WriteAllText(bad, "wrong\n");
        Dictionary<string, string> goodFile = new() { ["SERF_RPC_AUTH_FILE"] = good };
        Dictionary<string, string> badFile = new() { ["SERF_RPC_AUTH_FILE"] = bad };
        Dictionary<string, string> both = new() { ["SERF_RPC_AUTH"] = "secret", ["SERF_RPC_AUTH_FILE"] = bad };
        Dictionary<string, string> none = new() { ["SERF_RPC_AUTH_FILE"] = "", ["SERF_RPC_AUTH"] = "" };

        int Status(Dictionary<string, string> environment, params string[] flags) =>
            CliRun.Of(_server, environment, "", ["event", .. flags, "x"]).Status;

        Assert.Equal(0, Status(goodFile));
        Assert.Equal(1, Status(badFile));
        Assert.Equal(0, Status(both));
        Assert.Equal(1, Status(none));
        Assert.Equal(0, Status(badFile, "-rpc-auth-file", good));
        Assert.Equal(1, Status(both, "-rpc-auth-file", bad));
        Assert.Equal(0, Status(badFile, "-rpc-auth=secret", "-rpc-auth-file", bad));
        Assert.Equal(1, Status(goodFile, "-rpc-auth="));
        Assert.Equal(1, Status(both, "-rpc-auth-file="));
    }

    [Fact]
    public void A_token_file_that_is_not_there_is_an_error_and_no_connection_is_made() => Assert.Equal(
        new CliRun(1, "Error reading RPC token: open /no/such: no such file or directory\n", ""),
        CliRun.Of(null, "members", "-rpc-addr=127.0.0.1:1", "-rpc-auth-file=/no/such"));

    [Fact]
    public void Keys_are_listed_as_JSON()
    {
        _server.KeyReport.NodeCount = 3;
        _server.KeyReport.Count("b==", 2);
        _server.KeyReport.Count("a==", 3);

        Assert.Equal(
            new CliRun(0, """
                {
                  "nodes": 3,
                  "keys": {
                    "a==": 3,
                    "b==": 2
                  },
                  "messages": {},
                  "error": null
                }

                """, ""),
            CliRun.Of(_server, "keys", "-list", "-format=json"));
    }

    [Fact]
    public void A_key_failure_is_JSON_too_and_an_unknown_format_is_refused_before_anything_is_asked()
    {
        _server.Refusal = "1/2 nodes reported failure";
        _server.KeyReport.NodeCount = 2;
        _server.KeyReport.Messages[ByteString.FromText("m2")] = ByteString.FromText("a|b");

        CliRun run = CliRun.Of(_server, "keys", "-use=x", "-format=json");
        Assert.Equal(1, run.Status);
        JsonNode json = JsonNode.Parse(run.Output)!;
        Assert.Equal("a|b", json["messages"]!["m2"]!.GetValue<string>());
        Assert.Equal("1/2 nodes reported failure", json["error"]!.GetValue<string>());
        Assert.Null(json["keys"]);

        Assert.Equal(
            new CliRun(1, "Encoding error: Invalid output format \"xml\"\n", ""),
            CliRun.Of(_server, "keys", "-use=x", "-format=xml"));
        Assert.Single(_server.Calls);
    }

    [Fact]
    public void A_round_trip_is_JSON_if_asked_for()
    {
        _server.Coordinates["m1"] = new Coordinate([0.0003, 0, 0, 0, 0, 0, 0, 0], 1.5, 0.0001, 0.00005);

        Assert.Equal(
            new CliRun(0, "{\n  \"node1\": \"m1\",\n  \"node2\": \"m1\",\n  \"rtt_ms\": 0.300\n}\n", ""),
            CliRun.Of(_server, "rtt", "-format=json", "m1", "m1"));
        Assert.Equal(
            "Encoding error: Invalid output format \"xml\"\n", CliRun.Of(_server, "rtt", "-format=xml", "m1", "m1").Output);
    }

    [Fact]
    public void The_monitor_prints_one_JSON_object_in_each_line()
    {
        _server.History.Add("2026/11/21 01:08:56 [INFO] agent: \"quoted\" \u00e9" + ByteText.FromBytes([0xFF]));
        _server.Events.Add(new UserEvent(158, ByteString.FromText("dep"), [0x70, 1, 0xFF], false));
        _server.Events.Add(new UserEvent(2, ByteString.FromText("a\"b"), null, true));
        _server.Events.Add(new MemberEvent(SerfEventKind.MemberJoin, [_server.MemberList[0]]));

        CliRun run = CliRun.Of(_server, "monitor", "-format=json");

        JsonNode[] lines = [.. run.Output.TrimEnd('\n').Split('\n').Select(line => JsonNode.Parse(line)!)];
        Assert.Equal(4, lines.Length);
        Assert.EndsWith("\"quoted\" \u00e9\ufffd", lines[0]["log"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("user", lines[1]["Event"]!.GetValue<string>());
        Assert.Equal(158, lines[1]["LTime"]!.GetValue<int>());
        Assert.Equal("p\u0001\ufffd", lines[1]["Payload"]!.GetValue<string>());
        Assert.Equal("cAH/", lines[1]["PayloadBase64"]!.GetValue<string>());
        Assert.False(lines[1]["Coalesce"]!.GetValue<bool>());
        Assert.Null(lines[2]["Payload"]);
        Assert.Equal("a\"b", lines[2]["Name"]!.GetValue<string>());
        Assert.Equal("127.0.0.1", lines[3]["Members"]![0]!["Addr"]!.GetValue<string>());
        Assert.Equal("web", lines[3]["Members"]![0]!["Tags"]!["role"]!.GetValue<string>());
        Assert.Equal(1, run.Status);
        Assert.Contains("Remote side ended the monitor!", run.Error, StringComparison.Ordinal);
        Assert.Equal(1, CliRun.Of(_server, "monitor", "-format=xml").Status);
    }
}
