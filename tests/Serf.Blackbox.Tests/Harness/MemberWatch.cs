using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Threading;

namespace Serf.Blackbox.Harness;

/// <summary>Asks one agent again and again, while it runs, how it sees the members, and keeps what it ever said.</summary>
public sealed class MemberWatch : IDisposable
{
    private readonly Func<RpcConnection> _connect;
    private readonly Thread _thread;
    private readonly object _gate = new();
    private readonly HashSet<string> _seen = [];
    private volatile bool _isOver;
    private int _lookCount;

    /// <param name="connect">To the agent, ready for commands.</param>
    public MemberWatch(Func<RpcConnection> connect)
    {
        _connect = connect;
        _thread = new Thread(Run) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>How often it was answered.</summary>
    public int LookCount => Volatile.Read(ref _lookCount);

    /// <summary>Each pair of name and status that was ever seen, as "name=status", sorted.</summary>
    public string[] Seen
    {
        get
        {
            lock (_gate)
            {
                return [.. _seen.Order(StringComparer.Ordinal)];
            }
        }
    }

    public void Dispose()
    {
        _isOver = true;
        _thread.Join();
    }

    private void Run()
    {
        while (!_isOver)
        {
            try
            {
                using RpcConnection connection = _connect();
                while (!_isOver)
                {
                    Look(connection);
                    Thread.Sleep(50);
                }
            }
            catch (Exception exception) when (exception is IOException or SocketException)
            {
                Thread.Sleep(50);
            }
        }
    }

    private void Look(RpcConnection connection)
    {
        RpcReply reply = connection.Call("members", hasReplyBody: true);
        lock (_gate)
        {
            foreach (object? record in (List<object?>)reply.Body!["Members"]!)
            {
                Dictionary<string, object?> member = (Dictionary<string, object?>)record!;
                _seen.Add($"{member["Name"]}={member["Status"]}");
            }
        }

        Interlocked.Increment(ref _lookCount);
    }
}
