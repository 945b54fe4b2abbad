using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

public sealed class HandlerTests : BlackboxTest
{
    private static readonly string[] _queryNames = ["uptime", "good", "bad", "empty", "long"];

    [Fact]
    public void A_handler_finds_the_event_in_its_environment_and_the_payload_on_its_input()
    {
        Agent agent = Keep(new Agent(
            Binaries.Ours,
            "hub",
            NextAddress(),
            ["-tag", "role=lb", "-tag", "data-center.1=eu west", "-tag", "empty=", $"-event-handler={Dumper()}"],
            new Dictionary<string, string>
            {
                ["SERF_USER_EVENT"] = "inherited",
                ["SERF_QUERY_NAME"] = "inherited",
                ["SERF_EVENT"] = "inherited",
                ["OF_THE_AGENT"] = "kept",
            })).Started();
        string tags = "SERF_SELF_NAME=hub;SERF_SELF_ROLE=lb;SERF_TAG_DATA_CENTER_1=eu west;SERF_TAG_EMPTY=;"
            + "SERF_TAG_ROLE=lb;";

        string join = AwaitDump("member-join", 1);
        Assert.StartsWith($"OF_THE_AGENT=kept;SERF_EVENT=member-join;{tags}\n", join, StringComparison.Ordinal);
        string[] fields = join.Split('\n')[1].Split('\t');
        Assert.Equal(["hub", agent.Address, "lb"], fields[..3]);
        Assert.Equal(["data-center.1=eu west", "empty=", "role=lb"], fields[3].Split(',').Order());
        Assert.EndsWith("\n[end]", join, StringComparison.Ordinal);

        agent.Run("event", "-coalesce=false", "deploy", "v7");
        Assert.Equal(
            $"OF_THE_AGENT=kept;SERF_EVENT=user;{tags}SERF_USER_EVENT=deploy;SERF_USER_LTIME=1;\nv7\n[end]",
            AwaitDump("user", 1));
        agent.Run("event", "-coalesce=false", "newline", "ends with newline\n");
        Assert.EndsWith("SERF_USER_LTIME=2;\nends with newline\n[end]", AwaitDump("user", 2), StringComparison.Ordinal);
        agent.Run("event", "-coalesce=false", "none");
        Assert.EndsWith("SERF_USER_LTIME=3;\n[end]", AwaitDump("user", 3), StringComparison.Ordinal);
    }

    [Fact]
    public void Members_come_one_a_line_with_tabs_and_line_feeds_escaped()
    {
        Agent agent = Start("hub", $"-event-handler={Dumper()}", "-profile=local");
        AwaitDump("member-join", 1);
        Agent leaf = Start("le\taf", "-tag", "role=w\neb", $"-join={agent.Gossip}", "-profile=local");

        string join = AwaitDump("member-join", 2);
        Assert.EndsWith(
            $"\nle\\taf\t{leaf.Address}\tw\\neb\trole=w\\neb\n[end]", join, StringComparison.Ordinal);

        leaf.Run("tags", "-delete=role");
        Assert.EndsWith($"\nle\\taf\t{leaf.Address}\t\t\n[end]", AwaitDump("member-update", 1), StringComparison.Ordinal);

        leaf.Run("leave");
        Assert.EndsWith($"\nle\\taf\t{leaf.Address}\t\t\n[end]", AwaitDump("member-leave", 1), StringComparison.Ordinal);
    }

    [Fact]
    public void A_pipeline_runs_in_a_shell()
    {
        Agent agent = Start("n1", $"-event-handler=user:p=awk '{{print $2}}' | tr a-z A-Z > {PathOf("out")}; exit 0");

        agent.Run("event", "p", "one two three");

        AwaitRecorded("out", 1);
        Assert.Equal("TWO\n", File.ReadAllText(PathOf("out")));
    }

    [Fact]
    public void Output_and_failures_are_logged()
    {
        Agent agent = Start(
            "n1",
            "-log-level=debug",
            "-event-handler=user:say=echo to out; echo to err >&2",
            "-event-handler=user:fail=exit 3",
            "-event-handler=user:die=kill -9 $$",
            "-event-handler=user:missing=/no/such/program",
            "-event-handler=user:much=head -c 20000 /dev/zero | tr '\\0' x; printf END");

        agent.Run("event", "-coalesce=false", "say");
        agent.Process.WaitForOutput("[DEBUG] agent: Event 'user' script output: to out\nto err\n");
        agent.Run("event", "-coalesce=false", "fail");
        agent.Process.WaitForOutput("[ERR] agent: Error invoking script 'exit 3': exit status 3\n");
        agent.Run("event", "-coalesce=false", "die");
        agent.Process.WaitForOutput("[ERR] agent: Error invoking script 'kill -9 $$': signal: killed\n");
        agent.Run("event", "-coalesce=false", "missing");
        agent.Process.WaitForOutput("[ERR] agent: Error invoking script '/no/such/program': exit status 127\n");
        agent.Run("event", "-coalesce=false", "much");
        string last = "script output: " + new string('x', 8192 - 3) + "END\n";
        agent.Process.WaitForOutput(last);
    }

    [Fact]
    public void A_handler_that_does_not_read_is_fine()
    {
        Agent agent = Start(
            "n1", "-event-handler=user=true", $"-event-handler=user={Recorder("runs")}");

        for (int count = 0; count < 20; count++)
        {
            agent.Run("event", "-coalesce=false", "unread", new string('x', 400));
        }

        Assert.Equal(20, AwaitRecorded("runs", 20).Length);
        Assert.DoesNotContain("exit status", agent.Process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_slow_handler_delays_neither_another_handler_nor_gossip_nor_commands()
    {
        // It runs until this test has seen everything else happen, however long the machine takes for that.
        string slow = $"while [ ! -e {PathOf("enough")} ] && [ -d {Folder} ]; do sleep 0.1; done; echo done >> {PathOf("slow")}";
        Agent other = Start("other", "-profile=local");
        Agent agent = Start(
            "n1",
            "-profile=local",
            $"-join={other.Gossip}",
            $"-event-handler=user:go={slow}",
            $"-event-handler=user={Recorder("quick")}");
        other.AwaitStatuses("n1=alive other=alive");

        agent.Run("event", "-coalesce=false", "go");
        agent.Run("event", "-coalesce=false", "go");
        other.Run("event", "-coalesce=false", "next");
        AwaitRecorded("quick", 3);
        agent.Run("members");

        Assert.Empty(Recorded("slow"));
        agent.Process.WaitForOutput("slow, execution exceeding 1s");
        other.AwaitStatuses("n1=alive other=alive");
        Assert.Empty(Recorded("slow"));
        Write("enough", string.Empty);
        AwaitRecorded("slow", 2);
    }

    [Fact]
    public void One_handler_sees_events_in_their_order_and_one_at_a_time()
    {
        string script = Write("order.sh", $"""
            mkdir '{PathOf("lock")}' || echo overlap >> '{PathOf("order")}'
            cat >> '{PathOf("order")}'
            rmdir '{PathOf("lock")}'
            """);
        Agent agent = Start("n1", $"-event-handler=user=sh {script}");
        using RpcConnection connection = agent.Connect();

        for (int number = 0; number < 60; number++)
        {
            connection.Call("event", new()
            {
                ["Name"] = "queue", ["Payload"] = System.Text.Encoding.ASCII.GetBytes($"{number}"), ["Coalesce"] = false,
            });
        }

        Assert.Equal(Enumerable.Range(0, 60).Select(number => $"{number}"), AwaitRecorded("order", 60));
    }

    [Fact]
    public void A_detached_child_is_not_waited_for_and_an_attached_one_is()
    {
        // The child stays as long as this test.
        string child = $"while [ -d {Folder} ]; do sleep 0.1; done";
        Agent agent = Start(
            "n1",
            "-log-level=debug",
            $"-event-handler=user:detached=({child}) >/dev/null 2>&1 & echo freed; cat >> {PathOf("freed")}",
            "-event-handler=user:attached=sleep 1.5 & echo held");
        agent.Run("event", "-coalesce=false", "detached", "1");
        agent.Run("event", "-coalesce=false", "detached", "2");
        AwaitRecorded("freed", 2);

        Stopwatch watch = Stopwatch.StartNew();
        agent.Run("event", "-coalesce=false", "attached");
        agent.Process.WaitForOutput("script output: held");
        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(1.2), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void Children_start_with_ordinary_signals_and_no_files_of_the_agent()
    {
        Agent agent = Start(
            "n1",
            $"-event-handler=user=grep -E '^Sig(Blk|Ign)' /proc/self/status > {PathOf("part")}; "
            + $"ls /proc/self/fd >> {PathOf("part")}; mv {PathOf("part")} {PathOf("state")}");

        agent.Run("event", "x");
        Eventually.True("the handler ran", TimeSpan.FromSeconds(10), () => File.Exists(PathOf("state")));

        string[] lines = File.ReadAllLines(PathOf("state"));
        Assert.Equal(["SigBlk:\t0000000000000000", "SigIgn:\t0000000000000000"], lines[..2]);
        // Whatever the test process hands down, the folder that ls itself reads, and nothing beside.
        Assert.Equal(CliResult.Of("/bin/ls", "/proc/self/fd").Output.TrimEnd('\n').Split('\n'), lines[2..]);
    }

    [Fact]
    public void Every_matching_filter_runs_its_command()
    {
        Agent agent = Start(
            "n1",
            $"-event-handler=user:a,query:b,member-join={Recorder("listed")}",
            $"-event-handler=user,user:a={Recorder("twice")}",
            $"-event-handler=*={Recorder("all")}");
        AwaitRecorded("all", 1);

        agent.Run("event", "-coalesce=false", "a");
        agent.Run("event", "-coalesce=false", "other");

        Assert.Equal(
            ["member-join|||", "user|a|1|", "user|other|2|"],
            AwaitRecorded("all", 3).Select(Shortened).Order(StringComparer.Ordinal));
        Assert.Equal(
            ["member-join|||", "user|a|1|"],
            AwaitRecorded("listed", 2).Select(Shortened).Order(StringComparer.Ordinal));
        Assert.Equal(["user|a|1|", "user|a|1|", "user|other|2|"], AwaitRecorded("twice", 3));

        static string Shortened(string line) => line[..(line.LastIndexOf('|') + 1)];
    }

    [PeerFact]
    public void A_query_reaches_the_handler_and_only_a_successful_one_answers()
    {
        Agent agent = Start(
            "n1",
            "-tag",
            "role=lb",
            $"-event-handler=query:uptime={Dumper()}",
            "-event-handler=query:good=echo from out; echo from err >&2",
            "-event-handler=query:bad=echo no; exit 1",
            "-event-handler=query:empty=true",
            "-event-handler=query:long=head -c 2000 /dev/zero | tr '\\0' x");
        Agent asker = StartPeer("asker", $"-join={agent.Gossip}");
        asker.AwaitStatuses("asker=alive n1=alive");

        // Side by side, since each lasts until its end, which must be later than any pause of the machine. One
        // begins after the other: the original gives those of one instant the same time, and forgets the first.
        Dictionary<string, SerfProcess> queries = [];
        foreach (string name in _queryNames)
        {
            queries[name] = Keep(new SerfProcess(
                Binaries.Peer,
                ["query", $"-rpc-addr={asker.Rpc}", "-timeout=6s", "-node=n1", name, "since when"]));
            queries[name].WaitForOutput($"Query '{name}' dispatched\n");
        }

        foreach (SerfProcess query in queries.Values)
        {
            Assert.Equal(0, query.WaitForExit(TimeSpan.FromSeconds(30)));
        }

        Assert.Matches(
            "^SERF_EVENT=query;SERF_QUERY_LTIME=\\d+;SERF_QUERY_NAME=uptime;SERF_SELF_NAME=n1;SERF_SELF_ROLE=lb;"
            + "SERF_TAG_ROLE=lb;\nsince when\n\\[end\\]$",
            AwaitDump("query", 1));
        Assert.Contains(
            "Response from 'n1': from out\nfrom err\n", queries["good"].Output, StringComparison.Ordinal);
        foreach (string name in _queryNames[2..])
        {
            Assert.Equal(
                $"Query '{name}' dispatched\nAck from 'n1'\nTotal Acks: 1\nTotal Responses: 0\n",
                queries[name].Output);
        }

        agent.Process.WaitForOutput(
            "[WARN] agent: Failed to respond to query 'query: long': failed to respond to key query: "
            + "response exceeds limit of 1024 bytes");
    }

    [Fact]
    public void Ten_thousand_runs_leave_no_open_file_and_no_child_behind()
    {
        const int RunCount = 10_000;
        const int BatchCount = 100;
        Agent agent = Start("n1", $"-event-handler=user=echo >> {PathOf("count")}", "-log-level=err");
        using RpcConnection connection = agent.Connect();
        int before = 0;
        for (int sent = 0; sent < RunCount; sent += BatchCount)
        {
            for (int number = 0; number < BatchCount; number++)
            {
                connection.Call("event", new() { ["Name"] = "x", ["Payload"] = null, ["Coalesce"] = false });
            }

            int expected = sent + BatchCount;
            Eventually.True(
                $"{expected} runs",
                TimeSpan.FromSeconds(60),
                () => File.Exists(PathOf("count")) && new FileInfo(PathOf("count")).Length >= expected,
                agent.Process.Describe);
            before = sent == 0 ? SettledFileCount(agent) : before;
        }

        Assert.Equal(RunCount, new FileInfo(PathOf("count")).Length);
        Eventually.True(
            $"{before} open files as before",
            TimeSpan.FromSeconds(5),
            () => agent.Process.OpenFileCount <= before,
            () => $"{agent.Process.OpenFileCount} are open");
        Eventually.True(
            "no child is left",
            TimeSpan.FromSeconds(5),
            () => File.ReadAllText($"/proc/{agent.Process.Id}/task/{agent.Process.Id}/children").Length == 0);
    }

    /// <summary>The number of open files once no handler runs: pipes of one that is about to end do not count.</summary>
    private static int SettledFileCount(Agent agent)
    {
        int least = int.MaxValue;
        Eventually.Settled(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(3), int.MaxValue, () =>
        {
            least = Math.Min(least, agent.Process.OpenFileCount);
            return least;
        });
        return least;
    }

    /// <summary>A command that writes its sorted environment and its input to a new file for each run.</summary>
    private string Dumper()
    {
        string script = Write("dump.sh", $$"""
            file=$(mktemp '{{PathOf("part.XXXXXX")}}')
            { env | grep -E '^(SERF|OF_THE_AGENT)' | LC_ALL=C sort | tr '\n' ';'; echo; cat; printf '[end]'; } > "$file"
            number=1
            while ! ln "$file" '{{Folder}}'/"$SERF_EVENT.$number" 2>/dev/null; do number=$((number + 1)); done
            rm "$file"
            """);
        return $"sh {script}";
    }

    private string AwaitDump(string eventType, int number)
    {
        string path = PathOf($"{eventType}.{number}");
        Eventually.True(
            $"run {number} for {eventType}", TimeSpan.FromSeconds(20), () => File.Exists(path), DescribeAll);
        return File.ReadAllText(path);
    }
}
