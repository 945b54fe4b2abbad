using System;
using System.Linq;
using System.Text.RegularExpressions;
using Serf.Blackbox.Harness;

namespace Serf.Blackbox.Cross;

/// <summary>
/// A node whose name is taken: what it and the others print, and how it ends (agent.md 20.4).
/// </summary>
public sealed class CrossConflictTests : CrossTest
{
    [PeerFact]
    public void A_name_that_is_taken_ends_the_newcomer_alike()
    {
        Corner[] corners = [Corners()[0], Corners()[3]];
        foreach (string name in new[] { "alpha", "beta", "gamma" })
        {
            StartEverywhere(corners, name, _ => ["-profile=local"]);
        }

        string[] addresses = AddressesOfOneLength(2);
        CrossCase[] script =
        [
            CrossCase.Prepare("three see three", corner =>
            {
                corner.First.Run("join", corner.Agents[1].Gossip, corner.Agents[2].Gossip);
                corner.Agents.ForEach(
                    agent => agent.AwaitStatuses("alpha=alive beta=alive gamma=alive", Patience));
            }),
            new("the newcomer", corner =>
            {
                string address = addresses[Array.IndexOf(corners, corner)];
                corner.Names(address, "new");
                using SerfProcess again = new(corner.AgentBinary,
                [
                    "agent", "-node=alpha", $"-bind={address}:{Agent.GossipPort}",
                    $"-rpc-addr={address}:{Agent.RpcPort}",
                    "-profile=local", $"-join={corner.First.Gossip}",
                ]);
                int status = again.WaitForExit(Patience);
                return Distinct(again.Output, again.Error, status);
            }, IsUnordered: true),
            new("the owner", corner =>
            {
                corner.First.Process.WaitForOutput("name conflict resolution", Patience);
                corner.First.AwaitStatuses("alpha=alive beta=alive gamma=alive", Patience);
                corner.First.Run("leave");
                int status = corner.First.Process.WaitForExit(Patience);
                return Distinct(corner.First.Process.Output, corner.First.Process.Error, status);
            }, IsUnordered: true),
        ];
        RunMatrix(corners, script, new DifferenceTable([]));
    }

    /// <summary>However often it was told, and whoever was in time to vote.</summary>
    private static CliResult Distinct(string output, string error, int status)
    {
        string[] lines = output.Split('\n')
            .Where(line => !Regex.IsMatch(line,
                "Serf shutdown detected|Received event: member-|Accepted client"))
            .Select(line => Regex.Replace(line, @"(?<=name conflict resolution.*)\[\d / \d\]|\d{4}/\S+ \S+",
                "N"))
            .Distinct()
            .ToArray();
        return new CliResult(string.Join('\n', lines), error, status);
    }
}
