using System;
using System.IO;
using System.Linq;
using Serf.Blackbox.Harness;

namespace Serf.Blackbox.Cross;

/// <summary>Commands that are interrupted, or whose agent ends: cli.md 6.10 to 6.12, 6.8.</summary>
public sealed class CrossEndTests : CrossTest
{
    private static readonly string[] _chance =
    [
        "\tLTime: ", "\tEvent: \"member-leave\"", "\tMembers: ", "Serf shutdown detected, quitting",
    ];

    private static string[] Flags(Corner corner) =>
    [
        "-profile=local", "-tag=role=web", $"-event-handler=query:mark=touch '{Mark(corner)}'",
    ];

    [PeerFact]
    public void Interruptions_and_ends_are_told_alike_in_all_four_corners()
    {
        Corner[] corners = Corners();
        StartEverywhere(corners, "alpha", Flags);
        StartEverywhere(corners, "beta", _ => ["-profile=local"]);
        CrossCase[] script =
        [
            CrossCase.Prepare("it has joined itself", AwaitSelf),
            new("monitor is interrupted",
                corner => Ended(corner, Interrupt, "Received event: member-join", "monitor")),
            new("monitor sees an event, and the agent is killed", MonitorOfEvents, IsUnordered: true),
            Again("first"),
            new("monitor of errors is interrupted", MonitorOfErrors),
            new("query is interrupted",
                corner => Ended(corner, Interrupt, "Ack from", "query", "-timeout=60s", "q")),
            new("query for JSON is interrupted", corner => Marked(corner, Interrupt, "-format=json")),
            new("query's agent is killed", corner => Marked(corner, Kill)),
            Again("second"),
            new("JSON query's agent is killed", corner => Marked(corner, Kill, "-format=json")),
            Again("third"),
            CrossCase.Prepare("beta joins and falls silent", Silence),
            new("reachability is interrupted",
                corner => Ended(corner, Interrupt, "Starting reachability test", "reachability")),
            new("reachability's agent is killed",
                corner => Ended(corner, Kill, "Starting reachability test", "reachability")),
            Again("fourth"),
            new("monitor's agent leaves", MonitorOfLeave),
            CrossCase.Of("leave"),
            Again("fifth"),
            CrossCase.Of("leave", "alone"),
            CrossCase.Prepare("it has ended", corner => corner.First.Process.WaitForExit()),
            CrossCase.Of("leave", "twice"),
        ];
        RunMatrix(corners, script, new DifferenceTable(
        [
            new("monitor sees .*", Side.Agent, @"TIME \[DEBUG\] serf: messageQueryResponseType: alpha\n",
                string.Empty,
                "a name of the original's insides; the answer itself is in the query's records"),
            new("query for JSON is interrupted", Side.Cli, @"(?s)\{\n.*?\n\}\n", string.Empty,
                "what came until then is printed, as it is in text (cli.md 9)"),
            new("(JSON )?query's agent is killed", Side.Cli, @"\Astatus [01]\n", "status 1\n",
                "answers that may not be all are no success (cli.md 9)"),
            new("(JSON query|query|reachability)'s agent is killed", Side.Cli,
                @"(?m)^Error: the agent ended the connection before the query was over\. .*\n", string.Empty,
                "the reason of that status, on standard error"),
            AllowedDifference.Hint("leave (alone|twice)", "arguments too many are named"),
        ]));
    }

    private static string Mark(Corner corner) => Path.Combine(corner.Folder, "marked");

    private static void AwaitSelf(Corner corner) =>
        corner.First.Process.WaitForOutput("Received event: member-join");

    private CrossCase Again(string name) => CrossCase.Prepare($"{name} new life", corner =>
    {
        StartAgain(corner, 0, Flags(corner));
        AwaitSelf(corner);
    });

    private static void Silence(Corner corner)
    {
        corner.First.Run("join", corner.Agents[1].Gossip);
        corner.Agents[1].AwaitStatuses("alpha=alive beta=alive", Patience);
        corner.Agents[1].Process.Send(Signal.Stop);
    }

    private static void Interrupt(Corner corner, SerfProcess command) => command.Send(Signal.Interrupt);

    private static void Kill(Corner corner, SerfProcess command) => corner.First.Process.Send(Signal.Kill);

    /// <summary>
    /// Starts a command, waits until it has printed a text, and does something to it or to its agent.
    /// </summary>
    private static CliResult Ended(
        Corner corner, Action<Corner, SerfProcess> end, string text, params string[] arguments)
    {
        using SerfProcess command = corner.Open(arguments);
        command.WaitForOutput(text);
        end(corner, command);
        return Result(command);
    }

    /// <summary>
    /// The same with a query, once its handler has run: JSON is printed at the end only. Another query after
    /// it has gone all its way, so that the first one's acknowledgement has come too.
    /// </summary>
    private static CliResult Marked(Corner corner, Action<Corner, SerfProcess> end, params string[] flags)
    {
        File.Delete(Mark(corner));
        using SerfProcess command = corner.Open(["query", "-timeout=60s", .. flags, "mark"]);
        Eventually.True("the handler has run", Patience, () => File.Exists(Mark(corner)), command.Describe);
        corner.First.Run("query", "-timeout=200ms", "later");
        end(corner, command);
        return Result(command);
    }

    private static CliResult MonitorOfErrors(Corner corner)
    {
        using SerfProcess command = corner.Open("monitor", "-log-level=err");
        AwaitEvents(corner, command);
        command.Send(Signal.Interrupt);
        return Distinct(Result(command));
    }

    private static CliResult MonitorOfEvents(Corner corner)
    {
        using SerfProcess command = corner.Open("monitor", "-log-level=debug");
        command.WaitForOutput("Received event: member-join");
        corner.First.Run("event", "-coalesce=false", "raw", "pay\u0001load");
        command.WaitForOutput("Name: \"raw\"");
        corner.First.Run("event", "-coalesce=false", "bare");
        command.WaitForOutput("Name: \"bare\"");
        corner.First.Run("query", "-timeout=100ms", "-node=alpha", "ask", "what");
        command.WaitForOutput("Name: \"ask\"");
        corner.First.Run("tags", "-set", "a=b");
        command.WaitForOutput("Event: \"member-update\"");
        command.WaitForOutput("Received event: member-update");
        corner.First.Process.Send(Signal.Kill);
        return Result(command);
    }

    private static CliResult MonitorOfLeave(Corner corner)
    {
        using SerfProcess command = corner.Open("monitor", "-log-level=warn");
        AwaitEvents(corner, command);
        corner.First.Run("leave");
        return Distinct(Result(command));
    }

    /// <summary>Where no line tells that the monitor is there: events are sent until one is seen.</summary>
    private static void AwaitEvents(Corner corner, SerfProcess command)
    {
        Eventually.True("an event is seen", Patience, () =>
        {
            corner.First.Run("event", "-coalesce=false", "seen");
            return command.Output.Contains("Name: \"seen\"", StringComparison.Ordinal);
        });
    }

    /// <summary>
    /// However many events there were; whether the agent still tells of its own leave is chance.
    /// </summary>
    private static CliResult Distinct(CliResult result) => result with
    {
        Output = string.Join('\n', result.Output
            .Split('\n')
            .Where(line => !Array.Exists(_chance, part => line.Contains(part, StringComparison.Ordinal)))
            .Distinct()
            .Order(StringComparer.Ordinal)),
    };

    private static CliResult Result(SerfProcess command)
    {
        int status = command.WaitForExit(Patience);
        return new CliResult(command.Output, command.Error, status);
    }
}
