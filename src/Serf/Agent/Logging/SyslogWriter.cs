using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net.Sockets;
using System.Threading;
using Serf.Primitives;

namespace Serf.Agent.Logging;

/// <summary>
/// Copies log lines to the system's syslog (spec agent 18.5). They wait in a bounded queue for a thread of
/// their own, so that a daemon that has stopped reading never stops gossip. Errors are ignored, as in the
/// original. Any thread.
/// </summary>
internal sealed class SyslogWriter : IDisposable
{
    /// <summary>Where daemons listen, the likeliest place first.</summary>
    public static readonly IReadOnlyList<string> Paths = ["/dev/log", "/var/run/syslog", "/var/run/log"];

    private const string Program = "serf";
    private const int WriteMillisecondsMax = 20;
    private const int CloseMillisecondsMax = 500;
    private const int StackSize = 128 * 1024;

    private readonly object _gate = new();
    private readonly Queue<string> _waiting = new();
    private readonly IReadOnlyList<string> _paths;
    private readonly int _facility;
    private readonly Func<DateTime> _localTime;
    private readonly Thread _thread;
    private bool _isStopping;

    // The thread's own.
    private Socket? _socket;

    private SyslogWriter(int facility, IReadOnlyList<string> paths, Socket socket, Func<DateTime>? localTime)
    {
        _facility = facility;
        _paths = paths;
        _socket = socket;
        _localTime = localTime ?? (static () => DateTime.Now);
        _thread = new Thread(Run, StackSize) { IsBackground = true, Name = "syslog" };
        _thread.Start();
    }

    /// <param name="facility">Its name.</param>
    /// <param name="paths">Sockets to be tried: all of them for datagrams, then all for streams.</param>
    /// <param name="localTime">For records; null for the machine's.</param>
    /// <exception cref="SerfException">What follows <c>Syslog setup failed: </c>.</exception>
    public static SyslogWriter Open(
        string facility, IReadOnlyList<string> paths, Func<DateTime>? localTime = null)
    {
        int number = SyslogFacility.Parse(facility);
        Socket socket = Connect(paths) ?? throw new SerfException("Unix syslog delivery error");
        return new SyslogWriter(number, paths, socket, localTime);
    }

    /// <summary>Never blocks; what finds no room is lost.</summary>
    /// <param name="text">What follows the level in a line.</param>
    public void Write(LogLevel level, string text)
    {
        string record = Record(_facility, level, _localTime(), text);
        lock (_gate)
        {
            if (!_isStopping && _waiting.Count < Limits.SyslogLineCountMax)
            {
                _waiting.Enqueue(record);
                Monitor.Pulse(_gate);
            }
        }
    }

    /// <summary>Writes what still waits, if it is taken at once, and ends the thread.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isStopping = true;
            Monitor.PulseAll(_gate);
        }

        _thread.Join(CloseMillisecondsMax);
    }

    /// <summary><c>&lt;133&gt;Nov  1 01:02:03 serf[1234]: TEXT</c> and a line feed.</summary>
    internal static string Record(int facility, LogLevel level, DateTime time, string text)
    {
        int severity = level switch
        {
            LogLevel.Trace => 7,
            LogLevel.Debug => 6,
            LogLevel.Info => 5,
            LogLevel.Warn => 4,
            _ => 3,
        };
        string shown = text.Length > Limits.SyslogRecordSizeMax ? text[..Limits.SyslogRecordSizeMax] : text;
        string end = shown.EndsWith('\n') ? "" : "\n";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"<{(8 * facility) + severity}>{time:MMM} {time.Day,2} {time:HH:mm:ss} "
            + $"{Program}[{Environment.ProcessId}]: {shown}{end}");
    }

    private static Socket? Connect(IReadOnlyList<string> paths)
    {
        foreach (SocketType type in (ReadOnlySpan<SocketType>)[SocketType.Dgram, SocketType.Stream])
        {
            foreach (string path in paths)
            {
                Socket? socket = null;
                try
                {
                    socket = new Socket(AddressFamily.Unix, type, ProtocolType.Unspecified)
                    {
                        SendTimeout = WriteMillisecondsMax,
                    };
                    socket.Connect(new UnixDomainSocketEndPoint(path));
                    return socket;
                }
                catch (SocketException)
                {
                    socket?.Dispose();
                }
            }
        }

        return null;
    }

    private void Run()
    {
        while (TryTake(out string? record))
        {
            byte[] bytes = ByteText.ToBytes(record);
            if (!TrySend(bytes))
            {
                _socket?.Dispose();
                _socket = Connect(_paths);
                _ = TrySend(bytes);
            }
        }

        _socket?.Dispose();
    }

    private bool TryTake([NotNullWhen(true)] out string? record)
    {
        lock (_gate)
        {
            while (_waiting.Count == 0 && !_isStopping)
            {
                Monitor.Wait(_gate);
            }

            return _waiting.TryDequeue(out record);
        }
    }

    private bool TrySend(ReadOnlySpan<byte> bytes)
    {
        if (_socket is null)
        {
            return false;
        }

        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[_socket.Send(bytes)..];
            }

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
