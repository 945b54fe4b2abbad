using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.RegularExpressions;
using Serf.Cli;
using Serf.Cli.Commands;
using Serf.Cluster;
using Serf.Vectors;
using Xunit;

namespace Serf.Tests.Cli;

/// <summary>The commands that start a query: <c>query</c> and <c>reachability</c>.</summary>
public sealed partial class QueryCommandTests : IDisposable
{
    private const string Troubleshooting =
        "\nTroubleshooting tips:\n"
        + "* Ensure that the bind addr:port is accessible by all other nodes\n"
        + "* If an advertise address is set, ensure it routes to the bind address\n"
        + "* Check that no nodes are behind a NAT\n"
        + "* If nodes are behind firewalls or iptables, check that Serf traffic is permitted (UDP and TCP)\n"
        + "* Verify networking equipment is functional\n";

    private readonly CliServer _server = new();
    private readonly StringWriter _error = new();

    public QueryCommandTests()
    {
        _server.AddMember("m1", 1, MemberStatus.Alive);
        _server.AddMember("m2", 2, MemberStatus.Alive);
        _server.AddMember("m3", 3, MemberStatus.Alive);
    }

    public void Dispose()
    {
        _error.Dispose();
        _server.Dispose();
    }

    [Theory]
    [InlineData("23-query", "m1 m3 m2 m2=0.5\n")]
    [InlineData("24-query", "m2=0.5\n")]
    [InlineData("25-query", "m1 m2 m3 m2=0.5\n")]
    [InlineData("26-query", "m2 m2=0.5\n")]
    [InlineData("27-query", "m2 m2=0.5\n")]
    [InlineData("28-query", "m1 m3 m2 m2=0.5\n")]
    [InlineData("29-query", "")]
    [InlineData("30-query", "")]
    [InlineData("37-reachability", "m1 m3 m2")]
    [InlineData("38-reachability", "m1 m3 m2")]
    public void A_recorded_call_prints_the_same(string name, string answers)
    {
        JsonElement vector = VectorFile.Find("cli-transcripts.json", name);
        string[] arguments = [.. vector.GetProperty("input").GetProperty("arguments").EnumerateArray()
            .Select(argument => argument.GetString()!)];
        Prepare(answers);
        (int status, string output) = Run(arguments);

        string help = vector.GetProperty("usageFollows").GetString() is null ? "" : Command(arguments[0]).Help + "\n";
        string expected = vector.GetProperty("stdout").GetString()! + help;
        Assert.Equal(Seconds().Replace(expected, "N sec"), Seconds().Replace(output, "N sec"));
        Assert.Equal(vector.GetProperty("exit").GetInt32(), status);
    }

    [Theory]
    [InlineData("query|-tag|x", "Error: Invalid tag: 'x'\n")]
    [InlineData("query|-relay-factor=-1|q", "Relay factor must be between 0 and 255\n")]
    [InlineData("query|-relay-factor=256|q", "Relay factor must be between 0 and 255\n")]
    [InlineData("query|-format=xml|q", "Invalid format: xml\n")]
    [InlineData("query|q", "Error sending query: no\n")]
    [InlineData("query|_serf_conflict", "Error sending query: Queries cannot contain the '_serf_' prefix\n")]
    [InlineData("query|_serf_ping|x", "Error sending query: Queries cannot contain the '_serf_' prefix\n")]
    [InlineData("reachability", "Total members: 3, live members: 3\nError sending query: no\n")]
    public void What_is_wrong_is_said(string arguments, string output)
    {
        _server.Refusal = "no";
        Assert.Equal((1, output), Run(arguments.Split('|')));
    }

    [Fact]
    public void Too_many_arguments_bring_the_help()
    {
        (int status, string output) = Run("query", "a", "b", "c");
        Assert.Equal(
            (1, "Too many command line arguments. Only a name and payload must be specified.\n\n"
                + new QueryCommand().Help + "\n"),
            (status, output));
    }

    [Fact]
    public void One_line_feed_at_the_end_of_an_answer_goes_and_the_others_stay()
    {
        Prepare("m1=a\nb\n\n m2= m3=\n");
        Assert.Equal(
            (0, "Query 'q' dispatched\nResponse from 'm1': a\nb\n\nResponse from 'm2': \nResponse from 'm3': \n"
                + "Total Responses: 3\n"),
            Run("query", "-no-ack", "q"));
    }

    [Fact]
    public void Json_has_nothing_where_nothing_came()
    {
        Assert.Equal(
            (0, "{\n  \"Acks\": null,\n  \"Responses\": {}\n}\n"), Run("query", "-format", "json", "q"));
    }

    [Fact]
    public void Records_without_a_sender_are_passed_over()
    {
        _server.Answers.Add(("", null));
        _server.Answers.Add(("", []));
        _server.Answers.Add(("m1", null));
        Assert.Equal(
            (0, "Query 'q' dispatched\nAck from 'm1'\nTotal Acks: 1\nTotal Responses: 0\n"), Run("query", "q"));
    }

    [Theory]
    [InlineData("query|q", "Query 'q' dispatched\nAck from 'm1'\nTotal Acks: 1\nTotal Responses: 0\n")]
    [InlineData("query|-format=json|q", "{\n  \"Acks\": [\n    \"m1\"\n  ],\n  \"Responses\": {}\n}\n")]
    [InlineData("reachability", "Total members: 3, live members: 3\nStarting reachability test...\n"
        + "Received less acks than live nodes! Missing acks from:\n\tm2\n\tm3\n"
        + "This could mean Serf gossip packets are being lost due to a misconfiguration or network issue.\n"
        + Troubleshooting)]
    public void An_agent_that_dies_ends_the_query_with_what_came_and_an_error(string arguments, string output)
    {
        _server.DiesDuringQueries = true;
        Prepare("m1");
        Assert.Equal((1, output), Run(arguments.Split('|')));
        Assert.Equal(
            "Error: the agent ended the connection before the query was over. Answers may be missing.\n",
            _error.ToString());
    }

    [Fact]
    public void The_reachability_test_tells_in_JSON_who_is_missing_strange_or_doubled()
    {
        Prepare("m1 m9 m1");
        Assert.Equal(
            (1, """
                {
                  "reachable": false,
                  "members": 3,
                  "live": 3,
                  "acks": 3,
                  "missing": [
                    "m2",
                    "m3"
                  ],
                  "not_live": [
                    "m9"
                  ],
                  "duplicates": [
                    "m1"
                  ]
                }

                """),
            Run("reachability", "-format=json"));
        Assert.Equal(
            (1, "Encoding error: Invalid output format \"xml\"\n"), Run("reachability", "-format=xml"));
    }

    [Fact]
    public void The_reachability_test_is_good_in_JSON_with_empty_lists()
    {
        Prepare("m1 m3 m2");
        (int status, string output) = Run("reachability", "-format=json", "-verbose");
        Assert.Equal(0, status);
        Assert.StartsWith("{\n  \"reachable\": true,\n", output, StringComparison.Ordinal);
        Assert.Contains("  \"missing\": [],\n  \"not_live\": [],\n", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("m1 m2 m3 m9", "Received more acks than live nodes! Acks from non-live nodes:\n\tm9\n"
        + "This could mean Serf is detecting false-failures due to a misconfiguration or network issue.\n"
        + Troubleshooting)]
    [InlineData("m2", "Received less acks than live nodes! Missing acks from:\n\tm1\n\tm3\n"
        + "This could mean Serf gossip packets are being lost due to a misconfiguration or network issue.\n"
        + Troubleshooting)]
    [InlineData("m1 m1 m2", "Duplicate response from 'm1'\n"
        + "Duplicate responses means there is a misconfiguration. Verify that node names are unique.\n"
        + "Successfully contacted all live nodes\n")]
    public void Whoever_is_missing_or_too_many_is_named(string answers, string output)
    {
        Prepare(answers);
        _server.AddMember("m4", 4, MemberStatus.Failed);
        Assert.Equal(
            (1, "Total members: 4, live members: 3\nStarting reachability test...\n" + output), Run("reachability"));
    }

    [Fact]
    public void No_terminal_obeys_the_name_of_a_node_or_its_answer()
    {
        Prepare("m\u001b[2J m\u001b[2J=\u001b[31ma\tb\nc\r\n");
        const string Begin = "Query 'q' dispatched\nAck from 'm\\x1b[2J'\nResponse from 'm\\x1b[2J': ";
        const string End = "\nTotal Acks: 1\nTotal Responses: 1\n";

        Assert.Equal((0, Begin + "\\x1b[31ma\tb\nc\\r" + End), RunOn(isTerminal: true, "query", "q"));
        Assert.Equal((0, Begin + "\u001b[31ma\tb\nc\r" + End), Run("query", "q"));
        Assert.Contains("\tAck from 'm\\x1b[2J'\n", Run("reachability", "-verbose").Output, StringComparison.Ordinal);
    }

    [GeneratedRegex("[0-9]+\\.[0-9][0-9] sec")]
    private static partial Regex Seconds();

    private static ICommand Command(string name) =>
        name == "query" ? new QueryCommand() : new ReachabilityCommand();

    private void Prepare(string answers)
    {
        foreach (string answer in answers.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            int split = answer.IndexOf('=', StringComparison.Ordinal);
            _server.Answers.Add(split < 0
                ? (answer, null)
                : (answer[..split], System.Text.Encoding.UTF8.GetBytes(answer[(split + 1)..])));
        }
    }

    private (int Status, string Output) Run(params string[] arguments) => RunOn(isTerminal: false, arguments);

    private (int Status, string Output) RunOn(bool isTerminal, params string[] arguments)
    {
        StringWriter output = new();
        CliContext context = new()
        {
            Output = output,
            Error = _error,
            IsTerminal = isTerminal,
            Environment = name => name == "SERF_RPC_ADDR" ? _server.Address : null,
        };
        int status = Command(arguments[0]).Run(arguments.AsSpan(1), context);
        return (status, output.ToString());
    }
}
