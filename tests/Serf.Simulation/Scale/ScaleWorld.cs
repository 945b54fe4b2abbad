using System;
using System.Collections.Generic;
using Serf.Primitives;
using Serf.Swim;
using Serf.Wire;

namespace Serf.Simulation.Scale;

/// <summary>
/// Many nodes in one thread: what is under way by arrival, and the nodes by deadline. Time jumps to the
/// earlier of the two, and everything is drawn from one seed.
/// </summary>
internal sealed class ScaleWorld
{
    public static readonly Instant Origin = new(1_000_000_000);

    private const int PacketRoom = 2048;
    private static readonly TimeSpan _joinRetryInterval = TimeSpan.FromSeconds(5);

    private readonly PriorityQueue<ScaleEvent, ScaleDue> _underway = new();
    private readonly DeadlineIndex<ScaleHost> _deadlines = new();
    private readonly Stack<byte[]> _packets = new();
    private readonly ScaleHost[] _hosts;
    private readonly TraceHash _trace = new();
    private readonly BaseMembers? _base;
    private readonly SimChance _chance;
    private long _sequence;

    public ScaleWorld(ScaleOptions options)
    {
        Options = options;
        _chance = new SimChance(options.Seed);
        _hosts = new ScaleHost[options.NodeCount];
        Measure = new ScaleMeasure(options.NodeCount);

        // One thread, one set of tables: ten thousand would not fit into any cache.
        PacketReader reader = new(options.Swim.Label.Span);
        PacketWriter writer = new(options.Swim.Label.Span, options.Swim.Compression);
        for (int number = 0; number < _hosts.Length; number++)
        {
            _hosts[number] = new ScaleHost(this, number, options.Swim, reader, writer, _chance.Seed());
        }

        _base = options.IsConverged && options.IsShared ? NewBase() : null;
        for (int number = 0; number < _hosts.Length; number++)
        {
            TimeSpan delay = options.IsConverged ? TimeSpan.Zero : options.StartInterval * number;
            Post(Origin + delay, new ScaleEvent(ScaleEventKind.Start, number, number, default, [], 0, null));
        }
    }

    public ScaleOptions Options { get; }

    public ScaleMeasure Measure { get; }

    public Instant Now { get; private set; } = Origin;

    public ulong Trace => _trace.Value;

    public IReadOnlyList<ScaleHost> Hosts => _hosts;

    /// <summary>Until nothing more is to happen before <paramref name="end"/>, or until what is measured is
    /// complete.</summary>
    /// <returns>Whether it is.</returns>
    public bool RunUntil(Instant end)
    {
        while (!Measure.IsComplete)
        {
            long arrival = _underway.TryPeek(out _, out ScaleDue due) ? due.At : long.MaxValue;
            long wake = _deadlines.Earliest.Nanoseconds;
            if (Math.Min(arrival, wake) > end.Nanoseconds)
            {
                Now = end;
                return false;
            }

            if (wake <= arrival)
            {
                ScaleHost host = _deadlines.First!;
                Now = new Instant(wake);
                host.Node.Advance(Now);
                Watch(host);
            }
            else
            {
                Now = new Instant(arrival);
                Arrive(_underway.Dequeue());
            }
        }

        return true;
    }

    /// <summary>Until all have told all they had to tell.</summary>
    public bool RunUntilQuiet(TimeSpan limit)
    {
        Instant end = Now + limit;
        while (!Array.TrueForAll(_hosts, host => host.IsDown || host.IsQuiet))
        {
            if (Now >= end)
            {
                return false;
            }

            RunUntil(Now + TimeSpan.FromMilliseconds(100));
        }

        return true;
    }

    public void Broadcast(ReadOnlySpan<byte> message) => _hosts[_chance.Below(_hosts.Length)].Inform(message);

    /// <summary>All at the same instant.</summary>
    public void Crash(int count)
    {
        while (count > 0)
        {
            ScaleHost host = _hosts[_chance.Below(_hosts.Length)];
            if (!host.IsDown)
            {
                host.IsDown = true;
                _deadlines.Remove(host);
                Measure.Crashed(host.Number);
                count--;
            }
        }
    }

    public void SendPacket(int source, int target, ReadOnlySpan<byte> packet)
    {
        Measure.PacketCount++;
        Measure.PacketSize += packet.Length;
        if (_chance.Happens(Options.Loss))
        {
            return;
        }

        byte[] bytes = packet.Length <= PacketRoom && _packets.TryPop(out byte[]? used)
            ? used : new byte[Math.Max(PacketRoom, packet.Length)];
        packet.CopyTo(bytes);
        ScaleEvent sent = new(ScaleEventKind.Packet, target, source, default, bytes, packet.Length, null);
        Post(Now + Latency(), sent);
    }

    public void Dial(int source, ScaleStream stream)
    {
        Measure.StreamCount++;
        ScaleEvent dialled = new(ScaleEventKind.Dial, stream.Acceptor, source, default, [], 0, stream);
        Post(Now + Latency(), dialled);
    }

    public void SendStream(ScaleEventKind kind, ScaleStream stream, int source, ReadOnlySpan<byte> bytes)
    {
        Measure.StreamSize += bytes.Length;
        (int target, StreamId id) = stream.Other(source);
        byte[] copy = bytes.IsEmpty ? [] : bytes.ToArray();
        Post(
            stream.Arrival(source, Now + Latency()),
            new ScaleEvent(kind, target, source, id, copy, copy.Length, null));
    }

    public void JoinFailed(ScaleHost host) => Post(
        Now + _joinRetryInterval,
        new ScaleEvent(ScaleEventKind.Start, host.Number, host.Number, default, [], 0, null));

    private TimeSpan Latency() => _chance.Between(Options.LatencyMin, Options.LatencyMax);

    private void Post(Instant at, in ScaleEvent what) =>
        _underway.Enqueue(what, new ScaleDue(at.Nanoseconds, _sequence++));

    private void Arrive(in ScaleEvent arrived)
    {
        ScaleHost host = _hosts[arrived.Target];
        if (!host.IsDown)
        {
            ReadOnlySpan<byte> bytes = arrived.Bytes.AsSpan(0, arrived.Size);
            _trace.Add((ulong)Now.Nanoseconds);
            _trace.Add(((ulong)arrived.Kind << 32) | (uint)arrived.Target);
            _trace.Add(bytes);
            Handle(host, arrived, bytes);
            Watch(host);
        }

        if (arrived.Kind == ScaleEventKind.Packet && arrived.Bytes.Length == PacketRoom)
        {
            _packets.Push(arrived.Bytes);
        }
    }

    private void Handle(ScaleHost host, in ScaleEvent arrived, ReadOnlySpan<byte> bytes)
    {
        switch (arrived.Kind)
        {
            case ScaleEventKind.Packet:
                host.Node.Receive(ScaleHost.AddressOf(arrived.Source), bytes, Now);
                break;
            case ScaleEventKind.Dial:
                host.Accept(arrived.Dialled!, arrived.Source);
                break;
            case ScaleEventKind.Connected:
                host.Node.StreamConnected(arrived.Stream, Now);
                break;
            case ScaleEventKind.StreamBytes:
                host.Node.StreamReceived(arrived.Stream, bytes, Now);
                break;
            case ScaleEventKind.StreamEnd:
                host.Node.StreamEnded(arrived.Stream, Now);
                break;
            default:
                Start(host);
                break;
        }
    }

    private void Watch(ScaleHost host)
    {
        Instant next = host.Node.NextDeadline;
        if (next != host.Deadline)
        {
            _deadlines.Set(host, next);
        }
    }

    private void Start(ScaleHost host)
    {
        if (Options.IsConverged)
        {
            host.Node.StartConverged(_base ?? NewBase(), Now);
            return;
        }

        if (host.Node.Self is null)
        {
            host.Node.Start(Now);
        }

        if (host.Number > 0)
        {
            int other = _chance.Below(host.Number);
            host.Node.PushPull(ScaleHost.AddressOf(other), join: true, Now);
        }
    }

    private BaseMembers NewBase()
    {
        Member[] members = new Member[_hosts.Length];
        for (int number = 0; number < members.Length; number++)
        {
            members[number] = ScaleHost.MemberOf(number, Options.Swim, Options.IsShared);
        }

        return new BaseMembers(members);
    }
}
