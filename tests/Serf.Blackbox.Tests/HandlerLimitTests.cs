using System;
using System.IO;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

public sealed class HandlerLimitTests : BlackboxTest
{
    [Fact]
    public void A_handler_past_its_limit_is_ended_with_all_it_started_and_the_next_event_is_handled()
    {
        string command = $"read name; [ $name = hang ] && {{ sleep 1000 & echo $! > {PathOf("child")}; sleep 1000; }}; "
            + $"echo $name >> {PathOf("handled")}";
        Agent agent = Start("n1", "-handler-timeout=500ms", $"-event-handler=user={command}");

        agent.Run("event", "-coalesce=false", "x", "hang");
        agent.Run("event", "-coalesce=false", "x", "go");

        Assert.Equal(["go"], AwaitRecorded("handled", 1));
        Assert.Contains(
            $"[WARN] agent: Script '{command}' exceeds its limit of 500ms, terminating it\n",
            agent.Process.Output,
            StringComparison.Ordinal);
        Assert.Contains(
            $"[ERR] agent: Error invoking script '{command}': not finished within 500ms\n",
            agent.Process.Output,
            StringComparison.Ordinal);
        string child = Recorded("child")[0];
        Eventually.True("its child ends", TimeSpan.FromSeconds(10), () => !IsAlive(child));
    }

    [Fact]
    public void Without_a_limit_an_interrupt_of_the_terminal_reaches_handlers_and_with_one_it_does_not()
    {
        Agent plain = Start("plain", Handler("plain"));
        Agent limited = Start("limited", Handler("limited"), "-handler-timeout=1h");
        plain.Run("event", "-coalesce=false", "x");
        limited.Run("event", "-coalesce=false", "x");
        string[] groups = [AwaitRecorded("plain", 1)[0], AwaitRecorded("limited", 1)[0]];

        Assert.Equal(GroupOf(plain), groups[0].Split(' ')[0]);
        string[] own = groups[1].Split(' ');
        Assert.Equal(own[1], own[0]);

        string Handler(string file) =>
            $"-event-handler=user=read -r _ _ _ _ group _ < /proc/$$/stat; echo $group $$ >> {PathOf(file)}";
    }

    [Fact]
    public void As_many_handlers_run_at_once_as_configured()
    {
        Agent agent = Start(
            "n1", "-handler-concurrency=2", Waiting("a"), Waiting("b"), Waiting("c"), Waiting("d"));
        agent.Run("event", "-coalesce=false", "x");
        AwaitRecorded("running", 2);
        Assert.Equal(2, Recorded("running").Length);

        Write("go", string.Empty);
        AwaitRecorded("running", 4);

        string Waiting(string name) =>
            $"-event-handler=user=echo {name} >> {PathOf("running")}; "
            + $"while [ -d {Folder} ] && [ ! -e {PathOf("go")} ]; do sleep 0.05; done";
    }

    [Fact]
    public void A_listener_that_stops_or_goes_away_during_a_slow_handler_never_harms_the_agent()
    {
        // The original dies of this every time.
        Agent agent = Start("n1", "-event-handler=user:slow=sleep 0.3", $"-event-handler=user:after={Recorder("after")}");
        for (int round = 1; round <= 5; round++)
        {
            using RpcConnection listener = agent.Connect();
            ulong stream = listener.Send("stream", new() { ["Type"] = "*" });
            listener.Receive(hasBody: false);
            for (int number = 0; number < 3; number++)
            {
                agent.Run("event", "-coalesce=false", "slow");
            }

            if (round % 2 == 0)
            {
                listener.Send("stop", new() { ["Stop"] = stream });
            }
        }

        agent.Run("event", "-coalesce=false", "after");
        AwaitRecorded("after", 1);
        Assert.False(agent.Process.HasExited);
    }

    // What nobody takes away stays in the table, as a zombie.
    private static bool IsAlive(string process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/stat").Split(") ")[^1][0] != 'Z';
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static string GroupOf(Agent agent) =>
        File.ReadAllText($"/proc/{agent.Process.Id}/stat").Split(") ")[^1].Split(' ')[2];
}
