using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox.Cross;

/// <summary>
/// Files that either agent writes and the other goes on with: agent.md 8.2, 9 and 10. Content and modes are
/// compared.
/// </summary>
public sealed class CrossFileTests : CrossTest
{
    private const UnixFileMode Group = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    [PeerFact]
    public void Both_agents_write_the_same_files_with_the_same_modes()
    {
        Corner[] corners = [Corners()[0], Corners()[3]];
        StartEverywhere(corners, "alpha", corner => Flags(corner, "new"));
        StartEverywhere(corners, "beta", corner =>
        [
            "-profile=local", $"-keyring-file={Keyring(corner, "beta")}",
        ]);
        CrossCase[] script =
        [
            new("new files", corner => Files(corner, "new")),
            CrossCase.Prepare("join", corner =>
            {
                corner.First.Run("join", corner.Agents[1].Gossip);
                corner.Agents.ForEach(agent => agent.AwaitStatuses("alpha=alive beta=alive", Patience));
            }),
            .. Changes("new"),
            CrossCase.Prepare("no query is under way", Quiet),
            CrossCase.Prepare("the end", corner => End(corner, Signal.Kill)),
            new("after a crash", corner => Files(corner, "new")),
            CrossCase.Prepare("other modes", corner =>
            {
                foreach (string file in Directory.GetFiles(corner.Folder, "new.*"))
                {
                    File.SetUnixFileMode(file, Group);
                }

                StartAgain(corner, 0, Flags(corner, "new"));
                corner.First.AwaitStatuses("alpha=alive beta=alive", Patience);
            }),
            new("modes kept", corner =>
            {
                Keys(corner, "-install", Harness.Keys.First);
                corner.First.Run("tags", "-set", "later=1");
                return Files(corner, "new");
            }),
            CrossCase.Prepare("the leave", corner => End(corner, Signal.Interrupt)),
            new("after a leave", corner => Files(corner, "new", hasMembers: true)),
        ];
        RunMatrix(corners, script, new DifferenceTable([]));
    }

    [PeerTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Either_agent_goes_on_with_the_files_of_the_other(bool oursFirst)
    {
        Corner corner = Corners()[oursFirst ? 3 : 0];
        StartEverywhere([corner], "alpha", corner => Flags(corner, "shared"));
        StartEverywhere([corner], "beta",
            corner => ["-profile=local", $"-keyring-file={Keyring(corner, "beta")}"]);
        corner.First.Run("join", corner.Agents[1].Gossip);
        corner.First.AwaitStatuses("alpha=alive beta=alive", Patience);
        corner.First.Run("event", "-coalesce=false", "seen");
        Array.ForEach(Changes("shared"), change => change.Act(corner));
        string before = Files(corner, "shared").Output;
        Quiet(corner);
        End(corner, Signal.Kill);

        // The other binary at the same place, twice over: the first one takes it back afterwards.
        foreach (string binary in new[] { oursFirst ? Binaries.Peer : Binaries.Ours, corner.AgentBinary })
        {
            Agent next = Keep(new Agent(binary, "alpha", corner.First.Address,
                Flags(corner, "shared"))).Started();
            next.Process.WaitForOutput("[INFO] agent: Restored 2 tag(s) from ");
            next.Process.WaitForOutput("[INFO] agent: Restored keyring with 1 keys from ");
            next.AwaitStatuses("alpha=alive beta=alive", Patience);
            Assert.Equal(Tagged(before), Tagged(Files(corner, "shared").Output));
            next.Run("event", "-coalesce=false", "seen-too");
            next.Process.Send(Signal.Kill);
            next.Process.WaitForExit();
        }
    }

    private static string[] Flags(Corner corner, string name) =>
    [
        "-profile=local", $"-tags-file={Path.Combine(corner.Folder, $"{name}.tags")}",
        $"-snapshot={Path.Combine(corner.Folder, $"{name}.snapshot")}",
        $"-keyring-file={Keyring(corner, name)}",
    ];

    private static string Keyring(Corner corner, string name)
    {
        string file = Path.Combine(corner.Folder, $"{name}.keys");
        if (!File.Exists(file))
        {
            File.WriteAllText(file, $"[\"{Harness.Keys.First}\"]");
        }

        return file;
    }

    private static CrossCase[] Changes(string name) =>
    [
        new("tags set", corner => Run(corner, name, "-set", "role=web", "-set", "ä=<a&b>\t\"\u2028", "-set",
            "Z=1")),
        new("tags deleted", corner => Run(corner, name, "-delete", "Z")),
        Changed("a key installed", name, "-install", Harness.Keys.Second),
        Changed("a key used", name, "-use", Harness.Keys.Second),
        Changed("a key removed", name, "-remove", Harness.Keys.First),
    ];

    private static CrossCase Changed(string what, string name, string action, string key) =>
        new(what, corner =>
    {
        Keys(corner, action, key);
        return Files(corner, name);
    });

    // An answer may be lost; every step may be repeated.
    private static void Keys(Corner corner, string action, string key) => Eventually.True(
        action, Patience, () => corner.First.Cli("keys", action, key).ExitCode == 0,
        corner.First.Process.Describe);

    private static CliResult Run(Corner corner, string name, params string[] flags)
    {
        corner.First.Run(["tags", .. flags]);
        return Files(corner, name);
    }

    // An agent that comes back while an old query is still gossiped obeys it once more, of either kind.
    private static void Quiet(Corner corner) => Eventually.True(
        "nothing waits to be sent", Patience, () => corner.Agents.TrueForAll(
            agent => agent.Run("info").Contains("query_queue = 0\n", StringComparison.Ordinal)));

    private static void End(Corner corner, Signal signal)
    {
        corner.First.Process.Send(signal);
        corner.First.Process.WaitForExit(Patience);
    }

    /// <summary>What stands in the files of an agent, and their modes.</summary>
    /// <param name="hasMembers">The snapshot too, which is written with some delay: what in it is not of the
    /// moment.</param>
    private static CliResult Files(Corner corner, string name, bool hasMembers = false)
    {
        IEnumerable<string> files = Directory.GetFiles(corner.Folder, $"{name}.*")
            .Order(StringComparer.Ordinal)
            .Select(file => $"{Path.GetFileName(file)} {File.GetUnixFileMode(file)}\n"
                + Content(file, hasMembers) + "\n");
        return new CliResult(string.Concat(files), string.Empty, 0);
    }

    private static string Content(string file, bool hasMembers) =>
        !file.EndsWith("snapshot", StringComparison.Ordinal) ? File.ReadAllText(file)
        : hasMembers ? Members(file) : string.Empty;

    // Clocks and coordinates are written now and then.
    private static string Members(string file) => string.Concat(File.ReadAllLines(file)
        .Where(line => !Regex.IsMatch(line, "^(clock|event-clock|query-clock|coordinate): "))
        .Select(line => line + "\n"));

    private static string Tagged(string files) =>
        files[files.IndexOf("shared.tags", StringComparison.Ordinal)..];
}
