using System;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using Serf.Primitives;

namespace Serf.Posix;

/// <summary>
/// Tells a service manager how the agent is doing, by the datagrams of <c>sd_notify(3)</c>: lines of
/// <c>NAME=value</c> to the socket that <c>NOTIFY_SOCKET</c> names: a path or, behind an <c>@</c>, an
/// abstract name. Any thread.
/// </summary>
internal sealed unsafe class ServiceNotifier
{
    // sockaddr_un: a family of two bytes, and the name.
    private const int FamilySize = 2;
    private const int NameSizeMax = 107;
    private const int SendMilliseconds = 1000;

    private readonly byte[] _address;
    private readonly ILog _log;
    private int _isReported;

    private ServiceNotifier(byte[] address, ILog log)
    {
        _address = address;
        _log = log;
    }

    /// <summary>How often the manager wants to hear of the agent at least; zero for never.</summary>
    public TimeSpan WatchdogPeriod { get; private init; }

    /// <param name="environment">Gives a variable's value, or null.</param>
    /// <param name="log">Told once, when the manager cannot be reached.</param>
    /// <returns>Null where no service manager asks, or in a way that is not known here.</returns>
    public static ServiceNotifier? FromEnvironment(Func<string, string?> environment, ILog log)
    {
        byte[] name = ByteText.ToBytes(environment("NOTIFY_SOCKET") ?? "");
        bool isAbstract = name is [(byte)'@', _, ..];
        if ((!isAbstract && name is not [(byte)'/', _, ..]) || name.Length > NameSizeMax)
        {
            return null;
        }

        // An abstract name begins with a zero byte and has none at its end.
        byte[] address = new byte[FamilySize + name.Length + (isAbstract ? 0 : 1)];
        address[0] = Libc.AddressFamilyUnix;
        name.CopyTo(address, FamilySize);
        address[FamilySize] = isAbstract ? (byte)0 : address[FamilySize];
        return new ServiceNotifier(address, log) { WatchdogPeriod = PeriodOf(environment) };
    }

    /// <summary>The agent is usable, at first or again.</summary>
    public void Ready(string status) => Send("READY=1\nSTATUS=" + Line(status));

    public void Status(string status) => Send("STATUS=" + Line(status));

    /// <param name="now">Of <c>CLOCK_MONOTONIC</c>: the manager tells this reload from earlier ones.</param>
    public void Reloading(Instant now) => Send(string.Create(
        CultureInfo.InvariantCulture, $"RELOADING=1\nMONOTONIC_USEC={now.Nanoseconds / 1000}"));

    public void Stopping(string status) => Send("STOPPING=1\nSTATUS=" + Line(status));

    /// <summary>A sign of life; lost rather than waited for when the manager does not read.</summary>
    public void Ping() => Send("WATCHDOG=1"u8, Libc.SendDontWait);

    private static TimeSpan PeriodOf(Func<string, string?> environment)
    {
        bool isOther = environment("WATCHDOG_PID") is { Length: > 0 } process
            && process != Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        bool isNumber = ulong.TryParse(
            environment("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture,
            out ulong microseconds);
        return isNumber && !isOther && microseconds <= long.MaxValue / TimeSpan.TicksPerMicrosecond
            ? TimeSpan.FromTicks((long)microseconds * TimeSpan.TicksPerMicrosecond)
            : TimeSpan.Zero;
    }

    // A node's name may hold anything; a line feed would begin another field.
    private static string Line(string text) => text.ReplaceLineEndings(" ");

    private void Send(string text) => Send(Encoding.UTF8.GetBytes(text), 0);

    private void Send(ReadOnlySpan<byte> text, int flags)
    {
        int error = TrySend(text, flags | Libc.SendNoSignal);
        bool isLost = error != 0 && error != Libc.ErrorTryAgain;
        if (isLost && Interlocked.Exchange(ref _isReported, 1) == 0)
        {
            string reason = Spawn.ErrorText(error);
            _log.Write(LogLevel.Warn, "agent: the service manager cannot be told anything: " + reason);
        }
    }

    private int TrySend(ReadOnlySpan<byte> text, int flags)
    {
        // A descriptor for each: there are few, and none is held in between.
        int descriptor = Libc.OpenSocket(
            Libc.AddressFamilyUnix, Libc.SocketDatagram | Libc.OpenCloseOnExec, 0);
        if (descriptor < 0)
        {
            return Marshal.GetLastPInvokeError();
        }

        // A manager that hangs must not hang the agent.
        long* limit = stackalloc long[2] { SendMilliseconds / 1000, 0 };
        _ = Libc.SetSocketOption(
            descriptor, Libc.SocketLevel, Libc.SocketSendTimeout, limit, 2 * sizeof(long));
        nint sent;
        fixed (byte* bytes = text, address = _address)
        {
            sent = Libc.SendTo(descriptor, bytes, text.Length, flags, address, _address.Length);
        }

        int error = sent < 0 ? Marshal.GetLastPInvokeError() : 0;
        _ = Libc.CloseDescriptor(descriptor);
        return error;
    }
}
