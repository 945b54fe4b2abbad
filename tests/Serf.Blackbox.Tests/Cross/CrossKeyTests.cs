using Serf.Blackbox.Harness;

namespace Serf.Blackbox.Cross;

/// <summary>Keys of a cluster of two: cli.md 6.7.</summary>
public sealed class CrossKeyTests : CrossTest
{
    private const string Third = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3";

    private static readonly CrossCase[] _script =
    [
        CrossCase.Prepare("join", corner => corner.First.Run("join", corner.Agents[1].Gossip)),
        CrossCase.Prepare("both see both", corner => corner.Agents.ForEach(
            agent => agent.AwaitStatuses("alpha=alive beta=alive", Patience))),
        CrossCase.Of("info"),
        Succeeding("one key", "-list"),
        Succeeding("install", "-install", Keys.Second),
        Succeeding("install what is there", $"-install={Keys.Second}", "ignored"),
        Succeeding("two keys", "--list"),
        Refused("-install", "AAAA"),
        CrossCase.Of("keys", "-install", "not base64"),
        CrossCase.Of("keys", "-use", "AAA"),
        CrossCase.Of("keys", "-remove", "A*"),
        Refused("-use", Third),
        Succeeding("use", "-use", Keys.Second),
        Succeeding("use what is in use", "-use", Keys.Second),
        Succeeding("another order", "-list=true"),
        Refused("-remove", Keys.Second),
        Succeeding("remove", "-remove", Keys.First),
        Succeeding("remove what is not there", "-remove", Keys.First),
        Succeeding("the new key", "-list", "-install="),
        CrossCase.Prepare("beta is killed", corner => corner.Agents[1].Process.Send(Signal.Kill)),
        CrossCase.AnyOrder("keys", "-list"),
    ];

    [PeerFact]
    public void Keys_are_changed_alike_in_all_four_corners()
    {
        Corner[] corners = Corners();
        foreach (string name in new[] { "alpha", "beta" })
        {
            StartEverywhere(corners, name, _ => ["-profile=local", $"-encrypt={Keys.First}"]);
        }

        RunMatrix(corners, _script, new DifferenceTable(
        [
            new("info", Side.Agent, @"version = [\w.]+", "version = VERSION", "another runtime"),
            new("keys -(use|remove) .*", Side.Agent, "[Rr](?=equested key is not|emoving the primary)", "R",
                "words of 0.10.2-dev"),
            AllowedDifference.Hint("install what is there", "arguments too many are named"),
        ]));
    }

    private static CrossCase Succeeding(string name, params string[] arguments) =>
        CrossCase.Heard("==> ", ["keys", .. arguments]) with { Name = name };

    private static CrossCase Refused(params string[] arguments) =>
        CrossCase.Heard("2/2 nodes reported failure", ["keys", .. arguments]);
}
