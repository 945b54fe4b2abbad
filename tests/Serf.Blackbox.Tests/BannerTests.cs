using System;
using System.Linq;
using System.Text.RegularExpressions;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

public sealed partial class BannerTests : BlackboxTest
{
    [Fact]
    public void A_life_from_start_to_interrupt_prints_the_originals_lines()
    {
        Agent agent = Start("n1");
        agent.Process.WaitForOutput("agent: Received event: member-join");
        agent.Run("event", "hello-there");
        agent.Process.WaitForOutput("Received event: user-event: hello-there");
        agent.Process.Send(Signal.Interrupt);

        Assert.Equal(0, agent.Process.WaitForExit());
        string expected = $"""
            ==> Starting Serf agent...
            ==> Starting Serf agent RPC...
            ==> Serf agent running!
                                  Node name: 'n1'
                                  Bind addr: '{agent.Gossip}'
                                   RPC addr: '{agent.Rpc}'
                                  Encrypted: false
                                   Snapshot: false
                                    Profile: lan
                Message Compression Enabled: true

            ==> Log data will now stream in as it occurs:

                TIME [INFO] agent: Serf agent starting
                TIME [INFO] serf: EventMemberJoin: n1 {agent.Address}
                TIME [INFO] agent: Received event: member-join
                TIME [INFO] agent.ipc: Accepted client: CLIENT
                TIME [INFO] agent: Received event: user-event: hello-there
            ==> Caught signal: interrupt
            ==> Gracefully shutting down agent...
                TIME [INFO] agent: requesting graceful leave from Serf
                TIME [INFO] serf: EventMemberLeave: n1 {agent.Address}
                TIME [INFO] agent: requesting serf shutdown
                TIME [INFO] agent: shutdown complete

            """;
        Assert.Equal(expected.ReplaceLineEndings("\n"), Masked(agent.Process.Output));
        Assert.Empty(agent.Process.Error);
    }

    [Fact]
    public void The_information_block_shows_what_was_set()
    {
        Agent agent = Start(
            "n 2", "-advertise=127.0.0.9:1234", "-profile=local", "-disable-compression");

        string expected = $"""
            ==> Serf agent running!
                                  Node name: 'n 2'
                                  Bind addr: '{agent.Gossip}'
                Advertise addr: '127.0.0.9:1234'
                                   RPC addr: '{agent.Rpc}'
                                  Encrypted: false
                                   Snapshot: false
                                    Profile: local
                Message Compression Enabled: false

            ==> Log data will now stream in as it occurs:

            """;
        Assert.Contains(expected.ReplaceLineEndings("\n"), agent.Process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_start_join_is_reported_between_the_block_and_the_log()
    {
        Agent first = Start("first");
        Agent second = Start("second", $"-join={first.Gossip}");

        string expected = """
                Message Compression Enabled: true
            ==> Joining cluster...(replay: false)
                Join completed. Synced with 1 initial agents

            ==> Log data will now stream in as it occurs:

            """;
        Assert.Contains(expected.ReplaceLineEndings("\n"), second.Process.Output, StringComparison.Ordinal);
        first.AwaitStatuses("first=alive second=alive");
    }

    [Fact]
    public void A_public_address_is_warned_of_after_the_first_line_of_the_log()
    {
        Agent agent = Start("n1", "-advertise=8.8.8.8");
        agent.Process.WaitForOutput("EventMemberJoin: n1 8.8.8.8\n");

        string expected = """
                TIME [INFO] agent: Serf agent starting
                TIME [WARN] memberlist: Binding to public address without encryption!
                TIME [INFO] serf: EventMemberJoin: n1 8.8.8.8

            """;
        Assert.Contains(
            expected.ReplaceLineEndings("\n"), Masked(agent.Process.Output), StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_without_a_port_means_the_well_known_one()
    {
        string address = NextAddress();
        SerfProcess agent = Keep(new SerfProcess(
            Binaries.Ours, ["agent", "-node=n1", $"-bind={address}", $"-rpc-addr={address}:17373"]));

        agent.WaitForOutput($"Bind addr: '{address}:7946'\n");
        agent.WaitForOutput($"EventMemberJoin: n1 {address}\n");
    }

    /// <summary>Times and client ports differ from run to run; two lines at the end race in the original too.</summary>
    private static string Masked(string output)
    {
        string masked = Client().Replace(Time().Replace(output, "TIME"), "Accepted client: CLIENT");
        string[] racing =
        [
            "    TIME [INFO] agent: Received event: member-leave",
            "    TIME [WARN] agent: Serf shutdown detected, quitting",
        ];
        return string.Join('\n', masked.Split('\n').Where(line => !racing.Contains(line)));
    }

    [GeneratedRegex(@"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d")]
    private static partial Regex Time();

    [GeneratedRegex(@"Accepted client: [\d.]+:\d+")]
    private static partial Regex Client();
}
