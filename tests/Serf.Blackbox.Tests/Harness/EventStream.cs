using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Net.Sockets;
using System.Threading;

namespace Serf.Blackbox.Harness;

/// <summary>
/// Sends numbered events that must not be merged, at a steady rate, in turn through agents that may come and go. Only
/// what an agent has taken counts; what it has not is sent again, with another number.
/// </summary>
public sealed class EventStream : IDisposable
{
    private readonly Func<int, RpcConnection> _connect;
    private readonly Dictionary<int, RpcConnection> _connections = [];
    private readonly string _name;
    private readonly TimeSpan _interval;
    private readonly Thread _thread;
    private readonly object _gate = new();
    private readonly List<string> _taken = [];
    private readonly HashSet<int> _closed = [];
    private readonly int _agentCount;
    private volatile bool _isOver;
    private int _sentCount;

    /// <param name="name">Of the events.</param>
    /// <param name="perSecond">How many.</param>
    /// <param name="agentCount">Among how many agents.</param>
    /// <param name="connect">To the agent of a number, ready for commands.</param>
    public EventStream(string name, int perSecond, int agentCount, Func<int, RpcConnection> connect)
    {
        _name = name;
        _interval = TimeSpan.FromSeconds(1.0 / perSecond);
        _agentCount = agentCount;
        _connect = connect;
        _thread = new Thread(Run) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>The payloads of all that was taken so far.</summary>
    public string[] Taken
    {
        get
        {
            lock (_gate)
            {
                return [.. _taken];
            }
        }
    }

    /// <summary>Nothing is sent through the agent from the return of this on, until it is opened again.</summary>
    public void Close(int agent)
    {
        lock (_gate)
        {
            _closed.Add(agent);
            if (_connections.Remove(agent, out RpcConnection? connection))
            {
                connection.Dispose();
            }
        }
    }

    public void Open(int agent)
    {
        lock (_gate)
        {
            _closed.Remove(agent);
        }
    }

    public void Dispose()
    {
        _isOver = true;
        _thread.Join();
        foreach (RpcConnection connection in _connections.Values)
        {
            connection.Dispose();
        }

        _connections.Clear();
    }

    private void Run()
    {
        Stopwatch watch = Stopwatch.StartNew();
        for (int turn = 0; !_isOver; turn++)
        {
            lock (_gate)
            {
                int agent = turn % _agentCount;
                while (_closed.Contains(agent))
                {
                    agent = (agent + 1) % _agentCount;
                }

                Send(agent);
            }

            TimeSpan ahead = ((turn + 1) * _interval) - watch.Elapsed;
            if (ahead > TimeSpan.Zero)
            {
                Thread.Sleep(ahead);
            }
        }
    }

    private void Send(int agent)
    {
        string payload = $"{++_sentCount}";
        try
        {
            if (!_connections.TryGetValue(agent, out RpcConnection? connection))
            {
                connection = _connect(agent);
                _connections.Add(agent, connection);
            }

            RpcReply reply = connection.Call("event", new()
            {
                ["Name"] = _name,
                ["Payload"] = System.Text.Encoding.UTF8.GetBytes(payload),
                ["Coalesce"] = false,
            });
            if (reply.Error.Length == 0)
            {
                _taken.Add(payload);
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            if (_connections.Remove(agent, out RpcConnection? connection))
            {
                connection.Dispose();
            }
        }
    }
}
