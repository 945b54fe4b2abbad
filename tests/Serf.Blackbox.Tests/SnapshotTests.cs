using System;
using System.IO;
using System.Linq;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

/// <summary>Agents with a snapshot: killed, left, restarted from what they or the original wrote.</summary>
public sealed class SnapshotTests : MixedTest
{
    private const string Attempt = "serf: Attempting re-join to previously known node: other: ";
    private const string Success = "serf: Re-joined to previously known node: other: ";

    public enum Ending
    {
        Killed,
        Left,
    }

    /// <summary>Which implementation writes, which reads, how the first life ends, and whether -rejoin is given.</summary>
    public static TheoryData<bool, bool, Ending, bool> Mixed()
    {
        TheoryData<bool, bool, Ending, bool> cases = [];
        foreach (Ending ending in Enum.GetValues<Ending>())
        {
            foreach (bool rejoins in (bool[])[false, true])
            {
                cases.Add(true, false, ending, rejoins);
                cases.Add(false, true, ending, rejoins);
            }
        }

        return cases;
    }

    [Theory]
    [InlineData(Ending.Killed, false)]
    [InlineData(Ending.Left, false)]
    [InlineData(Ending.Left, true)]
    public void A_restarted_agent_finds_its_cluster_unless_it_left_for_good(Ending ending, bool rejoins) =>
        Restart(Binaries.Ours, Binaries.Ours, ending, rejoins);

    [PeerTheory]
    [MemberData(nameof(Mixed))]
    public void An_agent_goes_on_with_the_snapshot_of_the_other_implementation(
        bool isWriterOurs, bool isReaderOurs, Ending ending, bool rejoins) =>
        Restart(
            isWriterOurs ? Binaries.Ours : Binaries.Peer,
            isReaderOurs ? Binaries.Ours : Binaries.Peer,
            ending,
            rejoins);

    [Fact]
    public void After_a_total_outage_the_failed_nodes_are_tried_too()
    {
        string snapshot = PathOf("s.snap");
        string otherAddress = NextAddress();
        Agent first = Start("main", "-profile=local", $"-snapshot={snapshot}");
        Agent other = Keep(new Agent(Binaries.Ours, "other", otherAddress, ["-profile=local"])).Started();
        first.Run("join", other.Gossip);
        first.AwaitStatuses("main=alive other=alive");
        other.Process.Send(Signal.Kill);
        first.AwaitStatuses("main=alive other=failed", Patience);
        AwaitText(snapshot, "not-alive: other\n# failed: other " + other.Gossip + "\n");
        first.Process.Send(Signal.Kill);
        first.Process.WaitForExit();

        Agent again = Keep(new Agent(
            Binaries.Ours, "main", first.Address, ["-profile=local", $"-snapshot={snapshot}"])).Started();
        again.Process.WaitForOutput(Attempt + other.Gossip);
        Keep(new Agent(Binaries.Ours, "other", otherAddress, ["-profile=local"])).Started();

        again.AwaitStatuses("main=alive other=alive", Patience);
    }

    [Fact]
    public void Old_events_and_queries_are_not_delivered_again()
    {
        string snapshot = PathOf("s.snap");
        Agent other = Start("other", "-profile=local");
        Agent first = Start("main", "-profile=local", $"-snapshot={snapshot}", $"-join={other.Gossip}");
        first.AwaitStatuses("main=alive other=alive");
        other.Run("event", "before");
        AwaitText(snapshot, "event-clock: 1\n");
        first.Process.Send(Signal.Kill);
        first.Process.WaitForExit();
        other.Run("event", "meanwhile");

        Agent again = Keep(new Agent(
            Binaries.Ours,
            "main",
            first.Address,
            ["-profile=local", $"-snapshot={snapshot}", $"-event-handler=user={Recorder("events")}"])).Started();

        again.Process.WaitForOutput(Success + other.Gossip);
        Assert.Equal("user|meanwhile|2|", Assert.Single(AwaitRecorded("events", 1)));
    }

    [Fact]
    public void A_removed_file_is_written_again_and_whole()
    {
        string snapshot = PathOf("s.snap");
        Agent agent = Start("main", "-profile=local", $"-snapshot={snapshot}");
        AwaitText(snapshot, $"alive: main {agent.Gossip}\n");

        File.Delete(snapshot);

        AwaitText(snapshot, $"alive: main {agent.Gossip}\n");
        agent.Process.WaitForOutput("serf: Snapshot was removed, replaced or cut by others, it is written again");
    }

    [MountFact]
    public void A_disk_that_was_full_keeps_all_again_once_there_is_room()
    {
        // Seen through the agent's own eyes, whose file system is nobody else's.
        string folder = Directory.CreateDirectory(PathOf("disk")).FullName;
        string script = $"mount -t tmpfs -o size=64k none {folder} && exec \"$@\"";
        Agent agent = Keep(new Agent(
            Binaries.Ours,
            "main",
            NextAddress(),
            ["-profile=local", $"-snapshot={folder}/s.snap"],
            inside: ["unshare", "-m", "sh", "-c", script, "sh"])).Started();
        string inside = $"/proc/{agent.Process.Id}/root{folder}";
        AwaitText(inside + "/s.snap", $"alive: main {agent.Gossip}\n");
        using (FileStream fill = new(inside + "/fill", FileMode.Create, FileAccess.Write, FileShare.None, 0))
        {
            Assert.Throws<IOException>(() => fill.Write(new byte[128 * 1024]));
        }

        // More than the page that the file has already.
        using (RpcConnection client = RpcConnection.Open(agent.Address, Agent.RpcPort))
        {
            for (int number = 0; number < 1000; number++)
            {
                client.Call("event", new() { ["Name"] = "e", ["Payload"] = "", ["Coalesce"] = false });
            }
        }

        agent.Process.WaitForOutput("[ERR] serf: Failed to update snapshot: write ");
        File.Delete(inside + "/fill");
        agent.Process.WaitForOutput("serf: Snapshot is complete again, with what ", Patience + Patience);
        AwaitText(inside + "/s.snap", "event-clock: 1000\n");
    }

    [RootFact]
    public void In_a_folder_that_takes_no_second_file_the_snapshot_is_still_rewritten()
    {
        // The last line has lost its end: as it stands, it would make the node forget its peer.
        string folder = Directory.CreateDirectory(PathOf("locked")).FullName;
        string snapshot = Path.Combine(folder, "s.snap");
        File.WriteAllText(snapshot, "alive: other-1 127.0.0.1:9\nclock: 7\nnot-alive: other-1");
        foreach (string open in (string[])[Folder, snapshot])
        {
            File.SetUnixFileMode(open, (UnixFileMode)0b111_111_111);
        }

        File.SetUnixFileMode(folder, (UnixFileMode)0b101_101_101);
        string binary = PathOf("serf");
        File.Copy(Binaries.Ours, binary);
        using SerfProcess agent = new(
            "setpriv",
            [
                "--reuid=65534", "--regid=65534", "--clear-groups", binary, "agent", "-node=main",
                $"-bind={NextAddress()}:17946", $"-rpc-addr={NextAddress()}:17373", $"-snapshot={snapshot}",
            ]);
        agent.WaitForOutput("==> Log data will now stream in as it occurs:");

        AwaitText(snapshot, "alive: other-1 127.0.0.1:9\nalive: main ");
        Assert.DoesNotContain("not-alive", File.ReadAllText(snapshot), StringComparison.Ordinal);
        Assert.Equal([snapshot], Directory.GetFiles(folder));
        Assert.DoesNotContain("[ERR]", agent.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_disk_without_space_is_reported_and_the_agent_lives()
    {
        Agent agent = Start("main", "-profile=local", "-snapshot=/dev/full");

        agent.Process.WaitForOutput(
            "[ERR] serf: Failed to update snapshot: write /dev/full: no space left on device");

        agent.AwaitStatuses("main=alive");
        agent.Process.Send(Signal.Interrupt);
        Assert.Equal(0, agent.Process.WaitForExit());

        // The last attempt is told of too.
        int attempts = agent.Process.Lines.Count(
            line => line.Text.Contains("serf: Failed to compact snapshot: write /dev/full", StringComparison.Ordinal));
        Assert.Equal(2, attempts);
    }

    [Fact]
    public void What_cannot_be_opened_ends_the_start()
    {
        using SerfProcess agent = new(
            Binaries.Ours,
            ["agent", "-node=main", $"-bind={NextAddress()}:17946", $"-snapshot={PathOf("none/s.snap")}"]);

        Assert.Equal(1, agent.WaitForExit());
        Assert.EndsWith(
            "==> Failed to start the Serf agent: Error creating Serf: Failed to setup snapshot: failed to open "
            + $"snapshot: open {PathOf("none/s.snap")}: no such file or directory\n",
            agent.Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_banner_tells_of_the_snapshot_and_a_rejoin_without_one_is_warned_of()
    {
        Agent with = Start("with", $"-snapshot={PathOf("s.snap")}", "-rejoin");
        Agent without = Start("without", "-rejoin");

        Assert.Contains("                       Snapshot: true\n", with.Process.Output, StringComparison.Ordinal);
        Assert.Contains("                       Snapshot: false\n", without.Process.Output, StringComparison.Ordinal);
        Assert.StartsWith(
            "==> Warning: 'RejoinAfterLeave' enabled without snapshot file\n==> Starting Serf agent...\n",
            without.Process.Output,
            StringComparison.Ordinal);
        Assert.DoesNotContain("Warning", with.Process.Output, StringComparison.Ordinal);
    }

    private void Restart(string writer, string reader, Ending ending, bool rejoins)
    {
        string snapshot = PathOf("s.snap");
        string[] flags =
        [
            "-profile=local", $"-snapshot={snapshot}", .. rejoins ? (string[])["-rejoin"] : [],
        ];
        Agent other = Start("other", "-profile=local");
        Agent first = Keep(new Agent(writer, "main", NextAddress(), [.. flags, $"-join={other.Gossip}"])).Started();
        other.AwaitStatuses("main=alive other=alive", Patience);

        // The original writes what it has when something new comes, half a second later.
        Eventually.True(
            "the other node is recorded",
            Patience,
            () =>
            {
                first.Run("event", "-coalesce=false", "tick");
                return File.ReadAllText(snapshot).Contains($"alive: other {other.Gossip}\n", StringComparison.Ordinal);
            });
        first.Process.Send(ending == Ending.Killed ? Signal.Kill : Signal.Interrupt);
        first.Process.WaitForExit();
        Assert.Equal(
            ending == Ending.Left,
            File.ReadAllText(snapshot).Contains("\nleave\n", StringComparison.Ordinal));

        Agent again = Keep(new Agent(reader, "main", first.Address, flags)).Started();
        if (ending == Ending.Killed || rejoins)
        {
            again.Process.WaitForOutput(Success + other.Gossip, Patience);
            other.AwaitStatuses("main=alive other=alive", Patience);
            again.AwaitStatuses("main=alive other=alive", Patience);
        }
        else
        {
            // It has started and knows of nobody; what it would have tried, it tries at once.
            again.AwaitStatuses("main=alive");
            Assert.DoesNotContain("re-join", again.Process.Output, StringComparison.Ordinal);
        }

        string ignored = "serf: Ignoring previous leave in snapshot";
        Assert.Equal(ending == Ending.Left && rejoins, again.Process.Output.Contains(ignored, StringComparison.Ordinal));
        Assert.DoesNotContain("Unrecognized", again.Process.Output, StringComparison.Ordinal);
    }

    private static void AwaitText(string path, string text) => Eventually.True(
        $"'{text}' in {path}",
        Patience,
        () => File.Exists(path) && File.ReadAllText(path).Contains(text, StringComparison.Ordinal),
        () => File.Exists(path) ? File.ReadAllText(path) : "There is no file.");
}
