using System;
using System.Collections.Generic;
using System.IO;
using System.Net.Sockets;
using System.Text;
using Serf.Posix;
using Serf.Primitives;
using Xunit;

namespace Serf.Tests.Posix;

/// <summary>With the socket that a service manager has, made by the test.</summary>
public sealed class ServiceNotifierTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("serf-notify-").FullName;
    private readonly Socket _manager = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly RecordingLog _log = new();

    public ServiceNotifierTests() => _manager.ReceiveTimeout = 30_000;

    public void Dispose()
    {
        _manager.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Each_step_of_a_life_is_told(bool isAbstract)
    {
        string name = isAbstract ? "\0" + Path.GetFileName(_folder) : Path.Combine(_folder, "notify");
        _manager.Bind(new UnixDomainSocketEndPoint(name));
        ServiceNotifier notifier = Create(("NOTIFY_SOCKET", name.Replace('\0', '@')))!;

        notifier.Status("Joining");
        notifier.Ready("Running");
        notifier.Ping();
        notifier.Reloading(new Instant(1_234_567_890));
        notifier.Stopping("Leaving");

        Assert.Equal("STATUS=Joining", Receive());
        Assert.Equal("READY=1\nSTATUS=Running", Receive());
        Assert.Equal("WATCHDOG=1", Receive());
        Assert.Equal("RELOADING=1\nMONOTONIC_USEC=1234567", Receive());
        Assert.Equal("STOPPING=1\nSTATUS=Leaving", Receive());
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public void A_name_with_a_line_feed_adds_no_field()
    {
        string path = Path.Combine(_folder, "notify");
        _manager.Bind(new UnixDomainSocketEndPoint(path));

        Create(("NOTIFY_SOCKET", path))!.Ready("n\nMAINPID=1\r\nX");

        Assert.Equal("READY=1\nSTATUS=n MAINPID=1 X", Receive());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("@")]
    [InlineData("relative/path")]
    [InlineData("vsock:2:1234")]
    public void Without_a_socket_that_is_known_here_nobody_is_told(string? socket) =>
        Assert.Null(Create(("NOTIFY_SOCKET", socket)));

    [Fact]
    public void A_name_longer_than_an_address_takes_is_none()
    {
        Assert.NotNull(Create(("NOTIFY_SOCKET", "/" + new string('x', 106))));
        Assert.Null(Create(("NOTIFY_SOCKET", "/" + new string('x', 107))));
    }

    [Fact]
    public void A_manager_that_is_gone_is_reported_once()
    {
        ServiceNotifier notifier = Create(("NOTIFY_SOCKET", Path.Combine(_folder, "nobody")))!;

        notifier.Ready("Running");
        notifier.Ping();

        Assert.Equal(
            ["Warn agent: the service manager cannot be told anything: no such file or directory"], _log.Lines);
    }

    [Fact]
    public void A_manager_that_does_not_read_does_not_hold_up_a_sign_of_life()
    {
        string path = Path.Combine(_folder, "notify");
        _manager.Bind(new UnixDomainSocketEndPoint(path));
        ServiceNotifier notifier = Create(("NOTIFY_SOCKET", path))!;

        // More than any queue takes.
        for (int count = 0; count < 10_000; count++)
        {
            notifier.Ping();
        }

        Assert.Equal("WATCHDOG=1", Receive());
        Assert.Empty(_log.Lines);
    }

    [Theory]
    [InlineData("30000000", null, 30)]
    [InlineData("30000000", "self", 30)]
    [InlineData("30000000", "1", 0)]
    [InlineData("30000000", "", 30)]
    [InlineData(null, null, 0)]
    [InlineData("", null, 0)]
    [InlineData("0", null, 0)]
    [InlineData("-1", null, 0)]
    [InlineData("soon", null, 0)]
    [InlineData("18446744073709551615", null, 0)]
    public void The_watchdog_is_for_the_process_that_is_named(string? period, string? process, int seconds)
    {
        ServiceNotifier notifier = Create(
            ("NOTIFY_SOCKET", "/x"), ("WATCHDOG_USEC", period),
            ("WATCHDOG_PID", process == "self" ? $"{Environment.ProcessId}" : process))!;

        Assert.Equal(TimeSpan.FromSeconds(seconds), notifier.WatchdogPeriod);
    }

    private ServiceNotifier? Create(params (string Name, string? Value)[] variables) =>
        ServiceNotifier.FromEnvironment(
            name => Array.Find(variables, variable => variable.Name == name).Value, _log);

    private string Receive()
    {
        byte[] buffer = new byte[4096];
        return Encoding.UTF8.GetString(buffer, 0, _manager.Receive(buffer));
    }

    private sealed class RecordingLog : ILog
    {
        public List<string> Lines { get; } = [];

        public void Write(LogLevel level, string text) => Lines.Add($"{level} {text}");
    }
}
