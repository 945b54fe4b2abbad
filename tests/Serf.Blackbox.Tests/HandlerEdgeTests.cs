using System;
using System.IO;
using System.Linq;
using System.Text;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

/// <summary>Payloads, names, answers and orders at the edge of what handlers are given and may give.</summary>
public sealed class HandlerEdgeTests : BlackboxTest
{
    private const string Refused = "[WARN] agent: Failed to respond to query 'query: q': failed to respond to key query: ";

    [Fact]
    public void Any_bytes_of_a_payload_and_a_name_with_a_tab_reach_the_handler()
    {
        string script = Write("dump.sh", $"printf '%s|' \"$SERF_USER_EVENT\" >> '{PathOf("part")}'; cat >> '{PathOf("part")}'; "
            + $"cp '{PathOf("part")}' '{PathOf("whole")}'");
        Agent agent = Start("n1", $"-event-handler=user=sh {script}");
        using RpcConnection connection = agent.Connect();
        (string Name, byte[]? Payload)[] events =
        [
            ("none", null), ("empty", []), ("ends", "a\n"u8.ToArray()), ("open", "a"u8.ToArray()),
            ("lines", "\n\n"u8.ToArray()), ("binary", [0, 0xff, 0x80, 0]), ("t\tab", "x"u8.ToArray()),
        ];

        foreach ((string name, byte[]? payload) in events)
        {
            RpcReply reply = connection.Call(
                "event", new() { ["Name"] = name, ["Payload"] = payload, ["Coalesce"] = false });
            Assert.Equal(string.Empty, reply.Error);
        }

        byte[] expected =
        [
            .. "none|empty|ends|a\nopen|a\nlines|\n\nbinary|"u8, 0, 0xff, 0x80, 0, .. "\nt\tab|x\n"u8,
        ];
        Eventually.True(
            "all payloads",
            TimeSpan.FromSeconds(20),
            () => File.Exists(PathOf("whole")) && new FileInfo(PathOf("whole")).Length == expected.Length,
            () => Encoding.Latin1.GetString(File.ReadAllBytes(PathOf("part"))));
        Assert.Equal(expected, File.ReadAllBytes(PathOf("whole")));
    }

    [Fact]
    public void Of_two_handlers_that_answer_the_first_one_is_heard()
    {
        Agent agent = Start(
            "n1", "-handler-concurrency=1", "-event-handler=query:q=echo first", "-event-handler=query:q=echo second");

        string output = agent.Run("query", "-timeout=5s", "q");

        Assert.Contains("Response from 'n1': first\n", output, StringComparison.Ordinal);
        Assert.DoesNotContain("second", output, StringComparison.Ordinal);
        agent.Process.WaitForOutput(Refused + "response already sent\n");
    }

    [Fact]
    public void What_a_handler_says_on_its_error_output_is_an_answer_too()
    {
        Agent agent = Start("n1", "-event-handler=query:q=echo complaint >&2");

        Assert.Contains(
            "Response from 'n1': complaint\n", agent.Run("query", "-timeout=5s", "q"), StringComparison.Ordinal);
    }

    [Fact]
    public void An_answer_after_the_deadline_is_refused()
    {
        Agent agent = Start(
            "n1", $"-event-handler=query:q=while [ ! -e {PathOf("over")} ] && [ -d {Folder} ]; do sleep 0.05; done; echo late");

        Assert.DoesNotContain("late", agent.Run("query", "-timeout=300ms", "q"), StringComparison.Ordinal);
        Write("over", string.Empty);

        agent.Process.WaitForOutput(Refused + "response is past the deadline\n");
    }

    [Fact]
    public void Handlers_of_files_come_before_those_of_flags_and_one_at_a_time_in_that_order()
    {
        // The original never runs two at once.
        Write("1.json", $"{{ \"event_handlers\": [\"user={Log("one")}\", \"user={Log("two")}\"] }}");
        Write("2.json", $"{{ \"event_handlers\": [\"user={Log("three")}\"], \"handler_concurrency\": 1 }}");
        Agent agent = Start(
            "n1", $"-event-handler=user={Log("four")}", $"-config-dir={Folder}", $"-event-handler=user={Log("five")}");

        agent.Run("event", "-coalesce=false", "a");
        agent.Run("event", "-coalesce=false", "b");

        string[] names = ["one", "two", "three", "four", "five"];
        Assert.Equal(
            [.. names.Select(name => name + " a"), .. names.Select(name => name + " b")], AwaitRecorded("log", 10));

        string Log(string name) => $"echo {name} $SERF_USER_EVENT >> {PathOf("log")}";
    }

    [Fact]
    public void Handlers_that_are_replaced_while_one_runs_are_those_of_the_next_event()
    {
        string config = Write("c.json", $"{{ \"event_handlers\": [\"user={Waiting()}\"] }}");
        Agent agent = Start("n1", $"-config-file={config}");
        agent.Run("event", "-coalesce=false", "first");
        AwaitRecorded("begun", 1);

        Write("c.json", $"{{ \"event_handlers\": [\"user={Recorder("new")}\"] }}");
        agent.Process.Send(Signal.Hangup);
        Eventually.True("the new handler", TimeSpan.FromSeconds(10), () =>
        {
            agent.Run("event", "-coalesce=false", "next");
            return Recorded("new").Length > 0;
        });

        Assert.False(File.Exists(PathOf("ended")));
        Write("go", string.Empty);
        AwaitRecorded("ended", 1);

        string Waiting() => $"echo >> {PathOf("begun")}; while [ ! -e {PathOf("go")} ] && [ -d {Folder} ]; "
            + $"do sleep 0.05; done; echo >> {PathOf("ended")}";
    }
}
