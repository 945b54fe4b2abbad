using System;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Serf.Blackbox.Harness;

namespace Serf.Blackbox.Cross;

/// <summary>What either agent prints from its start to its end: agent.md 20 and 21.</summary>
public sealed class CrossConsoleTests : CrossTest
{
    private static int _portCount;

    // Whether the agent still hears of its own leave is chance, and so is whether it ends between a line and
    // the end of the line: agent.md 21.
    private static readonly Regex _race = new(
        @" *\d{4}/\d\d/\d\d [\d:]{8} \[(INFO|WARN)\] agent: (Received event: member-leave|Serf shutdown detected.*)(\n|\z)");

    [PeerFact]
    public void Lives_of_one_agent_are_printed_alike()
    {
        Corner[] corners = [Corners()[0], Corners()[3]];
        StartEverywhere(corners, "other");
        CrossCase[] script =
        [
            Life("plain", [], corner => Signals(corner, Signal.Interrupt)),
            Life("terminated", ["-profile=local"], corner => Signals(corner, Signal.Terminate)),
            Life("with an event and a query", ["-event-handler=query:load=cat > /dev/null; echo hi"], corner =>
            {
                corner.Agents[1].Run("event", "hello-there", "payload");
                corner.Agents[1].Process.WaitForOutput("Received event: user-event: hello-there");
                corner.Agents[1].Run("query", "-timeout=100ms", "load");
                corner.Agents[1].Process.WaitForOutput("Received event: query: load");
                corner.Agents[1].Run("leave");
            }),
            Life("named banner", ["-advertise=127.0.0.9:1234", "-profile=wan", "-disable-compression"],
                corner => Signals(corner, Signal.Terminate)),
            Life("sealed", [$"-encrypt={Keys.First}"], corner => Signals(corner, Signal.Terminate)),
            Life("public", ["-advertise=8.8.8.8"], corner => Signals(corner, Signal.Terminate)),
            Life("debug", ["-log-level=debug", "-role=web"], corner => Signals(corner, Signal.Terminate)),
            Life("errors only", ["-log-level=err"], corner => Signals(corner, Signal.Interrupt)),
            Life("rejoin without a snapshot", ["-rejoin", "-retry-interval=1ms"],
                corner => Signals(corner, Signal.Terminate)),
            new("a snapshot", corner => Live(
                corner, [$"-snapshot={Path.Combine(corner.Folder, "snap")}"],
                corner => Signals(corner, Signal.Interrupt))),
            new("a tags file", corner => Live(
                corner, [$"-tags-file={Write(corner, "tags", "{\"a\": \"b\"}")}"],
                corner => Signals(corner, Signal.Terminate))),
            new("a keyring", corner => Live(
                corner, [$"-keyring-file={Write(corner, "keys", $"[\"{Keys.Second}\", \"{Keys.First}\"]")}"],
                corner => Signals(corner, Signal.Terminate))),
            new("a start join", corner => Live(
                corner, [$"-join={corner.First.Gossip}"], corner => Signals(corner, Signal.Terminate))),
            new("a start join with replay", corner => Live(
                corner, ["-replay", $"-join={corner.First.Gossip}", $"-join={corner.First.Address}:1"],
                corner => Signals(corner, Signal.Terminate))),
            new("a retried join", corner => Live(corner, [$"-retry-join={corner.First.Gossip}"], corner =>
            {
                corner.Agents[1].Process.WaitForOutput("Join completed.");
                Signals(corner, Signal.Terminate);
            })),
            new("IPv6", SixthVersion),
        ];
        RunMatrix(corners, script, new DifferenceTable([]));
    }

    [PeerFact]
    public void Signals_and_reloads_are_printed_alike()
    {
        Corner[] corners = [Corners()[0], Corners()[3]];
        StartEverywhere(corners, "other");
        CrossCase[] script =
        [
            Life("two interrupts", [], corner => Twice(corner, Signal.Interrupt, Signal.Interrupt)),
            Life("an interrupt and a termination", [],
                corner => Twice(corner, Signal.Interrupt, Signal.Terminate)),
            Life("an interrupt and a hangup", [], corner => Twice(corner, Signal.Interrupt, Signal.Hangup)),
            Reload("leave on terminate", "{\"leave_on_terminate\": true}", null, Signal.Terminate),
            Reload("no leave on interrupt", "{\"skip_leave_on_interrupt\": true}", null, Signal.Interrupt),
            Reload("nothing new", "{}", "{}", Signal.Terminate),
            Reload("leave turned on", "{}", "{\"leave_on_terminate\": true}", Signal.Terminate),
            Reload("another level", "{}", "{\"log_level\": \"warn\"}", Signal.Interrupt),
            Reload("a wrong level", "{}", "{\"log_level\": \"loud\"}", Signal.Interrupt),
            Reload("broken", "{}", "{", Signal.Terminate),
            Reload("unknown key", "{}", "{\"bogus\": 1}", Signal.Terminate),
            Reload("a wrong handler", "{}", "{\"event_handlers\": [\"bogus=x\"]}", Signal.Terminate),
            Reload("a role", "{}", "{\"role\": \"web\"}", Signal.Terminate),
            Reload("a wrong profile", "{}", "{\"profile\": \"moon\"}", Signal.Terminate),
            Reload("tags too long", "{}", $"{{\"tags\": {{\"a\": \"{new string('x', 512)}\"}}}}",
                Signal.Terminate),
            Reload("no interval", "{}", "{\"retry_interval\": \"1ms\"}", Signal.Terminate),
        ];
        RunMatrix(corners, script, new DifferenceTable(
        [
            new("reload: unknown key", Side.Agent,
                @"(1 error\(s\) decoding|decoding failed .*):\n\n(\* ''|'agent.Config')",
                "ERRORS", "words of 0.10.2-dev"),
            new("reload: (a wrong profile|no interval)", Side.Agent,
                @"(?m)^    TIME \[WARN\] agent: Changed settings that take effect at the next start only: .*\n",
                string.Empty, "the original ignores them without a word"),
        ]));
    }

    private CrossCase Life(string name, string[] flags, Action<Corner> act) =>
        new(name, corner => Live(corner, flags, act));

    private CrossCase Reload(string name, string before, string? after, Signal end) =>
        new($"reload: {name}", corner =>
    {
        string file = Write(corner, "config.json", before);
        return Live(corner, [$"-config-file={file}"], corner =>
        {
            if (after is not null)
            {
                File.WriteAllText(file, after);
                corner.Agents[1].Process.Send(Signal.Hangup);
                corner.Agents[1].Process.WaitForOutput("==> Reloading configuration...");
                if (after.Contains("role", StringComparison.Ordinal))
                {
                    corner.Agents[1].Process.WaitForOutput("Received event: member-update");
                }
            }

            Signals(corner, end);
        });
    });

    /// <summary>From its start until it has seen itself, what is done to it, and its end.</summary>
    private CliResult Live(Corner corner, string[] flags, Action<Corner> act)
    {
        if (corner.Agents.Count < 2)
        {
            StartEverywhere([corner], "n1", _ => flags);
        }
        else
        {
            StartAgain(corner, 1, flags);
        }

        SerfProcess process = corner.Agents[1].Process;
        if (!flags.Contains("-log-level=err"))
        {
            process.WaitForOutput("agent: Received event: member-join");
        }

        act(corner);
        int status = process.WaitForExit(Patience);
        return new CliResult(_race.Replace(process.Output, string.Empty), process.Error, status);
    }

    private static void Signals(Corner corner, Signal signal) => corner.Agents[1].Process.Send(signal);

    private static void Twice(Corner corner, Signal first, Signal second)
    {
        corner.Agents[1].Process.Send(first);

        // The last line before the second that the leave then waits.
        corner.Agents[1].Process.WaitForOutput("serf: EventMemberLeave");
        corner.Agents[1].Process.Send(second);
    }

    private static string Write(Corner corner, string name, string text)
    {
        string file = Path.Combine(corner.Folder, name);
        File.WriteAllText(file, text);
        return file;
    }

    /// <summary>All share one address there, so the ports differ.</summary>
    private static CliResult SixthVersion(Corner corner)
    {
        int port = 28000 + (Environment.ProcessId % 400 * 4)
            + (2 * System.Threading.Interlocked.Increment(ref _portCount));
        using SerfProcess process = new(
            corner.AgentBinary,
            ["agent", "-node=six", $"-bind=[::1]:{port}", $"-rpc-addr=[::1]:{port + 1}",
                $"-advertise=[::1]:{port}"]);
        process.WaitForOutput("agent: Received event: member-join");
        process.Send(Signal.Terminate);
        int status = process.WaitForExit(Patience);
        return new CliResult(Regex.Replace(process.Output, @"\]:\d+", "]:PORT"), process.Error, status);
    }
}
