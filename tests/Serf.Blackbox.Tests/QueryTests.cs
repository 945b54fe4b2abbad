using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

/// <summary>Queries, keys and reachability at the terminal and over the control port.</summary>
public sealed class QueryTests : BlackboxTest
{
    private const string OnlyAck = "{\n  \"Acks\": [\n    \"n1\"\n  ],\n  \"Responses\": {}\n}\n";

    [Fact]
    public void An_interrupt_ends_a_query_with_what_was_printed_and_status_1()
    {
        Agent agent = Start("n1");
        SerfProcess text = Client(agent, "query", "-timeout=60s", "q");
        text.WaitForOutput("Ack from 'n1'");
        SerfProcess json = Client(agent, "query", "-format=json", "-timeout=60s", "q");
        AwaitQueries(agent, 2);

        // JSON is printed at the end. A whole query after it: its own acknowledgement has come by then.
        agent.Run("query", "-timeout=200ms", "later");
        text.Send(Signal.Interrupt);
        json.Send(Signal.Interrupt);

        Assert.Equal(
            (1, "Query 'q' dispatched\nAck from 'n1'\n", string.Empty),
            (text.WaitForExit(), text.Output, text.Error));
        Assert.Equal((1, OnlyAck, string.Empty), (json.WaitForExit(), json.Output, json.Error));
    }

    [Fact]
    public void An_agent_that_dies_ends_a_query_with_what_came_a_reason_and_status_1()
    {
        Agent agent = Start("n1");
        SerfProcess text = Client(agent, "query", "-timeout=60s", "q");
        text.WaitForOutput("Ack from 'n1'");
        SerfProcess json = Client(agent, "query", "-format=json", "-timeout=60s", "q");
        AwaitQueries(agent, 2);
        agent.Run("query", "-timeout=200ms", "later");
        agent.Process.Send(Signal.Kill);

        const string Reason =
            "Error: the agent ended the connection before the query was over. Answers may be missing.\n";
        Assert.Equal(
            (1, "Query 'q' dispatched\nAck from 'n1'\nTotal Acks: 1\nTotal Responses: 0\n", Reason),
            (text.WaitForExit(), text.Output, text.Error));
        Assert.Equal((1, OnlyAck, Reason), (json.WaitForExit(), json.Output, json.Error));
    }

    [Fact]
    public void What_the_agent_refuses_is_told()
    {
        Agent agent = Start("n1");
        Assert.Equal(
            (1, "Error sending query: query exceeds limit of 1024 bytes\n"), Cli(agent, "query", "q", new string('x', 950)));
        Assert.Equal(
            (1, "Error sending query: Queries cannot contain the '_serf_' prefix\n"),
            Cli(agent, "query", "_serf_conflict", "n1"));
        Assert.Equal(
            (1, "Error sending query: failed to compile the filter of tag 'a': "
                + "error parsing regexp: missing closing ): `(`\n"),
            Cli(agent, "query", "-tag", "a=(", "q"));
        CliResult large = agent.Cli("query", "-relay-factor=99999999999999999999", "q");
        Assert.Equal(
            (1, "invalid value \"99999999999999999999\" for flag -relay-factor: value out of range\n"),
            (large.ExitCode, large.Error));

        Agent old = Start("n2", "-protocol=3");
        Assert.Equal((1, "Error sending query: Feature not supported\n"), Cli(old, "query", "q"));
        Assert.Equal(
            (1, "==> Installing key on all members...\n\nError installing key: Feature not supported\n"),
            Cli(old, "keys", "-install=AAAAAAAAAAAAAAAAAAAAAA=="));
    }

    [Fact]
    public void A_member_that_is_dead_and_not_yet_detected_is_missing()
    {
        Agent first = Start("n1");
        Agent second = Start("n2", $"-join={first.Gossip}");
        first.AwaitStatuses("n1=alive n2=alive");
        second.Process.Send(Signal.Kill);
        Stopwatch watch = Stopwatch.StartNew();
        CliResult result = first.Cli("reachability", "-verbose");
        double elapsed = watch.Elapsed.TotalSeconds;

        Assert.Equal(1, result.ExitCode);
        Match time = Regex.Match(
            result.Output,
            "^Total members: 2, live members: 2\nStarting reachability test...\n\tAck from 'n1'\nQuery time: ([0-9.]+) sec, ");
        Assert.True(time.Success, result.Output);

        // For two members a query lasts 3.2 seconds, and what is told is what it took.
        Assert.InRange(double.Parse(time.Groups[1].Value, CultureInfo.InvariantCulture), 3.1, elapsed);
        Assert.Contains(
            "\nReceived less acks than live nodes! Missing acks from:\n\tn2\n", result.Output, StringComparison.Ordinal);
        Assert.EndsWith("* Verify networking equipment is functional\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Queries_of_one_connection_run_side_by_side_and_end_each_at_its_time()
    {
        Agent agent = Start("n1", "-event-handler=query:echo=echo here");
        using RpcConnection connection = agent.Connect();
        ulong slow = connection.Send("query", Body("nothing", 6000));
        ulong quick = connection.Send("query", Body("nothing", 3000));
        ulong answered = connection.Send("query", Body("echo", 60_000));
        ulong late = connection.Send("query", Body("nothing", -1));
        List<(ulong Seq, string Kind)> records = [];
        HashSet<ulong> replied = [];
        while (records.Count(record => record.Kind == "done") < 4)
        {
            // The first under a number is the reply, without a body.
            RpcReply reply = connection.Receive(seq => !replied.Add(seq));
            if (reply.Body is { } body)
            {
                Assert.Equal(body["Type"] is "done" ? string.Empty : "n1", body["From"]);
                records.Add((reply.Seq, (string)body["Type"]!));
            }
        }

        // The one that ends at once and the one that is answered may end in either order.
        ulong[] ends = [.. records.Where(one => one.Kind == "done").Select(one => one.Seq)];
        Assert.Equal([answered, late], ends[..2].Order());
        Assert.Equal([quick, slow], ends[2..]);
        Assert.Equal(
            [(answered, "ack"), (answered, "done"), (answered, "response")],
            records.Where(one => one.Seq == answered).Order());
    }

    [Fact]
    public void Clients_that_go_leave_nothing_behind()
    {
        Agent agent = Start("n1");

        // More than may be open at a time, each for an hour, and nobody to answer.
        for (int count = 0; count < 400; count++)
        {
            using RpcConnection connection = agent.Connect();
            Assert.Equal(string.Empty, connection.Call("query", Body("nothing", 3_600_000)).Error);
        }

        Eventually.True(
            "a query is taken",
            TimeSpan.FromSeconds(10),
            () => agent.Cli("query", "-timeout=10ms", "q").ExitCode == 0);
    }

    [Fact]
    public void Commands_sent_without_waiting_are_all_answered()
    {
        Agent first = Start("n1");
        Agent second = Start("n2", $"-join={first.Gossip}");
        second.AwaitStatuses("n1=alive n2=alive");
        using RpcConnection connection = first.Connect();
        List<ulong> sent = [];
        for (int number = 0; number < 3; number++)
        {
            sent.Add(connection.Send("tags", new()
            {
                ["Tags"] = new Dictionary<string, object?> { ["n"] = $"{number}" }, ["DeleteTags"] = null,
            }));
            sent.Add(connection.Send("force-leave", new() { ["Node"] = "nobody", ["Prune"] = false }));
        }

        Assert.Equal(sent, sent.Select(_ => connection.Receive(hasBody: false).Seq));
        Assert.Contains("n=2", first.Run("members", "-name=n1"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_key_is_one_that_an_agent_starts_with()
    {
        CliResult key = CliResult.Of(Binaries.Ours, "keygen", "-nonsense");
        Assert.Equal((0, 45, string.Empty), (key.ExitCode, key.Output.Length, key.Error));
        Agent agent = Start("n1", $"-encrypt={key.Output.TrimEnd()}");
        Assert.Equal(
            (0, "==> Asking all members for installed keys...\n==> Keys gathered, listing cluster keys...\n\n"
                + $"{key.Output.TrimEnd()}  [1/1]\n"),
            Cli(agent, "keys", "-list"));
    }

    private static Dictionary<string, object?> Body(string name, long milliseconds) => new()
    {
        ["FilterNodes"] = null,
        ["FilterTags"] = null,
        ["RequestAck"] = true,
        ["RelayFactor"] = 0,
        ["Timeout"] = milliseconds * 1_000_000,
        ["Name"] = name,
        ["Payload"] = null,
    };

    private static (int ExitCode, string Output) Cli(Agent agent, params string[] arguments)
    {
        CliResult result = agent.Cli(arguments);
        return (result.ExitCode, result.Output);
    }

    private static void AwaitQueries(Agent agent, int count) => Eventually.True(
        $"{count} queries have begun",
        TimeSpan.FromSeconds(10),
        () => agent.Run("info").Contains($"query_time = {count + 1}\n", StringComparison.Ordinal));

    private SerfProcess Client(Agent agent, params string[] arguments) => Keep(new SerfProcess(
        Binaries.Ours, arguments, new Dictionary<string, string> { ["SERF_RPC_ADDR"] = agent.Rpc }));
}
