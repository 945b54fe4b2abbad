using System;
using System.IO;
using System.Linq;
using System.Text;
using Serf.Blackbox.Harness;

namespace Serf.Blackbox.Cross;

/// <summary>What a handler finds when either agent runs it: agent.md 16 and 17.</summary>
public sealed class CrossHandlerTests : CrossTest
{
    // One file a run, complete once it has its name. Only what the agent gives, not what the shell adds, nor the
    // two signals that the C library keeps to itself and make leaves ignored in whatever it starts.
    private const string Script = """
        number=$(ls "$RECORDS" | wc -l)
        {
            echo "arguments: $#"
            echo "command: $(tr '\0' '|' < /proc/$PPID/cmdline)"
            env | grep -a '^SERF_' | LC_ALL=C sort
            echo "folder: $(pwd)"
            echo "mask: $(umask)"
            echo "group: $(test "$(ps -o pgid= -p $$)" = "$(ps -o pgid= -p $PPID)" && echo same)"
            grep '^SigBlk' /proc/$PPID/status
            ignored=$(sed -n 's/^SigIgn:[[:space:]]*/0x/p' /proc/$PPID/status)
            echo "ignored: $((ignored & ~0x180000000))"
            for number in 0 1 2 3 4 5 6 7 8 9; do
                test -e /proc/$PPID/fd/$number && readlink /proc/$PPID/fd/$number | sed "s/[0-9][0-9]*//;s/^/$number /"
            done
            echo input:
            od -v -An -tx1
        } > "$RECORDS/.new" 2>&1
        mv "$RECORDS/.new" "$RECORDS/$(printf %04d $(ls "$RECORDS" | wc -l))"
        """;

    private static readonly CrossCase[] _script =
    [
        Seen("the own join", "member-join", 1, _ => { }),
        Sent("user events", ["-coalesce=false", "deploy", "v1"], ["-coalesce=false", "deploy"],
            ["-coalesce=false", "deploy", ""], ["-coalesce=false", "feed", "line\n"],
            ["-coalesce=false", "feeds", "\n\n"],
            ["-coalesce=false", "", "nameless"], ["-coalesce=false", "na\tme", "t\tab"],
            ["-coalesce=false", "line\nfeed", "quo'te\"$HOME`"], ["-coalesce=false", "naïve ☃", "日本"],
            ["-coalesce=false", "a=b", "c=d"], ["-coalesce=false", "long", new string('x', 300)],
            ["merged", "last"]),
        Seen("a query", "query", 1,
            corner => corner.First.Run("query", "-timeout=200ms", "load", "how much")),
        Seen("a query without payload", "query", 1,
            corner => corner.First.Run("query", "-timeout=200ms", "na\tme\n")),
        Seen("other tags", "member-update", 1, corner => corner.First.Run(
            "tags", "-set", "role=we\tb\nx", "-set", "bad-tag=1", "-set", "dc-1.x=2", "-set", "1abc=3",
            "-set", "é=4",
            "-set", "empty=", "-set", "quo'te=\"$x`", "-set", "eq==a=b")),
        Sent("an event with other tags", ["-coalesce=false", "deploy", "v2"]),
        Seen("the join of an odd name", "member-join", 1,
            corner => corner.First.Run("join", corner.Agents[1].Gossip)),
        Seen("its update", "member-update", 1, about: "odd", act: corner => corner.Agents[1].Run(
            "tags", "-set", "ro\tle=x", "-set", "role=ta\tb\n,c=d")),
        Seen("its failure", "member-failed", 1, corner => corner.Agents[1].Process.Send(Signal.Kill)),
        Seen("its forced leave", "member-leave", 1, corner => corner.First.Run("force-leave", Odd)),
        Seen("its reaping", "member-reap", 1, corner => corner.First.Run("force-leave", "-prune", Odd)),
    ];

    // A line feed would be odder still, and ours has nothing to do with such nodes.
    private const string Odd = "odd\tnä \\t'me";

    [PeerFact]
    public void A_handler_is_run_alike_by_both_agents()
    {
        Corner[] corners = [Corners()[0], Corners()[3]];
        string script = Write("handler.sh", Script);
        StartEverywhere(corners, "self", corner =>
        [
            "-profile=local", "-tag", "role=web", "-tag", "dc=east",
            $"-event-handler=*=RECORDS='{Records(corner)}' sh {script}",
        ]);
        StartEverywhere(corners, Odd, _ => ["-profile=local"]);
        RunMatrix(corners, _script, new DifferenceTable([]));
    }

    private static string Records(Corner corner) =>
        Directory.CreateDirectory(Path.Combine(corner.Folder, "records")).FullName;

    private static CrossCase Sent(string name, params string[][] events) =>
        Seen(name, "user", events.Length, corner =>
    {
        foreach (string[] words in events)
        {
            corner.First.Run(["event", .. words]);
        }
    });

    /// <summary>
    /// Something is done, and so many runs of the handler follow: all that they have found. The original
    /// repeats the last update of a member with every other event of members, so what comes beside the
    /// expected is not looked at.
    /// </summary>
    private static CrossCase Seen(
        string name, string kind, int count, Action<Corner> act, string about = "") => new(name, corner =>
    {
        Forget(corner);
        act(corner);
        string[] Found() =>
        [
            .. Directory.GetFiles(Records(corner), "0*")
                .Order(StringComparer.Ordinal)
                .Select(file => Readable(File.ReadAllText(file), about))
                .Where(text => text.Contains($"\nSERF_EVENT={kind}\n", StringComparison.Ordinal)
                    && text.Contains($"\ninput: {about}", StringComparison.Ordinal)),
        ];
        Eventually.True(
            $"{count} runs", Patience, () => Found().Length >= count,
            () => $"{Found().Length}\n{corner.First.Process.Describe()}");
        return new CliResult(string.Concat(Found()), string.Empty, 0);
    });

    private static void Forget(Corner corner)
    {
        foreach (string file in Directory.GetFiles(Records(corner), "0*"))
        {
            File.Move(file, file.Replace("/0", "/seen-0", StringComparison.Ordinal));
        }
    }

    /// <summary>
    /// The input as text, the tags of members in the order of their names; of one member only if asked.
    /// </summary>
    private static string Readable(string record, string about)
    {
        string[] parts = record.Split("input:\n");
        byte[] input = Convert.FromHexString(string.Concat(parts[1].Where(char.IsAsciiHexDigit)));
        string[] lines = Encoding.UTF8.GetString(input).Split('\n')
            .Where(line => line.Length == 0 || line.StartsWith(about, StringComparison.Ordinal))
            .Select(line =>
            {
                string[] fields = line.Split('\t');
                fields[^1] = string.Join(',', fields[^1].Split(',').Order(StringComparer.Ordinal));
                return string.Join("<tab>", fields);
            })
            .ToArray();
        return $"{parts[0]}input: {string.Join("<feed>\n", lines)}<end>\n";
    }
}
