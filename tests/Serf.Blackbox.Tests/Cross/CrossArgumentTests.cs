using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using Serf.Blackbox.Harness;

namespace Serf.Blackbox.Cross;

/// <summary>What either command line says before an agent has a part in it: cli.md 2, 3, 5 and 7.</summary>
public sealed class CrossArgumentTests : CrossTest
{
    private static readonly string[] _commands =
    [
        "event", "force-leave", "info", "join", "keys", "leave", "members", "monitor", "query",
        "reachability", "rtt", "tags",
    ];

    private static readonly string[][] _topLevel =
    [
        [], ["bogus"], ["help"], [""], ["-version"], ["-x"], ["--", "members"], ["bogus", "-h"],
        ["-h", "bogus"],
        ["-h"], ["-help"], ["--help"], ["-v"], ["--version"], ["version"], ["version", "-h"], ["-h", "-v"],
        ["version", "more", "-words"], ["event", "-v"], ["event", "--", "-v"], ["-version", "version"],
        ["-x", "members"], ["-x", "version"], ["keygen", "-h"], ["agent", "-h"],
        ["agent", "-help", "-node=x"],
        ["members", "-format=json", "--help"],
    ];

    private static readonly string[][] _wrong =
    [
        ["event"], ["event", "a", "b", "c"], ["event", "-coalesce=maybe", "x"], ["event", "-coalesce=", "x"],
        ["event", "---x"], ["event", "-=x"], ["event", "-nope"], ["event", "-rpc-addr"],
        ["force-leave"], ["force-leave", "a", "b"], ["force-leave", "-prune"],
        ["force-leave", "-prune=2", "a"],
        ["info", "-nope"], ["info", "-format"], ["join"], ["join", "-replay"], ["join", "-replay=yes", "x"],
        ["keys"], ["keys", "-list", "-use=x"], ["keys", "-install=x", "-remove=y"], ["keys", "-list=false"],
        ["keys", "-install="], ["keys", "-list=perhaps"], ["leave", "-nope"], ["members", "-nope"],
        ["members", "-tag", "bad"], ["members", "-tag", "=bad"], ["members", "-tag="], ["members", "-tag"],
        ["members", "-detailed=3"], ["monitor", "-nope"], ["monitor", "-log-level"],
        ["query"], ["query", "a", "b", "c"], ["query", "-tag", "x", "q"], ["query", "-tag", "=x"],
        ["query", "-timeout=abc", "q"], ["query", "-timeout=10", "q"], ["query", "-timeout=1d", "q"],
        ["query", "-relay-factor=256", "q"], ["query", "-relay-factor=-1", "q"],
        ["query", "-relay-factor=abc", "q"],
        ["query", "-relay-factor=99999999999999999999", "q"], ["query", "-relay-factor=300"],
        ["query", "-no-ack=x", "q"],
        ["reachability", "-nope"], ["reachability", "-verbose=x"], ["rtt", "-nope"], ["tags"],
        ["tags", "-set"],
        ["tags", "-nope"], ["tags", "a=b"],
    ];

    // Nobody listens there, and nobody is asked where the address is no address.
    private static readonly string[][] _unreachable =
    [
        ["-rpc-addr=127.0.0.1:1"], ["--rpc-addr", "127.0.0.1:1"], ["-rpc-addr=127.0.0.131"], ["-rpc-addr="],
        ["-rpc-addr=:1"], ["-rpc-addr=127.0.0.1:99999"], ["-rpc-addr=[::1"], ["-rpc-addr=1:2:3"],
        ["-rpc-addr=[::1]:1"], ["-rpc-addr=127.0.0.1:x y"],
    ];

    [PeerFact]
    public void Both_command_lines_answer_wrong_and_right_arguments_alike()
    {
        Corner[] corners = Corners()[..2];
        CrossCase[] script =
        [
            .. _topLevel.Concat(_wrong).Select(arguments => new CrossCase(
                $"serf {string.Join(' ', arguments.Select(argument => argument.Length == 0 ? "''" : argument))}",
                corner => corner.RunWith(Nowhere(), arguments))),
            .. _commands.Select(command => new CrossCase(
                $"{command} -h", corner => corner.RunWith(Nowhere(), command, "-h"))),
            .. _commands.Select(command => new CrossCase(
                $"{command} without an agent", corner => corner.RunWith(Nowhere(), Whole(command)))),
            .. _unreachable.Select(flags => new CrossCase(
                $"members {string.Join(' ', flags)}",
                corner => corner.RunWith(Nowhere(), ["members", .. flags]))),
            new("rtt without an agent and without a node", corner => corner.RunWith(Nowhere(), "rtt")),
            new("tags badly formed without an agent",
                corner => corner.RunWith(Nowhere(), "tags", "-set", "noeq")),
            new("query in an unknown format without an agent",
                corner => corner.RunWith(Nowhere(), "query", "-format=xml", "q")),
            new("members in an unknown format without an agent",
                corner => corner.RunWith(Nowhere(), "members", "-format=xml")),
            new("an empty address in the environment is none",
                corner => corner.RunWith(Environment(string.Empty), "info", "-format=xml")),
            new("the peer hangs up", corner => HungUp(corner, reply: [])),
            new("the peer answers with nonsense",
                corner => HungUp(corner, reply: "HTTP/1.1 400 Bad\r\n"u8.ToArray())),
        ];
        RunMatrix(corners, script, new DifferenceTable(
        [
            new("serf event -- -v", Side.Cli,
                @"(?s)^status 0\n.*?\nAgent Protocol: .*?\n|^status 1\nError connecting .*?\n", "TAKEN\n",
                "the original takes -v for a flag wherever it stands, so that it cannot be sent (cli.md 9)"),
            new("serf .*(-v|-?-version|version).*", Side.Cli, @"0\.\d+\.\d+(-dev)?", "VERSION",
                "the transcripts are of 0.10.2-dev; Debian's package calls itself 0.8.2-dev"),
            new("the peer answers with nonsense", Side.Cli, "client closed|invalid response header",
                "NONSENSE",
                "the original does not say what it could not read (cli.md 9)"),
            new("serf .*|.* -h", Side.Cli, @"(?si)Usage: serf .*?\n(?=--- standard error|\z)", "HELP\n",
                "help texts are our own (cli.md 8)"),
            new("serf (version -h|-h -v|-x version)", Side.Cli, @"(?<=--- standard error\n(?s:.*))(HELP)?\n\z",
                "HELP\n", "the original's version has no help text"),
        ]));
    }

    [PeerFact]
    public void Both_command_lines_make_keys_of_one_form()
    {
        foreach (string[] arguments in new string[][] { ["keygen"], ["keygen", "-nope", "more"] })
        {
            foreach (Corner corner in Corners()[..2])
            {
                CliResult result = corner.RunWith(Nowhere(), arguments);
                Xunit.Assert.Matches("^[A-Za-z0-9+/]{43}=\n$", result.Output);
                Xunit.Assert.Equal((string.Empty, 0), (result.Error, result.ExitCode));
            }
        }
    }

    /// <summary>A peer that takes the connection, says something and closes it.</summary>
    private static CliResult HungUp(Corner corner, byte[] reply)
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        Thread answer = new(() =>
        {
            using Socket socket = listener.AcceptSocket();
            socket.Receive(new byte[1024]);
            socket.Send(reply);
        });
        answer.Start();
        CliResult result = corner.RunWith(Environment(listener.LocalEndpoint.ToString()!), "members");
        answer.Join();
        return result;
    }

    private static string[] Whole(string command) => command switch
    {
        "event" or "force-leave" or "query" or "rtt" => [command, "x"],
        "join" => [command, "127.0.0.1"],
        "keys" => [command, "-list"],
        "tags" => [command, "-set", "a=b"],
        _ => [command],
    };

    private static Dictionary<string, string> Nowhere() => Environment("127.0.0.1:1");

    private static Dictionary<string, string> Environment(string address) =>
        new() { ["SERF_RPC_ADDR"] = address };
}
