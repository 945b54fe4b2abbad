using System;
using System.Globalization;
using System.IO;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using Serf.Agent.Logging;
using Serf.Primitives;
using Xunit;

namespace Serf.Tests.Agent.Logging;

/// <summary>Log lines to syslog (spec agent 18.5).</summary>
public sealed class SyslogWriterTests : IDisposable
{
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(30);
    private static readonly DateTime _time = new(2026, 11, 1, 1, 2, 3, DateTimeKind.Local);

    private readonly string _folder = Directory.CreateTempSubdirectory("serf-syslog-").FullName;

    [Theory]
    [InlineData(LogLevel.Trace, 135)]
    [InlineData(LogLevel.Debug, 134)]
    [InlineData(LogLevel.Info, 133)]
    [InlineData(LogLevel.Warn, 132)]
    [InlineData(LogLevel.Err, 131)]
    public void A_record_has_priority_time_and_program(LogLevel level, int priority)
    {
        Assert.Equal(
            $"<{priority}>Nov  1 01:02:03 serf[{Environment.ProcessId}]: agent: x\n",
            SyslogWriter.Record(16, level, _time, "agent: x"));
    }

    [Fact]
    public void A_record_ends_in_one_line_feed_or_in_those_of_its_text()
    {
        DateTime later = new(2026, 11, 25, 13, 0, 59, DateTimeKind.Local);
        string head = $"<29>Nov 25 13:00:59 serf[{Environment.ProcessId}]: ";

        Assert.Equal(head + "a\n\tb\n\n", SyslogWriter.Record(3, LogLevel.Info, later, "a\n\tb\n\n"));
        Assert.Equal(head + "a\n", SyslogWriter.Record(3, LogLevel.Info, later, "a\n"));
        Assert.InRange(
            SyslogWriter.Record(3, LogLevel.Info, later, new string('x', 1 << 20)).Length, 1, 70_000);
    }

    [Theory]
    [InlineData("kern", 0)]
    [InlineData("USER", 1)]
    [InlineData("Daemon", 3)]
    [InlineData("AUTHPRIV", 10)]
    [InlineData("ftp", 11)]
    [InlineData("LOCAL0", 16)]
    [InlineData("local7", 23)]
    public void Facilities_go_by_their_names_in_any_case(string name, int number) =>
        Assert.Equal(number, SyslogFacility.Parse(name));

    [Theory]
    [InlineData("LOCAL8", "invalid syslog facility: LOCAL8")]
    [InlineData("local10", "invalid syslog facility: LOCAL10")]
    [InlineData("x", "invalid syslog facility: X")]
    [InlineData("LOCAL0", "Unix syslog delivery error")]
    public void What_cannot_be_set_up_is_named(string facility, string expected)
    {
        SerfException refusal = Assert.Throws<SerfException>(
            () => SyslogWriter.Open(facility, [PathOf("none"), _folder]));

        Assert.Equal(expected, refusal.Message);
    }

    [Fact]
    public void Datagrams_go_before_streams_and_the_first_place_before_others()
    {
        using Socket stream = Listen("first", SocketType.Stream);
        using Socket datagrams = Listen("second", SocketType.Dgram);
        using (SyslogWriter syslog = Open("none", "first", "second"))
        {
            syslog.Write(LogLevel.Info, "agent: one");
            Assert.EndsWith("]: agent: one\n", Receive(datagrams), StringComparison.Ordinal);
        }

        using SyslogWriter other = Open("none", "first");
        using Socket accepted = stream.Accept();
        accepted.ReceiveTimeout = (int)_soon.TotalMilliseconds;
        other.Write(LogLevel.Info, "agent: two");
        Assert.EndsWith("]: agent: two\n", Receive(accepted), StringComparison.Ordinal);
    }

    [Fact]
    public void A_daemon_that_was_restarted_gets_the_line_that_found_it_gone()
    {
        Socket before = Listen("log", SocketType.Dgram);
        using SyslogWriter syslog = Open("log");
        syslog.Write(LogLevel.Info, "agent: one");
        Assert.EndsWith("agent: one\n", Receive(before), StringComparison.Ordinal);
        before.Dispose();
        File.Delete(PathOf("log"));
        using Socket after = Listen("log", SocketType.Dgram);

        syslog.Write(LogLevel.Warn, "agent: two");

        Assert.EndsWith("agent: two\n", Receive(after), StringComparison.Ordinal);
    }

    [Fact]
    public void A_daemon_that_does_not_read_holds_up_nobody()
    {
        using Socket daemon = Listen("log", SocketType.Dgram);
        SyslogWriter syslog = Open("log");
        for (int number = 0; number < 10_000; number++)
        {
            syslog.Write(LogLevel.Info, "agent: line");
        }

        Thread closing = new(syslog.Dispose);
        closing.Start();
        Assert.True(closing.Join(_soon));
        Assert.EndsWith("agent: line\n", Receive(daemon), StringComparison.Ordinal);
    }

    [Fact]
    public void The_lines_of_the_console_go_there_with_their_level_and_the_held_ones_at_once()
    {
        using Socket daemon = Listen("log", SocketType.Dgram);
        AgentLog log = new(new MemoryStream(), LogLevel.Info, () => _time);
        using SyslogWriter syslog = Open("log");
        log.CopyTo(syslog);

        log.Write(LogLevel.Debug, "agent: not this");
        log.Write(LogLevel.Warn, "serf: this");
        log.Level = LogLevel.Debug;
        log.Write(LogLevel.Debug, "agent: and this");

        string head = string.Create(
            CultureInfo.InvariantCulture, $"Nov  1 01:02:03 serf[{Environment.ProcessId}]: ");
        Assert.Equal($"<132>{head}serf: this\n", Receive(daemon));
        Assert.Equal($"<134>{head}agent: and this\n", Receive(daemon));
        log.Console.Dispose();
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Receive(Socket socket)
    {
        byte[] buffer = new byte[4096];
        return Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer));
    }

    private string PathOf(string name) => Path.Combine(_folder, name);

    private Socket Listen(string name, SocketType type)
    {
        Socket socket = new(AddressFamily.Unix, type, ProtocolType.Unspecified)
        {
            ReceiveTimeout = (int)_soon.TotalMilliseconds,
        };
        socket.Bind(new UnixDomainSocketEndPoint(PathOf(name)));
        if (type == SocketType.Stream)
        {
            socket.Listen();
        }

        return socket;
    }

    private SyslogWriter Open(params string[] names) =>
        SyslogWriter.Open("LOCAL0", Array.ConvertAll(names, PathOf), () => _time);
}
