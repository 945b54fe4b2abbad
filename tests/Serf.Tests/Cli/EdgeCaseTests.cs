using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;
using Serf.Cluster;
using Serf.Primitives;
using Xunit;

namespace Serf.Tests.Cli;

/// <summary>The edge cases of spec cli 10 that no other test of this folder has.</summary>
public sealed class EdgeCaseTests : IDisposable
{
    private const string ServerAddress = "SERF_RPC_ADDR";

    private readonly CliServer _server = new();

    public void Dispose() => _server.Dispose();

    [Fact]
    public void An_unknown_format_is_found_only_after_the_agent_was_asked()
    {
        string refused = "Error connecting to Serf agent: dial tcp 127.0.0.1:1: connect: connection refused\n";
        foreach (string command in new[] { "members", "info" })
        {
            Assert.Equal(
                new CliRun(1, "Encoding error: Invalid output format \"\"\n", ""), CliRun.Of(_server, command, "-format="));
            Assert.Equal(
                new CliRun(1, refused, ""), CliRun.Of(_server, command, "-format=xml", "-rpc-addr=127.0.0.1:1"));
        }

        Assert.Equal(
            new CliRun(1, refused, ""), CliRun.Of(_server, "query", "-format=xml", "-rpc-addr=127.0.0.1:1", "q"));
    }

    [Theory]
    [InlineData("", 0, "flag")]
    [InlineData("127.0.0.1:1", 0, "flag")]
    [InlineData("127.0.0.1:1", 1, "")]
    public void A_flag_wins_over_the_environment_and_an_empty_variable_is_none(string variable, int status, string flag)
    {
        string[] flags = flag.Length > 0 ? ["-rpc-addr=" + _server.Address] : [];
        Dictionary<string, string> environment = new() { [ServerAddress] = variable };
        Assert.Equal(status, CliRun.Of(null, environment, "", ["event", .. flags, "x"]).Status);
    }

    [Theory]
    [InlineData("event|-coalesce|false|name", "event false 6E616D65 True")]
    [InlineData("event|--coalesce=F|-", "event - nil False")]
    [InlineData("event|-|-coalesce=false", "event - 2D636F616C657363653D66616C7365 True")]
    [InlineData("event|--|-dash|payload", "event -dash 7061796C6F6164 True")]
    [InlineData("event|-coalesce=false|-coalesce|x", "event x nil True")]
    [InlineData("|event|x", "event x nil True")]
    [InlineData("-version|event|x", "event x nil True")]
    [InlineData("query|-timeout=0|q", "query q nil [] [] True 0 00:00:00")]
    [InlineData("query|-timeout|-1s|q", "query q nil [] [] True 0 -00:00:01")]
    [InlineData("query|-relay-factor=255|q", "query q nil [] [] True 255 00:00:00")]
    [InlineData("query|-relay-factor|0x10|q", "query q nil [] [] True 16 00:00:00")]
    [InlineData("query|-timeout=1s|-timeout=2s|q", "query q nil [] [] True 0 00:00:02")]
    [InlineData("keys|-use=|-remove=k", "Remove k")]
    public void Arguments_reach_the_agent_as_the_original_sends_them(string arguments, string call)
    {
        Assert.Equal(0, CliRun.Of(_server, arguments.Split('|')).Status);
        Assert.Equal(call, Assert.Single(_server.Calls));
    }

    [Theory]
    [InlineData("query|-relay-factor=99999999999999999999|q",
        "invalid value \"99999999999999999999\" for flag -relay-factor: value out of range\n")]
    [InlineData("query|-relay-factor|abc|q", "invalid value \"abc\" for flag -relay-factor: parse error\n")]
    [InlineData("query|-timeout=10|q", "invalid value \"10\" for flag -timeout: parse error\n")]
    [InlineData("query|-timeout=|q", "invalid value \"\" for flag -timeout: parse error\n")]
    [InlineData("members|-format", "flag needs an argument: -format\n")]
    [InlineData("leave|---x", "bad flag syntax: ---x\n")]
    [InlineData("leave|-=x", "bad flag syntax: -=x\n")]
    [InlineData("event|-Coalesce|x", "flag provided but not defined: -Coalesce\n")]
    [InlineData("event|-help=1|x", "")]
    public void A_wrong_flag_is_one_line_beside_the_help_and_nothing_is_asked(string arguments, string line)
    {
        CliRun run = CliRun.Of(_server, arguments.Split('|'));

        Assert.Equal((1, line), (run.Status, run.Error));
        Assert.StartsWith("Usage: serf " + arguments.Split('|')[0], run.Output, StringComparison.Ordinal);
        Assert.Empty(_server.Calls);
    }

    [Theory]
    [InlineData("keys|-list=false")]
    [InlineData("keys|-install=")]
    [InlineData("keys|extra")]
    [InlineData("tags")]
    public void Without_anything_to_do_the_help_is_printed(string arguments)
    {
        CliRun run = CliRun.Of(_server, arguments.Split('|'));

        Assert.Equal((1, ""), (run.Status, run.Error));
        Assert.StartsWith("Usage: serf " + arguments.Split('|')[0], run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void More_than_fifteen_tags_are_listed_in_the_order_of_their_keys()
    {
        (string, string)[] tags = [.. Enumerable.Range(0, 40).Select(number => ($"k{39 - number:d2}", "a,b=c|\u00e9"))];
        _server.AddMember("m\u00ef", 1, MemberStatus.Leaving, tags);

        string line = CliRun.Of(_server, "members").Output;

        string expected = string.Join(',', Enumerable.Range(0, 40).Select(number => $"k{number:d2}=a,b=c|\u00e9"));
        Assert.Equal($"m\u00ef  127.0.0.1:1  leaving  {expected}\n", line);
    }

    [Fact]
    public void Bytes_of_an_answer_that_are_not_UTF8_stay_bytes_in_text_and_JSON_stays_text()
    {
        _server.Answers.Add(("m1", [0xFF, (byte)'a', (byte)'\n', (byte)'\n']));

        Assert.Contains(
            "Response from 'm1': \uDCFFa\n\nTotal", CliRun.Of(_server, "query", "q").Output, StringComparison.Ordinal);
        JsonNode json = JsonNode.Parse(CliRun.Of(_server, "query", "-format=json", "q").Output)!;
        Assert.Equal("\ufffda\n\n", json["Responses"]!["m1"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("event|x", "Error sending event")]
    [InlineData("force-leave|x", "Error force leaving")]
    [InlineData("info", "Error querying agent")]
    [InlineData("join|x", "Error joining the cluster")]
    [InlineData("keys|-list", "==> Asking all members for installed keys...\n\nFailed to gather member keys")]
    [InlineData("leave", "Error leaving")]
    [InlineData("members", "Error retrieving members")]
    [InlineData("monitor", "Error starting stream")]
    [InlineData("query|x", "Error sending query")]
    [InlineData("reachability", "Error getting members")]
    [InlineData("rtt|x", "Error querying agent")]
    [InlineData("rtt|x|y", "Error getting coordinates")]
    [InlineData("tags|-set|a=b", "Error setting tags")]
    public void A_token_is_missing_wrong_or_too_much(string arguments, string failure)
    {
        string[] words = arguments.Split('|');
        CliRun tooMuch = CliRun.Of(_server, [words[0], "-rpc-auth=any", .. words[1..]]);
        Assert.Equal(1, tooMuch.Status);
        Assert.StartsWith("Error connecting to Serf agent: ", tooMuch.Output, StringComparison.Ordinal);

        _server.AuthKey = ByteString.FromText("secret");
        Assert.Equal(
            new CliRun(1, failure + ": Authentication required\n", ""), CliRun.Of(_server, words));
        Assert.Equal(
            new CliRun(1, "Error connecting to Serf agent: Invalid authentication token\n", ""),
            CliRun.Of(_server, [words[0], "-rpc-auth=wrong", .. words[1..]]));
        Assert.Empty(_server.Calls);
    }
}
