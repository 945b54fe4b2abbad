using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Serf.Blackbox.Harness;

namespace Serf.Blackbox.Cross;

/// <summary>What either agent prints that does not get up: agent.md 3.4 and 4.</summary>
public sealed class CrossStartupTests : CrossTest
{
    private static readonly string[][] _flags =
    [
        ["-nope"], ["-node"], ["-replay=maybe"], ["-retry-max=x"], ["-protocol=x"], ["---x"], ["-="],
        ["-tag", "nope"], ["-tag", "=v"], ["-tag="], ["-retry-interval=10"], ["-retry-interval=1d"],
        ["-broadcast-timeout=x"], ["-broadcast-timeout="], ["-event-handler=bogus=x"],
        ["-event-handler=User=x"],
        ["-event-handler=user, query=x"], ["-event-handler=user,=x"],
        ["-event-handler=member-join,bogus:name=x"],
        ["-iface=nosuch0"], ["-log-level=loud"], ["-log-level="],
        ["-encrypt=x"], ["-encrypt=AA=="], ["-encrypt=AAAA", "-profile=moon"], ["-profile=moon"],
        ["-profile="],
        ["-protocol=1"], ["-protocol=6"], ["-protocol=-5"], ["-bind=127.0.0.1:99999"],
        ["-bind=127.0.0.1:x"], ["-bind=1:2:3"], ["-bind=[::1"],
        ["-advertise=127.0.0.1:x"], ["-bind=192.0.2.77"], ["-config-file=/no/such/file.json"],
        ["-config-dir=/no/such"],
        ["-keyring-file=/no/such/file.json"], ["-keyring-file=/"], ["-keyring-file=/dev/null"],
        ["-encrypt=AAAA", "-keyring-file=/no/such"], ["-tags-file=/"], ["-tags-file=/dev/null"],
        ["-tag", "a=b", "-tags-file=/dev/null"], ["-role=web", "-tags-file=/dev/null"], ["-snapshot=/"],
        ["-snapshot=/no/such/folder/file"], ["-rpc-addr=127.0.0.1"], ["-rpc-addr=127.0.0.1:x"],
        ["-rpc-addr=192.0.2.77:1"],
        ["-role=x", "-profile=moon"], ["-rejoin", "-profile=moon"],
        ["-retry-interval=10ms", "-broadcast-timeout=-5s", "-profile=moon"],
        ["-join=127.0.0.1:1"], ["-join=127.0.0.1:1", "-join=127.0.0.1:2", "-replay"], ["-join="],
        ["-join=127.0.0.1:x"],
        ["-retry-join=127.0.0.1:1", "-retry-max=1", "-retry-interval=1s"],
    ];

    private static readonly string[] _files =
    [
        "", " ", "null7", "{ broken", "[]", "7", "\"x\"", "{\"tags\": }", "{\"a\": 1} trailing", "{} {}",
        "{\"zeta\": 1, \"unknown_directive\": 2}", "{\"node_name\": 7}", "{\"tags\": [1]}",
        "{\"tags\": {\"a\": 1}}",
        "{\"start_join\": \"x\"}", "{\"start_join\": [1]}", "{\"protocol\": \"3\"}", "{\"protocol\": 3.5}",
        "{\"replay_on_join\": \"yes\"}", "{\"leave_on_terminate\": 1}", "{\"reconnect_interval\": \"5\"}",
        "{\"reconnect_timeout\": \"x\"}", "{\"tombstone_timeout\": 5}", "{\"retry_interval\": \"1d\"}",
        "{\"broadcast_timeout\": \"-\"}", "{\"node_name\": [], \"protocol\": \"x\", \"profile\": {}}",
        "{\"event_handlers\": [\"bogus=x\"], \"profile\": \"moon\"}", "{\"log_level\": \"loud\"}",
        "{\"profile\": \"moon\"}",
        "{\"encrypt_key\": \"x\"}", "{\"user_event_size_limit\": 9217}",
        "{\"NODE_NAME\": \"up\", \"profile\": \"moon\"}",
        "{\"interface\": \"nosuch0\"}", "{\"role\": \"x\", \"profile\": \"moon\"}",
        "{\"query_timeout\": 5}", "{\"node_name\": \"\\ud800\", \"profile\": \"moon\"}", "\ufeff{}",
        "{\"node_name\": \"a\", \"node_name\": 5}", "{\"node_name\": \"tab\tin\"}", "{\"a\\q\": 1}",
    ];

    private static readonly string[] _keyrings =
        ["[\"x\"", "[\"x\"]", "[]", "{}", "[\"AA==\"]", "[\"AAECAwQFBgcICQoLDA0ODw==\", \"AA==\"]", "[1]",
            "null", "", "[[]]"];

    private static readonly string[] _tags = ["{\"a\"", "[]", "{\"a\": 1}", "{\"a\": null} x", "7", "", "\"x\""];

    [PeerFact]
    public void What_is_wrong_is_told_alike_by_both_agents()
    {
        Corner[] corners = [Corners()[0], Corners()[3]];
        string[] addresses = AddressesOfOneLength(2);
        Dictionary<Corner, string> own = corners.Zip(addresses).ToDictionary(pair => pair.First,
            pair => pair.Second);
        Array.ForEach(corners, corner => corner.Names(own[corner], "self"));
        CrossCase[] script =
        [
            .. _flags.Select(flags => new CrossCase(
                string.Join(' ', flags), corner => Run(corner, own[corner], flags))),
            .. _files.Select(text => FileCase("-config-file", text, own)),
            .. _keyrings.Select(text => FileCase("-keyring-file", text, own)),
            .. _tags.Select(text => FileCase("-tags-file", text, own)),
            new("the longest tags and one byte more",
                corner => Run(corner, own[corner], "-tag", $"a={new string('x', 510)}")),
            new("a used gossip port", corner => Used(corner, own[corner], Agent.GossipPort)),
            new("a used control port", corner => Used(corner, own[corner], Agent.RpcPort)),
        ];
        RunMatrix(corners, script, new DifferenceTable(
        [
            new(".*", Side.Agent, @"(?<=--- standard error\n(?s:.*))    TIME \[.*\n((\t\* .*\n)+\n+)?", string.Empty,
                "the log that was held is not lost: it goes to standard error (agent.md 22)"),
            new("-.*", Side.Agent, @"(?si)==> Usage: serf .*?\n(?=--- standard error|\z)", "HELP\n",
                "help texts are our own (cli.md 8)"),
            new("-.*:x", Side.Agent, "(address|lookup)(?= tcp/x: unknown port)", "lookup",
                "words of the runtime of 0.10.2-dev"),
            new("-bind=192.*|a used gossip port", Side.Agent, "[CcFf](?=ould not set|ailed to start TCP)",
                "-",
                "words of 0.10.2-dev"),
            new("-(retry-)?join=.*", Side.Agent, @"\* [Ff]ailed to (join|resolve) ([\w.]*)(:[12])?(?=:| )",
                "* failed to $1 $2",
                "words of 0.10.2-dev, which names the port too"),
            new("-config-file of .*", Side.Agent, "expected a map( or struct)?, got ['\"](\\w+)['\"]",
                "expected a map, got $2",
                "words of 0.10.2-dev"),
            new("-config-file of .*", Side.Agent,
                @"(\d+ error\(s\) decoding:|decoding failed due to the following error\(s\):)\n", "ERRORS\n",
                "words of 0.10.2-dev"),
            new("-config-file of .*", Side.Agent, @"(?m)^\* (?=')|, value: '.*'$", string.Empty,
                "words of 0.10.2-dev"),
            new("-config-file of .*", Side.Agent, "'(agent.Config)?' has invalid keys", "has invalid keys",
                "words of 0.10.2-dev"),
            new("-config-file of .*profile.*", Side.Agent, @"(?m)^('pro(tocol|file)' .*\n){2}", "BOTH",
                "faults are told in the order of the keys' table"),
        ]));
    }

    private static CrossCase FileCase(string flag, string text, Dictionary<Corner, string> own)
    {
        return new($"{flag} of {text}", corner =>
        {
            string file = Path.Combine(corner.Folder, "file.json");
            File.WriteAllText(file, text);
            return Run(corner, own[corner], $"{flag}={file}");
        });
    }

    /// <summary>The agent has to end by itself; one that gets up is a difference too.</summary>
    private static CliResult Run(Corner corner, string address, params string[] flags)
    {
        string[] arguments =
        [
            "agent", "-node=n1", $"-bind={address}:{Agent.GossipPort}",
            $"-rpc-addr={address}:{Agent.RpcPort}", .. flags,
        ];
        using SerfProcess process = new(corner.AgentBinary, arguments);
        Eventually.True(
            "it ends or runs", Patience,
            () => process.HasExited || process.Output.Contains("Log data will now stream",
                StringComparison.Ordinal),
            process.Describe);
        if (!process.HasExited && !flags.Any(flag =>
            flag.StartsWith("-retry-join", StringComparison.Ordinal)))
        {
            return new CliResult("It runs.\n", string.Empty, 0);
        }

        int status = process.WaitForExit(Patience);

        // The agent's own join is told after a second, in which a retried join may have ended it.
        string output = Regex.Replace(process.Output, @".* agent: Received event: member-join\n",
            string.Empty);
        return new CliResult(output, process.Error, status);
    }

    private static CliResult Used(Corner corner, string address, int port)
    {
        using TcpListener listener = new(IPAddress.Parse(address), port);
        listener.Start();
        return Run(corner, address);
    }
}
