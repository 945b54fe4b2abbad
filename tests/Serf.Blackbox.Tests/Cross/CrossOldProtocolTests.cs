using Serf.Blackbox.Harness;

namespace Serf.Blackbox.Cross;

/// <summary>
/// An agent that speaks protocol 3, which knows no queries, and others with settings seldom used.
/// </summary>
public sealed class CrossOldProtocolTests : CrossTest
{
    // Columns are as wide as their letters are many, not their bytes.
    private const string Odd = "näme ☃";

    private static readonly CrossCase[] _script =
    [
        CrossCase.Of("members", "--detailed"),
        CrossCase.Of("members", "-format=json"),
        CrossCase.Of("info"),
        CrossCase.Of("event", "deploy", "v1"),
        CrossCase.Of("query", "load"),
        CrossCase.Of("query", "-format=json", "load"),
        CrossCase.Of("reachability"),
        CrossCase.Of("keys", "-list"),
        CrossCase.Of("keys", "-install", Keys.Second),
        CrossCase.Of("rtt", "alpha"),
        CrossCase.Of("tags", "-set", "a=b"),
        CrossCase.Of("force-leave", "nobody"),
        CrossCase.Prepare("another joins", corner =>
        {
            corner.First.Run("join", corner.Agents[1].Gossip);
            corner.First.AwaitStatuses($"alpha=alive {Odd}=alive", Patience);
        }),
        CrossCase.AnyOrder("members"),
        CrossCase.AnyOrder("members", "-detailed", "-status=alive"),
        CrossCase.AnyOrder("members", "-name=.*"),
        CrossCase.Of("members", "-name", Odd),
        CrossCase.Of("members", "-name", "n.me .", "-format=json"),
        CrossCase.Of("leave"),
    ];

    [PeerFact]
    public void An_agent_of_protocol_3_is_used_alike_in_all_four_corners()
    {
        Corner[] corners = Corners();
        StartEverywhere(corners, "alpha", _ =>
            ["-profile=local", "-protocol=3", "-tag=role=old", "-event-handler=true",
                "-event-handler=user=cat"]);
        StartEverywhere(corners, Odd, _ => ["-profile=local", "-tag=é=ü|x"]);
        RunMatrix(corners, _script, new DifferenceTable(
        [
            new("info", Side.Agent, @"version = [\w.]+", "version = VERSION", "another runtime"),
            AllowedDifference.Hint("force-leave nobody", "a name that nobody has is told"),
            new(@"members( -detailed -status=alive| -name=\.\*| -name näme ☃)?", Side.Cli, @" {2,}|\|", " ",
                "the original takes a bar for the end of a column (cli.md 9)"),
        ]));
    }
}
