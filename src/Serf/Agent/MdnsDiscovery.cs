using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Net.Sockets;
using Serf.Host;
using Serf.Net;
using Serf.Primitives;

namespace Serf.Agent;

/// <summary>
/// Multicast DNS at work: answers for this node, asks for the others once a minute, and has them joined
/// (spec agent 12). Made on the main thread, then of the node thread until that has ended.
/// </summary>
internal sealed class MdnsDiscovery : MdnsInlet.IOwner, ILoopTimer, IDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollTime = TimeSpan.FromSeconds(1);

    private readonly MdnsSettings _settings;
    private readonly MdnsService _service;
    private readonly MdnsJoiner.IHost _host;
    private readonly MdnsJoiner _joiner;
    private readonly IEntropy _entropy;
    private readonly Inbox _inbox;
    private readonly MdnsResponder _responder;
    private readonly MdnsReplyLimit _replies = new();
    private readonly MdnsCollector _collector;
    private readonly List<MdnsSocket> _listeners = [];
    private readonly List<MdnsSocket> _askers = [];
    private readonly List<NodeAddress> _found = [];
    private Instant _pollAt;
    private Instant _pollEnd = Instant.Never;
    private string _lastFault = "";
    private volatile bool _isPolling;
    private bool _isOver;

    private MdnsDiscovery(
        MdnsSettings settings, MdnsService service, MdnsJoiner.IHost host, Inbox inbox, IEntropy entropy)
    {
        _settings = settings;
        _service = service;
        _host = host;
        _inbox = inbox;
        _entropy = entropy;
        _joiner = new MdnsJoiner(host, service.Address);
        _responder = new MdnsResponder(service);
        _collector = new MdnsCollector(service);
    }

    public Instant NextDeadline =>
        _isOver ? Instant.Never : Instant.Min(_joiner.NextDeadline, Instant.Min(_pollAt, _pollEnd));

    /// <summary>Main thread: opens the listeners. Nothing is answered or asked before the node's loop has
    /// it.</summary>
    /// <param name="host">Calls <see cref="JoinEnded"/>.</param>
    /// <exception cref="SerfException">What follows <c>Error starting mDNS listener: </c>.</exception>
    public static MdnsDiscovery Open(
        MdnsSettings settings, MdnsService service, MdnsJoiner.IHost host, Inbox inbox, IEntropy entropy)
    {
        MdnsDiscovery discovery = new(settings, service, host, inbox, entropy);
        if (!settings.TryFindInterface(out uint index))
        {
            throw new SerfException(AgentMessages.NoMulticast);
        }

        foreach (bool isIPv4 in Families)
        {
            try
            {
                discovery._listeners.Add(MdnsSocket.Listen(isIPv4, index));
            }
            catch (SocketException)
            {
                // One family is enough.
            }
        }

        return discovery._listeners.Count > 0
            ? discovery
            : throw new SerfException(AgentMessages.NoMulticast);
    }

    private static ReadOnlySpan<bool> Families => [true, false];

    /// <summary>Node thread, once, after it was added to the loop.</summary>
    public void Start()
    {
        foreach (MdnsSocket listener in _listeners)
        {
            listener.Start(new MdnsInlet(_inbox, listener, this));
        }
    }

    public void Advance(Instant now)
    {
        if (_isOver)
        {
            return;
        }

        if (now >= _pollEnd)
        {
            EndPoll();
        }

        if (now >= _pollAt)
        {
            _pollAt = now + PollInterval;
            if (_host.MayJoin)
            {
                Poll(now);
            }
        }

        _joiner.Advance(now);
    }

    /// <summary>The end of a join that the host was asked for.</summary>
    public void JoinEnded(string? error, int count) => _joiner.Ended(error, count);

    /// <summary>The node leaves: says so to whoever listens, once, and is silent from now on.</summary>
    public void Leave()
    {
        if (_isOver)
        {
            return;
        }

        _isOver = true;
        EndPoll();
        foreach (MdnsSocket listener in _listeners)
        {
            if (_settings.Asks(listener.IsIPv4))
            {
                _ = listener.SendToGroup(_responder.Goodbye());
            }
        }
    }

    /// <summary>Closes everything, when the node thread has ended.</summary>
    public void Dispose()
    {
        _isOver = true;
        EndPoll();
        _listeners.ForEach(static listener => listener.Dispose());
    }

    bool MdnsInlet.IOwner.Wants(ReadOnlySpan<byte> message) =>
        _isPolling || MdnsResponder.IsQuestion(message);

    void MdnsInlet.IOwner.Receive(
        MdnsSocket socket, in NodeAddress source, uint scope, ReadOnlySpan<byte> message, Instant now)
    {
        if (_isOver || !_host.MayJoin)
        {
            return;
        }

        if (MdnsResponder.IsQuestion(message))
        {
            if (_listeners.Contains(socket))
            {
                Answer(socket, source, scope, message, now);
            }
        }
        else if (_isPolling)
        {
            Collect(message, now);
        }
    }

    private void Answer(
        MdnsSocket socket, in NodeAddress source, uint scope, ReadOnlySpan<byte> question, Instant now)
    {
        _responder.Ask(question);
        if (!_responder.Plain.IsEmpty && _replies.Allows(source, now))
        {
            socket.Send(source, scope, _responder.Plain);
        }

        if (!_responder.Echoing.IsEmpty && _replies.Allows(source, now))
        {
            socket.Send(source, scope, _responder.Echoing);
        }
    }

    private void Collect(ReadOnlySpan<byte> message, Instant now)
    {
        _found.Clear();
        _collector.Accept(message, _found);
        foreach (NodeAddress address in _found)
        {
            _joiner.Found(address, now);
        }

        while (_collector.TryTakeQuestion(out ReadOnlySpan<byte> name))
        {
            // Whatever there is about it: the original asks for what no node of the original answers.
            Ask(name, DnsMessage.TypeAny, out _);
        }
    }

    private void Poll(Instant now)
    {
        _collector.Clear();
        _joiner.BeginPoll();
        if (_settings is { DisableIPv4: true, DisableIPv6: true })
        {
            Tell(LogLevel.Err, "Must enable at least one of IPv4 and IPv6 querying");
            return;
        }

        OpenAskers();
        _isPolling = true;
        bool sent = Ask(_service.Service, DnsMessage.TypePtr, out string? fault);
        fault = _askers.Count == 0 ? "failed to bind to any unicast udp port" : fault;
        if (!sent)
        {
            EndPoll();
            Tell(LogLevel.Err, fault!);
            return;
        }

        _pollEnd = now + PollTime;
        TellHalf(fault);
    }

    private void OpenAskers()
    {
        if (!_settings.TryFindInterface(out uint index))
        {
            return;
        }

        // The network may have changed: an interface that was removed comes back as another one.
        foreach (MdnsSocket listener in _listeners)
        {
            listener.Join(index);
        }

        foreach (bool isIPv4 in Families)
        {
            if (_settings.Asks(isIPv4))
            {
                OpenAsker(isIPv4, index);
            }
        }
    }

    private void OpenAsker(bool isIPv4, uint interfaceIndex)
    {
        try
        {
            MdnsSocket asker = MdnsSocket.Ask(isIPv4, interfaceIndex);
            _askers.Add(asker);
            asker.Start(new MdnsInlet(_inbox, asker, this));
        }
        catch (SocketException)
        {
            // The other family may do.
        }
    }

    /// <param name="fault">The first one, even when the question went out over the other family.</param>
    /// <returns>Whether the question went out at all.</returns>
    private bool Ask(ReadOnlySpan<byte> name, ushort type, out string? fault)
    {
        Span<byte> query = stackalloc byte[DnsMessage.QuerySizeMax];
        Span<byte> id = stackalloc byte[2];
        _entropy.Fill(id);
        int size = DnsMessage.WriteQuery(query, BinaryPrimitives.ReadUInt16BigEndian(id), 0, name, type);
        fault = null;
        bool sent = false;
        foreach (MdnsSocket asker in _askers)
        {
            string? one = asker.SendToGroup(query[..size]);
            sent |= one is null;
            fault ??= one;
        }

        return sent;
    }

    private void EndPoll()
    {
        _isPolling = false;
        _pollEnd = Instant.Never;
        _askers.ForEach(static asker => asker.Dispose());
        _askers.Clear();
    }

    // A network of one family stays that way: it is told when it is new.
    private void TellHalf(string? fault)
    {
        string kind = fault is null ? "" : fault[..Math.Min(fault.Length, "write udp4".Length)];
        if (kind.Length > 0 && kind != _lastFault)
        {
            Tell(LogLevel.Debug, fault!);
        }

        _lastFault = kind;
    }

    private void Tell(LogLevel level, string reason) =>
        _host.Log.Write(level, "agent.mdns: Failed to poll for new hosts: " + reason);
}
