using Serf.Blackbox.Harness;

namespace Serf.Blackbox.Cross;

/// <summary>Every command that asks a cluster of two, its successes and its errors: cli.md 6.</summary>
public sealed class CrossClusterTests : CrossTest
{
    private static readonly CrossCase[] _alone =
    [
        CrossCase.Of("members"),
        CrossCase.Of("members", "-format=json"),
        CrossCase.Of("members", "-detailed"),
        CrossCase.Of("info"),
        CrossCase.Of("info", "-format=json"),
        CrossCase.Of("info", "-format=xml"),
        CrossCase.Of("reachability"),
        CrossCase.Of("rtt", "alpha"),
        CrossCase.Of("rtt", "beta"),
        new("join nobody", corner => corner.Run("join", $"{corner.First.Address}:1")),
        new("join nobody twice",
            corner => corner.Run("join", $"{corner.First.Address}:1", $"{corner.First.Address}:2")),
        CrossCase.Of("join", "127.0.0.1:99999"),
        CrossCase.Of("join", "127.0.0.1:abc"),
        CrossCase.Of("join", ""),
        new("join one of two",
            corner => corner.Run("join", $"{corner.First.Address}:1", corner.Agents[1].Gossip)),
        CrossCase.Prepare("both see both", corner => corner.Agents.ForEach(
            agent => agent.AwaitStatuses("alpha=alive beta=alive", Patience))),
        new("join again", corner => corner.Run("join", "-replay", corner.Agents[1].Gossip)),
        new("join by name", corner => corner.Run("join", $"beta/{corner.Agents[1].Gossip}")),
    ];

    private static readonly CrossCase[] _members =
    [
        CrossCase.AnyOrder("members", "-format=text"),
        CrossCase.AnyOrder("members", "-detailed", "more", "words"),
        CrossCase.Of("members", "-name=alpha"),
        CrossCase.Of("members", "-name=alpha", "-format=json"),
        CrossCase.Of("members", "-name=beta", "-format=json", "-detailed"),
        CrossCase.Of("members", "-name=none"),
        CrossCase.Of("members", "-name=none", "-format=json"),
        CrossCase.Of("members", "-name=a"),
        CrossCase.AnyOrder("members", "-name=alpha|beta"),
        CrossCase.AnyOrder("members", "-name=(alpha|beta)"),
        CrossCase.AnyOrder("members", "-status=alive"),
        CrossCase.AnyOrder("members", "-status=(failed|left)"),
        CrossCase.Of("members", "-role=web"),
        CrossCase.Of("members", "-role=web", "-format=json"),
        CrossCase.Of("members", "-role=web", "-tag", "role=db"),
        CrossCase.Of("members", "-tag", "role=w.*", "-tag", "dc=east"),
        CrossCase.Of("members", "-tag", "missing=.+"),
        CrossCase.AnyOrder("members", "-tag", "missing=.*"),
        CrossCase.AnyOrder("members", "-tag", "role="),
        CrossCase.Of("members", "-tag", "role=("),
        CrossCase.Of("members", "-name=["),
        CrossCase.AnyOrder("members", "-status=*"),
        CrossCase.Of("members", "-format=xml"),
        CrossCase.AnyOrder("members", "-format="),
    ];

    private static readonly CrossCase[] _events =
    [
        CrossCase.Of("event", "deploy", "v1"),
        CrossCase.Of("event", "-coalesce=false", "deploy"),
        CrossCase.Of("event", "--coalesce=F", "deploy", ""),
        CrossCase.Of("event", "-coalesce", "false", "name"),
        CrossCase.Of("event", "x", "-coalesce=false"),
        CrossCase.Of("event", "-"),
        CrossCase.Of("event", "--", "-dash", "payload"),
        CrossCase.Of("event", ""),
        CrossCase.Of("event", "naïve ☃", "日本"),
        CrossCase.Of("event", "tab\tand\nfeed"),
        new("event too large", corner => corner.Run("event", "big", new string('x', 510))),
        new("event too large once encoded", corner => corner.Run("event", "big", new string('x', 509))),
        CrossCase.Of("event", "_serf_x"),
        CrossCase.Of("force-leave", "nobody"),
        CrossCase.Of("force-leave", "-prune", "nobody"),
        CrossCase.Of("force-leave", ""),
    ];

    private static readonly CrossCase[] _queries =
    [
        CrossCase.Heard("Total Acks: 2\nTotal Responses: 2\n", "query", "-timeout=1s", "load"),
        CrossCase.Heard("Total Responses: 2\n", "query", "-timeout=1s", "-no-ack", "load", "payload"),
        CrossCase.Heard("three\"\n", "query", "-timeout=1s", "-format=json", "load"),
        CrossCase.Heard("Total Responses: 1\n", "query", "-timeout=1s", "-node=alpha", "load"),
        CrossCase.Heard("two", "query", "-timeout=1s", "-node=alpha", "-format=json", "load"),
        CrossCase.Heard(
            "Total Responses: 1\n", "query", "-timeout=1s", "-tag", "role=w", "-relay-factor=1", "load"),
        CrossCase.Of("query", "-timeout=300ms", "-node=none", "load"),
        CrossCase.Of("query", "-timeout=300ms", "-node=none", "-format=json", "load"),
        CrossCase.Of("query", "-timeout=300ms", "-node=none", "-no-ack", "load"),
        CrossCase.Of("query", "-timeout=300ms", "-tag", "role=(", "load"),
        CrossCase.Heard("\"beta\"\n", "query", "-timeout=1s", "-node=beta", "-format=json", "fails"),
        CrossCase.Heard("Total Responses: 1\n", "query", "-timeout=1s", "-node=beta", "feed"),
        CrossCase.Heard("\\n\\n\"", "query", "-timeout=1s", "-node=beta", "-format=json", "bytes"),
        CrossCase.Heard("Total Acks: 1\n", "query", "-timeout=1s", "-node=beta", "-relay-factor=0x10", ""),
        CrossCase.Of("query", "-timeout=-1s", "-node=beta", "load"),
        CrossCase.Of("query", "-format=xml", "load"),
        CrossCase.Of("query", "-timeout=300ms", "_serf_x"),
        new("query too large", corner => corner.Run("query", "big", new string('x', 1024))),
        new("query too large by its filter",
            corner => corner.Run("query", $"-node={new string('x', 1024)}", "big")),
        CrossCase.Heard("Successfully", "reachability", "-verbose"),
        CrossCase.Of("rtt", "alpha", "alpha"),
        CrossCase.Of("rtt", "z\"z", "beta"),
        CrossCase.Of("rtt"),
        CrossCase.Of("rtt", "a", "b", "c"),
        new("rtt of two", corner =>
        {
            // Coordinates have to be exchanged first.
            CliResult last = corner.Run("rtt", "beta");
            Eventually.True("the round trip is known", Patience,
                () => (last = corner.Run("rtt", "beta")).ExitCode == 0);
            return last;
        }),
        CrossCase.Of("rtt", "beta", "zz"),
    ];

    private static readonly CrossCase[] _changes =
    [
        CrossCase.Of("tags", "-set", "v=1", "-set", "w=a=b", "-set", "empty="),
        CrossCase.Of("members", "-name", "alpha"),
        CrossCase.Of("tags", "-delete", "w", "-delete", "absent", "-set", "v=2", "-delete", "v", "ignored"),
        CrossCase.Of("members", "-name", "alpha", "-detailed"),
        CrossCase.Of("tags", "-set", "noeq"),
        CrossCase.Of("tags", "-set", "=x"),
        new("tags too long", corner => corner.Run("tags", "-set", $"long={new string('x', 512)}")),
        CrossCase.Of("members", "-name", "alpha", "-format", "json"),
        CrossCase.Of("tags", "-set", "html=<&>", "-set", "uni=\u2028é☃"),
        CrossCase.Of("members", "--name", "alpha", "--format=json"),
        CrossCase.Of(
            "tags", "-delete=role", "-delete=dc", "-delete=v", "-delete=empty", "-delete=html", "-delete=uni",
            "-set", "pipe=a|b"),
        CrossCase.AnyOrder("members", "--detailed"),
        CrossCase.Of("members", "-rpc-auth=token"),
        CrossCase.Heard("2/2 nodes reported failure", "keys", "-list"),
        CrossCase.Heard("2/2 nodes reported failure", "keys", "-install", Keys.First),
        CrossCase.Heard("2/2 nodes reported failure", "keys", "-use", Keys.First),
        CrossCase.Heard("2/2 nodes reported failure", "keys", "-remove", Keys.First),
        CrossCase.Of("keys", "-install", "abc"),
        CrossCase.Of("info", "-format", "json", "more"),
        CrossCase.Of("monitor", "-log-level=bogus"),
    ];

    private static readonly CrossCase[] _failures =
    [
        CrossCase.Prepare("beta is killed", corner => corner.Agents[1].Process.Send(Signal.Kill)),
        CrossCase.AnyOrder("reachability", "-verbose=true"),
        CrossCase.Prepare("beta is missed",
            corner => corner.First.AwaitStatuses("alpha=alive beta=failed", Patience)),
        CrossCase.AnyOrder("members", "-status=failed"),
        CrossCase.Of("reachability", "-verbose=false"),
        CrossCase.Of("force-leave", "beta"),
        CrossCase.Prepare("beta has left",
            corner => corner.First.AwaitStatuses("alpha=alive beta=left", Patience)),
        CrossCase.Of("force-leave", "-prune", "beta"),
        CrossCase.Prepare("beta is gone", corner => corner.First.AwaitStatuses("alpha=alive", Patience)),
        CrossCase.Of("members", "-format", "text"),
        CrossCase.Of("leave"),
        CrossCase.Prepare("it has ended", corner => corner.First.Process.WaitForExit()),
        CrossCase.Of("leave", "again"),
    ];

    private static readonly DifferenceTable _table = new(
    [
        new("info.*", Side.Agent, @"(version""?(?: = |: ""))[\w.]+", "$1VERSION", "another runtime"),
        new("info .*", Side.Agent, @"(member_time""?(?: = |: ""))\d+", "$1TIME",
            "a repeated join is announced far ahead of what others may still say of the node's earlier life"),
        new("join .*", Side.Agent, @"\* [Ff]ailed to (join|resolve) (@?[\w.]*)(:1|:2)?(?=:| )",
            "* failed to $1 $2",
            "words of 0.10.2-dev, which names the port too"),
        new("members .*=[[(]", Side.Agent, "client closed|Failed to compile regex: .*", "BAD EXPRESSION",
            "the original drops the connection without a reason (cli.md 9)"),
        new(@"query .*=\( load", Side.Agent, @"(?s)^status.*\n(?=---)", "BAD EXPRESSION\n",
            "the original sends what nobody can understand and waits in vain"),
        new("rtt(| a b c)", Side.Cli, @"(?s)Usage: serf .*?\n(?=--- standard error|\z)", "HELP\n",
            "help texts are our own (cli.md 8)"),
        new("members --detailed|members -format text", Side.Cli, @" {2,}|\|", " ",
            "the original takes a bar for the end of a column (cli.md 9)"),
        new("members -role=web -format=json", Side.Cli, "Deprecation warning: .*\n", string.Empty,
            "the original's JSON begins with this line and is none; ours has it on standard error (cli.md 9)"),
        AllowedDifference.Hint("members .*=[[(]", "the reason, where the agent does not tell it"),
        AllowedDifference.Hint("force-leave( -prune)? (nobody)?", "a name that nobody has is told"),
        AllowedDifference.Hint("(members|tags|info|leave) .*(more words|ignored|more|again)",
            "arguments too many are named"),
    ]);

    [PeerFact]
    public void Each_command_is_answered_alike_in_all_four_corners()
    {
        Corner[] corners = Corners();
        StartEverywhere(corners, "alpha", _ =>
        [
            "-profile=local", "-tag", "role=web", "-tag", "dc=east",
            "-event-handler=query:load=printf 'one\\ntwo\\n'",
            "-event-handler=user:deploy=true",
        ]);
        StartEverywhere(corners, "beta", _ =>
        [
            "-profile=local", "-tag", "role=db", "-event-handler=query:load=printf three",
            "-event-handler=query:fails=echo x; exit 3", "-event-handler=query:feed=echo",
            "-event-handler=query:bytes=printf '<\\377>\\n\\n'",
        ]);
        CrossCase[] script = [.. _alone, .. _members, .. _events, .. _queries, .. _changes, .. _failures];
        RunMatrix(corners, script, _table);
    }
}
