using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Threading;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

/// <summary>Queries, keys and coordinates in clusters of two of ours and two of the original.</summary>
public sealed class MixedQueryTests : BlackboxTest
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private static readonly string[] _binaries = [Binaries.Ours, Binaries.Peer];

    [PeerFact]
    public void Every_agent_asks_all_by_either_command_line_and_each_answers_once()
    {
        Agent[] agents = Cluster("q");
        foreach (Agent asker in agents)
        {
            foreach (string binary in _binaries)
            {
                foreach (string relay in new[] { "0", "2" })
                {
                    AssertHeard(
                        ("q0 q1 q2 q3", "q0=q0 hey q1=q1 hey q2=q2 hey q3=q3 hey"),
                        () => Ask(asker, binary, "-relay-factor", relay, "whoami", "hey"));
                }
            }
        }
    }

    [PeerFact]
    public void Filters_choose_the_same_nodes_whoever_asks()
    {
        Agent[] agents = Cluster("f");
        foreach (Agent asker in agents)
        {
            AssertHeard("f1 f2", () => Ask(asker, asker.Binary, "-node=f1", "-node=f2", "-node=f9", "whoami").Acks);
            AssertHeard("f0 f2", () => Ask(asker, asker.Binary, "-tag", "parity=ev.n$", "whoami").Acks);
            AssertHeard("f3", () => Ask(asker, asker.Binary, "-tag", "parity=^odd", "-node=f3", "-node=f2", "whoami").Acks);
            AssertHeard("f0 f1 f2 f3", () => Ask(asker, asker.Binary, "-tag", "none=^$", "whoami").Acks);
            AssertHeard("", () => Ask(asker, asker.Binary, "-timeout=1s", "-tag", "parity=x", "whoami").Acks);
        }
    }

    [PeerFact]
    public void No_acks_come_where_none_are_asked_for_and_filters_hold_with_relays_too()
    {
        Agent[] agents = Cluster("n");
        foreach (Agent asker in agents)
        {
            foreach (string relay in new[] { "0", "2" })
            {
                AssertHeard(
                    ("", "n0=n0 n1=n1 n2=n2 n3=n3"),
                    () => Ask(asker, asker.Binary, "-no-ack", "-relay-factor", relay, "whoami"));
            }

            AssertHeard(
                ("n1 n3", "n1=n1 x n3=n3 x"),
                () => Ask(asker, asker.Binary, "-relay-factor=2", "-tag", "parity=odd", "whoami", "x"));
        }
    }

    [PeerFact]
    public void An_agent_of_ours_ends_a_query_with_the_last_answer()
    {
        Agent[] agents = Cluster("e");
        foreach (string binary in _binaries)
        {
            AssertHeard("early\nTotal Acks: 4\nTotal Responses: 4\n", () =>
            {
                Stopwatch watch = Stopwatch.StartNew();
                string output = agents[0].CliOf(binary, "query", "-timeout=20s", "whoami").Output;
                string when = watch.Elapsed < TimeSpan.FromSeconds(10) ? "early\n" : "late\n";
                return when + output[output.IndexOf("Total Acks", StringComparison.Ordinal)..];
            });
        }

        // Nobody has a handler for this one: only the acks come, and time runs out.
        Stopwatch whole = Stopwatch.StartNew();
        Assert.EndsWith(
            "Total Acks: 4\nTotal Responses: 0\n", agents[0].Run("query", "-timeout=3s", "nothing"),
            StringComparison.Ordinal);
        Assert.InRange(whole.Elapsed, TimeSpan.FromSeconds(2.9), TimeSpan.FromSeconds(8));
    }

    [PeerFact]
    public void Every_member_is_reached_by_either_command_line()
    {
        Agent[] agents = Cluster("r");
        foreach (Agent agent in agents)
        {
            foreach (string binary in _binaries)
            {
                CliResult result = agent.CliOf(binary, "reachability");
                Assert.Equal(
                    ("Total members: 4, live members: 4\nStarting reachability test...\n"
                        + "Successfully contacted all live nodes\n", 0),
                    (result.Output, result.ExitCode));
            }
        }
    }

    [PeerFact]
    public void The_round_trip_between_any_two_is_told_by_either_command_line()
    {
        Agent[] agents = Cluster("d");
        foreach (Agent agent in agents)
        {
            foreach (Agent other in agents)
            {
                foreach (string binary in _binaries)
                {
                    string pattern = $"^Estimated {other.Name} <-> {agent.Name} rtt: [0-9]+\\.[0-9]{{3}} ms\\n$";
                    string last = string.Empty;
                    Eventually.True(
                        $"{agent.Name} knows where {other.Name} is",
                        _patience,
                        () => Regex.IsMatch(last = agent.CliOf(binary, "rtt", other.Name).Output, pattern),
                        () => last);
                }
            }
        }
    }

    [PeerFact]
    public void A_rotation_of_the_key_while_events_flow_loses_none()
    {
        string first = Key();
        string second = Key();
        Agent[] agents = Cluster("k", number => $"-keyring-file={Keyring($"k{number}", first)}");
        int sent = 0;
        Exception? fault = null;
        using CancellationTokenSource enough = new();
        Thread sender = new(() =>
        {
            try
            {
                while (!enough.IsCancellationRequested)
                {
                    agents[sent % 4].Run("event", "-coalesce=false", "flow", $"item-{sent}");
                    sent++;
                    enough.Token.WaitHandle.WaitOne(50);
                }
            }
            catch (InvalidOperationException refusal)
            {
                fault = refusal;
            }
        });
        sender.Start();
        Steps(agents, first, second);
        enough.Cancel();
        sender.Join();
        Assert.Null(fault);
        Assert.InRange(sent, 10, 100_000);
        foreach (Agent agent in agents)
        {
            string[] payloads = AwaitRecorded(agent.Name, sent, _patience).Select(line => line.Split('|')[3]).ToArray();
            Assert.Equal(
                Enumerable.Range(0, sent).Select(number => $"item-{number}").Order(StringComparer.Ordinal),
                payloads.Order(StringComparer.Ordinal));
        }

        // The new key is on disk, and enough to come back with.
        Assert.Equal($"[\n  \"{second}\"\n]", File.ReadAllText(PathOf("k1.keys")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(PathOf("k1.keys")));
        agents[1].Process.Send(Signal.Kill);
        agents[1].Process.WaitForExit();
        Agent again = Keep(new Agent(
            Binaries.Ours, "k1", agents[1].Address, [$"-keyring-file={PathOf("k1.keys")}"])).Started();
        again.Run("join", agents[2].Gossip);
        again.AwaitStatuses("k0=alive k1=alive k2=alive k3=alive", _patience);
    }

    [PeerFact]
    public void A_refusal_is_told_node_by_node_by_either_command_line()
    {
        Agent[] agents = Cluster("x", number => $"-keyring-file={Keyring($"x{number}", Key(1))}");
        foreach (Agent agent in new[] { agents[0], agents[3] })
        {
            foreach (string binary in _binaries)
            {
                CliResult result = agent.CliOf(binary, "keys", "-remove", Key(1));
                Assert.Equal(1, result.ExitCode);
                string[] lines = result.Output.Split('\n').Select(line => line.ToUpperInvariant()).ToArray();
                for (int number = 0; number < 4; number++)
                {
                    Assert.Contains($"FAILED:  X{number}  REMOVING THE PRIMARY KEY IS NOT ALLOWED", lines);
                }

                Assert.EndsWith(
                    "\n\nError removing key: 4/4 nodes reported failure\n", result.Output, StringComparison.Ordinal);
            }
        }
    }

    private static void Steps(Agent[] agents, string first, string second)
    {
        Keys(agents[0], Binaries.Ours, "-install", second, "==> Successfully installed key!");
        AssertKeys(agents, $"{first}=4 {second}=4");
        Keys(agents[3], Binaries.Peer, "-use", second, "==> Successfully changed primary key!");
        AssertKeys(agents, $"{first}=4 {second}=4");
        Keys(agents[1], Binaries.Peer, "-remove", first, "==> Successfully removed key!");
        AssertKeys(agents, $"{second}=4");
    }

    private static void Keys(Agent agent, string binary, string action, string key, string success)
    {
        // An original sends each answer once, so one may be lost; every step may be repeated.
        string last = string.Empty;
        Eventually.True(
            $"{action} at {agent.Name}",
            _patience,
            () => (last = agent.CliOf(binary, "keys", action, key).Output).Contains(success, StringComparison.Ordinal),
            () => last);
    }

    private static void AssertKeys(Agent[] agents, string expected)
    {
        string sorted = string.Join(' ', expected.Split(' ').Order(StringComparer.Ordinal));
        foreach (Agent agent in new[] { agents[0], agents[2] })
        {
            string last = string.Empty;
            Eventually.True(
                $"{agent.Name} lists {expected}",
                _patience,
                () => (last = Listed(agent.CliOf(agent.Binary, "keys", "-list").Output)) == sorted,
                () => last);
        }
    }

    private static string Listed(string output) => string.Join(' ', Regex
        .Matches(output, @"^(\S+)\s+\[([0-9]+)/4\]$", RegexOptions.Multiline)
        .Select(match => $"{match.Groups[1].Value}={match.Groups[2].Value}")
        .Order(StringComparer.Ordinal));

    private static (string Acks, string Answers) Ask(Agent agent, string binary, params string[] arguments)
    {
        CliResult result = agent.CliOf(binary, ["query", "-format=json", "-timeout=3s", .. arguments]);
        Assert.Equal(0, result.ExitCode);
        JsonNode json = JsonNode.Parse(result.Output)!;
        IEnumerable<string> acks = (json["Acks"] as JsonArray ?? []).Select(ack => ack!.GetValue<string>());
        IEnumerable<string> answers = json["Responses"]!.AsObject()
            .Select(answer => $"{answer.Key}={answer.Value!.GetValue<string>().TrimEnd()}");
        return (
            string.Join(' ', acks.Order(StringComparer.Ordinal)),
            string.Join(' ', answers.Order(StringComparer.Ordinal)));
    }

    // An ack is one datagram, and so is an original's answer: nobody sends them again, and a busy machine may
    // lose one. What is wrong is wrong every time.
    private static void AssertHeard<T>(T expected, Func<T> ask)
    {
        const int AttemptCount = 3;
        T heard = ask();
        for (int attempt = 1; attempt < AttemptCount && !EqualityComparer<T>.Default.Equals(expected, heard); attempt++)
        {
            heard = ask();
        }

        Assert.Equal(expected, heard);
    }

    private static string Key() => CliResult.Of(Binaries.Ours, "keygen").Output.TrimEnd();

    private static string Key(byte seed) => Convert.ToBase64String(Enumerable.Repeat(seed, 16).ToArray());

    private string Keyring(string name, string key)
    {
        string path = Write($"{name}.keys", $"[\"{key}\"]");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    /// <summary>The first two are ours. Each has a tag, records events, and answers the query whoami.</summary>
    private Agent[] Cluster(string prefix, Func<int, string>? flag = null)
    {
        List<Agent> agents = [];
        for (int number = 0; number < 4; number++)
        {
            string name = $"{prefix}{number}";
            string[] flags =
            [
                "-tag", $"parity={(number % 2 == 0 ? "even" : "odd")}",
                $"-event-handler=user:flow={Recorder(name)}",
                "-event-handler=query:whoami=echo \"$SERF_SELF_NAME $(cat)\"",
                .. flag is null ? [] : new[] { flag(number) },
            ];
            agents.Add(Keep(new Agent(number < 2 ? Binaries.Ours : Binaries.Peer, name, NextAddress(), flags)));
        }

        agents.ForEach(agent => agent.Started());
        agents[2].Run("join", agents[0].Gossip, agents[3].Gossip);
        agents[1].Run("join", agents[3].Gossip);
        string expected = string.Join(' ', agents.Select(agent => $"{agent.Name}=alive"));
        agents.ForEach(agent => agent.AwaitStatuses(expected, _patience));
        return [.. agents];
    }
}
