using System;
using System.Linq;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Serf.Blackbox.Harness;
using Xunit;

namespace Serf.Blackbox;

/// <summary>
/// Log lines to syslog. Each agent has a <c>/run</c> of its own, where nothing but the test's daemon listens.
/// </summary>
public sealed class SyslogTests : BlackboxTest
{
    [MountFact]
    public void Records_have_priority_time_program_and_text()
    {
        foreach (SocketType type in (SocketType[])[SocketType.Dgram, SocketType.Stream])
        {
            string[] records = Live(Binaries.Ours, type, "ours");

            Assert.Equal(
                [
                    "<133>TIME serf[ID]: agent: Serf agent starting", "<133>TIME serf[ID]: serf: EventMemberJoin: s IP",
                    "<133>TIME serf[ID]: agent: Received event: member-join",
                ],
                records.Take(3));
            Assert.Contains("<134>TIME serf[ID]: agent: Requesting user event send: two", records);
            Assert.Contains("lines. Coalesced: true. Payload: \"x\"", records);
            Assert.Equal("<133>TIME serf[ID]: agent: shutdown complete", records[^1]);
        }
    }

    [PeerMountFact]
    public void Records_are_the_originals_byte_for_byte()
    {
        // The end of a life has no fixed order.
        string[] ours = Live(Binaries.Ours, SocketType.Dgram, "ours");
        string[] theirs = Live(Binaries.Peer, SocketType.Dgram, "theirs");

        Assert.Equal(
            theirs.Where(record => !IsChance(record)).Order(StringComparer.Ordinal),
            ours.Where(record => !IsChance(record)).Order(StringComparer.Ordinal));
    }

    [MountFact]
    public void Without_a_daemon_or_a_facility_the_agent_does_not_start()
    {
        string config = Write("c.json", """{"enable_syslog":true,"syslog_facility":"local9"}""");
        CliResult absent = CliResult.Of("unshare", [.. Inside("/nowhere").Skip(1), Binaries.Ours, "agent", "-syslog"]);
        CliResult unknown = CliResult.Of(Binaries.Ours, "agent", $"-config-file={config}");

        Assert.Equal("==> Syslog setup failed: Unix syslog delivery error\n", absent.Output);
        Assert.Equal("==> Syslog setup failed: invalid syslog facility: LOCAL9\n", unknown.Output);
        Assert.All([absent, unknown], result => Assert.Equal(1, result.ExitCode));
    }

    private static bool IsChance(string record) =>
        record.EndsWith(": member-leave", StringComparison.Ordinal) || record.Contains("[WARN]", StringComparison.Ordinal)
        || record.EndsWith("Serf shutdown detected, quitting", StringComparison.Ordinal);

    // In a namespace: /run is empty but for the socket, and /dev/log, where there is one, leads to it too.
    private static string[] Inside(string socket) =>
    [
        "unshare", "-m", "sh", "-c",
        $"mount -t tmpfs none /run && ln -s {socket} /run/syslog && "
            + "{ test ! -S /dev/log || mount --bind " + socket + " /dev/log; } && exec \"$@\"",
        "sh",
    ];

    private string[] Live(string binary, SocketType type, string name)
    {
        string path = PathOf($"{name}-{type}");
        Socket socket = new(AddressFamily.Unix, type, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        using Collector daemon = new(socket);
        string address = NextAddress();
        using Agent agent = new(
            binary, "s", address, ["-syslog", "-log-level=debug", "-profile=local"], inside: Inside(path));
        agent.Started();
        Eventually.True(
            "the join is told", TimeSpan.FromSeconds(20), () => daemon.Text.Contains("member-join", StringComparison.Ordinal));
        agent.Run("event", "two\nlines", "x");
        Eventually.True(
            "the event is told", TimeSpan.FromSeconds(20), () => daemon.Text.Contains("user-event", StringComparison.Ordinal));
        agent.Process.Send(Signal.Interrupt);
        agent.Process.WaitForExit();
        Eventually.True(
            "the end is told",
            TimeSpan.FromSeconds(20),
            () => daemon.Text.Contains("shutdown complete\n", StringComparison.Ordinal),
            () => daemon.Text);
        string text = daemon.Text.Replace(address, "IP", StringComparison.Ordinal);
        text = Regex.Replace(text, "(?m)^(<[0-9]+>)[A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} serf\\[[0-9]+\\]", "$1TIME serf[ID]");
        text = Regex.Replace(text, "(?m)(Accepted client: ).*$", "$1CLIENT");

        // Others of this machine may log too.
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }
}
